"""The damage in which other tools lose records, through every interface of the Python package.

Each file is built here: 2,000 records like a library's, and one kind of damage at record 1,000
(counted from 0), in every record, or at the end. The output is compared with the input, field by
field; the place of every fault is checked, and every byte is accounted for.
"""

from __future__ import annotations

import dataclasses
import functools
import gc
import io
import json
import random
import subprocess
import sys
import warnings
from dataclasses import dataclass

import pytest
import tidemarc
import tidemarc.pymarc as pymarc
from tidemarc import Fault, Reader, check
from tidemarc.errors import SkippedWarning

COUNT = 2_000
#: Number of the damaged record, unless every record is damaged.
VICTIM = 1_000
#: The bytes of padding.
BLANK = b"\0\t\n\r\x1a "

TEXT = """history of the sea Žluťoučký kůň a voyage in Малая книга introduction to algebra poems
for two voices Œuvres complètes 日本 letters from home"""
WORDS = TEXT.split()


@functools.cache
def library(seed: int) -> list[list[tuple[str, bytes]]]:
    """Makes the fields of so many records: tag, and content without terminator."""
    dice = random.Random(seed)

    def words(most):
        return " ".join(dice.choices(WORDS, k=dice.randint(1, most)))

    def fields(number):
        yield "001", f"rec{number:08}"
        yield "003", "DLC"
        yield "008", "260101s2026    xx a     b    001 0 eng  "
        yield "020", f"  \x1fa978{dice.randrange(10**10):010}"
        yield "040", "  \x1faDLC\x1fcDLC\x1fdDLC"
        yield "100", f"1 \x1fa{words(1)}, {words(2)}\x1fd1950-"
        yield "245", f"10\x1fa{words(9)} /\x1fc{words(4)}."
        yield "260", f"  \x1fa{words(2)} :\x1fb{words(3)},\x1fc2026."
        yield "300", f"  \x1fa{dice.randint(50, 650)} p. ;\x1fc23 cm."
        for _ in range(dice.randrange(5)):
            yield "500", f"  \x1fa{words(16)}."
        for _ in range(dice.randint(1, 5)):
            yield "650", f" 0\x1fa{words(3)}\x1fx{words(2)}."
        yield "852", f"  \x1fbmain\x1fh{words(1)}"

    return [[(tag, text.encode()) for tag, text in fields(number)] for number in range(COUNT)]


def marc(fields) -> bytes:
    """Makes a record; a number too long for its digits keeps its last digits."""
    directory, data = b"", b""
    for tag, content in fields:
        numbers = (len(content) + 1) % 10_000, len(data) % 100_000
        directory += tag.encode() + b"%04d%05d" % numbers
        data += content + b"\x1e"
    base = 25 + len(directory)
    length = (base + len(data) + 1) % 100_000
    return b"%05dnam a22%05d   4500" % (length, base) + directory + b"\x1e" + data + b"\x1d"


def put(record: bytes, at: int, new: bytes) -> bytes:
    return record[:at] + new + record[at + len(new) :]


@dataclass
class Told:
    """The expected report on a span."""

    kind: str
    severity: str
    index: int
    offset: int
    raw: bytes


@dataclass
class File:
    """A damaged file, and the expected result."""

    pieces: list[bytes]
    records: list[list[tuple[str, bytes]]]
    told: list[Told] = dataclasses.field(default_factory=list)
    lost: tuple[int, ...] = ()
    undecodable: frozenset[str] = frozenset()
    """The kinds of fault that decoding the text reports."""

    def tell(self, piece, *kinds, severity="repaired", length=None):
        offset = sum(map(len, self.pieces[:piece]))
        raw = self.pieces[piece][:length]
        self.told += [Told(kind, severity, piece, offset, raw) for kind in kinds]
        return self

    @functools.cached_property
    def data(self) -> bytes:
        return b"".join(self.pieces)

    @functools.cached_property
    def expected(self):
        return [record for at, record in enumerate(self.records) if at not in self.lost]

    @functools.cached_property
    def text(self):
        return [list(text(fields)) for fields in self.expected]


def sound(records) -> File:
    return File([marc(record) for record in records], records)


def length_of(new):
    def build(records):
        file = sound(records)
        victim = file.pieces[VICTIM]
        file.pieces[VICTIM] = put(victim, 0, new(victim))
        return file.tell(VICTIM, "record_length")

    return build


def newlines(records):
    return File([marc(record) + b"\n" for record in records], records)


def junk(records):
    file = sound(records)
    file.pieces[VICTIM] = bytes(range(0x80, 0xC0)) + file.pieces[VICTIM]
    return file.tell(VICTIM, "record_length", severity="lost_record", length=64)


def cut(records):
    file = sound(records)
    file.pieces[VICTIM] = file.pieces[VICTIM][: len(file.pieces[VICTIM]) * 2 // 3]
    file.lost = (VICTIM,)
    return file.tell(VICTIM, "record_terminator", severity="lost_record")


def changed(records, tag, change):
    """Returns the records with one field of one of them changed, and the matching lengths."""
    records = list(records)
    records[VICTIM] = [
        (name, change(content) if name == tag else content) for name, content in records[VICTIM]
    ]
    return sound(records)


def stray_terminator(records):
    return changed(records, "245", lambda content: put(content, 8, b"\x1d"))


def stray_terminator_put_in(records):
    file = changed(records, "245", lambda content: content[:8] + b"\x1d" + content[8:])
    before = marc(records[VICTIM])
    at = before.index(b"10\x1fa") + 8
    file.pieces[VICTIM] = before[:at] + b"\x1d" + before[at:]
    return file.tell(VICTIM, "record_length", "field_positions")


def entry(records):
    file = sound(records)
    file.pieces[VICTIM] = put(file.pieces[VICTIM], 24 + 12 * 7 + 3, b"xxxx")
    return file.tell(VICTIM, "directory")


def indicators(records):
    return changed(records, "245", lambda content: b"#A" + content[2:])


def not_utf8(records):
    file = changed(records, "245", lambda content: content + b"\xff")
    file.undecodable = frozenset({"encoding"})
    return file


def truncated(records):
    file = sound(records)
    file.pieces[-1] = file.pieces[-1][:-100]
    file.lost = (COUNT - 1,)
    return file.tell(COUNT - 1, "truncation", severity="lost_record")


def blank_leaders(records):
    return File([put(marc(record), 5, b"    ") for record in records], records)


def large(records):
    records = list(records)
    notes = [f"  \x1fa{note} {'long ' * (1_700 + note)}".encode() for note in range(16)]
    records[VICTIM] = [*records[VICTIM], *(("505", note) for note in notes)]
    file = sound(records)
    assert len(file.pieces[VICTIM]) > 136_000
    return file.tell(VICTIM, "record_length", "field_positions")


ROWS = {
    "length too large by 7": length_of(lambda record: b"%05d" % (len(record) + 7)),
    "length 99999": length_of(lambda _: b"99999"),
    "length abcde": length_of(lambda _: b"abcde"),
    "length 00000": length_of(lambda _: b"00000"),
    "a newline after every record": newlines,
    "64 junk bytes before a record": junk,
    "a record cut in the middle": cut,
    "a stray record terminator, counted": stray_terminator,
    "a stray record terminator, put in": stray_terminator_put_in,
    "a directory entry that is not a number": entry,
    "indicators #A": indicators,
    "a byte that is not UTF-8": not_utf8,
    "the last record truncated": truncated,
    "leader positions 05-08 blank in every record": blank_leaders,
    "a record of 136 KB": large,
}


@pytest.fixture(scope="module", params=ROWS)
def file(request):
    return ROWS[request.param](library(1))


def check_told(file, told, numbers=True):
    """Checks that every fault is the expected one, and has the bytes at its place."""
    said = [(fault.kind, fault.severity, fault.offset, fault.raw) for fault in told]
    assert said == [(want.kind, want.severity, want.offset, want.raw) for want in file.told]
    for fault, want in zip(told, file.told, strict=True):
        assert file.data[fault.offset : fault.offset + len(fault.raw)] == fault.raw
        # The junk has a number of its own, and the record after it the next one.
        assert not numbers or fault.number == want.index + 1


def serious(record):
    return [fault for fault in record.faults if fault.severity != "information"]


WAYS = {
    "path": {"threads": 2},
    "bytes": {"threads": 1},
    "file": {},
}


@pytest.mark.parametrize("way", WAYS)
def test_the_native_reader_loses_nothing_that_is_there(file, way, tmp_path):
    data = file.data
    path = tmp_path / "damaged.mrc"
    path.write_bytes(data)

    def source():
        return {"path": path, "bytes": data, "file": io.BytesIO(data)}[way]

    items = list(Reader(source(), errors="yield", repair=True, **WAYS[way]))
    records = [item for item in items if not isinstance(item, Fault)]
    content = [[(field.tag, field.raw) for field in record.fields] for record in records]
    assert content == file.expected
    told = []
    for item in items:
        told += [item] if isinstance(item, Fault) else serious(item)
    check_told(file, told)
    repaired = [record for record in records if serious(record)]
    assert len(repaired) == len({want.offset for want in file.told if want.severity == "repaired"})
    for record in repaired:
        assert data[record.offset : record.offset + len(record.raw)] == record.raw

    # `errors="repair"` has the same result; with the quarantine, no byte is missing in the sum.
    quarantine, report = io.BytesIO(), io.BytesIO()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        reader = Reader(source(), errors="repair", quarantine=(quarantine, report), **WAYS[way])
        spans = [(record.offset, record.raw) for record in reader]
        stats = reader.stats
        del reader
        gc.collect()
    assert (stats.records, stats.repaired) == (len(file.expected), len(repaired))
    assert stats.complete
    for line in map(json.loads, report.getvalue().splitlines()):
        start = line["quarantine_offset"]
        spans.append((line["offset"], quarantine.getvalue()[start : start + line["length"]]))
    end = padding = 0
    for offset, span in sorted(spans):
        assert data[offset : offset + len(span)] == span
        between = data[end:offset]
        assert not between.strip(BLANK)
        padding += len(between)
        end = offset + len(span)
    assert not data[end:].strip(BLANK)
    assert padding + len(data) - end == stats.padding_bytes
    assert stats.record_bytes + len(quarantine.getvalue()) + stats.padding_bytes == len(data)
    # A caller that skips is warned: by default on stderr, with `-W error` by the exit status.
    lost = [want for want in file.told if want.severity == "lost_record"]
    assert [warning.category for warning in warned] == [SkippedWarning] * bool(lost)


def text(fields):
    """Returns the fields as pymarc decodes them."""
    for tag, content in fields:
        decoded = content.decode(errors="replace")
        if tag < "010":
            yield tag, decoded
        else:
            first, *parts = decoded.split("\x1f")
            yield tag, (*first,), [(part[0], part[1:]) for part in parts]


def shown(record):
    for field in record.fields:
        if field.control_field:
            yield field.tag, field.data
        else:
            yield field.tag, (*field.indicators,), [(*subfield,) for subfield in field.subfields]


@pytest.mark.parametrize("way", ["path", "bytes", "file"])
def test_the_drop_in_recovers_as_much(file, way, tmp_path):
    data = file.data
    path = tmp_path / "damaged.mrc"
    path.write_bytes(data)
    source = {"path": path, "bytes": data, "file": io.BytesIO(data)}[way]
    reader = pymarc.MARCReader(source, recover=True, utf8_handling="replace")
    told, content, chunks = [], [], []
    for record in reader:
        chunks.append(reader.current_chunk)
        if record is None:
            error = reader.current_exception
            assert isinstance(error, tidemarc.RecordError)
            assert error.raw == reader.current_chunk
            assert error.record_number == len(chunks)
            told.append(error)
            continue
        assert reader.current_exception is None
        content.append(list(shown(record)))
        faults = serious(record)
        if faults:
            assert (record.raw, record.number) == (reader.current_chunk, len(chunks))
            told += faults
            # The record that it writes is sound, and has the same content, if it fits the digits of
            # the format.
            if len(record.raw) < 99_999:
                (again,) = pymarc.MARCReader(record.as_marc())
                assert list(shown(again)) == content[-1]
    assert content == file.text
    check_told(file, told, numbers=False)
    # The chunks are the input without the blanks between them.
    assert b"".join(chunks) == b"".join(piece.removesuffix(b"\n") for piece in file.pieces)


def test_check_and_the_exit_status_say_that_something_was_wrong(file, tmp_path):
    path = tmp_path / "damaged.mrc"
    path.write_bytes(file.data)
    summary = check(path)
    # Undecodable text is reported when it is accessed, and by `check`.
    assert summary.sound == (not file.told and not file.undecodable)
    worst = {found.first.kind for found in summary.faults if found.first.severity != "information"}
    assert worst == {want.kind for want in file.told} | file.undecodable
    lost = [want for want in file.told if want.severity == "lost_record"]
    script = (
        "import sys, tidemarc\nfor record in tidemarc.Reader(sys.argv[1], errors=sys.argv[2]): pass"
    )

    def status(errors):
        command = [sys.executable, "-W", "error", "-c", script, str(path), errors]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert (status("strict") != 0) == bool(file.told)
    assert (status("repair") != 0) == bool(lost)
