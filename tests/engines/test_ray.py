"""Ray reads the same rows as a scan, with its own processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_examples import fixtures, run

pytest.importorskip("ray", reason="ray is not installed: make test-engines runs these tests")


@pytest.fixture(scope="module", autouse=True)
def cluster():
    """A Ray of this machine with two workers."""
    import os

    # Not the settings of another Ray, and no report to its makers.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    import ray

    ray.init(
        num_cpus=2,
        include_dashboard=False,
        _node_ip_address="127.0.0.1",
        object_store_memory=200_000_000,
        log_to_driver=False,
    )
    yield
    ray.shutdown()


def test_the_rows_are_those_of_a_scan(folder, columns, expected):
    from tidemarc.ray import read_marc

    data = read_marc(folder, columns, target_bytes=20_000, errors="repair")
    assert data.count() == len(expected)
    rows = sorted(data.take_all(), key=lambda row: (row["file"], row["place"]))
    assert [plain(row) for row in rows] == expected
    assert data.schema().names == list(columns)
    assert {Path(name).name for name in data.input_files()} == {"a.mrc", "b.mrc", "c.mrc"}


def plain(value):
    """Returns a value of Ray as plain lists and dictionaries."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [plain(each) for each in value] if isinstance(value, list) else value


def test_a_limit_and_a_selection_of_columns(folder, columns, expected):
    from tidemarc.ray import read_marc

    data = read_marc(folder, columns, target_bytes=20_000, errors="repair")
    assert len(data.limit(5).take_all()) == 5
    ids = data.select_columns(["id"]).take_all()
    assert sorted(str(row["id"]) for row in ids) == sorted(str(row["id"]) for row in expected)


def test_damage_is_an_error_of_the_task(folder, columns):
    from tidemarc.ray import read_marc

    with pytest.raises(Exception, match=r"b\.mrc: record \d+, byte"):
        read_marc(folder, columns).materialize()


def test_no_file_and_no_rows(tmp_path, columns):
    from tidemarc.ray import read_marc

    assert read_marc(tmp_path, columns).count() == 0
    (tmp_path / "empty.mrc").touch()
    assert read_marc(tmp_path, columns).count() == 0
    with pytest.raises(FileNotFoundError):
        read_marc(tmp_path / "*.xml", columns)


def test_the_example_of_the_documentation(document):
    with fixtures():
        assert run(document, "ray") == 1
