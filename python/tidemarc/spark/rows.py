"""Rows of the preset "nested" as records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow  # type: ignore[import-untyped]

from .. import Reader, Record, TidemarcError, Writer


def write_rows(
    batches: Iterable[pyarrow.RecordBatch], path: Path, arguments: dict[str, Any]
) -> int:
    """Writes a record for each row to a new file, and returns their number.

    Rows become records by way of MARC-in-JSON: its parser checks everything that a record must be.

    Raises:
        ValueError: A row is not a record. The message has its number and its control number.
    """
    count = 0
    with Writer(path, **arguments) as writer:
        for batch in batches:
            rows = batch.to_pylist()
            made = _records(rows, count)
            for number, (row, record) in enumerate(zip(rows, made, strict=True), count + 1):
                with _named(row, number):
                    notes = (*record.conversion_notes, *writer.write(record))
                    if lost := [note for note in notes if note.is_loss]:
                        raise ValueError(str(lost[0]))
            count += len(rows)
    return count


def _records(rows: list[dict[str, Any]], before: int) -> Iterator[Record]:
    """Yields a record for each row. `before` is the number of rows before them."""
    lines = []
    for number, row in enumerate(rows, before + 1):
        with _named(row, number):
            lines.append(_as_json(row) + "\n")
    records = Reader("".join(lines).encode(), format="jsonl", threads=1)
    for number, row in enumerate(rows, before + 1):
        with _named(row, number):
            record = next(records)
        yield record


def _as_json(row: dict[str, Any]) -> str:
    """Returns a row as a line of MARC-in-JSON."""
    if row["leader"] is None:
        raise ValueError("the leader is null")
    fields = [_field(field) for field in row["fields"] or ()]
    return json.dumps({"leader": row["leader"], "fields": fields}, ensure_ascii=False)


def _field(field: dict[str, Any]) -> dict[str, Any]:
    """Returns a field as MARC-in-JSON. A null in place of text would be a loss, and is refused."""
    tag, value, subfields = field["tag"], field["value"], field["subfields"]
    if value is not None:
        if subfields:
            raise ValueError(f"field {tag} has both a value and subfields")
        return {tag: value}
    content = [{each["code"]: each["value"]} for each in subfields or ()]
    is_data = subfields is not None or field["ind1"] is not None
    if not is_data or any(None in pair for each in content for pair in each.items()):
        raise ValueError(
            f"field {tag} has a null instead of text. The preset has it for text that cannot be "
            "decoded; the column faults has the reason"
        )
    indicators = {name: " " if field[name] is None else field[name] for name in ("ind1", "ind2")}
    return {tag: {**indicators, "subfields": content}}


@contextmanager
def _named(row: dict[str, Any], number: int) -> Iterator[None]:
    """Puts the number and the control number of a row in front of an exception."""
    try:
        yield
    except (TidemarcError, ValueError) as error:
        numbers = (each["value"] for each in row["fields"] or () if each["tag"] == "001")
        place = f"row {number:,} of the task (001 {next(numbers, None)})"
        raise ValueError(f"{place}: {error}") from error
