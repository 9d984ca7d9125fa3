#!/usr/bin/env bash
# Polars: a frame from scan_arrow_c_stream is empty the second time it is collected.
#
# Expected: a LazyFrame gives the same rows each time, or says that its source is used up. The object here can be exported
#           as often as one likes; every export is a fresh stream.
# Happens:  Polars exports the object once. The first collect() has all rows, the second has none and raises nothing. A join
#           of a fresh frame with itself reads it twice in one query and has no rows either.
# Matters:  "collect a sample, then collect the whole" ends with an empty result that looks like a query without matches.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: polars==2.1.0 pyarrow==26.0.1
venv/bin/python -W ignore - <<'EOF'
import sys

import polars
import pyarrow

table = pyarrow.table({"id": [1, 2, 3]})
exports = 0


class Scan:
    def __arrow_c_stream__(self, requested_schema=None):
        global exports
        exports += 1
        return table.__arrow_c_stream__(requested_schema)


frame = polars.scan_arrow_c_stream(Scan())
rows = [frame.collect().height for _ in range(3)]
from_table = polars.scan_arrow_c_stream(table)
rows_of_table = [from_table.collect().height for _ in range(2)]
fresh = polars.scan_arrow_c_stream(table)
rows_of_join = fresh.join(fresh, on="id").collect().height

print("polars", polars.__version__, "pyarrow", pyarrow.__version__)
print("rows of three collects: ", rows, "with", exports, "export(s) of the object")
print("rows of a pyarrow.Table:", rows_of_table)
print("rows of a self-join:    ", rows_of_join)
if (rows, exports, rows_of_table, rows_of_join) != ([3, 0, 0], 1, [3, 0], 0):
    sys.exit("The behaviour has changed.")
EOF
