#!/usr/bin/env python3
"""Compile the code tables beside this script into `src/encoding/tables/`.

`marc8.tsv` has the MARC-8 code tables of the Library of Congress (codetables.xml, December 2007):
a character set by the final byte of its escape, a code, the code point, whether it is a combining
mark, the alternative code point, and what pymarc 5.4.0 has where that is another. `iso5426.tsv` has
ISO 5426. `docs/encodings.md` says where they come from.

`generate.py --check` writes nothing, and fails if a compiled file is not what the tables say.
"""

import argparse
import csv
import struct
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "src" / "encoding" / "tables"

# The order is that of the encoder's preference where several sets have a character.
SETS = [0x42, 0x45, 0x4E, 0x51, 0x53, 0x32, 0x33, 0x34, 0x62, 0x70, 0x67]
EACC = 0x31
HALF = 128  # codes of a single-byte set, without their high bit
SURROGATE = 0xD800  # no code point of text: stands for the n-th beyond the BMP
FIRST, LAST = 0x20, 0x7E  # a byte of an EACC code; 20 is in one code only, the third byte of 212320
CELLS = LAST - FIRST + 1

# What follows from the structure of the table, and is not compiled: the halves of the ligature and
# of the double tilde, which pymarc takes, and the joiners, which it drops.
PYMARC_RULES = {(0x45, 0xEB), (0x45, 0xFA), (0x34, 0x8D), (0x34, 0x8E)}


class TableError(Exception):
    """A table that is not as the decoder needs it."""


@dataclass(frozen=True)
class Row:
    """One code of one set."""

    charset: int
    code: int
    char: int
    combining: bool
    pymarc: str


def read_marc8() -> list[Row]:
    """Read the codes of all sets; a code without a code point has its alternative."""
    rows = []
    for line in read("marc8.tsv"):
        char = int(line["unicode"] or line["alternative"], 16)
        combining = line["combining"] == "1"
        charset, code = int(line["set"], 16), int(line["code"], 16)
        rows.append(Row(charset, code, char, combining, line["pymarc"]))
    return rows


def read(name: str) -> Iterable[dict[str, str]]:
    """Read a table of tab-separated columns with a header."""
    with (HERE / name).open(encoding="ascii", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def is_control(code: int) -> bool:
    """Tell whether a single-byte code is one of C0 or C1, which are in force with every set."""
    return code & 0x7F < 0x20


def bitmap(bits: Iterable[int], length: int) -> bytes:
    """Pack these bit numbers, least significant bit first."""
    packed = bytearray(length)
    for bit in bits:
        packed[bit // 8] |= 1 << bit % 8
    return bytes(packed)


def words(numbers: Iterable[int]) -> bytes:
    """Pack 16-bit numbers, least significant byte first."""
    numbers = list(numbers)
    return struct.pack(f"<{len(numbers)}H", *numbers)


def is_stable(char: int) -> bool:
    """Tell whether NFC leaves this character, which is no mark, alone whatever stands around it."""
    text = chr(char)
    return unicodedata.combining(text) == 0 and unicodedata.normalize("NFC", text) == text


def single_byte_sets(rows: list[Row]) -> bytes:
    """Compile the single-byte sets.

    Code points of each set (0 is none), a bitmap of the combining marks, a bitmap of those that NFC
    may change although they are none, and the places in the first array in the order of the code
    points, those of equal ones in the order of preference.
    """
    chars = [0] * (HALF * len(SETS))
    marks, unstable = [], []
    for row in rows:
        if row.charset == EACC or is_control(row.code):
            continue
        place = SETS.index(row.charset) * HALF + (row.code & 0x7F)
        if chars[place] or SURROGATE <= row.char < 0xE000:
            raise TableError(f"set {row.charset:X} has {row.code:X} twice, or as a surrogate")
        chars[place] = row.char
        if row.combining:
            marks.append(place)
            if unicodedata.combining(chr(row.char)) == 0:
                raise TableError(f"{row.char:04X} combines here and not in Unicode")
        elif not is_stable(row.char):
            unstable.append(place)
        if row.pymarc and (row.charset, row.code) not in PYMARC_RULES:
            raise TableError(f"pymarc's {row.code:X} of set {row.charset:X} follows from no rule")
    size = len(chars) // 8
    order = sorted((char, place) for place, char in enumerate(chars) if char)
    return (
        words(chars)
        + bitmap(marks, size)
        + bitmap(unstable, size)
        + words(place for _, place in order)
    )


def eacc(rows: list[Row]) -> bytes:
    """Compile EACC.

    A code is a plane, a row and a cell, each from 20 to 7E. The file has: the number of planes in
    use, of rows in use, of codes, and of code points beyond the BMP; for each of the 95 planes its
    number among those in use, from 1; for each row of each of these its number among the rows in
    use, from 1; of each row the plane and row, the number of codes before it, and a bitmap of its
    cells; the code points in the order of the codes; those beyond the BMP; and the numbers of the
    codes in the order of the code points, equal ones in the order of their codes.
    """
    codes = sorted((row.code, row.char) for row in rows if row.charset == EACC)
    if any(row.combining or not is_stable(row.char) for row in rows if row.charset == EACC):
        raise TableError("EACC has combining marks")
    if len({code for code, _ in codes}) != len(codes):
        raise TableError("EACC has a code twice")
    rows_in_use = sorted({code >> 8 for code, _ in codes})
    planes_in_use = sorted({row >> 8 for row in rows_in_use})
    plane_numbers = bytearray(CELLS)
    row_numbers = [0] * (CELLS * len(planes_in_use))
    for number, plane in enumerate(planes_in_use):
        plane_numbers[plane - FIRST] = number + 1
    row_entries = b""
    for number, row in enumerate(rows_in_use):
        plane, line = row >> 8, row & 0xFF
        row_numbers[planes_in_use.index(plane) * CELLS + line - FIRST] = number + 1
        cells = [code & 0xFF for code, _ in codes if code >> 8 == row]
        before = sum(code >> 8 < row for code, _ in codes)
        row_entries += bytes([plane, line]) + words([before])
        row_entries += bitmap((cell - FIRST for cell in cells), 12)
    beyond = [char for _, char in codes if char > 0xFFFF]
    values = [SURROGATE + beyond.index(char) if char > 0xFFFF else char for _, char in codes]
    order = sorted((char, number) for number, (_, char) in enumerate(codes))
    return (
        words([len(planes_in_use), len(rows_in_use), len(codes), len(beyond)])
        + bytes(plane_numbers)
        + words(row_numbers)
        + row_entries
        + words(values)
        + b"".join(struct.pack("<I", char) for char in beyond)
        + words(number for _, number in order)
    )


def pymarc_differences(rows: list[Row]) -> bytes:
    """Compile the codes of EACC that pymarc maps to other code points: both, as 32-bit numbers."""
    differences = sorted(
        (row.code, int(row.pymarc, 16)) for row in rows if row.charset == EACC and row.pymarc
    )
    return b"".join(struct.pack("<II", code, char) for code, char in differences)


def iso5426() -> bytes:
    """Compile the right half of ISO 5426 (A1 to FE): code points, then a bitmap of the marks."""
    chars = [0] * HALF
    marks = []
    for line in read("iso5426.tsv"):
        code = int(line["code"], 16)
        if is_control(code):
            continue
        chars[code & 0x7F] = int(line["unicode"], 16)
        if line["combining"] == "1":
            marks.append(code & 0x7F)
        elif not is_stable(chars[code & 0x7F]):
            raise TableError(f"{code:X} is not stable under NFC")
    return words(chars) + bitmap(marks, HALF // 8)


def main() -> int:
    """Compile, or check; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check
    rows = read_marc8()
    files = {
        "marc8.bin": single_byte_sets(rows),
        "marc8_eacc.bin": eacc(rows),
        "marc8_pymarc.bin": pymarc_differences(rows),
        "iso5426.bin": iso5426(),
    }
    status = 0
    for name, compiled in files.items():
        path = TARGET / name
        if not check:
            path.write_bytes(compiled)
        elif not path.is_file() or path.read_bytes() != compiled:
            print(f"{path} is not what the tables say: run tables/generate.py", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
