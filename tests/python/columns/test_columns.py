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
        (lambda: Column.metadata("name"), "name must be one of 'record_no'"),
    ],
)
def test_options_that_are_wrong_or_contradict_each_other_raise(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_wrong_selector_raises_with_its_caret():
    with pytest.raises(errors.SelectorError, match=r"\^"):
        Column("245$a{")
