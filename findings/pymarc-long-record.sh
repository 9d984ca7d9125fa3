#!/usr/bin/env bash
# pymarc: a record that is too long for MARC is written without an error, and the file after it cannot be read.
#
# Expected: as_marc() raises an error for a record above 99,999 bytes or a field above 9,999 bytes; ISO 2709 has five and four
#           digits for these lengths.
# Happens:  pymarc writes six and five digits instead, which shifts all that follows. Its own reader then gives None for a record
#           with a long field. At a long record it stops: every later record of the file is lost.
# Matters:  a table of contents or a list of 900 holdings is enough. The loss shows only in the file that is read later.
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

from pymarc import Field, MARCReader, MARCWriter, Record, Subfield


def record(number, *notes):
    result = Record(leader="00000nam a2200000 a 4500")
    result.add_field(Field("001", data=str(number)))
    result.add_field(*(Field("500", [" ", " "], [Subfield("a", note)]) for note in ("A note", *notes)))
    return result


def write_and_read(long):
    file = io.BytesIO()
    writer = MARCWriter(file)
    for number in range(10):
        writer.write(long if number == 2 else record(number))
    reader = MARCReader(file.getvalue())
    errors = []
    read = []
    for found in reader:
        if found is None:
            errors.append(type(reader.current_exception).__name__)
        else:
            read.append(found["001"].data)
    return read, errors


print("pymarc", importlib.metadata.version("pymarc"))
long_field = write_and_read(record(2, "x" * 10_000))
long_record = write_and_read(record(2, *["x" * 9_000] * 12))
length = len(record(2, *["x" * 9_000] * 12).as_marc())
print("10 records, the third with a field of 10,005 bytes:", *long_field)
print(f"10 records, the third of {length:,} bytes:            ", *long_record)
if long_field != (["0", "1"] + [str(number) for number in range(3, 10)], ["RecordDirectoryInvalid"]):
    sys.exit("The behaviour has changed.")
if long_record != (["0", "1"], ["EndOfRecordNotFound"]):
    sys.exit("The behaviour has changed.")
EOF
