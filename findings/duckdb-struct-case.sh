#!/usr/bin/env bash
# DuckDB and Arrow: of two struct members named "a" and "A", both give the value of "a".
#
# Expected: names differ by case in Arrow; a database that does not tell them apart refuses the table or renames one, as
#           DuckDB itself does for columns and for the same struct in a Parquet file.
# Happens:  the struct keeps both names, and each way to reach "A" gives "a": f."A", f['A'], f.*, even struct_extract_at(f, 2).
#           The whole struct is right, so a look at the data does not show it.
# Matters:  a struct keyed by MARC subfield code has such names: $a and $A are different subfields.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: duckdb==2.0.1 pyarrow==26.0.1
venv/bin/python - <<'EOF'
import sys

import duckdb
import pyarrow
import pyarrow.parquet

struct = pyarrow.struct([("a", pyarrow.string()), ("A", pyarrow.string())])
fields = pyarrow.table({"f": pyarrow.array([{"a": "small", "A": "large"}], type=struct)})
pyarrow.parquet.write_table(fields, "fields.parquet")

print("duckdb", duckdb.__version__, "pyarrow", pyarrow.__version__)
whole = duckdb.sql("SELECT f FROM fields").fetchall()[0][0]
print("f:", whole)
seen = {}
for expression in ('f."A"', "f['A']", "struct_extract(f, 'A')", "struct_extract_at(f, 2)"):
    seen[expression] = duckdb.sql(f"SELECT {expression} FROM fields").fetchall()[0][0]
    print(f"{expression}: {seen[expression]}")
star = duckdb.sql("SELECT f.* FROM fields").fetchall()[0]
print("f.*:", star)
in_parquet = duckdb.sql("SELECT f FROM 'fields.parquet'").fetchall()[0][0]
print("f from Parquet:", in_parquet)
if (whole, set(seen.values()), star, in_parquet) != (
    {"a": "small", "A": "large"},
    {"small"},
    ("small", "small"),
    {"a": "small", "A_1": "large"},
):
    sys.exit("The behaviour has changed.")
EOF
