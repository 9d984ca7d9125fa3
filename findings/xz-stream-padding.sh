#!/usr/bin/env bash
# CPython's lzma, and pandas through it: all rows after the padding of an .xz file are missing.
#
# Expected: an .xz file may hold several streams with padding (zero bytes, a multiple of four) between them; a reader that
#           takes the first two streams without padding takes them with padding, or raises an error.
# Happens:  without padding both streams are read. With four zero bytes between them, Python gives the first stream and then
#           the end of the file. pandas returns a table that is too short. The xz command reads both in either case.
# Matters:  the file passes "xz --test", so nothing shows the loss. MARC files are often stored as .xz and joined with cat.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: pandas==3.1.1
venv/bin/python - <<'EOF'
import lzma
import sys

import pandas

one = lzma.compress(b"id\n1\n2\n")
two = lzma.compress(b"3\n4\n5\n")
rows = {}
for name, padding in (("plain", b""), ("padded", bytes(4))):
    with open(f"{name}.csv.xz", "wb") as file:
        file.write(one + padding + two)
    with lzma.open(f"{name}.csv.xz") as file:
        rows[name] = len(file.read().splitlines()) - 1, len(pandas.read_csv(f"{name}.csv.xz"))

print("Python", sys.version.split()[0], "pandas", pandas.__version__)
for name, (by_lzma, by_pandas) in rows.items():
    print(f"{name}: {by_lzma} rows with lzma.open, {by_pandas} rows with pandas.read_csv")
if rows != {"plain": (5, 5), "padded": (2, 2)}:
    sys.exit("The behaviour has changed.")
EOF
if command -v xz >/dev/null; then
    xz --version
    xz --test padded.csv.xz
    test "$(xz --decompress --stdout padded.csv.xz | wc -l)" -eq 6
    echo "padded: 5 rows with xz"
fi
