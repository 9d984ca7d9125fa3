"""Scans in Polars, and its lazy frame over MARC files."""

from __future__ import annotations

import pytest
import tidemarc
from tidemarc import Column, errors, scan

COLUMNS = {
    "id": "control_number",
    "language": "008/35-37",
    "title": Column("245$a", repeat="first"),
    "subjects": "650$a",
    "no": "record_no",
    "file": "file",
}

ENGINES = ["in-memory", "streaming"]


@pytest.fixture
def scan_marc(polars):
    """The function under test. It needs the package."""
    from tidemarc.polars import scan_marc

    return scan_marc


@pytest.fixture
def folder(tmp_path, records):
    """A folder with the records in four files, whose names are not in the order of their making."""
    for name, part in [
        ("c", slice(40, 60)),
        ("a", slice(0, 20)),
        ("d", slice(60, 60)),
        ("b", slice(20, 40)),
    ]:
        (tmp_path / f"{name}.mrc").write_bytes(b"".join(records[part]))
    return tmp_path


def test_a_frame_has_the_rows_of_the_scan(books, polars):
    each = scan(books, COLUMNS)
    frame = each.to_polars()
    assert frame.rows() == polars.DataFrame(each).rows()
    assert [
        list(row) if isinstance(row, tuple) else row for row in frame["subjects"].explode()
    ].count(None) == sum(row is None for row in frame["subjects"])
    assert frame.schema == polars.Schema(each.schema)
    empty = scan(b"", COLUMNS).to_polars()
    assert (empty.height, empty.schema) == (0, frame.schema)


def test_a_frame_is_the_table_of_pyarrow(books, polars, pyarrow):
    each = scan(books, COLUMNS)
    assert each.to_polars().to_dicts() == each.to_arrow().to_pylist()


def test_damage_raises_the_own_exception(damaged, polars):
    with pytest.raises(errors.RecordError):
        scan(damaged, COLUMNS).to_polars()


def test_explode_keeps_the_row_of_a_record_without_the_field(marc, polars):
    data = marc.record() + marc.record(marc.field("001", "b"), marc.field("650", " 0$ax$ay"))
    frame = scan(data, {"id": "control_number", "subjects": "650$a"}).to_polars()
    assert frame.explode("subjects").rows() == [("a1", None), ("b", "x"), ("b", "y")]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_lazy_frame_is_collected_again_and_again(books, scan_marc, engine):
    lazy = scan_marc(books, COLUMNS)
    expected = scan(books, COLUMNS).to_polars()
    for _ in range(2):
        assert lazy.collect(engine=engine).equals(expected)
    assert lazy.collect_schema() == expected.schema


QUERIES = {
    "all": lambda pl, lazy: lazy,
    "two columns": lambda pl, lazy: lazy.select("title", "id"),
    "a computed column": lambda pl, lazy: lazy.select(pl.col("title").str.len_chars().alias("n")),
    "a filter": lambda pl, lazy: lazy.filter(pl.col("language") == "eng"),
    "a filter on a column that is dropped": lambda pl, lazy: lazy.filter(
        pl.col("language") == "eng"
    ).select("id"),
    "a filter on a list": lambda pl, lazy: lazy.filter(pl.col("subjects").list.len() > 1).select(
        "id"
    ),
    "two filters": lambda pl, lazy: lazy.filter(pl.col("no") > 10, pl.col("no") <= 12),
    "a filter that nothing passes": lambda pl, lazy: lazy.filter(pl.col("no") > 1000),
    "a filter with null": lambda pl, lazy: lazy.filter(pl.col("subjects").is_null()),
    "a filter on text": lambda pl, lazy: lazy.filter(
        pl.col("title").str.contains("(?i)the"), pl.col("id").is_in(["tm000001", "tm000042"])
    ),
    "the head": lambda pl, lazy: lazy.head(7),
    "the head of none": lambda pl, lazy: lazy.head(0),
    "the head across files": lambda pl, lazy: lazy.head(45).select("id"),
    "a slice": lambda pl, lazy: lazy.slice(15, 10),
    "the tail": lambda pl, lazy: lazy.tail(3),
    "a filter, then the head": lambda pl, lazy: lazy.filter(pl.col("language") == "eng").head(5),
    "the head, then a filter": lambda pl, lazy: lazy.head(30).filter(pl.col("language") == "eng"),
    "the number of rows": lambda pl, lazy: lazy.select(pl.len()),
    "a group": lambda pl, lazy: lazy.group_by("language").len().sort("language"),
    "an explosion": lambda pl, lazy: lazy.explode("subjects").select("subjects", "id"),
    "a join with itself": lambda pl, lazy: (
        lazy.join(lazy, on="id").sort("id").select("id", "title")
    ),
    "a constant": lambda pl, lazy: lazy.select(pl.lit(1)),
    "a row number": lambda pl, lazy: lazy.with_row_index().select("index", "id"),
    "sorted": lambda pl, lazy: lazy.sort("title").head(3),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("query", QUERIES)
def test_a_query_gives_what_it_gives_on_a_frame(folder, polars, scan_marc, query, engine):
    pattern = str(folder / "*.mrc")
    everything = polars.concat(
        [scan(folder / f"{name}.mrc", COLUMNS).to_polars() for name in "abcd"]
    )
    expected = QUERIES[query](polars, everything.lazy()).collect()
    lazy = QUERIES[query](polars, scan_marc(pattern, COLUMNS))
    for _ in range(2):
        assert lazy.collect(engine=engine).equals(expected), lazy.explain()


def test_only_the_columns_that_a_query_needs_are_read(marc, polars, scan_marc, tmp_path):
    path = tmp_path / "bad.mrc"
    path.write_bytes(marc.BAD_TEXT)
    lazy = scan_marc(path, {"title": "245$a", "note": "500$a"}, encoding_errors="strict")
    assert lazy.select("note").collect().rows() == [(["Note"],)]
    with pytest.raises((polars.exceptions.ComputeError, errors.EncodingError), match="byte E9"):
        lazy.collect()


@pytest.mark.parametrize("engine", ENGINES)
def test_damage_is_an_error_of_the_query(damaged, polars, scan_marc, engine):
    with pytest.raises((polars.exceptions.ComputeError, errors.RecordError), match="787"):
        scan_marc(damaged, COLUMNS).collect(engine=engine)
    lazy = scan_marc(damaged, COLUMNS, errors=lambda fault: None)
    assert lazy.collect(engine=engine).height == 57


def test_a_file_or_pattern_that_is_missing_raises_at_once(tmp_path, scan_marc):
    for name in ("none.mrc", "*.mrc", "**/*.mrc"):
        with pytest.raises(FileNotFoundError) as caught:
            scan_marc(tmp_path / name, COLUMNS)
        assert name in str(caught.value)


def test_a_name_with_the_characters_of_a_pattern_is_a_name_if_it_exists(tmp_path, books, scan_marc):
    path = tmp_path / "a[1].mrc"
    path.write_bytes(books.read_bytes())
    (tmp_path / "a1.mrc").write_bytes(b"")
    assert scan_marc(path, COLUMNS).collect().height == 60


def test_a_wrong_column_or_option_raises_at_once(books, scan_marc):
    with pytest.raises(errors.SelectorError):
        scan_marc(books, {"x": "245$a{"})
    with pytest.raises(ValueError):
        scan_marc(books, COLUMNS, threads=0)
    with pytest.raises(TypeError):
        scan_marc(books, COLUMNS, unknown=1)


def test_a_query_goes_to_parquet(folder, polars, scan_marc, tmp_path):
    target = tmp_path / "out.parquet"
    scan_marc(folder / "*.mrc", COLUMNS).sink_parquet(target)
    frame = polars.read_parquet(target)
    assert (frame.height, frame["id"].n_unique()) == (60, 60)
    assert frame["file"].unique().sort().to_list() == [
        str(folder / f"{name}.mrc") for name in "abc"
    ]


def test_a_query_that_stops_early_leaves_no_thread(large, scan_marc, process):
    lazy = scan_marc(large, {"id": "001"}, threads=4, chunk_size=4096)
    for engine in ENGINES:
        assert lazy.head(2).collect(engine=engine).height == 2
    process.eventually(lambda: process.io_threads() == 0)
    assert tidemarc.scan(large, ["001"]).head(2).to_polars().height == 2


def test_without_polars_the_module_says_what_it_needs(monkeypatch):
    import importlib
    import sys

    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.delitem(sys.modules, "tidemarc.polars", raising=False)
    with pytest.raises(ImportError, match=r"tidemarc\.polars needs the package polars"):
        importlib.import_module("tidemarc.polars")
