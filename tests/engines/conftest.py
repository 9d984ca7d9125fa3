"""Fixtures of the tests of Dask, Ray and Daft."""

from __future__ import annotations

from pathlib import Path

import pytest
import tidemarc
from tidemarc import Column

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@pytest.fixture(scope="session")
def document():
    """The page with examples for the engines."""
    return FIXTURES.parents[1] / "docs" / "scale.md"


COLUMNS = {
    "id": "control_number",
    "place": "offset_bytes",
    "file": "file",
    "year": Column("008/7-10", type="year"),
    "title": Column("245$a$b", repeat="join", trim=True),
    "subjects": "650$a",
    "series": Column.fields("490"),
    "faults": "faults",
}


@pytest.fixture(scope="session")
def columns():
    """Columns of every type that has its own code in an engine."""
    return COLUMNS


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder with a sound file, a damaged file of 300 KB, and a file without records."""
    path = tmp_path_factory.mktemp("folder")
    (path / "a.mrc").write_bytes((FIXTURES / "books.mrc").read_bytes())
    (path / "b.mrc").write_bytes((FIXTURES / "books-damaged.mrc").read_bytes() * 4)
    (path / "c.mrc").touch()
    return path


@pytest.fixture(scope="session")
def expected(folder):
    """The rows that a serial read of the folder has."""
    files = sorted(folder.iterdir())
    tables = [tidemarc.scan(file, COLUMNS, errors="repair").to_arrow() for file in files]
    return [row for table in tables for row in table.to_pylist()]
