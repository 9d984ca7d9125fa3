"""Prints the line coverage of framing and parsing by file; fails where it is less than PERCENT.

usage: report.py LCOV [PERCENT]
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What is looked at, and the groups of which enough must be covered, each as a whole.
GROUPS = {"framing": ["src/framing"], "record": ["src/record"], "ISO 2709": ["src/format/iso2709*"]}
HELD = ("framing", "record")


def lines_of(lcov: Path) -> dict[Path, dict[int, int]]:
    """How often each line ran, by file."""
    files: dict[Path, dict[int, int]] = {}
    for line in lcov.read_text().splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            counts = files.setdefault(Path(value).resolve(), {})
        elif key == "DA":
            number, count = value.split(",")[:2]
            counts[int(number)] = counts.get(int(number), 0) + int(count)
    return files


def sources(patterns: list[str]) -> list[Path]:
    """The files of a group, those with nothing but tests left out."""
    found = [path for pattern in patterns for path in ROOT.glob(pattern)]
    files = [file for path in found for file in (path.rglob("*.rs") if path.is_dir() else [path])]
    return sorted(file for file in files if not file.stem.endswith("tests"))


def own_lines(file: Path) -> int:
    """The last line before the tests at the end of a file."""
    text = file.read_text().splitlines()
    return text.index("#[cfg(test)]") if "#[cfg(test)]" in text else len(text)


def ranges(numbers: list[int]) -> str:
    """Line numbers, neighbours drawn together."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    return ", ".join("-".join(map(str, span)) for span in spans)


def row(name: str, covered: int, total: int) -> str:
    share = f"{100 * covered / total:.1f} %" if total else "-"
    return f"{name:32}{covered:6} of {total:4}{share:>9}"


def main() -> None:
    measured = lines_of(Path(sys.argv[1]))
    least = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    failed = []
    for group, patterns in GROUPS.items():
        sum_covered = sum_total = 0
        for file in sources(patterns):
            counts = measured.get(file, {})
            last = own_lines(file)
            own = {number: count for number, count in counts.items() if number <= last}
            missed = sorted(number for number, count in own.items() if not count)
            covered = len(own) - len(missed)
            print(row(str(file.relative_to(ROOT)), covered, len(own)), ranges(missed))
            sum_covered += covered
            sum_total += len(own)
        print(row(group, sum_covered, sum_total), end="\n\n")
        if group in HELD and (not sum_total or 100 * sum_covered < least * sum_total):
            failed.append(group)
    if failed:
        sys.exit(f"coverage: less than {least:g} % of the lines: {', '.join(failed)}")


if __name__ == "__main__":
    main()
