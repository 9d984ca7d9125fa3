"""Spark: MARC files as data frames, and data frames as MARC files. It needs pyspark 4.1 or later,
and pyarrow.

Spark finds the format "marc" by itself wherever tidemarc is installed:

    frame = spark.read.format("marc").option("columns", '{"id": "001"}').load("books.mrc")

`MarcDataSource` has the options, and docs/scale.md has recipes. Driver and executors need tidemarc
and pyarrow in the Python that PYSPARK_PYTHON names.
"""

from .._scan import _module

_module("pyspark", "tidemarc.spark")
_module("pyarrow", "tidemarc.spark")

from .source import MarcDataSource  # noqa: E402

__all__ = ["MarcDataSource"]
