"""Fixtures of the tests of Spark: one cluster and one session for all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from run_examples import fixtures
from spark_cluster import HOST, Cluster, environment

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A master and two workers. From here on this process has their environment too."""
    folder = tmp_path_factory.mktemp("cluster")
    variables = environment(folder)
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    os.environ.update(variables)
    with Cluster(folder) as made:
        yield made


@pytest.fixture(scope="session")
def spark(cluster: Cluster) -> Iterator[object]:
    """A session with an executor on each worker."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.bindAddress": HOST,
        "spark.driver.host": HOST,
        "spark.driver.memory": "600m",
        "spark.executor.memory": "600m",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
    }
    builder = SparkSession.builder.master(cluster.url).appName("tidemarc")
    for key, value in settings.items():
        builder = builder.config(key, value)
    # Java stays in the folder in which it was started; so relative paths are those of fixtures.
    with fixtures():
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()


@pytest.fixture(scope="session")
def books() -> Path:
    """A file of sixty sound records."""
    return FIXTURES / "books.mrc"


@pytest.fixture(scope="session")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 1.8 MB with damage of every kind, again and again."""
    path = tmp_path_factory.mktemp("damaged") / "damaged.mrc"
    path.write_bytes((FIXTURES / "books-damaged.mrc").read_bytes() * 25)
    return path


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, books: Path) -> Path:
    """A folder with sixty files of one record, and files that are not data."""
    import tidemarc

    path = tmp_path_factory.mktemp("folder")
    for record in tidemarc.Reader(books):
        (path / f"{record.number:04}.mrc").write_bytes(record.raw or b"")
    (path / "_SUCCESS").touch()
    (path / ".hidden").write_bytes(b"not data")
    return path
