#!/usr/bin/env bash
# pymarc and zstandard: a valid .zst file of two frames is read up to the end of its first frame.
#
# Expected: zstandard.open(path, "rb") is a file, and read(n) of a file that is not at its end gives n bytes.
# Happens:  zstandard's read(n) stops at the end of a frame and gives less. pymarc takes fewer bytes than the record length
#           says for the end of the file: it yields one None and stops. fsspec's "infer" opens .zst files with the same reader.
# Matters:  two .zst files joined by cat have two frames, and pzstd writes many. A loop that skips None reads half the records
#           and ends without an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: \
    pymarc==5.4.0 zstandard==0.25.0 fsspec==2026.9.0
venv/bin/python - <<'EOF'
import importlib.metadata
import sys

import fsspec
import zstandard
from pymarc import Field, MARCReader, Record, Subfield

records = []
for number in range(1000):
    record = Record(leader="00000nam a2200000 a 4500")
    record.add_field(Field("001", data=f"{number:06}"))
    record.add_field(Field("245", ["1", "0"], [Subfield("a", f"Title {number}")]))
    records.append(record.as_marc())
data = b"".join(records)
cut = sum(map(len, records[:500])) + 13  # inside a record, as any cut by size is
compress = zstandard.ZstdCompressor().compress
with open("books.mrc.zst", "wb") as file:
    file.write(compress(data[:cut]) + compress(data[cut:]))


def counts(file):
    reader = MARCReader(file)
    found = list(reader)
    return sum(record is not None for record in found), found.count(None), type(reader.current_exception).__name__


for name in ("pymarc", "zstandard", "fsspec"):
    print(name, importlib.metadata.version(name))
with zstandard.open("books.mrc.zst", "rb") as file:
    first, second = len(file.read(cut + 100)), len(file.read(100))
    print(f"read({cut + 100}), read(100): {first} and {second} bytes")
with zstandard.open("books.mrc.zst", "rb") as file:
    whole = file.read() == data
    print("read() gives the whole file:", whole)
with zstandard.open("books.mrc.zst", "rb") as file:
    direct = counts(file)
with fsspec.open("books.mrc.zst", "rb", compression="infer") as file:
    through_fsspec = counts(file)
print("pymarc over zstandard.open: %d records, %d None, %s" % direct)
print("pymarc over fsspec:         %d records, %d None, %s" % through_fsspec)
expected = (500, 1, "TruncatedRecord")
if (first, second, whole, direct, through_fsspec) != (cut, 100, True, expected, expected):
    sys.exit("The behaviour has changed.")
EOF
