#!/usr/bin/env bash
# pandas on Python before 3.13: a value with a carriage return becomes two rows when its CSV is read back.
#
# Expected: to_csv quotes every character that ends a line for read_csv.
# Happens:  pandas writes through Python's csv module with "\n" as the end of the line. Before Python 3.13 that module quotes
#           only the characters of its own line end, so a lone "\r" goes out bare. pandas reads it as the end of a row.
#           Polars, DuckDB and pyarrow quote it.
# Matters:  old catalogue data has lone carriage returns. One of them adds a row and parts a title
#           from its year, without an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: \
    pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1
venv/bin/python - <<'EOF'
import sys

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.csv

frame = pandas.DataFrame({"title": ["Ships\rand sailors", "Harbours"], "year": ["1995", "1996"]})
frame.to_csv("pandas.csv", index=False)
polars.DataFrame(frame).write_csv("polars.csv")
pyarrow.csv.write_csv(pyarrow.Table.from_pandas(frame), "pyarrow.csv")
duckdb.from_df(frame).write_csv("duckdb.csv")

print("Python", sys.version.split()[0])
rows = {}
for module in (pandas, polars, pyarrow, duckdb):
    name = module.__name__
    with open(f"{name}.csv", "rb") as file:
        text = file.read()
    rows[name] = len(pandas.read_csv(f"{name}.csv"))
    print(f"{name} {module.__version__}: {text!r}: {rows[name]} rows")
print(pandas.read_csv("pandas.csv").to_dict("records"))
expected = 3 if sys.version_info < (3, 13) else 2
if rows != {"pandas": expected, "polars": 2, "pyarrow": 2, "duckdb": 2}:
    sys.exit("The behaviour has changed.")
EOF
