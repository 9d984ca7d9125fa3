"""Undecodable text: listed for a record, and for a whole input."""

from __future__ import annotations

import copy
import pickle

import pytest
from tidemarc import Fault, Reader, Record, check, convert, errors

POLICIES = ["strict", "replace", "ignore", "backslashreplace"]


def two_bad(marc):
    fields = [
        ("001", b"b1"),
        ("245", b"10\x1faCaf\xe9"),
        ("500", b"  \x1faok"),
        ("700", b"1 \x1fa\xff"),
    ]
    return marc.record() + marc.record(*fields) + marc.BAD_TEXT


def places(faults):
    return [(f.number, f.control_number, f.tag, f.subfield, f.code) for f in faults]


SECOND = [(2, "b1", "245", "a", "TM501"), (2, "b1", "700", "a", "TM501")]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_record_lists_its_fields_with_undecodable_text(marc, policy):
    first, second, _ = Reader(two_bad(marc), encoding_errors=policy, errors="skip")
    assert first.undecodable() == []
    found = second.undecodable()
    assert all(isinstance(fault, Fault) for fault in found)
    assert places(found) == SECOND
    # What a program reads or changes afterwards has no influence.
    second["245"].subfields = []
    second.remove_fields("700")
    assert places(second.undecodable()) == SECOND
    assert Record().undecodable() == []


def test_the_faults_are_those_that_access_raises(marc):
    _, second, _ = Reader(two_bad(marc))
    for fault in second.undecodable():
        with pytest.raises(errors.EncodingError) as caught:
            second[fault.tag]["a"]
        assert caught.value.reason == fault.reason
        assert caught.value.fault.to_dict() == fault.to_dict()


@pytest.mark.parametrize("threads", [1, 2])
def test_check_lists_all_of_an_input(marc, threads):
    data = two_bad(marc) * 500
    summary = check(data, list_undecodable=True, threads=threads)
    assert len(summary.undecodable) == 1_500
    assert places(summary.undecodable)[:3] == [*SECOND, (3, "a1", "245", "a", "TM501")]
    assert [found.times for found in summary.faults] == [1_500]
    assert str(summary) == str(check(data))
    assert check(data).undecodable == ()
    for copied in [pickle.loads(pickle.dumps(summary)), copy.copy(summary)]:
        assert places(copied.undecodable) == places(summary.undecodable)


def test_every_record_without_a_fault_becomes_text(marc, tmp_path):
    for number, record in enumerate(Reader(two_bad(marc)), 1):
        done = convert(record.raw, tmp_path / f"{number}.xml", to_format="marcxml", errors="skip")
        assert done.refused == bool(record.undecodable())
