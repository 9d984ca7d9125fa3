"""Compares columns with the values that selectors find in records, one record after the other.

    python tests/conformance/columns.py FILE|FOLDER …
    python tests/conformance/columns.py --records        # all of pymarc's sample, 250,000 records

Each selector is tried with every treatment of several values. Damaged records are skipped on both
sides. Prints where they differ, and ends with status 1 if they do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tidemarc
from catmandu import OTHER, SAME

import source

SELECTORS = [
    *SAME,
    *OTHER,
    "LDR",
    "008",
    "245ab",
    "6XXa",
    "650",
    "880",
    "100$a|110$a|111$a",
    '650$a{$2="fast"}',
    "260$b/0-9",
    "264$c|260$c|008/7-10",
    "9..",
    "245^1|245^2",
]

#: The treatments of several values, and the cell for a list of them.
REPEATS: dict[str, Callable[[list[str]], Any]] = {
    "list": lambda values: values or None,
    "first": lambda values: values[0] if values else None,
    "join": lambda values: "; ".join(values) if values else None,
    "count": len,
    "exists": bool,
}


def rows(scan: tidemarc.Scan) -> Iterator[dict[str, Any]]:
    """The rows of a scan."""
    for batch in scan:
        yield from batch.to_pylist()


def differences(path: Path) -> Iterator[str]:
    """Where the columns of a file differ from its records."""
    selectors = {text: tidemarc.Selector(text) for text in SELECTORS}
    for repeat, cell_of in REPEATS.items():
        separator = {"separator": "; "} if repeat == "join" else {}
        columns = {
            text: tidemarc.Column(text, repeat=repeat, **separator)  # type: ignore[arg-type]
            for text in selectors
        }
        scan = tidemarc.scan(path, columns, errors="skip", encoding_errors="replace")
        with tidemarc.Reader(path, errors="skip", encoding_errors="replace") as reader:
            for record, row in zip(reader, rows(scan), strict=True):
                for text, selector in selectors.items():
                    expected = cell_of(selector.values(record))
                    if row[text] != expected:
                        found = f"{row[text]!r}, {expected!r}"
                        yield f"{path}: {record.number}: {text} {repeat}: {found}"


def main() -> int:
    paths = source.of_arguments(__doc__)
    found = 0
    for path in paths:
        for difference in differences(path):
            found += 1
            if found <= 20:
                print(difference)
    print(f"{len(paths)} files, {len(SELECTORS)} selectors, {found} differences")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
