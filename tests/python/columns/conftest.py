"""Fixtures of the tests of columns."""

from __future__ import annotations

from typing import Any

import pytest


def package(name: str) -> Any:
    """Imports a package of other people; a test without it is skipped."""
    return pytest.importorskip(name, reason=f"{name} is not installed: see requirements-dev.txt")


@pytest.fixture(scope="session")
def pyarrow() -> Any:
    """The package pyarrow."""
    return package("pyarrow")


@pytest.fixture(scope="session")
def polars() -> Any:
    """The package polars."""
    return package("polars")


@pytest.fixture(scope="session")
def pandas() -> Any:
    """The package pandas."""
    return package("pandas")


@pytest.fixture(scope="session")
def duckdb() -> Any:
    """The package duckdb."""
    return package("duckdb")
