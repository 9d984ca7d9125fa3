"""Compares `tidemarc convert` with yaz-marcdump, to MARCXML and to line text.

    python tests/conformance/yaz.py [--command TIDEMARC] FILE|FOLDER …

Both convert the same sound records, in UTF-8. Ends with status 1 if a record differs for another
reason than those of `Reason`. docs/formats.md explains them.
Does nothing without yaz-marcdump (Debian: yaz).
"""

from __future__ import annotations

import argparse
import enum
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import tidemarc

import source

SLIM = "{http://www.loc.gov/MARC21/slim}"

#: Characters that XML 1.0 does not have. yaz-marcdump writes them all the same.
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

#: A record: its lines of line text, or its elements of MARCXML.
Record = list[str]


class Reason(enum.Enum):
    """The properties of a record that the two programs treat differently."""

    CONTROL_FIELD = "a control field is empty or has subfields"
    BARE_FIELD = "a data field has text before its first subfield"
    SHORT_FIELD = "a data field is shorter than its indicators"
    LINE_BREAK = "a value has a line break"
    INDICATORS = "the leader states another number of indicators than 2"


def reason(record: tidemarc.Record) -> Reason | None:
    """Returns the property of a record that makes a difference."""
    if str(record.leader)[10] in "13456789":
        return Reason.INDICATORS
    for field in record.fields:
        data = field.raw
        if b"\n" in data or b"\r" in data:
            return Reason.LINE_BREAK
        if field.control_field:
            if not data.strip(b"\x1e") or b"\x1f" in data:
                return Reason.CONTROL_FIELD
        elif len(data.rstrip(b"\x1e")) < 2:
            return Reason.SHORT_FIELD
        elif data[2:3] not in (b"\x1f", b""):
            return Reason.BARE_FIELD
    return None


def leader(text: str) -> str:
    """Returns a leader without the positions that yaz-marcdump corrects.

    These are the lengths of indicators, codes and the parts of a directory entry; and in MARCXML
    leader/09, which is `a` there for UNIMARC too.
    """
    return f"{text[:9]} {text[12:20]}"


def elements(xml: bytes) -> list[Record]:
    """Returns the records of a document of MARCXML."""

    def shown(element: ElementTree.Element) -> str:
        if element.tag == f"{SLIM}leader":
            return leader(element.text or "")
        values = [(sub.get("code"), sub.text or "") for sub in element]
        return str((sorted(element.items()), values or element.text or ""))

    root = ElementTree.fromstring(NO_XML.sub("", xml.decode()))
    return [[shown(element) for element in record] for record in root.iter(f"{SLIM}record")]


def lines(text: bytes) -> list[Record]:
    """Returns the records of line text, without the remarks of yaz-marcdump before them."""

    def record(block: str) -> Record:
        lines = block.split("\n")
        while len(lines) > 1 and lines[0].startswith("("):
            del lines[0]
        return [leader(lines[0]), *lines[1:]]

    blocks = re.split(r"(?:^|\n)\n", NO_XML.sub("", text.decode()).removesuffix("\n"))
    return [record(block) for block in blocks if block]


def differences(command: str, path: Path, folder: Path, counts: Counter[str]) -> Iterator[str]:
    """Yields a line for each difference between the conversions of a file."""

    def run(*words: str | Path) -> bytes:
        return subprocess.run(words, capture_output=True).stdout

    records, same = folder / "records.mrc", folder / "same.mrc"
    run(command, "convert", "--encoding", "utf8", path, "-o", records)
    with same.open("wb") as file:
        for record in tidemarc.Reader(records):
            found = reason(record)
            counts[found.value if found else "compared"] += 1
            if not found:
                file.write(record.raw)
    if not same.stat().st_size:
        return
    for format_, parse in (("marcxml", elements), ("line", lines)):
        ours = parse(run(command, "convert", "--controls", "drop", "--to", format_, same))
        theirs = parse(run("yaz-marcdump", "-o", format_, same))
        if len(ours) != len(theirs):
            yield f"{path}: {format_}: {len(ours)} records, {len(theirs)}"
        for at, (mine, other) in enumerate(zip(ours, theirs, strict=False), 1):
            if mine != other:
                pairs = zip(mine, other, strict=False)
                first = next((pair for pair in pairs if pair[0] != pair[1]), "its length")
                yield f"{path}: sound record {at}: {format_}: {first}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--command", default=str(Path(sys.executable).with_name("tidemarc")))
    parser.add_argument("paths", nargs="+")
    arguments = parser.parse_args()
    if not shutil.which("yaz-marcdump"):
        print("yaz-marcdump is not installed: nothing compared")
        return 0
    counts: Counter[str] = Counter()
    count = found = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in source.files(arguments.paths):
            count += 1
            for difference in differences(arguments.command, path, Path(folder), counts):
                found += 1
                if found <= 20:
                    print(difference[:1000])
    print(f"{count} files, {counts.pop('compared', 0)} records, {found} differences")
    for reason, number in counts.most_common():
        print(f"  {number} records not compared: {reason}")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
