"""Compares tidemarc.pymarc with pymarc, value by value.

    python tests/conformance/compare.py FILE|FOLDER …
    python tests/conformance/compare.py --records        # all of pymarc's sample, 250,000 records
    python tests/conformance/compare.py --damage 500     # so many damaged inputs

Prints where they differ, and ends with status 1 if they do.
"""

from __future__ import annotations

import argparse
import io
import itertools
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import observe
import pymarc
import tidemarc.pymarc

import source

#: The options that a file is read with, each in its turn.
OPTIONS: list[dict[str, Any]] = [
    {},
    {"to_unicode": False},
    {"force_utf8": True},
    {"utf8_handling": "replace"},
    {"utf8_handling": "ignore", "force_utf8": True, "hide_utf8_warnings": True},
    {"hide_utf8_warnings": True},
    {"file_encoding": "cp1251"},
    {"file_encoding": "latin-1"},
    {"file_encoding": "utf-8", "utf8_handling": "replace"},
]


def differences(open_source: Callable[[], Any], deep: bool = True, **options: Any) -> Iterator[str]:
    """Where the two differ over what is opened, once for each."""
    theirs = observe.reading(pymarc, open_source(), deep, **options)
    ours = observe.reading(tidemarc.pymarc, open_source(), deep, **options)
    for number, (their_step, our_step) in enumerate(itertools.zip_longest(theirs, ours), 1):
        if their_step == our_step:
            continue
        for their, our in itertools.zip_longest(their_step or [], our_step or []):
            if their != our:
                yield f"record {number}: pymarc {short(their)}, tidemarc {short(our)}"
                break


def short(seen: Any) -> str:
    """The beginning of a value."""
    text = repr(seen)
    return text if len(text) < 400 else text[:400] + "…"


def of_bytes(data: bytes, deep: bool = True, every_option: bool = True) -> Iterator[str]:
    """Where the two differ over these bytes, read as a file, and as bytes with each option."""
    yield from differences(lambda: io.BufferedReader(io.BytesIO(data)), deep)
    for options in OPTIONS if every_option else OPTIONS[:1]:
        for difference in differences(lambda: data, deep, **options):
            yield f"{options} {difference}"


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A copy with one to six wounds, many of them where a record begins."""
    copy = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(copy))
        if chance.random() < 0.5:
            behind = copy.find(b"\x1d", at) + 1
            at = min(behind + chance.choice([0, 0, 1, 4, 9, 12, 24, 25, 30, 36]), len(copy) - 1)
        kind = chance.randrange(6)
        if kind == 0:
            copy[at] = chance.choice([chance.randrange(256), 0x1D, 0x1E, 0x1F, 0x80, 0x1B, 0xE9])
        elif kind == 1:
            copy[at:at] = chance.choice([b"\n", b"\r\n", b"\x1a", b" ", b"\x00", b"junk"])
        elif kind == 2:
            del copy[at : at + chance.randint(1, 30)]
        elif kind == 3:
            lengths = b"00000 00004 00003 -0001 7_5_5 99999 0012X +0900 00005 00024".split()
            copy[at : at + 5] = chance.choice([*lengths, b"  755", b"\n0123"])
        elif kind == 4:
            del copy[at:]
        else:
            copy += chance.choice([b"\n", b"\x1a", b"0012", b"     ", b"\n\n\n\n\n\n"])
        copy = copy or bytearray(b"0")
    return bytes(copy)


def of_damage(count: int, seed: int = 0) -> Iterator[str]:
    """Where the two differ over damaged copies of pymarc's samples."""
    with source.records().open("rb") as file:
        books = file.read(200_000)
    marc8 = (source.folder() / "test" / "test.dat").read_bytes() * 12
    for number in range(seed, seed + count):
        chance = random.Random(number)
        data = chance.choice([books, marc8, books[:5000], marc8[:5000]])
        data = damaged(data, chance)
        options = chance.choice(OPTIONS)
        as_file = chance.random() < 0.5

        def opened(data: bytes = data, as_file: bool = as_file) -> Any:
            return io.BufferedReader(io.BytesIO(data)) if as_file else data

        for difference in differences(opened, deep=False, **options):
            yield f"damage {number}, {options} {difference}"


def of_records() -> Iterator[str]:
    """Where the two differ over the 250,000 records."""
    yield from differences(lambda: source.records().open("rb"), deep=False)


def of_files(paths: list[Path], most: int | None) -> Iterator[str]:
    """Where the two differ over the first bytes of these files and of those in these folders."""
    for path in paths:
        inside = sorted(child for child in path.rglob("*") if child.is_file())
        for file in inside if path.is_dir() else [path]:
            for difference in of_bytes(file.read_bytes()[:most]):
                yield f"{file} {difference}"


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--most", type=int, help="bytes of each file that are read")
    parser.add_argument("--records", action="store_true", help="all of pymarc's sample")
    parser.add_argument("--damage", type=int, default=0, help="this many damaged inputs")
    arguments = parser.parse_args()
    found = of_files(arguments.paths, arguments.most)
    if arguments.records:
        found = itertools.chain(found, of_records())
    found = itertools.chain(found, of_damage(arguments.damage))
    count = 0
    for count, difference in enumerate(found, 1):
        print(difference, flush=True)
        if count == 20:
            print("… and more")
            break
    print(f"tidemarc.pymarc and pymarc differ in {count} places" if count else "no difference")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main())
