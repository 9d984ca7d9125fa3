"""Filters on records that were read, changed or built."""

from __future__ import annotations

import copy
import gc
import pickle
from pathlib import Path

import pytest
import tidemarc
from conftest import BAD_TEXT, field, record
from shared.formats import BOOKS, FORMATS, READ_AS, WRITTEN
from shared.plain_filters import PLAIN
from tidemarc import Field, Filter, Reader, errors

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


@pytest.mark.parametrize("format", FORMATS)
def test_the_matches_are_those_of_plain_python(format):
    books = list(Reader(WRITTEN[format], format=READ_AS.get(format, format)))
    assert len(books) == 60
    for text, plain in PLAIN.items():
        filter_ = Filter(text)
        found = [filter_.matches(book) for book in books]
        # The second time with field objects, the third time with changed ones.
        assert found == [plain(book) for book in books], text
        assert found == [filter_.matches(book) for book in books], text
        for book in books:
            for one in book.fields:
                if not one.control_field:
                    one.subfields = list(one.subfields)
        assert found == [filter_.matches(book) for book in books], text


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.mrc")), ids=lambda path: path.name)
def test_every_fixture_has_the_matches_of_plain_python(path):
    counts = dict.fromkeys(PLAIN, 0)
    for book in Reader(path, errors="skip", repair=True, encoding_errors="replace"):
        for text, plain in PLAIN.items():
            is_match = Filter(text).matches(book)
            assert is_match == plain(book), text
            counts[text] += is_match
    if path.name == "books.mrc":
        assert not [text for text, count in counts.items() if not count]


def test_no_field_object_is_made_for_a_record_that_was_read():
    def count() -> int:
        return sum(isinstance(thing, Field) for thing in gc.get_objects())

    book = next(iter(Reader(FIXTURES / "books.mrc")))
    gc.collect()
    before = count()
    assert Filter("245$a and LDR/6 = 'a'").matches(book) and count() == before
    assert book.fields and count() > before


def test_a_change_is_seen_at_once():
    book = next(iter(Reader(record(("001", b"a1"), field("245", "10$aHi")))))
    wanted = Filter("245$a = 'Hello' and LDR/6 = 'z'")
    assert not wanted.matches(book)
    book["245"]["a"] = "Hello"
    assert not wanted.matches(book)
    book.leader = str(book.leader)[:6] + "z" + str(book.leader)[7:]
    assert wanted.matches(book)


def test_undecodable_text_raises_only_if_it_decides():
    book = next(iter(Reader(BAD_TEXT)))
    for text in ["245$a = 'x'", "not 245$a = 'x'", "count(245$a) = 1"]:
        with pytest.raises(errors.EncodingError) as raised:
            Filter(text).matches(book)
        assert raised.value.tag == "245"
    assert Filter("245$a = 'x' or 001 = 'a1'").matches(book)
    assert not Filter("245$a = 'x' and 001 = 'a2'").matches(book)
    assert book.fields
    with pytest.raises(errors.EncodingError):
        Filter("245$a = 'x'").matches(book)
    assert Filter("245$a = 'x' or 001 = 'a1'").matches(book)
    replaced = next(iter(Reader(BAD_TEXT, encoding_errors="replace")))
    assert Filter("245$a ~ '\ufffd'").matches(replaced)


def test_a_list_of_many_values_is_read_from_a_file(tmp_path):
    ids = [book["001"].data for book in BOOKS]
    path = tmp_path / "my ids.txt"
    path.write_text("\ufeff" + "\r\n".join([*ids[10:13], "", "nothing"]), encoding="utf-8")
    wanted = Filter(f'001 in @"{path}"')
    assert [wanted.matches(book) for book in BOOKS] == [10 <= at < 13 for at in range(60)]
    others = Filter(f'001 not in @"{path}"')
    assert [others.matches(book) for book in BOOKS] == [not 10 <= at < 13 for at in range(60)]
    # The file is read once.
    again = Filter(str(wanted))
    path.write_text("x\n")
    assert wanted.matches(BOOKS[10]) and wanted == again != Filter(str(wanted))
    path.unlink()
    with pytest.raises(errors.FilterError) as raised:
        Filter(str(wanted))
    assert raised.value.position == 7 and raised.value.expected is None
    assert str(path) in str(raised.value)


def test_a_mistake_is_pointed_at():
    with pytest.raises(errors.FilterError) as raised:
        Filter("245$a == 1")
    error = raised.value
    assert isinstance(error, ValueError) and isinstance(error, errors.TidemarcError)
    assert (error.filter, error.position) == ("245$a == 1", 7)
    assert error.expected == "a text in quotes, or a number"
    assert str(error).splitlines()[1:] == ["    245$a == 1", "           ^"]
    with pytest.raises(errors.FilterError, match="unclosed group"):
        Filter("245 ~ /(/")
    with pytest.raises(TypeError):
        Filter(None)
    with pytest.raises(TypeError):
        Filter("245").matches("245")


def test_a_filter_is_a_value():
    filter_ = Filter("  245$a ~ 'x'and 650 ")
    assert str(filter_) == '245$a ~ "x" and exists(650)'
    assert repr(filter_) == "Filter('245$a ~ \"x\" and exists(650)')"
    assert filter_.tags == ("245", "650")
    same = Filter(str(filter_))
    assert filter_ == same and hash(filter_) == hash(same) and filter_ != Filter("245")
    assert filter_ != str(filter_)
    for twin in [pickle.loads(pickle.dumps(filter_)), copy.copy(filter_), copy.deepcopy(filter_)]:
        assert twin == filter_
    with pytest.raises(AttributeError):
        filter_.tags = ()


def test_a_filter_with_a_file_is_not_pickled(tmp_path):
    # The pickle would be another filter where the file has changed.
    ids = tmp_path / "ids.txt"
    ids.write_text("ta000001\n")
    filter_ = Filter(f"001 in @{ids}")
    with pytest.raises(TypeError, match=r"^a filter with 'in @.*ids\.txt' cannot be pickled"):
        pickle.dumps(filter_)
    ids.unlink()
    assert copy.copy(filter_) == copy.deepcopy(filter_) == filter_


def test_the_names_are_public():
    assert tidemarc.Filter is Filter and tidemarc.FilterError is errors.FilterError
