"""Filters, and the same in plain Python."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from decimal import Decimal

from tidemarc import Record


def subs(of: Record, tag: str, code: str) -> list[str]:
    """Returns the values of a subfield."""
    return [value for one in of.get_fields(tag) for value in one.get_subfields(code)]


def fixed(of: Record, start: int, end: int) -> list[str]:
    """Returns characters of field 008."""
    return [one.data[start:end] for one in of.get_fields("008") if one.data[start:end]]


def composed(of: Record, tag: str, code: str) -> list[str]:
    """Returns the values of a subfield in the form in which filters compare them."""
    return [unicodedata.normalize("NFC", value) for value in subs(of, tag, code)]


#: Filters, and the same in plain Python.
PLAIN: dict[str, Callable[[Record], bool]] = {
    "100": lambda book: "100" in book,
    "not 100": lambda book: "100" not in book,
    "exists(245$c)": lambda book: bool(composed(book, "245", "c")),
    '650$a = "Whales"': lambda book: "Whales" in composed(book, "650", "a"),
    '650$2 != "fast"': lambda book: (
        bool(composed(book, "650", "2")) and "fast" not in composed(book, "650", "2")
    ),
    'not 650$2 = "fast"': lambda book: "fast" not in composed(book, "650", "2"),
    'all(650$2) = "fast"': lambda book: all(one == "fast" for one in composed(book, "650", "2")),
    "245$a ~ 'the'": lambda book: any("the" in one for one in composed(book, "245", "a")),
    "245$a ~ /the/i": lambda book: any("the" in one.lower() for one in composed(book, "245", "a")),
    "245$a !~ /e/": lambda book: (
        bool(composed(book, "245", "a"))
        and not any("e" in one for one in composed(book, "245", "a"))
    ),
    "245$a ^= 'The '": lambda book: any(
        one.startswith("The ") for one in composed(book, "245", "a")
    ),
    "245$a < 'M'": lambda book: any(one < "M" for one in composed(book, "245", "a")),
    "245$a >= 'M'": lambda book: any(one >= "M" for one in composed(book, "245", "a")),
    "008/7-10 >= 1950": lambda book: any(
        one.isdigit() and Decimal(one) >= 1950 for one in fixed(book, 7, 11)
    ),
    "008/7-10 < 1950": lambda book: any(
        one.isdigit() and Decimal(one) < 1950 for one in fixed(book, 7, 11)
    ),
    "count(650) >= 3": lambda book: len(book.get_fields("650")) >= 3,
    "count(650$a|651$a) = 1": lambda book: (
        len(composed(book, "650", "a") + composed(book, "651", "a")) == 1
    ),
    'LDR/6 in ("a", "t") and 008/35-37 = "eng"': lambda book: (
        str(book.leader)[6] in "at" and "eng" in fixed(book, 35, 38)
    ),
    '008/35-37 not in ("eng", "ger")': lambda book: (
        bool(fixed(book, 35, 38)) and fixed(book, 35, 38)[0] not in ("eng", "ger")
    ),
    "(100 or 110) and not 700": lambda book: ("100" in book or "110" in book) and "700" not in book,
}
