"""Registers the format "marc" with Spark, which imports each module named `pyspark_…`."""

try:
    from tidemarc.spark import MarcDataSource as DefaultSource
except Exception as error:  # An exception here would disable every data source in Python.
    import logging

    logging.getLogger("tidemarc").warning("Spark's format 'marc' is not available: %s", error)
else:
    __all__ = ["DefaultSource"]
