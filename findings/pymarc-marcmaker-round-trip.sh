#!/usr/bin/env bash
# pymarc: text written by TextWriter and read by MARCMakerReader is another record.
#
# Expected: the reader of the MARCMaker format undoes what the writer of the same library does.
# Happens:  the writer turns blanks in control fields into backslashes, and the reader keeps the backslashes. The writer
#           leaves a dollar sign as it is, and the reader takes it for the start of a subfield. There is no error.
# Matters:  editing MARC as text is what the format is for. After one pass every 008 is full of backslashes, so that dates,
#           language and audience no longer match their codes, and "cost $5" has lost its number to a subfield $5.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: pymarc==5.4.0
venv/bin/python - <<'EOF'
import importlib.metadata
import io
import sys

from pymarc import Field, MARCMakerReader, Record, Subfield, TextWriter

record = Record(leader="00000nam a2200000 a 4500")
record.add_field(Field("008", data="260101s1995    nyu           000 0 eng d"))
record.add_field(Field("020", [" ", " "], [Subfield("c", "cost $5")]))

text = io.StringIO()
TextWriter(text).write(record)
again = next(iter(MARCMakerReader(text.getvalue())))

print("pymarc", importlib.metadata.version("pymarc"))
print(text.getvalue())
print("008 before:", record["008"].data)
print("008 after: ", again["008"].data)
print("020 before:", [tuple(part) for part in record["020"].subfields])
print("020 after: ", [tuple(part) for part in again["020"].subfields])
if again["008"].data != record["008"].data.replace(" ", "\\") or [tuple(part) for part in again["020"].subfields] != [
    ("c", "cost "),
    ("5", ""),
]:
    sys.exit("The behaviour has changed.")
EOF
