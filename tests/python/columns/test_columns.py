"""The definitions of columns."""

from __future__ import annotations

import copy
import pickle

import pytest
from tidemarc import Column, Selector, errors

MADE = [
    (Column("650$a"), "Column('650$a')"),
    (
        Column("245ab", repeat="join", separator="; "),
        "Column('245$a$b', repeat='join', separator='; ')",
    ),
    (Column(Selector("008/35-37"), repeat="list"), "Column('008/35-37', repeat='list')"),
    (Column("650$a", repeat="count"), "Column('650$a', repeat='count')"),
    (Column.metadata("record_no"), "Column.metadata('record_no')"),
    (
        Column("245$b$a", order="spec", ind="1*", normalize="NFC", trim=True, linked="both"),
        "Column('245$b$a', order='spec', linked='both', ind='1*', normalize='NFC', trim=True)",
    ),
    (
        Column("008/7-10", type="year", default=1900),
        "Column('008/7-10', type='year', default='1900')",
    ),
    (Column("880$a", repeat="explode"), "Column('880$a', repeat='explode')"),
    (Column("245$a", linked="pair"), "Column('245$a', linked='pair')"),
    (Column.fields("650"), "Column.fields('650')"),
    (
        Column.fields("6..", "a02", "*0", repeat="first", normalize="NFD", trim=True),
        "Column.fields('6..', 'a02', ind='*0', repeat='first', normalize='NFD', trim=True)",
    ),
]


@pytest.mark.parametrize(("column", "shown"), MADE)
def test_a_column_shows_the_call_that_makes_it(column, shown):
    assert repr(column) == shown
    again = eval(shown)
    assert (again, hash(again)) == (column, hash(column))


@pytest.mark.parametrize("column", [column for column, _ in MADE])
def test_a_column_is_copied_and_pickled(column):
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(column, protocol))
        assert (again, repr(again)) == (column, repr(column))
    assert copy.deepcopy(column) == column


def test_columns_with_other_options_are_not_equal():
    columns = [column for column, _ in MADE]
    assert len(set(columns)) == len(columns)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Column("650$a", repeat="all"), "repeat must be one of 'list', 'first', 'join'"),
        (lambda: Column("650$a", separator="; "), "separator"),
        (lambda: Column("650$a", repeat="first", separator="; "), "separator"),
        (lambda: Column("650$a", order="tag"), "order must be one of 'record', 'spec'"),
        (lambda: Column("650$a", type="float"), "type must be one of 'string', 'int'"),
        (lambda: Column("650$a", linked="yes"), "linked must be one of 'no', 'only'"),
        (lambda: Column("650$a", normalize="NFKC"), "normalize must be one of 'NFC', 'NFD'"),
        (lambda: Column("650$a", ind="123"), "indicator"),
        (lambda: Column("650$a", repeat="count", type="int"), "type"),
        (lambda: Column("650$a", default="x"), "default"),
        (lambda: Column("008/7-10", type="year", default="x"), "default"),
        (lambda: Column("245$a", linked="pair", repeat="join"), "join"),
        (lambda: Column.fields("650", repeat="join"), "join"),
        (lambda: Column.fields("650", "é"), "codes"),
        (lambda: Column.fields("65"), "not a selector"),
        (lambda: Column.metadata("name"), "name must be one of 'record_no'"),
    ],
)
def test_options_that_are_wrong_or_contradict_each_other_raise(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_wrong_selector_raises_with_its_caret():
    with pytest.raises(errors.SelectorError, match=r"\^"):
        Column("245$a{")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Column(5),
        lambda: Column(Column("001")),
        lambda: Column("001", repeat=5),
        lambda: Column("001", separator=5),
        lambda: Column("008/7-10", default=2.5),
        lambda: Column.fields(650),
        lambda: Column.metadata(None),
    ],
)
def test_arguments_of_another_type_raise(make):
    with pytest.raises(TypeError):
        make()
