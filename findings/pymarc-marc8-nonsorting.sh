#!/usr/bin/env bash
# pymarc: MARC-8's marks for non-sorting text and its joiners vanish on reading.
#
# Expected: the bytes 88 and 89 become U+0098 and U+009C, and 8D and 8E become U+200D and U+200C, as the code
#           tables of the Library of Congress say; or there is at least a warning.
# Happens:  the four characters are dropped, without a warning, an error or a blank.
# Matters:  the marks are the only sign of where filing starts in fields that have no indicator for it. A file converted
#           to UTF-8 with pymarc has lost them for good.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: pymarc==5.4.0
venv/bin/python - 2>stderr <<'EOF'
import importlib.metadata
import io
import sys

from pymarc import Field, MARCReader, MARCWriter, RawField, Record, Subfield

record = Record(to_unicode=False, leader="00000nam  2200000 a 4500")
record.add_field(Field("001", data="1"))
record.add_field(RawField("740", [" ", " "], [Subfield("a", b"\x88The \x89Hague, a\x8db\x8ec")]))
source = record.as_marc()
read = next(iter(MARCReader(source)))
title = read["740"]["a"]
target = io.BytesIO()
MARCWriter(target).write(read)

print("pymarc", importlib.metadata.version("pymarc"))
print("bytes in MARC-8: ", record["740"]["a"])
print("text by pymarc:  ", ascii(title))
print("bytes in UTF-8:  ", target.getvalue()[-24:])
if title != "The Hague, abc":
    sys.exit("The behaviour has changed.")
EOF
if test -s stderr; then
    cat stderr
    echo "The behaviour has changed: there is a warning." >&2
    exit 1
fi
