"""Faults, losses and summaries: what they say, how they are logged, copied and counted."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import warnings
from pathlib import Path

import pytest
from tidemarc import Fault, Field, Reader, Record, Summary, Writer, check
from tidemarc.errors import RecordLengthError, SkippedWarning, TooManyFaultsError, WriteError


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))]
)
def test_a_copy_of_a_fault_says_the_same(again, damaged, tmp_path):
    xml = (
        b"<collection><record><leader>00000nam a2200000 a 4500</leader>"
        b'<controlfield tag="0001">x</controlfield></record></collection>'
    )
    (of_text,) = Reader(xml, errors="yield")
    assert "0001" in str(of_text)
    last = list(Reader(damaged, errors="yield", max_faults=1))[-1]
    assert "; the last: " in str(last)
    for fault in (of_text, last):
        same = again(fault)
        assert (str(same), same.to_dict(), same.detail()) == (
            str(fault),
            fault.to_dict(),
            fault.detail(),
        )
    assert again(last).cause.kind == last.cause.kind == "record_length"
    assert of_text.cause is None


def test_too_many_faults_have_the_last_as_their_cause(damaged):
    reader = Reader(damaged, errors="skip", max_faults=1)
    with pytest.raises(TooManyFaultsError) as caught:
        list(reader)
    fault = caught.value.__cause__
    assert (fault.kind, fault.record_number, fault.number) == ("record_length", 20, 20)
    assert str(fault) in str(caught.value)
    *_, last = Reader(damaged, errors="yield", max_faults=1)
    assert (last.kind, str(last.cause)) == ("too_many_faults", str(fault))
    assert type(last.exception().__cause__) is type(fault)
    with pytest.raises(RecordLengthError) as caught:
        next(Reader(b"x\x1d"))
    assert caught.value.__cause__ is None


def unreadable_tag(record: bytes) -> bytes:
    """The record with a tag of control characters in its second field."""
    return record[:36] + b"\x01\x02\x03" + record[39:]


def test_fields_that_are_lost_are_logged(books, caplog):
    record = next(Reader(books)).raw
    data = unreadable_tag(record) * 2 + record
    reader = Reader(data, errors="repair")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = list(reader)
    assert len(found) == 3
    assert [entry.levelname for entry in caplog.records] == ["WARNING"] * 2
    (lost,) = [fault for fault in found[0].faults if fault.severity == "lost_field"]
    assert caplog.records[0].getMessage() == str(lost)
    (warning,) = warned
    assert warning.category is SkippedWarning
    said = "2 records delivered that lost a field; see Reader.summary()"
    assert str(warning.message) == said
    assert "2 that lost a field" in reader.summary()
    # Nobody skips here.
    caplog.clear()
    assert len(list(Reader(data, repair=True))) == 3
    assert not caplog.records


def test_a_log_that_raises_loses_no_record(books):
    class Raising(logging.Handler):
        def emit(self, entry):
            raise KeyboardInterrupt

    data = unreadable_tag(next(Reader(books)).raw)
    logger, handler = logging.getLogger("tidemarc"), Raising()
    reader = Reader(data, errors="repair")
    logger.addHandler(handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            next(reader)
    finally:
        logger.removeHandler(handler)
    assert isinstance(next(reader), Record)


def test_check_counts_descriptor_words(books):
    record = next(Reader(books)).raw
    word = (len(record) + 4).to_bytes(2, "big") + b"\0\0"
    summary = check((word + record) * 2)
    assert summary.stats.kinds == {"descriptor": 2}
    (found,) = summary.faults
    assert (found.times, found.first.code, found.first.offset) == (2, "TM403", 0)
    assert "TM403" in str(summary)
    assert summary.sound


def test_a_fault_and_its_report_have_the_same_names(damaged, tmp_path):
    report = io.BytesIO()
    faults = [
        item
        for item in Reader(damaged, errors="yield", quarantine=(io.BytesIO(), report))
        if isinstance(item, Fault)
    ]
    for fault, line in zip(faults, report.getvalue().splitlines(), strict=True):
        told = json.loads(fault.to_json())
        reported = json.loads(line)
        del reported["quarantine_offset"]
        assert told == reported
        known = {name: value for name, value in fault.to_dict().items() if value is not None}
        known.pop("raw")
        if "location" in known:
            known["location"] = list(known["location"])
        assert known == told


def test_what_a_reader_says_of_itself(books, damaged):
    records = list(Reader(books))
    reader = Reader(books, start=records[1].offset)
    next(reader)
    assert repr(reader).endswith(f"byte {records[2].offset}>")
    reader.close()
    assert reader.summary().startswith(f"{books}: 1 record in ")
    shown = repr(check(damaged).stats)
    for part in ("repaired=2", "incomplete=0", "start=0", "kinds={'directory': 1"):
        assert part in shown


def test_text_that_cannot_be_read_costs_the_record():
    data = b'{"leader":"00000nam a2200000   4500","fields":[{"001":"\xff"}]}\n'
    (fault,) = Reader(data, format="jsonl", errors="yield")
    assert (fault.code, fault.severity) == ("TM501", "lost_record")


def test_a_control_number_is_shown_as_it_is(books):
    record = next(Reader(books)).raw
    number = next(Reader(books))["001"].data.encode()
    shown = {
        b"O'Brien\\1"[: len(number)].ljust(len(number)): "O'Brien\\"[: len(number)],
        "é".encode().ljust(len(number)): "é".ljust(len(number) - 1),
    }
    for placed, expected in shown.items():
        damaged = with_length(record.replace(number, placed, 1))
        (fault,) = Reader(damaged, errors="yield")
        assert fault.control_number == expected
        assert f"(001 {expected})" in str(fault)


def with_length(record: bytes) -> bytes:
    """The record with a length that is wrong."""
    return b"%05d" % (int(record[:5]) + 7) + record[5:]


def test_a_long_control_number_does_not_fill_the_message():
    field = b"n" * 8_000 + b"\x1e"
    data = b"%05dnam a2200037   4500001%04d00000\x1e" % (37 + len(field) + 8, len(field))
    (fault,) = Reader(data + field + b"\x1d", errors="yield")
    assert len(str(fault)) < 300
    assert fault.control_number == "n" * 8_000


def test_a_record_that_cannot_be_written_is_named_as_it_is():
    record = Record(fields=[Field("001", data="O'Brien\\1 \u00e9"), Field("002", data="a\x1eb")])
    with Writer(io.BytesIO()) as writer, pytest.raises(WriteError) as caught:
        writer.write(record)
    assert caught.value.control_number == "O'Brien\\1 \u00e9"
    assert "(001 O'Brien\\1 \u00e9)" in str(caught.value)
    record["001"].data = "n" * 8_000
    with Writer(io.BytesIO()) as writer, pytest.raises(WriteError) as caught:
        writer.write(record)
    assert len(str(caught.value)) < 300


def test_delimiters_without_a_code_are_one_fault_a_field():
    field = b"10" + b"\x1f" * 9_000 + b"\x1e"
    data = b"%05dnam a2200037   4500245%04d00000\x1e" % (37 + len(field) + 1, len(field))
    (record,) = Reader(data + field + b"\x1d")
    (fault,) = record.faults
    assert (fault.code, fault.tag) == ("TM503", "245")
    assert fault.reason.endswith("9000 times")
    assert str(pickle.loads(pickle.dumps(fault))) == str(fault)


def test_a_summary_tells_help_what_it_has():
    for name in ("stats", "faults", "sound"):
        assert getattr(Summary, name).__doc__


def document_in(encoding):
    """Make MARCXML in which much is no record, and hardly any text is ASCII."""

    def one(tag, text):
        leader = "<leader>00000nam a2200000   4500</leader>"
        return f'<record>{leader}<controlfield tag="{tag}">{text}</controlfield></record>'

    wide = "" if encoding == "iso-8859-1" else "漢字𝄞"
    records = [one("001", f"é{wide}"), one("no", f"ü{wide}"), one("001", "2"), f"Jünk {wide}"]
    records += [one("001", f"@é{wide}"), one("001", f"{wide}é" * 30), one("001", "3")]
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    text = "\n".join([f"{head}<collection>", *records, "</collection>\n"])
    if encoding == "iso-8859-1":
        return text.encode("iso-8859-1").replace(b"@", b"\x00")
    # Half of a character.
    data = text.replace("@", "\ud834").encode(encoding, "surrogatepass")
    return {"utf-16-le": b"\xff\xfe", "utf-16-be": b""}[encoding] + data


@pytest.mark.parametrize("is_cut", [False, True])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "iso-8859-1"])
def test_faults_have_the_bytes_of_the_input_whatever_its_encoding(encoding, is_cut, tmp_path):
    data = document_in(encoding)
    if is_cut:
        # Behind an odd number of bytes.
        data = data[: data.rindex("é".encode(encoding)) + 1]
    for options in ({}, {"chunk_size": 1}, {"max_record_length": 100, "chunk_size": 7}):
        path = tmp_path / "q"
        with Reader(data, errors="yield", quarantine=path, **options) as reader:
            items = list(reader)
        faults = [item for item in items if isinstance(item, Fault)]
        assert len(faults) >= 3
        for fault in faults:
            assert fault.raw == data[fault.offset : fault.offset + fault.length]
            assert fault.to_dict()["length"] == len(fault.raw)
        for record in set(items) - set(faults):
            text = record.raw.decode().encode(encoding)
            assert data[record.offset : record.offset + len(text)] == text
        quarantined = path.read_bytes()
        lines = Path(f"{path}.jsonl").read_text().splitlines()
        parts = [data[line["offset"] :][: line["length"]] for line in map(json.loads, lines)]
        assert b"".join(parts) == quarantined
        stats = reader.stats
        assert stats.fault_bytes == len(quarantined)
        assert stats.record_bytes + stats.fault_bytes + stats.padding_bytes == len(data)
        assert reader.position == stats.total_bytes == len(data)
