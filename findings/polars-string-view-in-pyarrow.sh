#!/usr/bin/env bash
# Polars and pyarrow: a table that pyarrow takes from Polars can hardly be used there.
#
# Expected: pyarrow.table(frame) is the standard way between Arrow libraries, and the result filters, sorts and joins.
# Happens:  Polars exports text as string_view, which pyarrow stores and prints but has few functions for: comparing, filtering,
#           taking rows, sorting, joining and writing CSV raise errors, even where the condition is on another column.
#           frame.to_arrow() gives large_string, and all of these work.
# Matters:  the two ways look alike, and the failure comes long after the import. A library that exports Arrow should offer
#           string, not string_view, by default.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: polars==2.1.0 pyarrow==26.0.1
venv/bin/python - <<'EOF'
import io
import sys

import polars
import pyarrow
import pyarrow.compute as compute
import pyarrow.csv

uses = {
    "compare text": lambda table: compute.equal(table["title"], "Ships"),
    "filter by number": lambda table: table.filter(compute.field("year") > 1995),
    "take two rows": lambda table: table.take([0, 1]),
    "sort by text": lambda table: table.sort_by("title"),
    "join by text": lambda table: table.join(table.rename_columns(["title", "year2"]), "title"),
    "write CSV": lambda table: pyarrow.csv.write_csv(table, io.BytesIO()),
    "group by text": lambda table: table.group_by("title").aggregate([("year", "sum")]),
}


def outcome(use, table):
    try:
        use(table)
    except pyarrow.ArrowException as error:
        return type(error).__name__
    return "works"


frame = polars.DataFrame({"title": ["Ships", "Sailors", "Harbours"], "year": [1995, 1996, 1997]})
tables = {"pyarrow.table(frame)": pyarrow.table(frame), "frame.to_arrow()": frame.to_arrow()}
print("polars", polars.__version__, "pyarrow", pyarrow.__version__)
outcomes = {}
for name, table in tables.items():
    print(f"{name}: title is {table.schema.field('title').type}")
    outcomes[name] = [outcome(use, table) for use in uses.values()]
    for use, result in zip(uses, outcomes[name], strict=True):
        print(f"    {use}: {result}")
by_view, by_large = outcomes.values()
if "works" in by_view[:6] or by_view[6] != "works" or set(by_large) != {"works"}:
    sys.exit("The behaviour has changed.")
EOF
