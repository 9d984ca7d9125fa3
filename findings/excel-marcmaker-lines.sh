#!/usr/bin/env bash
# pandas with openpyxl or XlsxWriter: lines of MARC text written to a spreadsheet come back as nothing, or as 0.
#
# Expected: a column of strings stays a column of strings in an .xlsx file.
# Happens:  both engines take a string that starts with "=" for a formula. With openpyxl the cells are read back as NaN, with
#           XlsxWriter as 0. There is no warning. Polars, which uses XlsxWriter too, writes text.
# Matters:  every line of the MARCMaker format starts with "=" ("=245  10$aTitle"), and so does the text of a field in pymarc.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: \
    pandas==3.1.1 openpyxl==3.1.5 xlsxwriter==3.3.1 polars==2.1.0
venv/bin/python -W error::UserWarning - <<'EOF'
import importlib.metadata
import sys

import pandas
import polars

lines = ["=001  000123", r"=245  10$aUlysses"]
for engine in ("openpyxl", "xlsxwriter"):
    pandas.DataFrame({"number": [1, 2], "line": lines}).to_excel(f"{engine}.xlsx", engine=engine, index=False)
polars.DataFrame({"number": [1, 2], "line": lines}).write_excel("polars.xlsx")

for name in ("pandas", "openpyxl", "xlsxwriter", "polars"):
    print(name, importlib.metadata.version(name))
print("written:", lines)
read = {}
for name in ("openpyxl", "xlsxwriter", "polars"):
    read[name] = [str(value) for value in pandas.read_excel(f"{name}.xlsx")["line"]]
    print(f"read back from {name}.xlsx:", read[name])
if read != {"openpyxl": ["nan"] * 2, "xlsxwriter": ["0"] * 2, "polars": lines}:
    sys.exit("The behaviour has changed.")
EOF
