"""Tags with wildcards, in records that `Reader` read; and only there."""

from __future__ import annotations

import copy
import pickle

import pytest
from tidemarc import Field, Reader, Record, Selector, Subfield, dumps
from tidemarc import pymarc as dropin

TAGS = ["001", "008", "100", "245", "500", "650", "651", "655", "6XX", "949", "EXP", "EAP", "FMT"]


def made():
    """Makes a record with these tags."""
    fields = [
        Field(tag, data=tag) if tag < "010" else Field(tag, "  ", [Subfield("a", tag)])
        for tag in TAGS
    ]
    return Record(fields=fields)


def native():
    """Returns the same record as tidemarc reads it."""
    return next(Reader(dumps(made())))


def touched():
    """Returns it after some fields and its list were handed out."""
    record = native()
    assert record["650"] is record["650"]
    assert record.fields[0].tag == "001"
    return record


def some_touched():
    """Returns it after one field was handed out."""
    record = native()
    assert record["651"].tag == "651"
    return record


WAYS = [
    native,
    touched,
    some_touched,
    lambda: native().copy(),
    lambda: pickle.loads(pickle.dumps(native())),
    lambda: copy.deepcopy(touched()),
]

CASES = {
    ("6XX",): ["650", "651", "655", "6XX"],
    ("6..",): ["650", "651", "655", "6XX"],
    ("65X",): ["650", "651", "655"],
    ("XX0",): ["100", "500", "650"],
    ("0.1",): ["001"],
    ("9XX", "245"): ["245", "949"],
    ("245", "9XX", "100"): ["100", "245", "949"],
    ("650",): ["650"],
    # Beside other letters X is a letter.
    ("EXP",): ["EXP"],
    ("E.P",): ["EXP", "EAP"],
    ("...",): TAGS,
    ("XXX",): TAGS,
    ("6xx",): ["650", "651", "655", "6XX"],
    # These are no tags with wildcards.
    ("6X",): [],
    ("6XXX",): [],
    ("LDR",): [],
    ("X",): [],
    ("",): [],
    ("6*",): [],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("tags", CASES)
def test_every_method_matches_the_same_fields(way, tags):
    expected = CASES[tags]
    record = way()
    assert [field.tag for field in record.get_fields(*tags)] == expected
    assert [field.tag for field in way().get_fields(*tags)] == expected
    for field in record.get_fields(*tags):
        assert any(field is other for other in record.get_fields(field.tag))
    if len(tags) == 1:
        assert (tags[0] in way()) == (tags[0] in record) == bool(expected)
        first = record.get(*tags)
        assert (first and first.tag) == (expected[0] if expected else None)
        if expected:
            assert way()[tags[0]].tag == expected[0]
        else:
            with pytest.raises(KeyError, match=f"no field {tags[0]}" if tags[0] != "6*" else None):
                record[tags[0]]
    record.remove_fields(*tags)
    assert [field.tag for field in record.fields] == [tag for tag in TAGS if tag not in expected]
    assert [field.tag for field in next(Reader(record.as_marc()))] == [
        tag for tag in TAGS if tag not in expected
    ]


@pytest.mark.parametrize("tags", [tags for tags in CASES if len(tags) == 1 and len(tags[0]) == 3])
def test_a_selector_has_the_same_tags(tags):
    if tags == ("LDR",):
        return
    values = Selector(tags[0]).values(native())
    assert values == CASES[tags]


def test_a_tag_that_a_program_set_is_matched():
    record = native()
    record["245"].tag = "699"
    record.add_field(Field("690", "  ", [Subfield("a", "x")]))
    assert [field.tag for field in record.get_fields("69X")] == ["699", "690"]
    assert [field.tag for field in record.get_fields("699")] == ["699"]


def test_tags_that_are_no_text_are_compared_as_before():
    record = native()
    assert record.get_fields(650, None) == []
    assert [field.tag for field in record.get_fields("9XX", 650, "100")] == ["100", "949"]


@pytest.mark.parametrize(
    "record",
    [
        made,
        lambda: next(dropin.MARCReader(made().as_marc())),
        lambda: dropin.Record(made().as_marc()),
        lambda: next(dropin.MARCReader(made().as_marc(), recover=True)),
    ],
)
def test_records_of_pymarc_compare_tags_exactly(record):
    record = record()
    assert [field.tag for field in record.get_fields("6XX")] == ["6XX"]
    assert record.get_fields("6..", "9XX") == []
    assert "5XX" not in record
    assert record.get("5XX") is None
    with pytest.raises(KeyError) as raised:
        record["5XX"]
    assert raised.value.args == ()
    record.remove_fields("9XX", "65X", "...")
    assert [field.tag for field in record.fields] == TAGS
