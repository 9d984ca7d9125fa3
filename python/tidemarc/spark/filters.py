"""Filters that Spark hands over, applied to batches exactly as Spark would apply them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pyarrow  # type: ignore[import-untyped]
import pyarrow.compute as compute  # type: ignore[import-untyped]
from pyspark.sql.datasource import (
    EqualNullSafe,
    EqualTo,
    Filter,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNotNull,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Not,
    StringContains,
    StringEndsWith,
    StringStartsWith,
)

_ORDER: dict[type[Filter], Callable[..., Any]] = {
    GreaterThan: compute.greater,
    GreaterThanOrEqual: compute.greater_equal,
    LessThan: compute.less,
    LessThanOrEqual: compute.less_equal,
}
_TEXT: dict[type[Filter], Callable[..., Any]] = {
    StringContains: compute.match_substring,
    StringEndsWith: compute.ends_with,
    StringStartsWith: compute.starts_with,
}
#: The Python type of the values of each type of column that filters can compare.
_VALUES: dict[Any, type] = {
    pyarrow.string(): str,
    pyarrow.int64(): int,
    pyarrow.bool_(): bool,
    pyarrow.date32(): datetime.date,
}


def is_exact(each: Any, schema: pyarrow.Schema) -> bool:
    """Returns true if `mask` has the same rows as Spark for this filter.

    Spark does not apply a filter again that a source accepts. So any doubt is a refusal.
    """
    if isinstance(each, Not):
        return is_exact(each.child, schema)
    if len(each.attribute) != 1 or each.attribute[0] not in schema.names:
        return False
    if isinstance(each, IsNull | IsNotNull):
        return True
    kind = schema.field(each.attribute[0]).type
    wanted = _VALUES.get(kind)
    if wanted is None:
        return False
    if isinstance(each, In):
        return all(type(value) is wanted for value in each.value)
    if isinstance(each, EqualNullSafe):
        return each.value is None or type(each.value) is wanted
    if isinstance(each, EqualTo):
        return type(each.value) is wanted
    if type(each) in _ORDER:
        return type(each.value) is wanted and wanted is not bool
    return type(each) in _TEXT and wanted is str and type(each.value) is str


def mask(each: Any, batch: pyarrow.RecordBatch) -> Any:
    """Returns an array with true, false or null for each row, by the rules of SQL.

    `is_exact` must be true for the filter.
    """
    if isinstance(each, Not):
        return compute.invert(mask(each.child, batch))
    cells = batch.column(each.attribute[0])
    if isinstance(each, IsNull):
        return compute.is_null(cells)
    if isinstance(each, IsNotNull):
        return compute.is_valid(cells)
    if isinstance(each, In):
        found = compute.is_in(cells, pyarrow.array(each.value, cells.type))
        # A null is neither in the list nor out of it, which matters after a NOT.
        return compute.if_else(compute.is_valid(cells), found, None)
    if isinstance(each, EqualNullSafe) and each.value is None:
        return compute.is_null(cells)
    if type(each) in _TEXT:
        return _TEXT[type(each)](cells, each.value)
    value = pyarrow.scalar(each.value, cells.type)
    if isinstance(each, EqualNullSafe):
        return compute.fill_null(compute.equal(cells, value), False)
    return _ORDER.get(type(each), compute.equal)(cells, value)
