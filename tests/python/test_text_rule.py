"""Reading a field has no effect on the record that is written, whatever the options and formats."""

import io
import random

import pytest
import tidemarc as T

SEPARATORS = b"\x1d\x1e\x1f"
PIECES = [
    b"plain",
    "na\u00efve \u0416".encode(),
    b"na\xe8ive",
    b"\xe2e\xe1a",
    b"\xff",
    b"\xe2",
    b"\x1b(NmIR",
    b"&#x416;",
    b"&#x41",
    b"\x1b",
    b"\xc3",
    b"",
    b"\x88The \x89end",
    b"\t",
]
CODED = b"20260101d2026    m  y0frey0103    ba"


def _record(dice: random.Random) -> bytes:
    """Makes a record whose fields are sound, odd or undecodable."""
    fields = [(b"001", b"n%d" % dice.randrange(1000))]
    if dice.random() < 0.3:
        fields.append((b"100", b"  \x1fa" + CODED))
    for _ in range(dice.randrange(1, 6)):
        tag = dice.choice([b"245", b"500", b"880", b"FMT", b"005", b"650"])
        value = b"".join(dice.choices(PIECES, k=dice.randrange(3)))
        if tag == b"005" or dice.random() < 0.15:
            data = dice.choice([b"", b"x", b"BK", value])
        else:
            data = dice.choice([b"10", b"  ", b"\xe91", b"1", b"", b"1\xff"])
            for _ in range(dice.randrange(3)):
                data += b"\x1f" + dice.choice([b"a", b"b", b"", b"\xe9"]) + value
        fields.append((tag, data))
    directory, body = b"", b""
    for tag, data in fields:
        directory += b"%s%04d%05d" % (tag, len(data) + 1, len(body))
        body += data + b"\x1e"
    base = 25 + len(directory)
    scheme = dice.choice([b"a", b" ", b"j"])
    leader = b"%05dnam %s22%05d   4500" % (base + len(body) + 1, scheme, base)
    return leader + directory + b"\x1e" + body + b"\x1d"


def _read(dice: random.Random, record: T.Record) -> None:
    """Reads some of the fields, each in one of several ways."""
    ways = [
        lambda field: field.value(),
        lambda field: field.data,
        lambda field: list(field.subfields),
        lambda field: field.indicators,
        lambda field: field.get("a"),
        str,
    ]
    for field in record.fields:
        if dice.random() < 0.6:
            try:
                dice.choice(ways)(field)
            except (T.errors.EncodingError, AttributeError, ValueError):
                pass


def _written(record: T.Record, form: str, options: dict) -> tuple:
    target = io.BytesIO()
    writer = T.Writer(target, form, **options)
    try:
        notes = writer.write(record)
    except (T.errors.WriteError, T.errors.EncodingError) as refused:
        return type(refused).__name__, target.getvalue()
    writer.close()
    return target.getvalue(), sorted((note.kind, note.tag, note.field) for note in notes)


@pytest.mark.parametrize("form", ["iso2709", "marcxml", "json", "jsonl", "marcmaker", "line"])
@pytest.mark.parametrize("seed", range(6))
def test_reading_fields_does_not_change_what_is_written(form, seed):
    dice = random.Random(f"{form}{seed}")
    for _ in range(60):
        raw = _record(dice)
        reading = {
            "encoding": dice.choice(["auto", "auto", "utf-8", "marc-8", "iso-8859-1"]),
            "encoding_errors": dice.choice(["strict", "strict", "replace", "ignore"]),
            "numeric_references": dice.random() < 0.3,
        }
        writing = {
            "encoding_errors": dice.choice(["strict", "replace", "backslashreplace"]),
            "controls": dice.choice(["error", "skip", "replace"]),
        }
        records = [next(iter(T.Reader(raw, **reading))) for _ in range(2)]
        _read(dice, records[1])
        expected, found = (_written(record, form, writing) for record in records)
        assert found == expected, (raw, reading, writing)
