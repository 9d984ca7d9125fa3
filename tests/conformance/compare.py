"""Compares tidemarc.pymarc with pymarc, value by value, over files.

    python tests/conformance/compare.py [--every N] [--deep] FILE|FOLDER …

Prints each difference and ends with status 1 if there is one.
"""

from __future__ import annotations

import argparse
import io
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import observe
import pymarc
import tidemarc.pymarc

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


def differences(
    data: bytes, as_file: bool = False, deep: bool = True, **options: Any
) -> Iterator[str]:
    """Where the two differ over these bytes."""

    def source() -> Any:
        return io.BufferedReader(io.BytesIO(data)) if as_file else data

    theirs = observe.reading(pymarc, source(), deep, **options)
    ours = observe.reading(tidemarc.pymarc, source(), deep, **options)
    for number, (their_step, our_step) in enumerate(itertools.zip_longest(theirs, ours)):
        if their_step == our_step:
            continue
        for their, our in itertools.zip_longest(their_step or [], our_step or []):
            if their != our:
                yield f"record {number}: pymarc {short(their)}\n{'':>10}tidemarc {short(our)}"
                break


def short(seen: Any) -> str:
    """The beginning of a value."""
    text = repr(seen)
    return text if len(text) < 400 else text[:400] + "…"


def files(paths: list[Path]) -> Iterator[Path]:
    """The files that these are, and those that are in them."""
    for path in paths:
        if path.is_dir():
            yield from sorted(child for child in path.rglob("*") if child.is_file())
        else:
            yield path


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=3, help="differences shown for each file")
    parser.add_argument("--shallow", action="store_true", help="look at less of each record")
    parser.add_argument("--most", type=int, help="bytes of each file that are read")
    parser.add_argument("--plain", action="store_true", help="with the default options only")
    arguments = parser.parse_args()
    count = total = 0
    for path in files(arguments.paths):
        data = path.read_bytes()[: arguments.most]
        total += 1
        for options in OPTIONS[:1] if arguments.plain else OPTIONS:
            for as_file in (False, True) if options == {} else (False,):
                found = differences(data, as_file, not arguments.shallow, **options)
                for difference in itertools.islice(found, arguments.limit):
                    count += 1
                    print(f"{path} {options} {'file ' if as_file else ''}{difference}", flush=True)
    print(f"{total} files, {count} differences shown")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
