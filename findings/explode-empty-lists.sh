#!/usr/bin/env bash
# Polars 2, pandas and DuckDB: an empty list and a null list explode to different numbers of rows in each.
#
# Expected: explode keeps one row with null for an empty list, as Polars 1 did and pandas does; or it drops both kinds.
# Happens:  Polars 2 changed its default: it drops the row of the empty list and keeps the row of the null. pandas keeps both.
#           DuckDB's unnest drops both.
# Matters:  "no subjects" comes as [] from one source and as null from another. The same pipeline then loses records or not
#           depending on the library and its version.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: \
    polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1 duckdb==2.0.1
venv/bin/python - <<'EOF'
import sys

import duckdb
import pandas
import polars
import pyarrow

table = pyarrow.table({"id": ["full", "empty", "null"], "subjects": [["Ships"], [], None]})
ids = {
    f"polars {polars.__version__}": polars.DataFrame(table).explode("subjects")["id"].to_list(),
    f"pandas {pandas.__version__}": list(table.to_pandas().explode("subjects")["id"]),
    f"duckdb {duckdb.__version__}": [
        row[0] for row in duckdb.from_arrow(table).project("id, unnest(subjects)").fetchall()
    ],
}
for name, kept in ids.items():
    print(f"{name}: rows for {', '.join(kept)}")
if list(ids.values()) != [["full", "null"], ["full", "empty", "null"], ["full"]]:
    sys.exit("The behaviour has changed.")
EOF
