"""Daft reads the same rows as a scan."""

from __future__ import annotations

import pytest
from run_examples import fixtures, run

pytest.importorskip("daft", reason="daft is not installed: make test-engines runs these tests")


def test_the_rows_are_those_of_a_scan(folder, columns, expected):
    from tidemarc.daft import read_marc

    frame = read_marc(folder, columns, target_bytes=20_000, errors="repair")
    assert frame.column_names == list(columns)
    rows = sorted(frame.to_pylist(), key=lambda row: (row["file"], row["place"]))
    assert rows == expected


def test_a_query_takes_its_columns_filters_and_limits(folder, columns, expected):
    import daft
    from tidemarc.daft import read_marc

    frame = read_marc(folder, columns, target_bytes=20_000, errors="repair")
    late = frame.where(daft.col("year") > 1990)
    wanted = [row for row in expected if row["year"] is not None and row["year"] > 1990]
    assert late.count_rows() == len(wanted)
    ids = late.select("id").to_pydict()["id"]
    assert sorted(map(str, ids)) == sorted(str(row["id"]) for row in wanted)
    assert len(frame.limit(7).to_pylist()) == 7
    assert len(late.limit(3).to_pylist()) == 3
    assert frame.count_rows() == len(expected)


def test_damage_is_an_error(folder, columns):
    from tidemarc.daft import read_marc

    with pytest.raises(Exception, match=r"b\.mrc: record \d+, byte"):
        read_marc(folder, columns).to_pylist()


def test_no_file_and_no_rows(tmp_path, columns):
    from tidemarc.daft import read_marc

    assert read_marc(tmp_path, columns).to_pylist() == []
    (tmp_path / "empty.mrc").touch()
    assert read_marc(tmp_path, columns).to_pylist() == []
    with pytest.raises(FileNotFoundError):
        read_marc(tmp_path / "*.xml", columns)


def test_the_example_of_the_documentation(document):
    with fixtures():
        assert run(document, "daft") == 1
