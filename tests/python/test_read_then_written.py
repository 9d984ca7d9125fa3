"""Reading fields does not change the output: each record is written once as it was read, and once
after random fields of it were read, for every option and format.
"""

from __future__ import annotations

import io
import random

import pytest
from tidemarc import Reader, Record, Writer, convert, errors

FORMATS = ["iso2709", "marcxml", "json", "jsonl", "marcmaker", "line"]
ENCODINGS = ["auto", "utf-8", "marc-8", "iso-8859-1", "iso-5426", "ascii"]
POLICIES = ["strict", "replace", "ignore", "backslashreplace"]
LEADERS = [
    b"00000nam a2200000   4500",
    b"00000nam  2200000   4500",
    b"00000nam  2200000   450 ",
    b"00000nam a2200000   5500",
    b"00000nam a2200000 i 4500",
]
#: Parts of values: text in several encodings, escape sequences, references, control characters.
PIECES = [
    *(text.encode() for text in ["", "a", "Text ", "é", "漢", "e\u0301", "&#x4E2D;", "&#x301;"]),
    *(text.encode() for text in ["&#xZZ;", "{dollar}", "$x", "\\", "<&>", "\u0098a\u009c"]),
    *[b"\xe1e", b"\xe9", b"\xff", b"\xc3", b"\x1b(B", b"\x1b$1!!!", b"\x1b", b"\n", b"\x01"],
]
HEADS = [b"10", b"  ", b"", b"1", b"\xe9 ", "é0".encode(), "1漢".encode(), b"10stray", b"\x010"]
CODES = [b"a", b"b", b"6", b"", "é".encode(), b"\xe9", b" ", b"\x02"]
TAGS = [b"001", b"003", b"008", b"245", b"500", b"880", b"FMT", b"100", b".33", b"24 ", b"   "]
UNIMARC_100 = b"  \x1fa20200101d2020    u  y0frey%b    ba"


def value(rng: random.Random) -> bytes:
    return b"".join(rng.choices(PIECES, k=rng.randrange(4)))


def content(rng: random.Random, tag: bytes) -> bytes:
    if tag.startswith(b"00") or rng.random() < 0.1:
        return value(rng)
    if tag == b"100" and rng.random() < 0.5:
        return UNIMARC_100 % rng.choice([b"50  ", b"01  ", b"0103"])
    subfields = [b"\x1f" + rng.choice(CODES) + value(rng) for _ in range(rng.randrange(4))]
    return rng.choice(HEADS[:3] if rng.random() < 0.7 else HEADS) + b"".join(subfields)


def odd_record(rng: random.Random) -> bytes:
    directory, data = b"", b""
    for tag in [b"001", *rng.choices(TAGS, k=rng.randrange(1, 6))]:
        field = content(rng, tag) + b"\x1e"
        directory += b"%s%04d%05d" % (tag, len(field), len(data))
        data += field
    leader, base = rng.choice(LEADERS), 25 + len(directory)
    head = b"%05d%s%05d%s" % (base + len(data) + 1, leader[5:12], base, leader[17:])
    return head + directory + b"\x1e" + data + b"\x1d"


def odd_input(rng: random.Random) -> bytes:
    """Makes one record: sound or repairable, in ISO 2709 or in another format."""
    data = odd_record(rng)
    if rng.random() < 0.2:
        return b"99999" + data[5:]
    if rng.random() < 0.3:
        target = io.BytesIO()
        options = {"encoding": "marc-8", "encoding_errors": "replace", "controls": "skip"}
        convert(data, target, to_format=rng.choice(FORMATS), **options)
        return target.getvalue()
    return data


def read_fields(record: Record, rng: random.Random) -> None:
    """Reads random parts of a record; some of them cannot be decoded."""
    ways = [
        lambda: str(record),
        lambda: record.as_dict(),
        lambda: record.title,
        lambda: [str(field) for field in record],
        lambda: record.undecodable(),
        lambda: record.get_fields("245", "880"),
        lambda: record.get_fields("6XX"),
        lambda: record["245"]["a"],
        lambda: record["001"].data,
        lambda: record.leader[5],
        lambda: str(record.leader),
        lambda: record.encoding,
    ]
    parts = [
        lambda field: field.data,
        lambda field: field.value(),
        lambda field: field.subfields,
        lambda field: field.subfields_as_dict(),
        lambda field: field.indicators,
        lambda field: field["a"],
        lambda field: field.tag,
        lambda field: str(field),
    ]
    for way in rng.sample(ways, k=rng.randrange(1, 4)):
        try:
            way()
        except (KeyError, AttributeError, errors.EncodingError):
            pass
    for field in rng.sample(record.fields, k=rng.randrange(len(record.fields) + 1)):
        for part in rng.sample(parts, k=2):
            try:
                part(field)
            except (KeyError, AttributeError, errors.EncodingError):
                pass


def outcome(data: bytes, reading: dict, format: str, writing: dict, rng=None):
    """Returns the output and the notes, or the error of the writer."""
    (record,) = Reader(data, repair=True, **reading)
    if rng is not None:
        read_fields(record, rng)
    target = io.BytesIO()
    with Writer(target, format, **writing) as writer:
        try:
            notes = writer.write(record)
        except (errors.WriteError, errors.EncodingError) as error:
            return type(error).__name__, str(error)
    found = sorted((note.kind, note.tag or "", note.field or 0, note.is_loss) for note in notes)
    return target.getvalue(), found


def options(rng: random.Random) -> tuple[dict, str, dict]:
    reading = {
        "encoding": rng.choice(ENCODINGS),
        "encoding_errors": rng.choice(POLICIES),
        "numeric_references": rng.random() < 0.5,
    }
    format = rng.choice(FORMATS)
    writing = {
        "encoding_errors": rng.choice(POLICIES),
        "controls": rng.choice(["error", "skip", "replace"]),
        "encoding": rng.choice([None, "utf-8", "marc-8"]) if format == "iso2709" else None,
    }
    return reading, format, writing


@pytest.mark.parametrize("seed", range(40))
def test_fields_that_were_read_do_not_change_the_output(seed):
    for number in range(100):
        rng = random.Random(f"{seed} {number}")
        data = odd_input(rng)
        reading, format, writing = options(rng)
        expected = outcome(data, reading, format, writing)
        assert outcome(data, reading, format, writing, rng) == expected, (number, data)


@pytest.mark.parametrize("seed", range(10))
def test_a_conversion_writes_the_same(seed):
    for number in range(100):
        rng = random.Random(f"{seed} {number}")
        data = odd_record(rng)
        reading, format, writing = options(rng)
        # One policy serves both sides.
        reading["encoding_errors"] = writing["encoding_errors"]
        expected, *_ = outcome(data, reading, format, writing)
        target = io.BytesIO()
        chosen = {key: reading[key] for key in ("encoding", "numeric_references")}
        chosen |= {key: writing[key] for key in ("encoding_errors", "controls")}
        try:
            convert(data, target, to_format=format, to_encoding=writing["encoding"], **chosen)
        except (errors.WriteError, errors.EncodingError):
            assert expected in ("WriteError", "EncodingError"), (number, data)
        else:
            assert target.getvalue() == expected, (number, data)
