"""Exceptions: their classes, messages and copies, and the table in docs/python-errors.md."""

from __future__ import annotations

import copy
import io
import pickle
import re
from pathlib import Path

import pytest
import tidemarc
from shared.sources import Failing
from tidemarc import Fault, Reader, errors

DOCS = Path(__file__).resolve().parents[2] / "docs" / "python-errors.md"


def damage(record):
    """A damaged record of each kind, which stands alone at its place."""
    base = int(record[12:17])
    return {
        "RecordLengthError": b"xxxxx" + record[5:],
        "LeaderError": record[:10] + b"99" + record[12:20] + b"99" + record[22:],
        "BaseAddressError": record[:12] + b"00000" + record[17:],
        "DirectoryError": record[:31] + b"x" + record[32:],
        "FieldTerminatorError": record[: base + 2] + b"?" + record[base + 3 :],
        "RecordTerminatorError": record[:-1] + b"?",
    }


KINDS = [
    "RecordLengthError",
    "LeaderError",
    "BaseAddressError",
    "DirectoryError",
    "FieldTerminatorError",
    "RecordTerminatorError",
]


@pytest.mark.parametrize("name", KINDS)
def test_each_broken_part_has_a_class_of_its_own(name, marc):
    bad = damage(marc.record())[name]
    reader = Reader(marc.record() + bad + marc.record())
    assert next(reader).number == 1
    with pytest.raises(errors.RecordError) as caught:
        next(reader)
    error = caught.value
    assert type(error) is getattr(errors, name)
    assert (error.record_number, error.offset, error.source) == (2, len(marc.record()), None)
    assert error.raw == bad
    assert error.reason in str(error)
    assert next(reader).number == 3
    assert list(reader) == []
    assert reader.stats.complete


def test_the_end_inside_a_record_is_a_truncation(marc):
    reader = Reader(marc.record() + marc.record()[:-5])
    next(reader)
    with pytest.raises(errors.TruncatedRecordError) as caught:
        next(reader)
    assert caught.value.raw == marc.record()[:-5]
    assert list(reader) == []
    assert reader.stats.complete


def test_a_record_beyond_the_limit_is_too_long(marc):
    with pytest.raises(errors.RecordTooLongError):
        next(Reader(marc.record(marc.field("001", "x" * 100)), max_record_length=50))


def test_every_class_is_one_of_ours_and_says_what_else_it_is():
    for name in [*KINDS, "TruncatedRecordError", "RecordTooLongError", "WorkerPanicError"]:
        assert issubclass(getattr(errors, name), errors.RecordError)
    assert issubclass(errors.RecordError, errors.TidemarcError)
    assert issubclass(errors.EncodingError, (errors.RecordError, ValueError))
    assert issubclass(errors.EncodingError, ValueError)
    assert issubclass(errors.WriteError, ValueError)
    assert issubclass(errors.WriteError, errors.TidemarcError)
    assert tidemarc.RecordError is errors.RecordError
    assert tidemarc.TidemarcError is errors.TidemarcError


def test_the_message_says_where_and_what(damaged):
    faults = [item for item in Reader(damaged, errors="yield") if isinstance(item, Fault)]
    assert str(faults[3].exception()) == (
        f"{damaged}: record 46, byte 56,747 (001 tm000045): field 300: "
        'directory entry 11 is malformed: "300abcd00311"'
    )


def test_exceptions_are_pickled_and_copied_with_their_parts(damaged):
    for item in Reader(damaged, errors="yield"):
        if isinstance(item, Fault):
            error = item.exception()
            for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
                assert type(again) is type(error)
                assert str(again) == str(error)
                assert vars(again) == vars(error)


def test_the_page_names_every_class():
    text = DOCS.read_text(encoding="utf-8")
    for name in dir(errors):
        value = getattr(errors, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert f"`{name}`" in text, name


def test_the_page_quotes_the_messages_as_they_are(marc, tmp_path):
    text = DOCS.read_text(encoding="utf-8")

    def message(function):
        try:
            function()
        except (TypeError, ValueError, RuntimeError) as error:
            return str(error)
        raise AssertionError("nothing was raised")

    closed = Reader(b"")
    closed.close()
    said = [
        message(lambda: Reader(None)).replace("NoneType", "…"),
        message(lambda: Reader(io.StringIO())),
        message(lambda: next(closed)),
        message(lambda: next(Reader(Failing(5)))).replace("int", "…"),
        message(lambda: tidemarc.Writer(5)).replace("int", "…"),
        message(lambda: tidemarc.Writer(io.StringIO())),
        message(lambda: tidemarc.Writer(io.BytesIO()).write(5)).replace("int", "…"),
    ]
    for line in said:
        assert f"`{line}`" in text, line


def test_the_page_speaks_of_every_kind_of_source():
    table = re.findall(r"^\| (.*?) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    for source in ("path", "bytes", "bytearray", "file object", "socket", "descriptor"):
        assert any(source in row for row in table), source


def test_faults_and_counts_are_pickled_and_copied(damaged):
    reader = Reader(damaged, errors="yield")
    faults = [item for item in reader if isinstance(item, tidemarc.Fault)]
    assert len(faults) == 4
    names = [name for name in dir(tidemarc.Fault) if not name.startswith("_")]
    for fault in faults:
        for other in (pickle.loads(pickle.dumps(fault)), copy.deepcopy(fault), copy.copy(fault)):
            for name in names:
                if name not in ("exception", "detail", "to_dict", "to_json"):
                    assert getattr(other, name) == getattr(fault, name)
            assert str(other) == str(fault)
            assert type(other.exception()) is type(fault.exception())
    stats = reader.stats
    for other in (pickle.loads(pickle.dumps(stats)), copy.deepcopy(stats)):
        assert other == stats
        assert repr(other) == repr(stats)


def test_an_over_long_span_shows_its_beginning(marc):
    reader = Reader(
        marc.record().replace(b"Hi", b"H" * 100)[:-1] + b"x" * 100,
        errors="yield",
        max_record_length=50,
    )
    fault = next(reader)
    assert fault.kind == "over_long"
    assert len(fault.raw) <= 50
    assert list(reader) == []
    assert reader.stats.fault_bytes == reader.stats.bytes_read > 200
