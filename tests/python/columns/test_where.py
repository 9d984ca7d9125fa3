"""Scans of the records that match a filter."""

from __future__ import annotations

import io
import pickle

import pytest
import tidemarc
from conftest import BAD_TEXT
from tidemarc import Column, Filter, Reader, errors, scan

COLUMNS = {
    "id": "control_number",
    "number": "record_no",
    "subjects": Column("650$a"),
    "faults": "faults",
}


def cells(scan):
    """Returns the rows of a scan."""
    pytest.importorskip("pyarrow")
    return scan.to_arrow().to_pylist()


@pytest.mark.parametrize(
    "where", ["008/35-37 = 'ger'", "650 and 008/7-10 >= 1950", "LDR/6 = 'z'", "245", "not 650"]
)
@pytest.mark.parametrize("options", [{}, {"threads": 3, "chunk_size": 700}])
def test_the_rows_are_those_of_the_records_that_match(damaged, where, options):
    every = cells(scan(damaged, COLUMNS, errors="repair", **options))
    wanted = Filter(where)
    reader = Reader(damaged, errors="skip", repair=True, encoding_errors="replace")
    numbers = {record.number for record in reader if wanted.matches(record)}
    found = scan(damaged, COLUMNS, errors="repair", where=where, **options)
    assert cells(found) == [row for row in every if row["number"] in numbers]
    assert cells(scan(damaged, COLUMNS, errors="repair", where=wanted)) == cells(found)
    # All records are counted, and the faults are reported.
    assert found.stats == reader.stats


def test_exploded_rows_belong_to_records_that_match(books):
    columns = {"number": "record_no", "subject": Column("650$a", repeat="explode")}
    where = "count(650) >= 2"
    wanted = Filter(where)
    numbers = {record.number for record in Reader(books) if wanted.matches(record)}
    every = cells(scan(books, columns))
    found = cells(scan(books, columns, where=where))
    assert found == [row for row in every if row["number"] in numbers]
    assert len(found) > len(numbers) > 0
    assert cells(scan(books, columns, where=where).head(5)) == found[:5]


def test_undecodable_text_that_decides_is_counted_or_raised():
    data = BAD_TEXT + next(iter(Reader(BAD_TEXT, encoding_errors="replace"))).raw
    found = scan(data, ["001"], where="245$a = 'x'")
    assert cells(found) == []
    assert "2 records have undecodable text" in found.summary()
    assert len(cells(scan(data, ["001"], where="245$a = 'x' or 001 = 'a1'"))) == 2
    with pytest.raises(errors.EncodingError) as raised:
        cells(scan(data, ["001"], where="245$a = 'x'", encoding_errors="strict"))
    assert raised.value.tag == "245"
    assert len(cells(scan(data, ["001"], where="245$a ~ '\ufffd'", encoding_errors="replace"))) == 2


def test_a_mistake_is_an_error_at_once(books):
    with pytest.raises(errors.FilterError):
        scan(books, ["001"], where="245 ==")
    with pytest.raises(TypeError):
        scan(books, ["001"], where=3)
    with pytest.raises(tidemarc.TidemarcError):
        scan(io.BytesIO(), ["001"], where="001 in @/no/such/file")


def test_a_scan_with_a_filter_can_be_pickled(books):
    found = scan(books, ["001"], where="008/35-37 = 'ger'")
    again = pickle.loads(pickle.dumps(found))
    assert cells(again) == cells(found) and len(cells(found)) == 5
