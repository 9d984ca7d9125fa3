"""The parts that the adapters for engines share. The engines have tests of their own."""

from __future__ import annotations

import importlib
import logging
import sys
from itertools import pairwise

import pytest
from tidemarc import Column, scan
from tidemarc._engines import batches, check_options, files, grouped, named, schema
from tidemarc.partitions import Partition, plan_partitions


@pytest.fixture
def folder(tmp_path, records):
    """A folder of small files, and of files that are not data."""
    for at in range(30):
        (tmp_path / f"{at:02}.mrc").write_bytes(records[at])
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".part.crc").touch()
    (tmp_path / "00.mrc.tmi").touch()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "30.mrc").write_bytes(records[30])
    return tmp_path


def test_parts_share_no_quarantine():
    with pytest.raises(ValueError, match="a quarantine cannot be shared by tasks"):
        check_options({"quarantine": "q.mrc"})
    check_options({"quarantine": None, "errors": "skip"})


def test_files_are_those_of_paths_folders_and_patterns(folder, monkeypatch):
    every = [str(folder / f"{at:02}.mrc") for at in range(30)]
    monkeypatch.chdir(folder)
    assert files(".") == files("*.mrc") == every
    assert files(["03.mrc"]) == [every[3]]
    assert files(folder) == files(str(folder)) == files(folder / "*.mrc") == every
    assert files([folder / "0?.mrc", every[3]]) == [*every[:10], every[3]]
    assert files(folder / "**" / "3*.mrc") == [str(folder / "below" / "30.mrc")]
    with pytest.raises(FileNotFoundError, match=r"no file matches '.*\*\.xml'"):
        files(folder / "*.xml")
    (folder / "below" / "30.mrc").unlink()
    assert files(folder / "below") == []


def test_links_count_as_for_a_reader(folder):
    (folder / "gone.mrc").symlink_to(folder / "nowhere")
    with pytest.raises(FileNotFoundError) as caught:
        plan_partitions(files(folder))
    assert caught.value.filename == str(folder / "gone.mrc")
    # A link to a folder would make its files come twice.
    (folder / "again").symlink_to(folder / "below")
    assert files(folder / "**" / "3*.mrc") == [str(folder / "below" / "30.mrc")]


def test_small_files_share_a_group(folder):
    parts = plan_partitions(files(folder))
    groups = grouped(parts, 10_000)
    assert [part for group in groups for part in group] == parts
    sizes = [sum((folder / part.path).stat().st_size for part in group) for group in groups]
    assert len(sizes) > 2
    assert max(sizes) <= 10_000
    assert all(one + other > 10_000 for one, other in pairwise(sizes))
    assert grouped([], 10) == []
    large = grouped(parts, 1)
    assert [len(group) for group in large] == [1] * 30


TABLE = {
    "id": "control_number",
    "subject": Column("650$a", repeat="explode"),
    "title": "245$a",
    "place": "offset_bytes",
}


@pytest.mark.parametrize("names", [["id"], ["title", "id"], ["place", "subject"], [], None])
def test_the_rows_are_the_same_for_any_columns(books, pyarrow, names):
    every = scan(books, TABLE).to_arrow()
    found = list(batches(Partition(str(books), 0, None), TABLE, names, {}))
    assert sum(batch.num_rows for batch in found) == every.num_rows
    wanted = list(TABLE) if names is None else names
    assert all(batch.schema.names == wanted for batch in found)
    if wanted:
        assert pyarrow.Table.from_batches(found) == every.select(wanted)


@pytest.mark.parametrize("preset", ["nested", "raw", "long"])
def test_facts_of_a_preset_need_no_fields(books, pyarrow, preset):
    every = scan(books, preset).to_arrow()
    for names in (["length", "control_number"], every.schema.names):
        found = list(batches(Partition(str(books), 0, None), preset, names, {}))
        assert pyarrow.Table.from_batches(found) == every.select(names)


def test_columns_and_their_schema(pyarrow):
    assert named(["245$a", "file"]) == {"245$a": "245$a", "file": "file"}
    assert named("raw") == "raw"
    assert schema(TABLE) == pyarrow.schema(scan(b"", TABLE).schema)


@pytest.mark.parametrize("engine", ["spark", "dask", "ray", "daft"])
def test_an_engine_that_is_missing_is_named(engine):
    package = {"spark": "pyspark", "dask": "dask.dataframe", "ray": "ray.data"}.get(engine, engine)
    if importlib.util.find_spec(package.partition(".")[0]):
        pytest.skip(f"{package} is installed")
    with pytest.raises(ImportError, match=f"tidemarc.{engine} needs the package {package}"):
        importlib.import_module(f"tidemarc.{engine}")


def test_the_module_for_spark_never_fails(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "tidemarc.spark", None)
    monkeypatch.delitem(sys.modules, "pyspark_tidemarc", raising=False)
    with caplog.at_level(logging.WARNING, "tidemarc"):
        module = importlib.import_module("pyspark_tidemarc")
    assert not hasattr(module, "DefaultSource")
    assert "Spark's format 'marc' is not available" in caplog.text
    sys.modules.pop("pyspark_tidemarc")
