"""The same values as pymarc's, where it is installed."""

from __future__ import annotations

import pytest
from tidemarc import Reader

pymarc = pytest.importorskip("pymarc")


@pytest.fixture(scope="module")
def pairs(books):
    theirs = pymarc.MARCReader(books.read_bytes())
    return [(ours, theirs) for ours, theirs in zip(Reader(books), theirs, strict=True)]


def test_records_are_the_same(pairs):
    assert len(pairs) == 60
    for ours, theirs in pairs:
        assert theirs is not None
        assert ours.title == theirs.title
        assert str(ours) == str(theirs)
        assert str(ours.leader) == str(theirs.leader)
        assert [field.tag for field in ours] == [field.tag for field in theirs.fields]
        assert ours.as_marc() == theirs.as_marc()
        assert ("245" in ours, "999" in ours) == ("245" in theirs, "999" in theirs)
        for tags in (("650",), ("880", "245"), ("100", "700", "710"), ("999",)):
            assert [str(field) for field in ours.get_fields(*tags)] == [
                str(field) for field in theirs.get_fields(*tags)
            ]


def test_fields_are_the_same(pairs):
    for record, other in pairs:
        for ours, theirs in zip(record.fields, other.fields, strict=True):
            assert ours.tag == theirs.tag
            assert str(ours) == str(theirs)
            assert ours.value() == theirs.value()
            assert ours.control_field == theirs.control_field
            assert ours.data == theirs.data
            assert ours.indicators == theirs.indicators
            assert (ours.indicator1, ours.indicator2) == (theirs.indicator1, theirs.indicator2)
            if not ours.control_field:
                assert ours.subfields == theirs.subfields
                assert ours.subfields_as_dict() == theirs.subfields_as_dict()
                for code in "abcdxz026":
                    assert ours.get_subfields(code) == theirs.get_subfields(code)
                    assert ours.get(code) == theirs.get(code)
                    assert (code in ours) == (code in theirs)
                codes = ("c", "a", "b")
                assert ours.get_subfields(*codes) == theirs.get_subfields(*codes)


def test_edits_are_written_the_same(pairs):
    for ours, theirs in pairs:
        for record in (ours, theirs):
            record["245"]["a"] = "Æ neuer Títel"
            record["245"].add_subfield("c", "somebody", 1)
            record["245"].indicator2 = "4"
            record.remove_fields("650")
            record.leader[5] = "c"
        assert ours["245"].delete_subfield("c") == theirs["245"].delete_subfield("c")
        assert str(ours)[30:] == str(theirs)[30:]
        assert ours.as_marc() == theirs.as_marc()


def test_the_stubs_have_the_names_that_pymarc_users_know():
    import tidemarc

    for name in ("get", "get_fields", "add_field", "remove_field", "remove_fields", "as_marc"):
        assert callable(getattr(pymarc.Record, name))
        assert callable(getattr(tidemarc.Record, name))
    for name in (
        "get",
        "value",
        "get_subfields",
        "add_subfield",
        "delete_subfield",
        "subfields_as_dict",
    ):
        assert callable(getattr(pymarc.Field, name))
        assert callable(getattr(tidemarc.Field, name))
    for ours, theirs in (
        (tidemarc.Subfield, pymarc.Subfield),
        (tidemarc.Indicators, pymarc.Indicators),
    ):
        assert ours._fields == theirs._fields
