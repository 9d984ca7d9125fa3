#!/usr/bin/env bash
# edtf: a year with unknown digits becomes a day of the month.
#
# Expected: edtf.text_to_edtf turns "[19--]", as catalogues write it, and "19uu", as the 008 field does, into the century 19XX,
#           or gives None, as it does for "[185-?]".
# Happens:  both become XXXX-XX-19: the 19th of some month of some year. It is valid EDTF and spans the years 0 to 9999.
# Matters:  sorting by the lower bound puts these books in the year 0, and nothing raises an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: edtf==5.0.2
venv/bin/python - <<'EOF'
import importlib.metadata
import sys

import edtf

print("edtf", importlib.metadata.version("edtf"))
seen = []
for text in ("[19--]", "19uu", "[185-?]", "c1984"):
    found = edtf.text_to_edtf(text)
    seen.append(found)
    print(f"{text}: {found}", end="")
    if found:
        date = edtf.parse_edtf(found)
        print(f", years {date.lower_strict().tm_year} to {date.upper_strict().tm_year}", end="")
    print()
date = edtf.parse_edtf("XXXX-XX-19")
if seen != ["XXXX-XX-19", "XXXX-XX-19", None, "1984~"] or date.lower_strict().tm_year != 0:
    sys.exit("The behaviour has changed.")
EOF
