"""Scans as Parquet files."""

from __future__ import annotations

import os
import stat

import pytest
from tidemarc import Reader, errors, scan

COLUMNS = {"id": "control_number", "subjects": "650$a", "no": "record_no", "faults": "faults"}


@pytest.fixture
def parquet(pyarrow):
    """The module of pyarrow."""
    import pyarrow.parquet

    return pyarrow.parquet


def test_a_file_has_the_table(books, parquet, tmp_path):
    path = tmp_path / "out.parquet"
    each = scan(books, COLUMNS)
    assert each.write_parquet(path) is None
    assert parquet.read_table(path) == each.to_arrow()
    assert os.listdir(tmp_path) == ["out.parquet"]
    group = parquet.ParquetFile(path).metadata.row_group(0)
    assert {group.column(at).compression for at in range(group.num_columns)} == {"ZSTD"}


def test_a_row_group_has_up_to_131072_rows(marc, parquet, tmp_path):
    data = b"".join(marc.numbered(1000)) * 300
    path = tmp_path / "out.parquet"
    each = scan(data, {"id": "001", "no": "record_no"})
    each.write_parquet(path)
    file = parquet.ParquetFile(path)
    groups = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
    assert groups == [131_072, 131_072, 300_000 - 2 * 131_072]
    assert file.read() == each.to_arrow()


def test_a_table_without_rows_is_a_file(parquet, tmp_path):
    path = tmp_path / "out.parquet"
    scan(b"", COLUMNS).write_parquet(path)
    table = parquet.read_table(path)
    assert (table.num_rows, table.column_names) == (0, list(COLUMNS))


def test_damage_leaves_the_file_unchanged(damaged, parquet, tmp_path):
    path = tmp_path / "out.parquet"
    for before in (None, b"before"):
        if before is not None:
            path.write_bytes(before)
        with pytest.raises(errors.RecordError):
            scan(damaged, COLUMNS).write_parquet(path)
        assert os.listdir(tmp_path) == ["out.parquet"] * (before is not None)
    assert path.read_bytes() == b"before"


def test_a_file_that_is_replaced_keeps_its_mode_and_its_links(books, parquet, tmp_path):
    path, link = tmp_path / "out.parquet", tmp_path / "link.parquet"
    path.write_bytes(b"before")
    path.chmod(0o640)
    link.symlink_to(path)
    scan(books, COLUMNS).write_parquet(str(link))
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert parquet.read_table(path).num_rows == 60


def test_the_source_is_not_written_over(copied, parquet):
    data = copied.read_bytes()
    with pytest.raises(ValueError, match="source and target are the same file"):
        scan(copied, COLUMNS).write_parquet(copied)
    assert copied.read_bytes() == data


def test_a_file_that_a_quarantine_writes_is_not_replaced(books, damaged, parquet, tmp_path):
    path = tmp_path / "lost.mrc"
    with Reader(damaged, errors="skip", quarantine=path) as reader:
        next(reader)
        with pytest.raises(ValueError, match="quarantine"):
            scan(books, COLUMNS).write_parquet(path)
    assert [name for name in os.listdir(tmp_path) if name.startswith(".")] == []
