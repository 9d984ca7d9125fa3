"""A short tour of tidemarc, over the records that come with its source: `make demo`."""

from __future__ import annotations

import io
import sys
import time
from itertools import islice
from pathlib import Path

import tidemarc

FIXTURES = Path(__file__).resolve().parents[1] / "tests" / "fixtures"
BOOKS = FIXTURES / "books.mrc"
DAMAGED = FIXTURES / "books-damaged.mrc"


def titles(path: Path) -> None:
    """Print some titles, in their own scripts if the records have them."""
    heading(f"Some titles in {path.name}")
    for record in islice(tidemarc.Reader(path), 4, None, 5):
        # A title in another script stands in a field 880, whose $6 leads back to the 245.
        linked = (
            field for field in record.get_fields("880") if field.get("6", "").startswith("245")
        )
        original = next(linked, record["245"])
        print(f"  {record['001'].data}  {shorten(original.get('a'), 50)}")


def counts(path: Path) -> None:
    """Count everything, and show that every byte is accounted for."""
    heading(f"All of {path.name}")
    records = fields = 0
    with tidemarc.Reader(path) as reader:
        for record in reader:
            records += 1
            fields += len(record.fields)
    stats = reader.stats
    print(f"  {records:,} records with {fields:,} fields, {stats.faults:,} faults")
    print(f"  {stats.bytes_read:,} of {stats.total_bytes:,} bytes read")


def faults(path: Path) -> None:
    """Continue after damage: each fault has a reason and a place, and keeps its bytes."""
    heading(f"The damage in {path.name}")
    records = 0
    for item in tidemarc.Reader(path, errors="yield"):
        if isinstance(item, tidemarc.Fault):
            print(f"  {short_name(item, path)}")
            continue
        records += 1
        # Structure and text are checked separately. Text is decoded when it is accessed, and is
        # never replaced silently: an undecodable byte raises an error here, and only here.
        try:
            _ = item.title
        except tidemarc.errors.EncodingError as error:
            print(f"  {short_name(error, path)}")
    print(f"  {records} records came through.")


def editing(path: Path) -> None:
    """Change a record, write it, and read it back, all of it in memory."""
    heading("A record, changed and written back")
    record = next(tidemarc.Reader(path))
    before = record.as_marc()
    assert before == record.raw  # an unchanged record is written byte for byte

    record["245"]["a"] = "Tide tables /"
    record.add_field(
        tidemarc.Field(
            tag="500",
            indicators=tidemarc.Indicators(" ", " "),
            subfields=[tidemarc.Subfield("a", "Changed by the demo.")],
        )
    )
    memory = io.BytesIO()
    with tidemarc.Writer(memory) as writer:
        writer.write(record)

    [again] = tidemarc.Reader(memory.getvalue())
    print(f"  {len(before)} bytes became {len(again.raw)}:")
    for field in again.get_fields("245", "500"):
        print(f"  {shorten(str(field))}")


def rate(path: Path) -> None:
    """Read a long stream of the same records, in a plain loop."""
    stream = path.read_bytes() * 2_000
    heading(f"How fast: {len(stream):,} bytes of the same")
    records = 0
    begin = time.perf_counter()
    for _record in tidemarc.Reader(stream):
        records += 1
    seconds = time.perf_counter() - begin
    print(f"  {records:,} records in {seconds:.3f} s, a Python loop included:")
    print(f"  {records / seconds:,.0f} a second, {len(stream) / seconds / 1e6:,.0f} MB a second")


def heading(text: str) -> None:
    """Print a line with a blank line above it."""
    print(f"\n{text}")


def short_name(message: object, path: Path) -> str:
    """Return a message about `path` with only its name."""
    return str(message).replace(str(path), path.name)


def shorten(text: str, width: int = 76) -> str:
    """Cut `text` to the width of a line."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def main() -> None:
    """Show everything."""
    # A terminal that lacks a letter shows its number; this is not a reason to stop.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    print(f"tidemarc {tidemarc.__version__}, {tidemarc.get_threads()} threads")
    titles(BOOKS)
    counts(BOOKS)
    faults(DAMAGED)
    editing(BOOKS)
    rate(BOOKS)


if __name__ == "__main__":
    main()
