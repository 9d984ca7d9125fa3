#!/usr/bin/env bash
# Spark: a data source that Spark finds by itself runs in the driver's Python, also on the executors.
#
# Expected: PYSPARK_PYTHON is the Python of workers, PYSPARK_DRIVER_PYTHON that of the driver alone: "if set, the latter is
#           used for the driver only". The two may differ, as they do for `PYSPARK_DRIVER_PYTHON=jupyter`.
# Happens:  Spark imports the modules pyspark_* with PYSPARK_DRIVER_PYTHON, and runs their data sources with it on the
#           executors. A source of the same code that the program registers itself runs with PYSPARK_PYTHON.
# Matters:  With a driver's Python that only the driver's machine has, or with jupyter, exactly the sources that need no
#           registration fail. PySpark's own functions work, so the cluster looks sound.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset SPARK_HOME SPARK_CONF_DIR PYTHONPATH PYSPARK_SUBMIT_ARGS
command -v java >/dev/null || { echo 'Java 17 or later is needed.' >&2; exit 1; }
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyspark==4.3.0 pyarrow==26.0.1
for name in driver worker; do
    printf '#!/bin/bash\nexport RUN_BY=%s\nexec %s/venv/bin/python "$@"\n' "$name" "$folder" >"$name"
    chmod +x "$name"
done
cat >pyspark_found.py <<'EOF'
import os

from pyspark.sql.datasource import DataSource, DataSourceReader


class Reader(DataSourceReader):
    def read(self, partition):
        yield (os.environ["RUN_BY"],)


class DefaultSource(DataSource):
    @classmethod
    def name(cls):
        return "found"

    def schema(self):
        return "run_by string"

    def reader(self, schema):
        return Reader()
EOF
cat >main.py <<'EOF'
import os
import sys

import pyspark
from pyspark.sql import SparkSession
from pyspark_found import DefaultSource


class Registered(DefaultSource):
    @classmethod
    def name(cls):
        return "registered"


spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.dataSource.register(Registered)
plain = spark.range(1).rdd.map(lambda _: os.environ["RUN_BY"]).first()
found = spark.read.format("found").load().first()[0]
registered = spark.read.format("registered").load().first()[0]
spark.stop()
print("pyspark", pyspark.__version__)
print("Python of a function:                    ", plain)
print("Python of a source that is registered:   ", registered)
print("Python of a source that Spark found:     ", found)
if (plain, registered, found) != ("worker", "worker", "driver"):
    sys.exit("The behaviour has changed.")
EOF
export PYTHONPATH=$folder SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=$folder/worker PYSPARK_DRIVER_PYTHON=$folder/driver
RUN_BY=driver venv/bin/python main.py 2>/dev/null
