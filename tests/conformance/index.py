"""Compares an index with a linear search over the records of a file.

    python tests/conformance/index.py FILE|FOLDER …
    python tests/conformance/index.py --records        # all of pymarc's sample, 250,000 records

One pass over the file notes the place of each record by its number and by its 001. The index must
find the same records by each number, and by each 001 the same list of them, of the file itself and
of the same data in BGZF. Prints where they differ, and ends with status 1 if they do.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from hashlib import blake2b
from pathlib import Path

import tidemarc

import source

#: The most differences that are printed for a file.
MOST = 5


def digest(raw: bytes) -> bytes:
    return blake2b(raw, digest_size=16).digest()


def key_of(raw: bytes) -> bytes | None:
    """Returns the first field 001 of a record, by its directory."""
    base = int(raw[12:17])
    for at in range(24, base - 1, 12):
        if raw[at : at + 3] == b"001":
            length, start = int(raw[at + 3 : at + 7]), int(raw[at + 7 : at + 12])
            return raw[base + start : base + start + length].removesuffix(b"\x1e")
    return None


def differences(path: Path, folder: Path) -> list[str]:
    """Returns the differences of the index of a file from a pass over it."""
    places: list[tuple[int, bytes]] = []
    by_key: dict[bytes, list[int]] = defaultdict(list)
    for record in tidemarc.Reader(path, errors="skip"):
        key = key_of(record.raw)
        if key is not None:
            by_key[key].append(len(places))
        places.append((record.offset, digest(record.raw)))
    found = []
    index = tidemarc.Index.build(path, folder / "index.tmi")
    if len(index) != len(places):
        found.append(f"{len(index)} records, not {len(places)}")
    for number, place in enumerate(places):
        record = index[number]
        if (record.offset, digest(record.raw)) != place:
            found.append(f"record {number}: at {record.offset}, not {place[0]}")
    for key, numbers in by_key.items():
        offsets = [record.offset for record in index.get_all(key)]
        expected = [places[number][0] for number in numbers]
        if offsets != expected:
            found.append(f"001 {key!r}: at {offsets}, not {expected}")
        other = key + b"?"
        if other not in by_key and index.get(other) is not None:
            found.append(f"001 {other!r}: found, and no record has it")
    return found


def compare(path: Path) -> tuple[int, bool]:
    """Compares a file and its data in BGZF: the number of records, and True if all agree."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packed = folder / "packed.bgz"
        count = tidemarc.convert(path, packed, to_format="iso2709", errors="skip").records
        same = True
        for file in (path, packed):
            found = differences(file, folder)
            for line in found[:MOST]:
                print(f"{path}{' in BGZF' * (file == packed)}: {line}")
            same &= not found
    return count, same


def main() -> int:
    paths = source.of_arguments(__doc__)
    total, same = 0, True
    for path in paths:
        try:
            count, agrees = compare(path)
        except (OSError, tidemarc.TidemarcError, ValueError) as error:
            print(f"{path}: left out: {error}")
            continue
        total, same = total + count, same and agrees
    print(f"index: {total:,} records of {len(paths)} files, {'all' if same else 'NOT all'} equal")
    return 0 if same and total else 1


if __name__ == "__main__":
    sys.exit(main())
