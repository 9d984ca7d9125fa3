"""Damaged records in Python: repairs, reports, and the place of the rest."""

from __future__ import annotations

import gc
import io
import json
import os
import pickle
import warnings

import pytest
import tidemarc
from tidemarc import Fault, Reader, Record, check
from tidemarc.errors import (
    EncodingError,
    ForeignFormatError,
    RecordError,
    SkippedWarning,
    TooManyFaultsError,
)


@pytest.fixture(scope="module")
def records(books):
    return [record.raw for record in Reader(books)]


def latin1_in(books):
    """Returns the records with a byte of Latin-1 in one of them, and its place."""
    data = books.read_bytes()
    at = data.index("é".encode(), 20_000)
    return data[:at] + b"x\xe9" + data[at + 2 :], at + 1


def numbers(items):
    return [item["001"].data for item in items if isinstance(item, Record)]


def content(record):
    """Returns the content of a record, without its lengths."""
    return [(field.tag, field.raw) for field in record.fields]


def with_length(record: bytes, length: bytes) -> bytes:
    return length + record[5:]


#: The damage to the record in the middle, and the kind of fault that is reported.
DAMAGES = {
    "length too large by 7": (lambda r: with_length(r, b"%05d" % (len(r) + 7)), "record_length"),
    "length 99999": (lambda r: with_length(r, b"99999"), "record_length"),
    "length abcde": (lambda r: with_length(r, b"abcde"), "record_length"),
    "length 00000": (lambda r: with_length(r, b"00000"), "record_length"),
    "base address off by one": (
        lambda r: r[:12] + b"%05d" % (int(r[12:17]) + 1) + r[17:],
        "base_address",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("threads", [1, 2])
def test_what_agrees_with_itself_is_repaired(records, damage, threads):
    change, kind = DAMAGES[damage]
    middle = len(records) // 2
    damaged = [*records[:middle], change(records[middle]), *records[middle + 1 :]]
    sound = list(Reader(b"".join(records)))
    reader = Reader(b"".join(damaged), errors="repair", threads=threads, chunk_size=500)
    repaired = list(reader)
    assert [content(record) for record in repaired] == [content(record) for record in sound]
    assert [bool(record.faults) for record in repaired].count(True) == 1
    record = repaired[middle]
    assert record.raw == damaged[middle]
    (fault,) = [fault for fault in record.faults if fault.severity != "information"]
    assert (fault.kind, fault.severity, fault.number) == (kind, "repaired", middle + 1)
    assert fault.offset == record.offset == sum(map(len, damaged[:middle]))
    assert fault.control_number == record["001"].data
    assert reader.stats.kinds == {kind: 1}
    assert (reader.stats.repaired, reader.stats.faults, reader.stats.complete) == (1, 0, True)
    # The record that is written is sound; so are copies.
    (again,) = Reader(record.as_marc())
    assert content(again) == content(sound[middle])
    for copied in (record.copy(), pickle.loads(pickle.dumps(record))):
        assert (copied.raw, content(copied)) == (record.raw, content(record))
    # Without repair it is a fault, as usual.
    kinds = [type(item) for item in Reader(b"".join(damaged), errors="yield")]
    assert kinds.count(Fault) == 1


def test_a_directory_entry_that_is_no_number_costs_its_field_alone(records):
    entry = records[3][24 + 12 * 4 : 24 + 12 * 5]
    damaged = records[3].replace(entry, entry[:3] + b"xxxx" + entry[7:], 1)
    (record,) = Reader(damaged, errors="repair")
    sound = next(Reader(records[3]))
    assert len(record.fields) >= len(sound.fields) - 1
    assert {fault.severity for fault in record.faults} & {"repaired", "lost_field"}
    assert set(content(record)) <= set(content(sound))


def test_a_record_that_was_changed_after_its_repair_is_written_whole(records):
    damaged = with_length(records[0], b"99999")
    (record,) = Reader(damaged, errors="repair")
    record["245"]["a"] = "Repaired /"
    (again,) = Reader(record.as_marc())
    assert again["245"]["a"] == "Repaired /"
    output = io.BytesIO()
    with tidemarc.Writer(output) as writer:
        writer.write(next(Reader(damaged, repair=True)))
    assert content(next(Reader(output.getvalue()))) == content(next(Reader(records[0])))


@pytest.mark.parametrize("at", [8, 10, 17])
def test_a_leader_that_no_reader_would_take_is_written_as_one_that_is(records, at):
    bad = bytearray(records[0])
    bad[at : at + 1] = b"\xe9"
    bad[20:22] = b"  " if at == 10 else b"45"
    for change in (lambda record: None, lambda record: record.leader, changed):
        (record,) = Reader(bytes(bad), repair=True)
        change(record)
        assert [fault.code for fault in record.faults if fault.severity == "repaired"] == ["TM102"]
        (again,) = Reader(record.as_marc())
        assert (str(again.leader)[10:12], again.leader[at] in " 2") == ("22", True)
        assert again["001"].data == record["001"].data


def changed(record):
    record["245"]["a"] = "Changed"


#: Ways to look at a record that change nothing.
LOOKS = {
    "not at all": lambda record: None,
    "at the faults": lambda record: record.faults,
    "at the leader": lambda record: record.leader,
    "at the leader's codes": lambda record: record.leader.coding_scheme,
    "at a field": lambda record: record["245"],
    "at a field's text": lambda record: record["245"].value(),
    "at the fields": lambda record: record.fields,
    "at all of it": lambda record: [str(field) for field in record],
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("scheme", [b"\0", b"\r", b"\xe1"])
def test_who_looks_at_a_repaired_record_changes_nothing(records, scheme, look):
    for sound in records:
        (record,) = Reader(sound[:9] + scheme + sound[10:], errors="repair")
        LOOKS[look](record)
        for written in (record.as_marc(), record.copy().as_marc()):
            assert written[24:] == sound[24:]
            assert written[9:10] == b" "
        text = [str(field) for field in next(Reader(sound))]
        assert [str(field) for field in next(Reader(written))] == text
        record.add_field(tidemarc.Field("500", [" ", " "], [tidemarc.Subfield("a", "é")]))
        (again,) = Reader(record.as_marc())
        assert sorted(map(str, again)) == sorted([*text, "=500  \\\\$aé"])
        record.leader[5] = "c"
        (changed,) = Reader(record.as_marc())
        assert str(changed.leader)[5:10] == "c" + str(again.leader)[6:10]
        assert sorted(map(str, changed)) == sorted(map(str, again))
        record.leader[9] = "a"
        assert sorted(map(str, next(Reader(record.as_marc())))) == sorted(map(str, again))


@pytest.mark.parametrize("scheme", [b"a", b" "])
@pytest.mark.parametrize("at", [0, 4, 5, 7, 9, 12, 16, 17, 19, 20, 24, 26, 30, 35])
def test_a_damaged_leader_or_directory_changes_no_text(records, at, scheme):
    for sound in records:
        sound = sound[:9] + scheme + sound[10:]
        text = [str(field) for field in next(Reader(sound))]
        damaged = bytearray(sound)
        damaged[at] |= 0x80
        (record,) = Reader(bytes(damaged), errors="repair")
        assert {str(field) for field in record} <= set(text)
        assert len(record.fields) >= len(text) - 1
        assert {fault.code for fault in record.faults} & {
            "TM101",
            "TM102",
            "TM103",
            "TM105",
            "TM201",
        }
        assert "encoding" not in {found.first.kind for found in check(bytes(damaged)).faults}


@pytest.mark.parametrize("repair", [False, True])
def test_a_terminator_that_is_missing_is_pointed_at(records, repair):
    for sound in records:
        base = int(sound[12:17])
        for at in (base + sound[base:].index(b"\x1e"), len(sound) - 2):
            items = list(Reader(sound[:at] + b"x" + sound[at + 1 :], errors="yield", repair=repair))
            faults = [fault for item in items for fault in getattr(item, "faults", [item])]
            # The beginning of a control field cannot be recognised: its neighbour is reported, too.
            fault = next(fault for fault in faults if fault.code == "TM301")
            assert fault.location == (at, at + 1)
            assert " 78" in fault.detail()


def test_what_cannot_be_repaired_is_logged_and_counted(records, caplog, recwarn):
    warnings.simplefilter("always")
    cut = records[1][: len(records[1]) // 2]
    reader = Reader(records[0] + cut + records[2], errors="repair")
    assert numbers(reader) == numbers([*Reader(records[0] + records[2])])
    assert next(reader, None) is None
    assert len(caplog.records) == 1
    # At the end there is one warning.
    (warning,) = recwarn
    assert warning.category is SkippedWarning
    assert (
        str(warning.message) == f"1 damaged span ({len(cut)} bytes) skipped; see Reader.summary()"
    )
    assert f"1 span of no record ({len(cut)} bytes)" in reader.summary()


def test_repair_goes_with_every_mode(records):
    damaged = with_length(records[0], b"99999") + records[1][:100] + records[2]
    kinds = [type(item) for item in Reader(damaged, errors="yield", repair=True)]
    assert kinds == [Record, Fault, Record]
    reader = Reader(damaged, repair=True)
    assert next(reader).faults
    with pytest.raises(RecordError):
        next(reader)
    assert not next(reader).faults


def test_a_function_is_told_of_each_fault(damaged):
    told = []
    reader = Reader(damaged, errors=told.append)
    assert len(list(reader)) == 57
    assert [fault.number for fault in told] == [8, 20, 31, 46]

    def stop(fault):
        raise LookupError(fault.kind)

    reader = Reader(damaged, errors=stop)
    raised = []
    while True:
        try:
            if next(reader, None) is None:
                break
        except LookupError as error:
            raised.append(str(error))
    assert raised == [fault.kind for fault in told]
    assert reader.stats.records == 57

    class Cycle:
        def __call__(self, fault):
            pass

    cycle = Cycle()
    cycle.reader = Reader(damaged, errors=cycle)
    found = [thing for thing in gc.get_objects() if isinstance(thing, Cycle)]
    assert len(found) == 1
    del cycle, found
    gc.collect()
    assert not [thing for thing in gc.get_objects() if type(thing).__name__ == "Cycle"]


def test_too_many_faults_end_the_stream(damaged):
    reader = Reader(damaged, errors="skip", max_faults=1)
    delivered = 0
    with pytest.raises(TooManyFaultsError) as caught:
        for _ in reader:
            delivered += 1
    assert delivered == 18
    assert (caught.value.code, caught.value.severity) == ("TM405", "fatal")
    assert next(reader, None) is None
    assert not reader.stats.complete


@pytest.mark.parametrize("source", ["path", "bytes", "file"])
def test_delivered_and_quarantined_are_the_input(damaged, tmp_path, source):
    data = damaged.read_bytes()
    opened = {"path": damaged, "bytes": data, "file": io.BytesIO(data)}[source]
    path = tmp_path / "quarantine.mrc"
    reader = Reader(opened, errors="skip", quarantine=path)
    spans = [(record.offset, record.raw) for record in reader]
    stats = reader.stats
    del reader
    gc.collect()
    lines = (tmp_path / "quarantine.mrc.jsonl").read_text().splitlines()
    report = [json.loads(line) for line in lines]
    bytes_at_fault = path.read_bytes()
    assert len(bytes_at_fault) == stats.fault_bytes == sum(line["length"] for line in report)
    for line in report:
        start = line["quarantine_offset"]
        spans.append((line["offset"], bytes_at_fault[start : start + line["length"]]))
    for offset, span in spans:
        assert data[offset : offset + len(span)] == span
    covered = sum(len(span) for _, span in spans)
    assert covered + stats.padding_bytes == len(data)


def test_a_quarantine_may_be_files_of_pythons(damaged):
    data, report = io.BytesIO(), io.BytesIO()
    reader = Reader(damaged, errors="skip", quarantine=(data, report))
    assert len(list(reader)) == 57
    assert len(data.getvalue()) == reader.stats.fault_bytes
    assert len(report.getvalue().splitlines()) == 4
    alone = io.BytesIO()
    assert len(list(Reader(damaged, errors="skip", quarantine=alone))) == 57
    assert alone.getvalue() == data.getvalue()

    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    reader = Reader(damaged, errors="skip", quarantine=Full())
    with pytest.raises(OSError, match="No space"):
        list(reader)
    with pytest.raises(TypeError, match="quarantine"):
        Reader(damaged, quarantine=3)
    for text in (io.StringIO(), (io.BytesIO(), io.StringIO())):
        with pytest.raises(TypeError, match="text mode"):
            Reader(damaged, quarantine=text)


def test_a_quarantine_may_not_come_back_to_its_reader(damaged):
    class Restless(io.BytesIO):
        def write(self, data):
            try:
                next(reader)
            except RuntimeError as error:
                said.append(str(error))
            return super().write(data)

    said = []
    reader = Reader(damaged, errors="skip", quarantine=Restless())
    assert len(list(reader)) == 57
    assert said
    assert all("called again" in text for text in said)


@pytest.mark.parametrize("source", ["path", "bytes", "file", "buffer"])
def test_reading_may_begin_at_any_record(books, source):
    data = books.read_bytes()
    every = list(Reader(books))
    for at in (0, 1, 30, 59):
        start = every[at].offset
        opened = {
            "path": books,
            "bytes": data,
            "file": io.BytesIO(data),
            "buffer": bytearray(data),
        }[source]
        reader = Reader(opened, start=start)
        assert [record.offset for record in reader] == [record.offset for record in every[at:]]
        assert reader.position == len(data)
        assert (reader.stats.start, reader.stats.complete) == (start, True)
    assert list(Reader(books, start=len(data) + 10)) == []
    for option in ("start", "max_faults"):
        with pytest.raises(ValueError, match=f"{option} must be at least 0, not -1"):
            Reader(books, **{option: -1})
        with pytest.raises(TypeError, match=option):
            Reader(books, **{option: "1"})


def test_a_descriptor_is_read_from_where_it_stands(books, records):
    data = books.read_bytes()
    descriptor = os.open(books, os.O_RDONLY)
    try:
        os.lseek(descriptor, len(records[0]), os.SEEK_SET)
        reader = Reader(descriptor, start=len(records[1]))
        # The bytes before it are not read.
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == len(records[0] + records[1])
        assert [record.raw for record in reader] == records[2:]
        assert reader.position == reader.stats.total_bytes == len(data) - len(records[0])
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("source", ["path", "bytes", "buffer", "descriptor"])
def test_a_start_beyond_the_end_is_the_end(books, source):
    data = books.read_bytes()
    with books.open("rb") as file:
        opened = {"path": books, "bytes": data, "buffer": bytearray(data)}.get(
            source, file.fileno()
        )
        reader = Reader(opened, start=10_000_000)
        assert list(reader) == []
        assert reader.position == reader.stats.total_bytes == reader.stats.start == len(data)


def test_junk_before_records_costs_no_record(books, tmp_path):
    data = books.read_bytes()
    path = tmp_path / "books.mrc"
    for junk in (b"#", b"(", b"{", b"[", b"=LDR  junk\n", b"<a>", b"<?xml version='1.0'?>"):
        path.write_bytes(junk + data)
        for source in (junk + data, path, io.BytesIO(junk + data), bytearray(junk + data)):
            reader = Reader(source, errors="yield")
            fault, *rest = reader
            assert (fault.raw, len(rest), reader.format) == (junk, 60, "iso2709")
        summary = check(path)
        assert (summary.sound, summary.stats.records) == (False, 60)


def test_junk_between_records_is_no_other_format_where_reading_begins_at_it(books, tmp_path):
    data = books.read_bytes()
    path = tmp_path / "books.mrc"
    for junk in (b'{"a":1}\n', b"<a", b"=LDR  x\n", b"<junk>", b"<html>" + b"x" * 70_000):
        both = data + junk + data
        path.write_bytes(both)
        for repair in (False, True):
            assert numbers(Reader(both, errors="skip", repair=repair)) == numbers(Reader(data)) * 2
            for source in (both, path, io.BytesIO(both), bytearray(both)):
                reader = Reader(source, start=len(data), errors="yield", repair=repair)
                fault, *rest = reader
                assert (fault.raw, numbers(rest)) == (junk, numbers(Reader(data)))
        assert len(list(Reader(junk + data, start=len(junk)))) == 60


def test_check_says_what_a_file_has(damaged, books):
    summary = check(damaged)
    assert not summary.sound
    assert summary.stats.complete
    worst = summary.faults[0]
    assert worst.first.severity == "lost_record"
    text = str(summary)
    assert text.startswith(f"{damaged}: ")
    assert worst.first.code in text
    assert check(books).sound
    assert "60 records" in repr(check(books))


def test_check_decodes_all_text(books):
    latin, at = latin1_in(books)
    summary = check(latin)
    ((times, fault),) = [found for found in summary.faults if found.first.kind == "encoding"]
    assert (summary.sound, times, fault.severity) == (False, 1, "lost_field")
    assert (fault.location, fault.tag) == ((at, at + 1), "100")
    for option in ({"errors": "skip"}, {"repair": False}):
        with pytest.raises(TypeError, match=r"check\(\) takes no"):
            check(latin, **option)
    with pytest.raises(EncodingError) as caught:
        for record in Reader(latin):
            [field.value() for field in record.fields]
    assert (caught.value.offset, caught.value.tag) == (at, fault.tag)
    assert check(latin, encoding="iso-8859-1").sound
    ((times, _),) = check(latin, encoding="ascii").faults
    assert times > 60


@pytest.mark.parametrize("repair", [False, True])
def test_an_exception_has_its_fault(damaged, repair):
    reader = Reader(damaged, repair=repair)
    raised = []
    while True:
        try:
            next(reader)
        except StopIteration:
            break
        except RecordError as error:
            raised.append(error)
    given = [
        item for item in Reader(damaged, errors="yield", repair=repair) if isinstance(item, Fault)
    ]
    assert [error.fault.to_dict() for error in raised] == [fault.to_dict() for fault in given]
    assert [error.fault.detail() for error in raised] == [fault.detail() for fault in given]
    for error in raised:
        copy = pickle.loads(pickle.dumps(error))
        assert (str(copy), copy.fault.to_dict()) == (str(error), error.fault.to_dict())
    assert RecordError("made by hand").fault is None


def test_the_fault_of_text_is_the_one_that_check_tells(books):
    latin, at = latin1_in(books)
    ((_, told),) = [found for found in check(latin).faults if found.first.kind == "encoding"]
    with pytest.raises(EncodingError) as caught:
        for record in Reader(latin):
            str(record)
    assert caught.value.offset == at
    assert caught.value.fault.location == (at, at + 1)
    assert caught.value.fault.to_dict() == told.to_dict()
    assert caught.value.fault.detail() == told.detail()


def test_what_is_no_marc_says_what_it_looks_like():
    page = b"<!DOCTYPE html><html><body>" + b"<p>Nothing here</p>" * 10_000
    with pytest.raises(RecordError, match="HTML"):
        next(Reader(page))
    with pytest.raises(ForeignFormatError, match="gzip"):
        next(Reader(b"\x1f\x8b\x08" + bytes(range(3, 29)) * 5_000, repair=True))


def test_a_fault_says_all_it_knows(damaged):
    fault = [item for item in Reader(damaged, errors="yield") if isinstance(item, Fault)][3]
    known = fault.to_dict()
    assert known["code"] == fault.code == "TM201"
    assert (known["tag"], known["entry"], known["severity"]) == ("300", 11, "lost_record")
    assert known["length"] == len(fault.raw) == len(known["raw"])
    start, end = fault.location
    assert fault.offset <= start < end <= fault.offset + fault.length
    assert json.dumps({**known, "raw": known["raw"].hex()})
    detail = fault.detail()
    assert str(fault) in detail
    assert "^^" in detail
    error = fault.exception()
    assert (error.code, error.severity, error.length) == ("TM201", "lost_record", fault.length)
