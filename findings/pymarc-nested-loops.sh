#!/usr/bin/env bash
# pymarc: two loops over one record share one position.
#
# Expected: a loop over a record inside a loop over the same record visits every pair of fields, as with a list.
# Happens:  the record is its own iterator. The inner loop resets and then exhausts the outer one, which stops after its
#           first field. The same holds for the subfields of a field. There is no error.
# Matters:  code that compares the fields of a record with one another (to find duplicates, say) checks one field only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: pymarc==5.4.0
venv/bin/python - <<'EOF'
import importlib.metadata
import sys

from pymarc import Field, Record, Subfield

record = Record()
for heading in ("Ships", "Sailors", "Ships"):
    record.add_field(Field("650", [" ", "0"], [Subfield("a", heading)]))

pairs_of_record = sum(1 for one in record for other in record)
pairs_of_list = sum(1 for one in record.fields for other in record.fields)
doubles = [one["a"] for one in record for other in record if one is not other and one["a"] == other["a"]]
field = Field("650", [" ", "0"], [Subfield("a", "Ships"), Subfield("x", "History")])
pairs_of_field = sum(1 for one in field for other in field)

print("pymarc", importlib.metadata.version("pymarc"))
print("pairs of fields, two loops over record.fields:", pairs_of_list)
print("pairs of fields, two loops over the record:   ", pairs_of_record)
print("repeated headings found over the record:      ", doubles)
print("pairs of 2 subfields, two loops over a field: ", pairs_of_field)
if (pairs_of_list, pairs_of_record, doubles, pairs_of_field) != (9, 3, ["Ships"], 2):
    sys.exit("The behaviour has changed.")
EOF
