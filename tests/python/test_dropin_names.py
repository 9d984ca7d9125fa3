"""tidemarc.pymarc: pymarc's names, signatures and tables."""

from __future__ import annotations

import importlib
import inspect

import pymarc as original
import pytest
import tidemarc
from tidemarc import pymarc

MODULES = (
    "constants exceptions field leader marc8 marc8_mapping marcjson marcxml reader record writer"
)
PAIRS = [("pymarc", "tidemarc.pymarc")] + [
    (f"pymarc.{name}", f"tidemarc.pymarc.{name}") for name in MODULES.split()
]


@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_every_name_is_there(theirs, ours):
    theirs, ours = importlib.import_module(theirs), importlib.import_module(ours)
    assert [name for name in dir(theirs) if not hasattr(ours, name)] == []


def test_names_that_programs_came_to_rely_on_are_there():
    namespace = {}
    exec("from tidemarc.pymarc import *", namespace)
    for name in ("Optional", "json", "re", "os", "sys", "BytesIO", "ET", "logging", "isbn_regex"):
        assert name in namespace


def test_the_object_model_is_tidemarcs():
    for name in ("Record", "Field", "Leader", "Subfield", "Indicators"):
        assert getattr(pymarc, name) is getattr(tidemarc, name)


def parameters(function):
    """Names, kinds and defaults; None where Python cannot tell."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    return [(one.name, one.kind, one.default) for one in signature.parameters.values()]


def own_classes():
    return [
        name
        for name, value in vars(original).items()
        if inspect.isclass(value) and value.__module__.startswith("pymarc")
    ]


@pytest.mark.parametrize("name", own_classes())
def test_classes_have_the_same_signatures(name):
    theirs, ours = getattr(original, name), getattr(pymarc, name)
    their_bases = [base.__name__ for base in theirs.__mro__]
    assert [base.__name__ for base in ours.__mro__ if base.__name__ in their_bases] == their_bases
    expected = parameters(theirs)
    # `MARCReader` has arguments of its own behind pymarc's.
    assert expected is None or parameters(ours)[: len(expected)] == expected
    for member, value in inspect.getmembers(theirs):
        if member.startswith("_"):
            continue
        assert hasattr(ours, member), member
        if callable(value):
            without_self = [
                [one for one in parameters(function) or [] if one[0] != "self"]
                for function in (value, getattr(ours, member))
            ]
            assert without_self[0] == without_self[1], member


def test_functions_have_the_same_signatures():
    names = [
        name
        for name, value in vars(original).items()
        if inspect.isfunction(value) and value.__module__.startswith("pymarc")
    ]
    assert "map_records" in names
    for name in names:
        assert parameters(getattr(original, name)) == parameters(getattr(pymarc, name)), name


def test_the_tables_of_marc8_are_the_same():
    theirs, ours = original.marc8_mapping, pymarc.marc8_mapping
    assert ours.CODESETS == theirs.CODESETS
    assert ours.ODD_MAP == theirs.ODD_MAP
    assert ours.CHARSET_45 is ours.CODESETS[0x45]
    with pytest.raises(AttributeError):
        _ = ours.CHARSET_99
