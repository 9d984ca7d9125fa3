"""Tables for people: the first rows of a scan, records and fields in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from .errors import EncodingError

if TYPE_CHECKING:
    from ._tidemarc import Field, Record, _Scan

#: Longest text of a cell.
WIDTH = 40


def _cut(text: str | None, width: int = WIDTH) -> str:
    """Returns a cell in one line of at most this length."""
    if text is None:
        return "null"
    line = "".join(char if char.isprintable() else "·" for char in text)
    return line if len(line) <= width else line[: width - 1] + "…"


def as_text(title: str, core: _Scan, count: int) -> str:
    """Returns the schema and the first rows of a scan as lines of text."""
    schema = core.schema
    width = max(map(len, schema.names))
    lines = [f"<{title}>"]
    for name, kind in zip(schema.names, schema.types, strict=True):
        lines.append(f"  {name:{width}}  {kind}")
    rows = core.preview(count)
    if rows:
        table = [[_cut(name, 24) for name in schema.names]]
        table += [[_cut(cell, 24) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines.append("")
        for row in table:
            cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
            lines.append(("  " + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def as_html(title: str, core: _Scan, count: int) -> str:
    """Returns the schema and the first rows of a scan as a table of HTML."""
    schema = core.schema
    head = [
        f"{escape(name)}<br><small>{escape(kind)}</small>"
        for name, kind in zip(schema.names, schema.types, strict=True)
    ]
    rows = core.preview(count) or []
    body = [
        [escape(_cut(cell)) if cell is not None else "<em>null</em>" for cell in row]
        for row in rows
    ]
    return f"<p>{escape(title)}</p>{_table(head, body)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table of HTML whose cells are HTML already."""
    start = "".join(f'<th style="text-align: left">{cell}</th>' for cell in head)
    lines = "".join(
        "<tr>" + "".join(f'<td style="text-align: left">{cell}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{start}</tr></thead><tbody>{lines}</tbody></table>"


def record(record: Record) -> str:
    """Returns the fields of a record as a table of HTML."""
    leader = ["LDR", "", "", _blanks(str(record.leader))]
    return _table(FIELD_HEAD, [leader, *map(_field_row, record.fields)])


def field(field: Field) -> str:
    """Returns a field as a table of HTML."""
    return _table(FIELD_HEAD, [_field_row(field)])


FIELD_HEAD = ["tag", "ind1", "ind2", "value"]


def _field_row(field: Field) -> list[str]:
    """Returns the cells of a field. Undecodable bytes are marked."""
    tag = escape(str(field.tag))
    if field.control_field:
        try:
            value = _blanks(str(field.data or ""))
        except EncodingError:
            value = f"<mark>{escape(str(field)[6:])}</mark>"
        return [tag, "", "", value]
    try:
        subfields = [(str(code), str(value)) for code, value in field.subfields]
    except EncodingError:
        # The line is `=245  10$aTitle`.
        return [tag, "", "", f"<mark>{escape(str(field)[6:])}</mark>"]
    if not subfields:
        return [tag, "", "", escape(str(field)[6:])]
    value = " ".join(f"<b>${escape(code)}</b> {escape(text)}" for code, text in subfields)
    return [tag, *(_blanks(str(indicator)) for indicator in field.indicators or ("", "")), value]


def _blanks(text: str) -> str:
    """Returns text of fixed positions as HTML, in which a run of blanks has its length."""
    return escape(text).replace(" ", "&nbsp;")
