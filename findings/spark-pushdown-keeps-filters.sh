#!/usr/bin/env bash
# Spark: after a query with a filter, other queries on the same data frame of a Python data source lose rows.
#
# Expected: `frame.where("y = 2000").count()` has no effect on what `frame` has. A data frame is a description.
# Happens:  With spark.sql.python.filterPushdown.enabled=true, Spark keeps the reader with its pushed filters for the data
#           frame. A later query whose filter cannot be pushed (an OR) reads with the filters of the query before. Two
#           filters of one frame in one query, as in a union, both become the last one.
# Matters:  Rows are missing without an error. The source does nothing wrong: it accepts a filter and applies it. Only a
#           data frame from a new load() for every query, used once in it, is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset SPARK_HOME SPARK_CONF_DIR PYSPARK_DRIVER_PYTHON PYSPARK_SUBMIT_ARGS
command -v java >/dev/null || { echo 'Java 17 or later is needed.' >&2; exit 1; }
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyspark==4.3.0 pyarrow==26.0.1
cat >main.py <<'EOF'
import sys

import pyspark
from pyspark.sql import SparkSession
from pyspark.sql.datasource import DataSource, DataSourceReader, EqualTo

ROWS = [(1999, "a"), (1999, "b"), (2000, "c"), (2000, "d")]


class Reader(DataSourceReader):
    years = ()

    def pushFilters(self, filters):
        ours = [each for each in filters if isinstance(each, EqualTo) and each.attribute == ("y",)]
        self.years = [each.value for each in ours]
        return [each for each in filters if each not in ours]

    def read(self, partition):
        yield from (row for row in ROWS if all(row[0] == year for year in self.years))


class Source(DataSource):
    @classmethod
    def name(cls):
        return "years"

    def schema(self):
        return "y int, b string"

    def reader(self, schema):
        return Reader()


setting = "spark.sql.python.filterPushdown.enabled"
spark = SparkSession.builder.master("local[1]").config(setting, "true").config("spark.ui.enabled", "false").getOrCreate()
spark.dataSource.register(Source)


def load():
    return spark.read.format("years").load()


def names(frame):
    return "".join(sorted(row.b for row in frame.collect()))


frame = load()
first = names(frame.where("y = 2000"))
after = names(frame.where("y = 2000 OR b = 'a'"))
fresh = names(load().where("y = 2000 OR b = 'a'"))
frame = load()
union = names(frame.where("y = 2000").union(frame.where("y = 1999")))
two = names(load().where("y = 2000").union(load().where("y = 1999")))
spark.stop()
print("pyspark", pyspark.__version__)
print("y = 2000:                                    ", first)
print("y = 2000 OR b = 'a', on the same frame:      ", after)
print("y = 2000 OR b = 'a', on a new frame:         ", fresh)
print("union of y = 2000 and y = 1999 of one frame: ", union)
print("the same union of two frames:                ", two)
if (first, after, fresh, union, two) != ("cd", "cd", "acd", "aabb", "abcd"):
    sys.exit("The behaviour has changed.")
EOF
export SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=$folder/venv/bin/python
venv/bin/python main.py 2>/dev/null
