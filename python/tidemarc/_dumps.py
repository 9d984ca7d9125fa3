"""Records as bytes in one of the formats."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._tidemarc import Record, Writer

if TYPE_CHECKING:
    from typing import Unpack

    from ._tidemarc import _Format, _WriterOptions


def dumps(
    records: Record | Iterable[Record],
    format: _Format = "iso2709",
    **options: Unpack[_WriterOptions],
) -> bytes:
    """Writes a record, or several, in this format, and returns the bytes.

    The options are those of ``Writer``.
    """
    target = io.BytesIO()
    with Writer(target, format, **options) as writer:
        for record in [records] if isinstance(records, Record) else records:
            writer.write(record)
    return target.getvalue()
