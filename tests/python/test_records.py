"""Records and fields as they are read."""

from __future__ import annotations

import pytest
from shared.records import one
from tidemarc import Indicators, Reader, Record, Subfield


def test_a_record_says_what_it_is_and_where(books):
    data = books.read_bytes()
    reader = Reader(books)
    end = 0
    for number, record in enumerate(reader, 1):
        assert (record.number, record.offset, record.source) == (number, end, str(books))
        end += len(record.raw)
        assert record.raw == data[record.offset : end]
        assert type(record.raw) is bytes
        assert str(record.leader) == record.raw[:24].decode()
        assert record.raw == record.as_marc()
        assert repr(record) == f"<tidemarc.Record {number} (001 {record['001'].data})>"
    assert end == len(data)


def test_a_made_record_has_no_place():
    record = Record()
    assert (record.raw, record.number, record.offset, record.source) == (None,) * 4
    assert repr(record) == "<tidemarc.Record>"
    assert str(record) == f"=LDR  {record.leader}\n"
    assert record.title is None
    assert list(record) == record.fields == []


def test_fields_are_in_the_order_of_the_directory(marc):
    tags = ["001", "500", "245", "500", "001", "245", "9xZ"]
    data = marc.record(
        *(marc.field(tag, f"c{at}" if tag < "010" else f"10$a{at}") for at, tag in enumerate(tags))
    )
    record = one(data)
    assert [field.tag for field in record] == tags
    assert [field.tag for field in record.fields] == tags
    assert [field.value() for field in record.get_fields("500", "001")] == ["c0", "1", "3", "c4"]
    assert [field.value() for field in record.get_fields("001", "500")] == ["c0", "1", "3", "c4"]
    assert record["245"].value() == "2"
    assert record.as_marc() == data


def test_a_record_is_its_own_iterator(book):
    # As in pymarc: a loop within a loop over the same record goes on where the other is.
    tags = [field.tag for field in book.fields]
    assert iter(book) is book
    assert [(one.tag, two.tag) for one in book for two in book] == [(tags[0], tag) for tag in tags]
    assert [field.tag for field in book] == tags
    field = book["245"]
    with pytest.raises(AttributeError):
        next(field)
    assert iter(field) is field
    assert [subfield.code for subfield in field] == [each.code for each in field.subfields]
    assert list(book["001"]) == []


def test_a_field_says_what_it_holds(marc):
    record = one(marc.record(marc.field("008", "a b"), marc.field("245", "1 $a T $bb$a$bc d ")))
    control, field = record.fields
    assert (control.tag, control.data, control.value()) == ("008", "a b", "a b")
    assert control.control_field
    assert str(control) == "=008  a\\b"
    assert not field.control_field
    assert field.data is None
    assert field.indicators == ("1", " ") == Indicators("1", " ")
    assert (field.indicator1, field.indicator2) == ("1", " ")
    assert field.indicators.first == "1"
    assert field.subfields == [("a", " T "), ("b", "b"), ("a", ""), ("b", "c d ")]
    assert all(type(subfield) is Subfield for subfield in field.subfields)
    assert list(field) == field.subfields
    assert field["a"] == " T "
    assert field.get_subfields("b", "a") == [" T ", "b", "", "c d "]
    assert field.subfields_as_dict() == {"a": [" T ", ""], "b": ["b", "c d "]}
    assert field.value() == "T b  c d"
    assert str(field) == "=245  1\\$a T $bb$a$bc d "
    assert repr(field) == f"<tidemarc.Field {field}>"
    assert "a" in field


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("10$aA", "A"),
        ("10$aA$bB", "A B"),
        ("10$bB$aA", "A B"),
        ("10$aA$bB$aC$bD", "A B"),
        ("10$bB", None),
        ("10$a$bB", ""),
        ("10$aA$b", "A"),
        ("10", None),
        ("", None),
        ("10$a A $b B ", " A   B "),
    ],
)
def test_the_title(content, title, marc):
    record = one(marc.record(marc.field("245", content)))
    assert record.title == title
    assert record["245"].subfields is record["245"].subfields
    assert record.title == title, "also from the live list"


def test_a_field_may_be_short_or_strange(marc):
    contents = ["", "1", "10", "10$", "10$$", "1$aX", "$aX", "123$aX", "10$a", "é0$aX", "10$éX"]
    data = marc.record(*(marc.field("500", content) for content in contents))
    record = one(data)
    found = [(tuple(field.indicators), field.subfields) for field in record]
    assert found == [
        ((" ", " "), []),
        (("1", " "), []),
        (("1", "0"), []),
        (("1", "0"), []),
        (("1", "0"), []),
        (("1", " "), [("a", "X")]),
        ((" ", " "), [("a", "X")]),
        (("1", "2"), [("a", "X")]),
        (("1", "0"), [("a", "")]),
        (("é", "0"), [("a", "X")]),
        (("1", "0"), [("é", "X")]),
    ]
    for field in record:
        field.value(), str(field), field.get("a"), field.get_subfields("a")
    assert record.as_marc() == data, "looking at it changed nothing"


def test_blanks_are_stripped_as_python_strips_them(marc):
    blanks = [chr(at) for at in range(0x3100) if chr(at).isspace() and at not in (0x1D, 0x1E, 0x1F)]
    others = ["\u200b", "\ufeff", "\x00", "\u180e"]
    for blank in blanks + others:
        value = f"{blank}x{blank}y{blank}"
        record = one(marc.record(marc.field("500", f"  $a{value}")))
        assert record["500"].value() == value.strip(), hex(ord(blank))
        record["500"].subfields  # noqa: B018
        assert record["500"].value() == value.strip(), hex(ord(blank))
