#!/usr/bin/env bash
# isbnlib, python-stdnum and pyisbn: the number of printed music passes for an ISBN.
#
# Expected: 979-0 belongs to the ISMN (ISO 10957) alone, so a check of ISBNs refuses it, as the npm package isbn3 does.
# Happens:  the three Python libraries find the ISMN 979-0-2600-0043-8 valid. isbnlib also finds it in running text and hands it
#           back as an ISBN-13. They check the prefix 979 and the check digit only.
# Matters:  in MARC an ISMN belongs in field 024, not 020. Moving numbers to the field that "fits" puts sheet music among books.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check isbnlib==3.10.14 python-stdnum==2.2 pyisbn==1.4.3
venv/bin/python - <<'EOF'
import importlib.metadata
import sys

import isbnlib
import pyisbn
import stdnum.isbn
import stdnum.ismn

for name in ("isbnlib", "python-stdnum", "pyisbn"):
    print(name, importlib.metadata.version(name))
number = "9790260000438"
seen = {
    "isbnlib.is_isbn13": isbnlib.is_isbn13(number),
    "isbnlib.get_isbnlike": isbnlib.get_isbnlike("Score, ISMN 979-0-2600-0043-8, bound"),
    "isbnlib.to_isbn13": isbnlib.to_isbn13(number),
    "stdnum.isbn.is_valid": stdnum.isbn.is_valid(number),
    "stdnum.ismn.is_valid": stdnum.ismn.is_valid(number),
    "pyisbn.validate": pyisbn.validate(number),
}
for name, result in seen.items():
    print(f"{name}: {result}")
if list(seen.values()) != [True, ["979-0-2600-0043-8"], number, True, True, True]:
    sys.exit("The behaviour has changed.")
EOF
if command -v npm >/dev/null; then
    npm install --silent --no-audit --no-fund isbn3@2.0.11 >/dev/null
    node -e '
        const found = require("isbn3").parse("9790260000438");
        console.log("isbn3 2.0.11:", found);
        process.exit(found === null ? 0 : 1);'
fi
