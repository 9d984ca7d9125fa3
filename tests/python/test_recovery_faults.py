"""Reports of damage: functions that take faults, quarantines, `check`, exceptions."""

from __future__ import annotations

import gc
import io
import json
import pickle
import warnings

import pytest
from shared.records import control_numbers, with_length
from tidemarc import Fault, Reader, Record, check
from tidemarc.errors import (
    EncodingError,
    ForeignFormatError,
    RecordError,
    SkippedWarning,
    TooManyFaultsError,
)


def latin1_in(books):
    """The records with a byte of Latin-1 in one, and where that is."""
    data = books.read_bytes()
    at = data.index("é".encode(), 20_000)
    return data[:at] + b"x\xe9" + data[at + 2 :], at + 1


def test_what_cannot_be_repaired_is_logged_and_counted(records, caplog, recwarn):
    warnings.simplefilter("always")
    cut = records[1][: len(records[1]) // 2]
    reader = Reader(records[0] + cut + records[2], errors="repair")
    assert control_numbers(reader) == control_numbers([*Reader(records[0] + records[2])])
    assert next(reader, None) is None
    assert len(caplog.records) == 1
    # And once, at the end, a warning.
    (warning,) = recwarn
    assert warning.category is SkippedWarning
    assert str(warning.message) == f"1 bad span ({len(cut)} bytes) skipped; see Reader.summary()"
    assert f"1 bad span ({len(cut)} bytes)" in reader.summary()


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
            record.as_dict()
    assert caught.value.offset == at
    assert caught.value.fault.location == (at, at + 1)
    assert caught.value.fault.to_dict() == told.to_dict()
    assert caught.value.fault.detail() == told.detail()


def test_what_is_no_marc_says_what_it_looks_like():
    page = b"<!DOCTYPE html><html><body>" + b"<p>Nothing here</p>" * 10_000
    with pytest.raises(RecordError, match="HTML"):
        next(Reader(page))
    with pytest.raises(ForeignFormatError, match="zip"):
        next(Reader(b"PK\x03\x04" + bytes(range(3, 29)) * 5_000, repair=True))


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
