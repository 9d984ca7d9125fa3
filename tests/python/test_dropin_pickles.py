"""Pickles that pymarc wrote, loaded by tidemarc.pymarc."""

from __future__ import annotations

import pickle

import pymarc as original
import pytest
from tidemarc import pymarc
from tidemarc.pymarc import unpickle

PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


class Other:
    """A class of a program."""

    def __init__(self, value):
        self.value = value


def theirs(data, **options):
    return list(original.MARCReader(data, **options))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_records_of_pymarc_are_loaded(protocol, books, tmp_path):
    records = theirs(books.read_bytes())
    loaded = unpickle.loads(pickle.dumps(records, protocol))
    assert {type(record) for record in loaded} == {pymarc.Record}
    assert {type(field) for record in loaded for field in record.fields} == {pymarc.Field}
    assert {type(record.leader) for record in loaded} == {pymarc.Leader}
    for their, our in zip(records, loaded, strict=True):
        assert (str(our), our.as_dict(), our.title) == (str(their), their.as_dict(), their.title)
        assert our.as_marc() == their.as_marc()
        assert our["245"].indicators == pymarc.Indicators(*their["245"].indicators)
        assert type(our["245"].subfields[0]) is pymarc.Subfield
    path = tmp_path / "records.pickle"
    with path.open("wb") as file:
        pickle.dump(records[0], file, protocol)
        pickle.dump(records[1], file, protocol)
    with path.open("rb") as file:
        titles = [unpickle.load(file).title, unpickle.load(file).title]
    assert titles == [records[0].title, records[1].title]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_parts_and_the_state_of_an_iteration_are_loaded(protocol, books):
    record = theirs(books.read_bytes())[0]
    iter(record)
    next(record)
    iter(record["245"])
    next(record["245"])
    record.leader.note = "an attribute"
    parts = (record, record["245"], record["001"], record["245"].subfields)
    record.leader.__dict__.pop("note")
    ours, title, control, subfields = unpickle.loads(pickle.dumps(parts, protocol))
    assert next(ours).tag == next(record).tag
    assert next(title) == next(record["245"])
    assert title is ours["245"]
    assert control.data == record["001"].data
    assert title.subfields is subfields
    leader = unpickle.loads(pickle.dumps(record.leader, protocol))
    assert (type(leader), str(leader)) == (pymarc.Leader, str(record.leader))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_leaders_are_loaded_by_every_protocol(protocol, books):
    leader = theirs(books.read_bytes())[0].leader
    ours, again = unpickle.loads(pickle.dumps([leader, leader], protocol))
    assert (type(ours), str(ours)) == (pymarc.Leader, str(leader))
    assert again is ours
    ours.record_status = "d"
    assert ours[5] == "d"
    # Other classes are made as by pickle.
    other = unpickle.loads(pickle.dumps(Other(5), protocol))
    assert (type(other), other.value) == (Other, 5)


def test_raw_fields_and_exceptions_are_loaded(books):
    record = theirs(books.read_bytes(), to_unicode=False)[0]
    ours = unpickle.loads(pickle.dumps(record))
    assert {type(field) for field in ours.fields} == {pymarc.RawField}
    assert ours.to_unicode is False
    assert ours.as_marc() == record.as_marc()
    error = unpickle.loads(pickle.dumps(original.exceptions.RecordLengthInvalid()))
    assert type(error) is pymarc.RecordLengthInvalid


def test_other_pickles_are_loaded_as_by_pickle(books):
    ours = next(pymarc.MARCReader(books.read_bytes()))
    for value in (ours, {"a": [1, 2.5, None]}, ValueError("x")):
        data = pickle.dumps(value)
        assert repr(unpickle.loads(data)) == repr(pickle.loads(data))
    assert unpickle.loads(b"\x80\x02U\x01\xe9.", encoding="latin-1") == "é"
    with pytest.raises(AttributeError):
        unpickle.loads(pickle.dumps(original.Record).replace(b"Record", b"Recorx"))
