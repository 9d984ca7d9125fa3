"""Selectors on records that were read, changed or built."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import random
from pathlib import Path
from typing import Any

import pymarc
import pytest
import tidemarc
from conftest import BAD_TEXT, field, record
from shared.formats import BOOKS, FORMATS, READ_AS, WRITTEN
from tidemarc import Field, Indicators, Reader, Record, Selector, Subfield, errors
from tidemarc import pymarc as dropin

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


def read(*fields: tuple[str, bytes], **options: Any) -> Record:
    """Reads a record with these fields."""
    return next(iter(Reader(record(*fields), **options)))


def values(selector: str, of: Record) -> list[str]:
    """Returns the values in a record."""
    return Selector(selector).values(of)


def plain(selector: str, of: Record) -> list[str]:
    """Computes the values of a simple selector from the field objects."""
    if selector.startswith("LDR/"):
        return [str(of.leader)[int(selector[4:])]]
    tag, _, rest = selector.partition("$")
    tag, _, digits = tag.partition("/")
    fields = of.get_fields(tag)
    if digits:
        first, _, last = digits.partition("-")
        return [found.data[int(first) : int(last) + 1] for found in fields]
    if rest.endswith("{$2=\\fast}"):
        fields = [found for found in fields if "fast" in found.get_subfields("2")]
    if rest:
        return [value for found in fields for value in found.get_subfields(rest[0])]
    if tag < "010":
        return [found.data for found in fields]
    return [" ".join(part.value for part in found.subfields) for found in fields]


SIMPLE = [
    "001",
    "008/7-10",
    "008/35-37",
    "LDR/6",
    "LDR/9",
    "245",
    "245$a",
    "245$b",
    "100$a",
    "260$b",
    "260$c",
    "020$a",
    "650$a",
    "650$x",
    "650",
    "650$a{$2=\\fast}",
    "999$z",
]


@pytest.mark.parametrize("format", FORMATS)
def test_the_values_are_those_of_a_plain_computation(format):
    books = list(Reader(WRITTEN[format], format=READ_AS.get(format, format)))
    assert len(books) == 60
    for selector in map(Selector, SIMPLE):
        found = [selector.values(book) for book in books]
        # The second time with field objects, the third time with changed ones.
        assert found == [plain(str(selector), book) for book in books], selector
        assert found == [selector.values(book) for book in books], selector
        for book in books:
            for one in book.fields:
                if not one.control_field:
                    one.subfields = list(one.subfields)
        assert found == [selector.values(book) for book in books], selector


def test_every_650_of_the_books_is_found():
    assert sum(len(values("650$a", book)) for book in BOOKS) == 119


def test_no_field_object_is_made_for_a_record_that_was_read():
    def count() -> int:
        return sum(isinstance(thing, Field) for thing in gc.get_objects())

    book = next(iter(Reader(FIXTURES / "books.mrc")))
    gc.collect()
    before = count()
    found = values("245$a|650$a{^2=\\0}|LDR/6", book)
    assert found and count() == before
    assert book.fields and count() > before


def test_a_change_is_seen_at_once():
    book = read(field("001", "a1"), field("245", "10$aHi$bthere"), field("650", " 7$aX$2fast"))
    book["245"]["a"] = "Hello"
    assert values("245", book) == ["Hello there"]
    book["245"].add_subfield("c", "me")
    book["245"].indicator1 = "0"
    assert values("245$c|245^1", book) == ["me", "0"]
    book.add_field(Field("650", Indicators(" ", "7"), [Subfield("a", "Y"), Subfield("2", "fast")]))
    assert values("650$a{$2=\\fast}", book) == ["X", "Y"]
    book["650"]["2"] = "lcsh"
    assert values("650$a{$2=\\fast}", book) == ["Y"]
    book["001"].data = "b2"
    assert values("001/0", book) == ["b"]
    book["001"].tag = "003"
    assert values("001|003", book) == ["b2"]
    book.remove_fields("245")
    assert values("245$a", book) == []


def test_a_changed_leader_is_seen():
    book = read()
    assert values("LDR/5", book) == ["n"]
    book.leader[5] = "c"
    assert values("LDR/5", book) == ["c"]
    assert values("245$a{LDR/5=\\c}", book) == ["Hi"]
    book.leader = "short"
    with pytest.raises(ValueError, match="a leader is 24 characters"):
        values("LDR/5", book)
    assert values("245$a", book) == ["Hi"]


def test_a_built_record_has_values():
    built = Record()
    assert values("LDR|...", built) == [str(built.leader)]
    built.add_field(Field("245", Indicators("1", "0"), [Subfield("a", "Вода 水")]))
    assert values("245$a/5|245^1", built) == ["水", "1"]
    assert values("245$a{$a~\\水}", built) == ["Вода 水"]


@pytest.mark.parametrize("encoding", ["utf-8", "marc-8"])
def test_text_is_decoded(encoding):
    leader = b"00000nam a2200000   4500" if encoding == "utf-8" else b"00000nam  2200000   4500"
    data = {"utf-8": "Dvořák".encode(), "marc-8": b"Dvo\xe9r\xe2ak"}[encoding]
    book = next(iter(Reader(record(("100", b"1 \x1fa" + data), leader=leader))))
    assert values("100$a", book) == ["Dvořák"]
    assert values("100$a/3{/5=\\k}", book) == ["ř"]


def test_undecodable_text_raises_or_follows_the_reader():
    book = next(iter(Reader(BAD_TEXT)))
    for _ in range(2):
        with pytest.raises(errors.EncodingError) as raised:
            values("245$a", book)
        assert (raised.value.tag, raised.value.subfield) == ("245", "a")
        # Other fields are not examined.
        assert values("500$a", book) == ["Note"]
        assert book["500"].get("a") == "Note"
    replaced = next(iter(Reader(BAD_TEXT, encoding_errors="backslashreplace")))
    assert values("245$a", replaced) == [r"Caf\xe9"]
    assert replaced["245"].get("a") == r"Caf\xe9"
    assert values("245$a", replaced) == [r"Caf\xe9"]


def outcome(selector: str, of: Record) -> Any:
    """Returns the values, or all that is known of the error."""
    try:
        return values(selector, of)
    except errors.EncodingError as error:
        places = (error.tag, error.subfield, error.offset, error.raw)
        return (str(error), *places)


def touch_fields(of: Record) -> None:
    assert of.fields


def touch_indicators(of: Record) -> None:
    for one in of.fields:
        try:
            assert one.control_field or one.indicators
        except errors.EncodingError:
            assert one.raw is not None


def touch_everything(of: Record) -> None:
    for one in of.fields:
        try:
            assert one.value() is not None
            assert one.control_field or isinstance(one.subfields, list)
        except errors.EncodingError as error:
            assert error.tag == one.tag


TOUCHES = [touch_fields, touch_indicators, touch_everything]


@pytest.mark.parametrize("touch", TOUCHES)
def test_an_indicator_is_known_in_a_touched_record_too(touch):
    book = next(iter(Reader(BAD_TEXT)))
    touch(book)
    assert values("245^1", book) == ["1"]
    assert values("245^2{^1=\\1}", book) == ["0"]
    assert values("500$a{245^1=\\1}", book) == ["Note"]
    with pytest.raises(errors.EncodingError):
        values("245^1{!$z}", book)


def test_the_error_is_that_of_the_field_that_the_selector_touches_first():
    bad = b"10\x1fa\xe9"
    book = read(("245", b"10\x1faHi"), ("245", bad), ("100", bad), ("245", bad))
    for selector, of_field in [("245$a", 1), ("245[2]$a", 3), ("245$a{100}", 2), ("100|245", 2)]:
        with pytest.raises(errors.EncodingError) as raised:
            values(selector, book)
        with pytest.raises(errors.EncodingError) as expected:
            _ = book.fields[of_field].subfields
        places = [(error.value.offset, error.value.tag) for error in (raised, expected)]
        assert places[0] == places[1], selector


def test_a_field_of_another_record_is_decoded_by_the_rule_of_its_own():
    marc8 = ("100", b"1 \x1faDvo\xe9r\xe2ak")
    [old] = Reader(record(marc8, leader=b"00000nam  2200000   4500"))
    new = read(("245", b"10\x1fa\xd0\x92\xd0\xbe\xd0\xb4\xd0\xb0"))
    new.add_field(old["100"])
    assert values("100$a|245$a{100}", new) == ["Dvořák", "Вода"]


def random_part(chance: random.Random) -> str:
    code = chance.choice(["$a", "$b", "$a-z", "^1", "^2", "$a[#]", "$b[0]", "", "/0", "/0-2"])
    return code if code[:1] != "$" else code + chance.choice(["", "", "/0", "/#-1"])


def random_selector(chance: random.Random) -> str:
    """Makes a text that is nearly always a selector."""

    def reference() -> str:
        fields = chance.choice(["", "", "245", "245[0]", "24.", "100", "008", "...", "LDR"])
        return fields + random_part(chance)

    def comparison() -> str:
        right = chance.choice([reference(), reference(), r"\a", r"\1", r'"é"'])
        left = chance.choice(["", reference(), reference()])
        return left + chance.choice(["=", "!=", "~", "!~", "?", "!"]) + right

    def one() -> str:
        spec = chance.choice(["245", "245", "24.", "100", "008", "245[#]", "LDR"])
        spec += random_part(chance)
        for _ in range(chance.choice([0, 1, 1, 2])):
            spec += "{" + "|".join(comparison() for _ in range(chance.choice([1, 1, 2]))) + "}"
        return spec

    return "|".join(one() for _ in range(chance.choice([1, 1, 2])))


def random_fields(chance: random.Random) -> list[tuple[str, bytes]]:
    heads = [b"10", b" 0", b"1", b"", b"abc", b"\xe9 ", b"1\xe9", "é1".encode()]
    texts = [
        b"a",
        b"abc",
        b"",
        "é".encode(),
        b"\xe9",
        b"\xe9r",
        b"\xff",
        b"\x1b$1!",
        b"1",
        b"&#xE9;",
    ]

    def content(tag: str) -> bytes:
        if tag == "008":
            return chance.choice(texts)
        parts = [
            chance.choice([b"a", b"a", b"b", b"2", b"\xe9", b""]) + chance.choice(texts)
            for _ in range(chance.randrange(4))
        ]
        return b"\x1f".join([chance.choice(heads[: chance.choice([2, 8])]), *parts])

    tags = [
        chance.choice(["008", "100", "245", "245", "246"]) for _ in range(chance.randrange(1, 5))
    ]
    return [(tag, content(tag)) for tag in tags]


@pytest.mark.parametrize("touch", TOUCHES)
def test_a_touched_record_has_the_same_values_and_the_same_errors(touch):
    chance = random.Random(245)
    found = {list: 0, tuple: 0}
    while min(found.values()) < 400:
        text = random_selector(chance)
        leader = chance.choice([b"00000nam a2200000   4500", b"00000nam  2200000   4500"])
        data = record(*random_fields(chance), leader=leader)
        options = {
            "encoding": chance.choice(["auto", "auto", "utf-8", "marc-8", "iso-8859-1"]),
            "encoding_errors": chance.choice(["strict", "strict", "strict", "replace"]),
        }
        try:
            Selector(text)
        except errors.SelectorError:
            continue
        [fresh], [touched] = Reader(data, **options), Reader(data, **options)
        touch(touched)
        expected = outcome(text, fresh)
        assert outcome(text, touched) == expected, (text, data, options)
        found[type(expected)] += bool(expected)


def test_the_drop_in_is_not_changed_by_a_look():
    bytes_ = record(leader=b"00000nam  2200000   4500")
    book = next(iter(dropin.MARCReader(bytes_)))
    assert values("245$a|LDR/9", book) == ["Hi", " "]
    assert str(book.leader)[9] == " "
    raw = next(iter(dropin.MARCReader(bytes_, to_unicode=False)))
    with pytest.raises(TypeError, match="field 245 has an object"):
        values("245$a", raw)
    assert values("LDR/6", raw) == ["a"]


def test_any_object_that_is_like_a_field_is_read():
    built = Record()
    built.fields.append(
        pymarc.Field("245", pymarc.Indicators("1", "0"), [pymarc.Subfield("a", "Hi")])
    )
    built.fields.append(pymarc.Field("001", data="x"))
    assert values("001|245$a", built) == ["x", "Hi"]


def odd(**changes: Any) -> Any:
    """Makes an object like a field, with something wrong."""

    class Odd:
        tag = "245"
        control_field = False
        indicator1 = indicator2 = " "
        data = None
        subfields = (Subfield("a", "Hi"),)

    for name, value in changes.items():
        setattr(Odd, name, value)
    return Odd()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"indicator1": ""}, 'an indicator of field 245 is one character, not ""'),
        ({"indicator1": "\x1f"}, "an indicator of field 245 is one character"),
        ({"subfields": [Subfield("ab", "x")]}, "a subfield code of field 245 is one character"),
        ({"subfields": [Subfield("a", "x\x1fb")]}, "contains the subfield delimiter"),
        ({"subfields": [Subfield("a", "\ud800")]}, "surrogates not allowed"),
        ({"control_field": True, "data": "x"}, "field 245 is a control field"),
        ({"tag": "001"}, "field 001 is a data field"),
    ],
)
def test_a_field_whose_text_is_ambiguous_is_refused(changes, message):
    built = Record()
    built.fields.append(odd(**changes))
    with pytest.raises(ValueError, match=message):
        values("245|001", built)
    # Fields that are not needed are not examined.
    assert values("246", built) == []


def test_a_tag_of_another_length_matches_nothing():
    built = Record()
    built.fields += [odd(tag="24"), odd(tag="2455"), odd(tag="é5"), odd(tag="24 ")]
    assert values("...$a", built) == ["Hi", "Hi"]


def test_only_a_record_has_values():
    for wrong in [None, "245", pymarc.Record()]:
        with pytest.raises(TypeError):
            values("245", wrong)  # type: ignore[arg-type]
    for wrong in [None, b"245", 245]:
        with pytest.raises(TypeError):
            Selector(wrong)  # type: ignore[arg-type]


def test_the_text_of_a_selector_is_canonical():
    selector = Selector('650ab{650$2="fast"}|6XX')
    assert str(selector) == "650$a$b{$2=\\fast}|6.."
    assert repr(selector) == "Selector('650$a$b{$2=\\\\fast}|6..')"
    assert eval(repr(selector)) == selector
    assert selector.tags == ("6..", "650")
    assert Selector("245$a{LDR/6=\\a}").tags == ("245", "LDR")


def test_equal_selectors_are_one_key():
    one, other = Selector("245ab"), Selector("245$a$b")
    assert one == other and hash(one) == hash(other) and len({one, other}) == 1
    assert one != Selector("245$b$a") and one != "245$a$b"
    assert (one == None) is False  # noqa: E711


def test_a_selector_is_copied_and_pickled():
    selector = Selector('650a{$2="lc sh"}')
    for again in [copy.copy(selector), copy.deepcopy(selector)]:
        assert again == selector
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(selector, protocol))
        assert again == selector and str(again) == str(selector)


def test_a_bad_selector_is_an_error_with_a_caret():
    with pytest.raises(errors.SelectorError) as raised:
        Selector("245$a{$B}")
    error = raised.value
    assert isinstance(error, ValueError) and isinstance(error, tidemarc.TidemarcError)
    message, shown, caret = str(error).splitlines()
    assert "at position 7, found 'B'" in message
    assert (shown, caret) == ("    245$a{$B}", "           ^")
    assert (error.selector, error.position) == ("245$a{$B}", 7)
    assert error.expected.startswith("a subfield code")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.position) == (str(error), 7)


def test_selectors_work_on_copies_of_records():
    book = next(iter(Reader(FIXTURES / "books.mrc")))
    expected = values("...", book)
    assert values("...", pickle.loads(pickle.dumps(book))) == expected
    assert values("...", copy.deepcopy(book)) == expected
    assert values("...", next(iter(Reader(io.BytesIO(book.as_marc()))))) == expected
