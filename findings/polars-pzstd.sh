#!/usr/bin/env bash
# Polars: a .zst file that pzstd made is not recognised as compressed.
#
# Expected: reading a .csv.zst file works for every valid .zst file, as in pandas, pyarrow and DuckDB.
# Happens:  pzstd, the parallel tool of the zstd package, puts a skippable frame before each compressed frame. Polars looks for
#           the magic number of an ordinary frame, reads the file as plain text and complains of invalid UTF-8.
# Matters:  the message points to the encoding of the data, which is sound. Large dumps are what people use pzstd for.
#           "zstd --decompress" and compressing anew with zstd helps.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: \
    polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1 duckdb==2.0.1 zstandard==0.25.0
venv/bin/python - <<'EOF'
import shutil
import struct
import subprocess
import sys

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.csv
import zstandard

rows = b"id,title\n" + b"".join(b"%d,Title %d\n" % (number, number) for number in range(1000))
with open("rows.csv", "wb") as file:
    file.write(rows)
if shutil.which("pzstd"):
    subprocess.run(["pzstd", "--version"], stderr=subprocess.STDOUT, check=True)
    subprocess.run(["pzstd", "-q", "rows.csv", "-o", "pzstd.csv.zst"], check=True)
else:
    # The layout of pzstd: a skippable frame whose four bytes are the length of the frame that follows.
    frame = zstandard.ZstdCompressor().compress(rows)
    with open("pzstd.csv.zst", "wb") as file:
        file.write(struct.pack("<III", 0x184D2A50, 4, len(frame)) + frame)
with open("zstd.csv.zst", "wb") as file:
    file.write(zstandard.ZstdCompressor().compress(rows))

readers = {
    "polars": (polars, lambda path: polars.read_csv(path).height),
    "pandas": (pandas, lambda path: len(pandas.read_csv(path))),
    "pyarrow": (pyarrow, lambda path: pyarrow.csv.read_csv(path).num_rows),
    "duckdb": (duckdb, lambda path: len(duckdb.read_csv(path).fetchall())),
}
same = True
for name, (module, read) in readers.items():
    for path in ("zstd.csv.zst", "pzstd.csv.zst"):
        try:
            result = read(path)
        except polars.exceptions.ComputeError as error:
            result = f"ComputeError: {error}"
        print(f"{name} {module.__version__}, {path}: {result}")
        refused = name == "polars" and path == "pzstd.csv.zst"
        same = same and (str(result).startswith("ComputeError: invalid utf-8") if refused else result == 1000)
if not same:
    sys.exit("The behaviour has changed.")
EOF
