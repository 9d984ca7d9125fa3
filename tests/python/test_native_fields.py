"""The values that a native field refuses, and those that tidemarc refuses to write for any other
field.
"""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path
from typing import Any

import pytest
from tidemarc import Field, Indicators, Reader, Record, Subfield, Writer
from tidemarc.errors import WriteError
from tidemarc.pymarc import MARCReader


@pytest.fixture
def native(books: Path) -> Any:
    """A record that tidemarc read."""
    return next(Reader(books))


@pytest.fixture
def dropin(books: Path) -> Any:
    """The same record, read as pymarc reads."""
    return next(MARCReader(str(books)))  # type: ignore[arg-type]


def put(tag: str, name: str, value: Any) -> Any:
    """Makes a function that sets an attribute of the field with this tag."""
    return lambda record: setattr(record[tag], name, value)


#: The refused changes: a function, the exception's type, and a part of its message.
REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "data None": (put("001", "data", None), TypeError, r"data of field 001 .* not None \(NoneType"),
    "data bytes": (put("001", "data", b"x"), TypeError, r"field 001 must be str, not b'x' \(bytes"),
    "data 5": (put("001", "data", 5), TypeError, r"field 001 must be str, not 5 \(int\)"),
    "data of 245": (put("245", "data", "x"), ValueError, "field 245 .* cannot have the data 'x'"),
    "001 to 500": (put("001", "tag", "500"), ValueError, "field 001 cannot become field 500"),
    "245 to 002": (put("245", "tag", "002"), ValueError, "field 245 cannot become field 002"),
    "tag bytes": (put("245", "tag", b"246"), TypeError, r"field 245 must be str, not b'246'"),
    "tag None": (put("245", "tag", None), TypeError, "field 245 must be str, not None"),
    "tag 24": (put("245", "tag", "24"), ValueError, "field 245 cannot have the tag '24'"),
    "tag é": (put("245", "tag", "24é"), ValueError, "three ASCII letters or digits"),
    "tag half": (put("245", "tag", "\ud800"), ValueError, "three ASCII letters or digits"),
    "control_field": (put("245", "control_field", True), ValueError, "field 245 is set by its tag"),
    "indicator1 two": (put("245", "indicator1", "10"), ValueError, "field 245 .*, not '10'"),
    "indicator1 none": (put("245", "indicator1", ""), ValueError, "first indicator of field 245"),
    "indicator2 é": (put("245", "indicator2", "é"), ValueError, "second indicator .* not 'é'"),
    "indicator2 None": (put("245", "indicator2", None), TypeError, "not None"),
    "indicator2 0x1F": (put("245", "indicator2", "\x1f"), ValueError, "one ASCII character"),
    "indicators None": (put("245", "indicators", None), TypeError, "field 245 .* not None"),
    "indicators 5": (put("245", "indicators", [1, "0"]), TypeError, r"not 1 \(int\)"),
    "indicators of 001": (put("001", "indicators", "10"), ValueError, "field 001 is a control"),
    "subfields None": (put("245", "subfields", None), TypeError, "field 245 .* not NoneType"),
    "subfields text": (put("245", "subfields", "ax"), TypeError, "field 245 .* not str"),
    "subfields pair": (put("245", "subfields", [("a", "x")]), TypeError, r"not \('a', 'x'\)"),
    "subfields None in": (
        put("245", "subfields", [Subfield("a", None)]),  # type: ignore[arg-type]
        TypeError,
        "subfield a of field 245 must be str, not None",
    ),
    "subfields code": (put("245", "subfields", [Subfield("ab", "x")]), ValueError, "not 'ab'"),
    "subfields of 001": (put("001", "subfields", [Subfield("a", "x")]), ValueError, "field 001"),
    "[a] None": (lambda r: r["245"].__setitem__("a", None), TypeError, "not None"),
    "[a] tuple": (lambda r: r["245"].__setitem__("a", ("x",)), TypeError, r"\(tuple\)"),
    "add None": (lambda r: r["245"].add_subfield("a", None), TypeError, "subfield a of field 245"),
    "add ab": (lambda r: r["245"].add_subfield("ab", "x"), ValueError, "field 245 .* not 'ab'"),
    "add to 001": (lambda r: r["001"].add_subfield("a", "x"), ValueError, "field 001 is a control"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_field_that_tidemarc_read_refuses_what_could_not_be_read_again(case, native):
    put, error, message = REFUSED[case]
    raw, text = native.raw, str(native)
    with pytest.raises(error, match=message):
        put(native)
    assert (native.as_marc(), str(native)) == (raw, text)


@pytest.mark.parametrize("case", REFUSED)
def test_the_drop_in_takes_it_as_pymarc_does(case, dropin):
    put, _, _ = REFUSED[case]
    if case in ("subfields None", "indicators None"):
        put(dropin)
        return
    try:
        put(dropin)
    except (TypeError, ValueError) as error:
        # pymarc refuses this itself, but never with our message.
        assert "field 245" not in str(error)


def test_a_field_that_tidemarc_read_takes_what_it_can_write(native):
    field = native["245"]
    field.tag = "246"
    field.indicators = ["1", " "]
    field.indicator2 = "4"
    field["a"] = "New"
    field.add_subfield("b", "more")
    field.data = None
    field.control_field = False
    native["001"].data = "new"
    native["001"].tag = "003"
    native["003"].subfields = []
    native["003"].indicators = None
    again: Any = next(Reader(native.as_marc()))
    assert (again["003"].data, again["246"]["a"], again["246"].indicators) == (
        "new",
        "New",
        Indicators("1", "4"),
    )
    assert again["246"].get_subfields("b")[-1] == "more"


def made(tag: str, /, **parts: Any) -> Any:
    """Makes a field, and sets parts of it."""
    field = Field(tag, data="x") if tag < "010" else Field(tag, [" ", " "], [Subfield("a", "x")])
    for name, value in parts.items():
        setattr(field, name, value)
    return field


def with_pair() -> Any:
    field = made("245")
    field.subfields.append(("b", "x"))
    return field


#: Fields that a program made, which accept anything, and the exception on writing them.
UNWRITABLE: dict[str, tuple[Any, type[Exception], str]] = {
    "data None": (lambda: made("003", data=None), TypeError, "field 003: the data of a control"),
    "no data": (lambda: Field("003"), TypeError, "must be str, not NoneType"),
    "data bytes": (lambda: made("003", data=b"x"), TypeError, "must be str, not bytes"),
    "001 to 500": (lambda: made("003", tag="500"), WriteError, "tag 500 does not fit the field"),
    "245 to 002": (lambda: made("245", tag="002"), WriteError, "tag 002 does not fit the field"),
    "control_field": (lambda: made("245", control_field=True), WriteError, "tag 245 does not fit"),
    "tag bytes": (lambda: made("245", tag=b"246"), WriteError, "three ASCII letters or digits"),
    "value None": (lambda: made("245", subfields=[Subfield("a", None)]), TypeError, "NoneType"),  # type: ignore[arg-type]
    "pair": (with_pair, TypeError, r"field 245: a subfield must be Subfield.* \('b', 'x'\)"),
    "code ab": (lambda: made("245", subfields=[Subfield("ab", "x")]), WriteError, "not 'ab'"),
    "indicator ab": (
        lambda: made("245", indicator1="ab"),
        WriteError,
        "two indicators of one ASCII",
    ),
    "indicator None": (lambda: made("245", indicator1=None), TypeError, "NoneType"),
}


@pytest.mark.parametrize("format", ["iso2709", "marcxml", "jsonl", "marcmaker"])
@pytest.mark.parametrize("whose", ["native", "dropin"])
@pytest.mark.parametrize("case", UNWRITABLE)
def test_a_field_that_was_made_is_checked_when_tidemarc_writes_it(case, whose, format, request):
    make, error, message = UNWRITABLE[case]
    record = request.getfixturevalue(whose)
    target = io.BytesIO()
    for field in (make(), copy.deepcopy(make()), pickle.loads(pickle.dumps(make()))):
        record.add_field(field)
        with pytest.raises(error, match=message):
            Writer(target, format).write(record)
        if whose == "native":
            with pytest.raises(error, match=message):
                record.as_marc()
        record.fields.pop()
    assert b"None" not in target.getvalue()


def test_fields_of_either_kind_go_into_records_of_either_kind(native, dropin):
    native.add_field(dropin["245"], made("999"))
    assert next(Reader(native.as_marc()))["999"]["a"] == "x"
    field = native["001"]
    dropin.add_field(field)
    with pytest.raises(TypeError):
        field.data = None
    # A field of pymarc belongs to pymarc in any record: it is checked when it is written.
    dropin["001"].data = None
    assert Record(fields=[dropin["001"]]).as_marc().endswith(b"None\x1e\x1d")
    native.add_field(dropin["001"])
    with pytest.raises(TypeError, match="field 001: the data of a control field must be str"):
        native.as_marc()
