"""Scans in DuckDB, which finds them by the name of a variable."""

from __future__ import annotations

import io

import pytest
from tidemarc import Column, scan

COLUMNS = {
    "id": "control_number",
    "language": "008/35-37",
    "title": Column("245$a", repeat="first"),
    "subjects": "650$a",
    "small": "245$a",
    "faults": "faults",
}


@pytest.fixture
def connection(duckdb):
    """A connection of its own."""
    with duckdb.connect() as connection:
        yield connection


def test_a_scan_is_queried_again_and_again(books, connection):
    marc = scan(books, COLUMNS)
    query = "SELECT count(*), count(DISTINCT language), sum(len(subjects)) FROM marc"
    expected = (60, len({row.language for row in rows(marc)}), 119)
    for _ in range(3):
        assert connection.execute(query).fetchall() == [expected]
    relation = connection.sql("SELECT id FROM marc WHERE language = 'eng'")
    ids = [(row.id,) for row in rows(marc) if row.language == "eng"]
    for _ in range(2):
        assert relation.fetchall() == ids
    assert str(relation)


def rows(marc):
    """Returns the rows of a scan as objects."""
    from types import SimpleNamespace

    return [SimpleNamespace(**row) for row in marc.to_arrow().to_pylist()]


def test_planning_a_query_opens_no_source(books, connection):
    source = io.BytesIO(books.read_bytes())
    marc = scan(source, COLUMNS)
    relation = connection.sql("SELECT id FROM marc")
    assert relation.columns == ["id"]
    connection.execute("EXPLAIN SELECT id FROM marc")
    assert (source.tell(), marc.stats) == (0, None)
    assert len(connection.execute("SELECT id FROM marc").fetchall()) == 60


def test_a_list_is_unnested_and_a_null_gives_no_row(marc, connection):
    data = marc.record() + marc.record(marc.field("001", "b"), marc.field("650", " 0$ax$ay"))
    books = scan(data, COLUMNS)
    query = "SELECT id, unnest(subjects) FROM books"
    assert connection.execute(query).fetchall() == [("b", "x"), ("b", "y")]
    kept = "SELECT id, s FROM books LEFT JOIN LATERAL (SELECT unnest(subjects) AS s) ON true ORDER BY ALL"
    assert connection.execute(kept).fetchall() == [("a1", None), ("b", "x"), ("b", "y")]
    assert books.stats.complete


def test_a_limit_stops_the_run(large, connection, process):
    marc = scan(large, {"id": "001"}, threads=4, chunk_size=4096)
    assert len(connection.execute("SELECT * FROM marc LIMIT 3").fetchall()) == 3
    process.eventually(lambda: process.io_threads() == 0)
    assert marc.stats.records > 0


def test_a_query_goes_to_parquet(books, connection, tmp_path):
    marc = scan(books, COLUMNS)
    target = tmp_path / "out.parquet"
    connection.execute(f"COPY (SELECT * FROM marc) TO '{target}' (FORMAT parquet)")
    again = connection.execute(f"SELECT count(*), sum(len(subjects)) FROM '{target}'").fetchall()
    assert (again, marc.stats.records) == ([(60, 119)], 60)


def test_damage_is_an_error_of_the_query(damaged, connection, duckdb):
    marc = scan(damaged, COLUMNS)
    with pytest.raises(duckdb.Error, match="says 787, has 780"):
        connection.execute("SELECT * FROM marc").fetchall()
    # The message of the stream was that of the run.
    assert marc.stats.records == 7
