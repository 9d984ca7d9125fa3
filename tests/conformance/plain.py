"""Compares statistics and filters with the same in plain Python.

    python tests/conformance/plain.py FILE|FOLDER …

Ends with status 1 if they differ for a file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tidemarc

import source

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

from shared.plain_filters import PLAIN
from shared.plain_statistics import plain_statistics

#: Files whose 008 is undecodable: positions are those of its bytes, not of the replaced text.
REPLACED = ["e301_invalid_utf8_in_control_field.bin"]


def has_odd_bytes(tag: dict[str, Any]) -> bool:
    """Returns true if a code or an indicator is not printable ASCII.

    In statistics each is a byte, and in a record a character.
    """
    values = [one["value"] for one in tag["indicator1"] + tag["indicator2"]]
    codes = [one["code"] for one in tag["subfields"]]
    return any(not " " <= value <= "~" or len(value) > 1 for value in values + codes)


def differences(path: Path) -> Iterator[str]:
    """Yields a line for each difference in a file."""
    found = tidemarc.statistics(path).as_dict()
    for key, expected in plain_statistics(path).items():
        if isinstance(expected, list):
            pairs = zip(found[key], expected, strict=False)
            wrong = [pair for pair in pairs if pair[0] != pair[1] and not has_odd_bytes(pair[0])]
            if wrong or len(found[key]) != len(expected):
                yield f"{path}: {key}: {str(wrong[:1])[:1000]}"
        elif found[key] != expected and path.name not in REPLACED:
            yield f"{path}: {key}: {str(found[key])[:300]}, plain: {str(expected)[:300]}"
    filters = {text: tidemarc.Filter(text) for text in PLAIN}
    options = {"errors": "skip", "repair": True, "encoding_errors": "replace"}
    for record in tidemarc.Reader(path, **options):  # type: ignore[call-overload]
        for text, filter_ in filters.items():
            if filter_.matches(record) != PLAIN[text](record):
                yield f"{path}: record {record.number}: {text}"


def main(paths: list[str]) -> int:
    import logging

    logging.getLogger("tidemarc").setLevel(logging.CRITICAL)
    count = found = 0
    for path in source.files(paths):
        count += 1
        for difference in differences(path):
            found += 1
            if found <= 20:
                print(difference)
    print(f"{count} files, {len(PLAIN)} filters, {found} differences")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
