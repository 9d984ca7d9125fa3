"""Targets and records that a writer refuses: each error says where and why."""

from __future__ import annotations

import io

import pytest
import tidemarc
from shared.records import sample
from tidemarc import Field, Reader, Subfield, Writer


@pytest.mark.parametrize("target", [None, 5, b"path", object(), [], io.BytesIO])
def test_what_cannot_be_written_to_is_named(target):
    if target is io.BytesIO:
        pytest.skip("a class has a write method too")
    with pytest.raises(TypeError) as caught:
        Writer(target)
    name = type(target).__name__
    assert str(caught.value) == f"expected a path or a binary file object, got {name}"


def test_text_files_are_told_to_be_binary(tmp_path):
    with open(tmp_path / "x", "w") as text:
        for target in (text, io.StringIO()):
            with pytest.raises(TypeError) as caught:
                Writer(target)
            assert str(caught.value) == (
                'expected a binary file, got one in text mode: open it with open(path, "wb")'
            )


def test_a_path_that_cannot_be_written_is_told_at_construction(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        Writer(tmp_path / "none" / "x.mrc")
    assert caught.value.filename == str(tmp_path / "none" / "x.mrc")
    with pytest.raises(IsADirectoryError):
        Writer(str(tmp_path))
    with pytest.raises(ValueError, match="null"):
        Writer("a\0b")


@pytest.mark.parametrize("thing", [None, b"x", "x", Field("001", data="x"), object()])
def test_only_records_are_written(thing):
    output = io.BytesIO()
    with Writer(output) as writer, pytest.raises(TypeError) as caught:
        writer.write(thing)
    name = {Field: "tidemarc.Field"}.get(type(thing), type(thing).__name__)
    assert str(caught.value) == f"expected a Record, got {name}"
    assert output.getvalue() == b""


def test_a_fault_is_no_record(damaged):
    output = io.BytesIO()
    with Writer(output) as writer:
        for item in Reader(damaged, errors="yield"):
            if isinstance(item, tidemarc.Fault):
                with pytest.raises(TypeError, match=r"expected a Record, got tidemarc\.Fault"):
                    writer.write(item)
            else:
                writer.write(item)
    assert len(list(Reader(output.getvalue()))) == 57


def test_a_closed_writer_says_so(tmp_path):
    for target in (tmp_path / "x.mrc", io.BytesIO()):
        writer = Writer(target)
        writer.close()
        writer.close()
        with pytest.raises(ValueError, match="the writer is closed"):
            writer.write(sample())


def long_field():
    record = sample()
    record.add_field(Field("500", [" ", " "], [Subfield("a", "x" * 9999)]))
    return record


def long_record():
    record = sample()
    for _ in range(20):
        record.add_field(Field("500", [" ", " "], [Subfield("a", "x" * 9000)]))
    return record


def separator():
    record = sample()
    record.add_field(Field("500", [" ", " "], [Subfield("a", "x\x1ey")]))
    return record


def strange_tag():
    record = sample()
    record["245"].tag = "24é"
    return record


def strange_indicator():
    record = sample()
    record["245"].indicator1 = "10"
    return record


def strange_subfield():
    record = sample()
    record["245"].subfields.append(Subfield("a", None))
    return record


def empty_code():
    record = sample()
    record["245"].subfields.append(Subfield("", "secret"))
    return record


def long_code():
    record = sample()
    record["245"].subfields.append(Subfield("ab", "x"))
    return record


def half_a_pair():
    record = sample()
    record["245"]["a"] = "\ud800"
    return record


def no_field():
    record = sample()
    record.fields.append("245")
    return record


def not_ascii():
    (record,) = Reader(sample().as_marc())
    record["245"]["a"] = "🙂"
    record.leader[9] = " "
    return record


@pytest.mark.parametrize(
    ("make", "tag", "reason"),
    [
        (
            long_field,
            "500",
            "with 10,004 bytes it is longer than the 9,999 that a directory entry can state",
        ),
        (
            long_record,
            None,
            "with 180,411 bytes the record is longer than the 99,999 that its leader can state",
        ),
        (separator, "500", "'x\\x1ey' holds a separator of ISO 2709 (0x1D, 0x1E or 0x1F)"),
        (strange_tag, None, "'24é' cannot be written: a tag is three ASCII letters or digits"),
        (
            strange_indicator,
            "245",
            "a data field has two indicators of one ASCII character, not Indicators(first='10', second='0')",
        ),
        (empty_code, "245", "a subfield code is one character, not ''"),
        (long_code, "245", "a subfield code is one character, not 'ab'"),
        (half_a_pair, "245", "'\\ud800' cannot be written: it holds half of a surrogate pair"),
    ],
)
def test_what_cannot_be_written_says_where_and_why(make, tag, reason):
    for record in (make(), next(Reader(sample().as_marc()))):
        if record["001"].data == "x1" and record.number:
            record.fields = make().fields
        with pytest.raises(tidemarc.errors.WriteError) as caught:
            Writer(io.BytesIO()).write(record)
        error = caught.value
        assert (error.control_number, error.tag, error.reason) == ("x1", tag, reason)
        place = f"record {record.number}, byte 0 " if record.number else ""
        advice = '; overlong="split" or "xml" writes it' if "longer than" in reason else ""
        field = f"field {tag}: " if tag else ""
        assert str(error) == f"{place}(001 x1): {field}{reason}{advice}"


def test_what_is_no_text_or_no_field_says_what_it_is():
    for make, message in [
        (
            strange_subfield,
            "(001 x1): field 245: the value of a subfield must be str, not NoneType",
        ),
        (no_field, "(001 x1): record.fields may hold nothing but Field objects, not str"),
    ]:
        with pytest.raises(TypeError) as caught:
            Writer(io.BytesIO()).write(make())
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (long_field, tidemarc.errors.WriteError),
        (long_record, tidemarc.errors.WriteError),
        (separator, ValueError),
        (strange_tag, ValueError),
        (strange_indicator, ValueError),
        (empty_code, ValueError),
        (long_code, ValueError),
        (half_a_pair, ValueError),
        (strange_subfield, TypeError),
        (no_field, TypeError),
        (not_ascii, ValueError),
    ],
)
def test_a_record_that_cannot_be_written_leaves_no_trace(make, error, tmp_path):
    output = io.BytesIO()
    for target in (output, tmp_path / "x.mrc"):
        with Writer(target) as writer:
            writer.write(sample())
            with pytest.raises(error):
                writer.write(make())
            writer.write(sample())
    assert output.getvalue() == sample().as_marc() * 2
    assert (tmp_path / "x.mrc").read_bytes() == sample().as_marc() * 2


def test_a_record_that_writes_another_while_it_is_written_writes_it_first():
    class Value(str):
        __hash__ = str.__hash__

        def __eq__(self, other):
            writer.write(sample())
            return False

    record = next(Reader(sample().as_marc()))
    record["001"].data = Value("mine")
    output = io.BytesIO()
    with Writer(output) as writer:
        writer.write(record)
    assert [record["001"].data for record in Reader(output.getvalue())] == ["x1", "mine"]


def test_what_a_value_raises_while_it_is_written_is_raised_at_once():
    class Value(str):
        asked = 0
        __hash__ = str.__hash__

        def __eq__(self, other):
            self.asked += 1
            raise KeyboardInterrupt("mine")

    record = next(Reader(sample().as_marc()))
    record["001"].data = Value("mine")
    output = io.BytesIO()
    with Writer(output) as writer, pytest.raises(KeyboardInterrupt, match="mine"):
        writer.write(record)
    assert (record["001"].data.asked, output.getvalue()) == (1, b"")
