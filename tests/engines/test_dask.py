"""Dask reads the same rows as a scan, with the processes of a real cluster."""

from __future__ import annotations

import pytest
import tidemarc
from run_examples import fixtures, run

pytest.importorskip("dask", reason="dask is not installed: make test-engines runs these tests")


@pytest.fixture(scope="module")
def client():
    """Two worker processes."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
        ) as cluster,
        Client(cluster) as made,
    ):
        yield made


def plain(frame):
    """Returns the rows of a data frame of pandas as plain values."""
    import pyarrow

    return pyarrow.Table.from_pandas(frame, preserve_index=False).to_pylist()


def test_the_rows_are_those_of_a_scan(client, folder, columns, expected):
    from tidemarc.dask import read_marc

    frame = read_marc(folder, columns, target_bytes=20_000, errors="repair")
    assert frame.npartitions > 10
    assert plain(frame.compute()) == expected
    one = read_marc(folder, columns, errors="repair")
    assert one.npartitions == 1
    assert plain(one.compute()) == expected


def test_only_the_columns_of_a_query_are_read(client, folder, columns, expected):
    from dask.dataframe.dask_expr.io.io import FromMapProjectable
    from tidemarc.dask import read_marc

    frame = read_marc(folder, columns, target_bytes=20_000, errors="repair")
    by_year = frame.groupby("year").size().compute()
    years = [row["year"] for row in expected if row["year"] is not None]
    assert by_year.to_dict() == {year: years.count(year) for year in set(years)}
    assert len(frame) == len(expected)
    some = frame[["title", "id"]]
    (source,) = some.simplify().expr.find_operations(FromMapProjectable)
    assert sorted(source.operand("columns")) == ["id", "title"]
    assert plain(some.compute()) == [{"title": r["title"], "id": r["id"]} for r in expected]


def test_damage_is_an_error_of_the_task(client, folder, columns):
    from tidemarc.dask import read_marc

    with pytest.raises(tidemarc.RecordError, match=r"b\.mrc: record \d+, byte"):
        read_marc(folder, columns).compute()


def test_no_file_and_no_rows(client, tmp_path, columns):
    from tidemarc.dask import read_marc

    assert len(read_marc(tmp_path, columns).compute()) == 0
    (tmp_path / "empty.mrc").touch()
    frame = read_marc(tmp_path, columns).compute()
    assert len(frame) == 0
    assert list(frame.columns) == list(columns)
    with pytest.raises(FileNotFoundError):
        read_marc(tmp_path / "*.xml", columns)


def test_the_example_of_the_documentation(client, document):
    with fixtures():
        assert run(document, "dask") == 1
