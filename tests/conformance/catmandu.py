"""Compares the values of selectors with those of Catmandu's `marc_spec`.

    python tests/conformance/catmandu.py FILE|FOLDER …

The files are converted to MARCXML first, so both read the same text. Ends with status 1 if a
selector of `SAME` differs in a record.
Does nothing without Catmandu (Debian: libcatmandu-marc-perl, libmarc-spec-perl).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import tidemarc

import source

SCRIPT = Path(__file__).with_name("catmandu.pl")

#: Selectors that find the same values in both.
SAME = [
    "001",
    "LDR/6",
    "LDR/0-4",
    "008/0-5",
    "245$a",
    "245$a$b",
    "245$c$a",
    "650$a",
    "650$x",
    "650$a$x",
    "6..$a",
    "...$a",
    "880$6",
    "020$a[0]",
    "700$a[0]",
    "650[0]$a",
    "650[#]$a",
    "650[0-1]$a",
    "245^2",
    "245$a/0-3",
    "245$a/#-2",
    "260$c/#-3",
    "650$a{$x}",
    "650$a{!$x}",
    "650$a{?$2}",
    "650$a{^2=\\7}",
    "650$a{^1=\\1}",
    "100$a{700}",
    "245$a{!100}",
    "650$a{$2=\\fast}",
    "650$a{$2!=\\fast}",
    "020$a{$q~\\hard}",
    "700$a{$e|$4}",
    "245$a{$b}{$c}",
    "260$b{260$c}",
    "245$a{008/35-37=\\eng}",
    "245$a{LDR/6=\\a|LDR/6=\\t}",
    "856$u{^1=\\4}",
]

#: Selectors that differ, each for a reason in docs/selectors.md, "From Catmandu".
OTHER = {
    "245": "each subfield has its own value",
    "245/0-2": "the characters of each subfield",
    "65.[#]$a": "an index counts the fields of all matching tags",
    r"65.$a{^2=\0}": "a field is judged by another one, counted among all matching tags",
    r"650$x{/0=\H}": "a condition is on the first of the repeated subfields",
    "008/35-37": "beyond the end there is an undefined value",
    "300$a/0": "an empty subfield has an empty value at its first position",
    "245$a-c": "sorted by code",
    r"245$a{008/35-37!=\eng}": "a missing value is unequal to everything",
    "245^1": "an indicator that is no letter, digit or blank becomes a blank",
}


def found(xml: str, selectors: list[str]) -> Iterator[list[list[str]]]:
    """The values that Catmandu finds in each record."""
    ran = subprocess.run(["perl", str(SCRIPT), xml, *selectors], capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    yield from map(json.loads, ran.stdout.splitlines())


def main(paths: list[str]) -> int:
    if subprocess.run(["perl", "-MCatmandu::MARC", "-e1"], capture_output=True).returncode:
        print("Catmandu is not installed: nothing compared")
        return 0
    texts = [*SAME, *OTHER]
    selectors = [tidemarc.Selector(text) for text in texts]
    differences = dict.fromkeys(texts, 0)
    values = records = 0
    with tempfile.TemporaryDirectory() as folder:
        xml = f"{folder}/records.xml"
        for path in source.files(paths):
            tidemarc.convert(
                path,
                xml,
                to_format="marcxml",
                errors="skip",
                controls="replace",
                encoding_errors="replace",
            )
            ours = list(tidemarc.Reader(xml, format="marcxml"))
            try:
                theirs = list(found(xml, texts)) if ours else []
            except RuntimeError as error:
                print(f"{path}: Catmandu does not read it: {str(error).splitlines()[0]}")
                continue
            assert len(ours) == len(theirs), f"{path}: {len(ours)} records, {len(theirs)}"
            for record, lists in zip(ours, theirs, strict=True):
                records += 1
                for selector, text, list_ in zip(selectors, texts, lists, strict=True):
                    mine = selector.values(record)
                    values += len(mine)
                    if mine == list_:
                        continue
                    differences[text] += 1
                    if text in SAME:
                        print(f"{path}: {record.get('001')}: {text}: {list_} and {mine}")
    print(f"{records} records, {len(texts)} selectors, {values} values")
    for text, reason in OTHER.items():
        print(f"  {text} differs in {differences[text]} records: {reason}")
    return int(any(differences[text] for text in SAME))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
