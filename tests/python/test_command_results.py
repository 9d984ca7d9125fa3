"""The results of the command, compared with plain Python."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from shared.command import run
from shared.plain_filters import PLAIN, fixed, subs
from shared.plain_statistics import plain_statistics
from tidemarc import Reader, Record

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
BOOKS = FIXTURES / "books.mrc"

#: Columns of `select`, and their values in plain Python.
COLUMNS: dict[str, Callable[[Record], list[str]]] = {
    "001": lambda book: [one.data for one in book.get_fields("001")],
    "245$a": lambda book: subs(book, "245", "a"),
    "245$a$b$c": lambda book: [
        value
        for one in book.get_fields("245")
        for code, value in one.subfields
        if code in ("a", "b", "c")
    ],
    "650$a": lambda book: subs(book, "650", "a"),
    r"650$a{$2=\fast}": lambda book: [
        value
        for one in book.get_fields("650")
        if "fast" in one.get_subfields("2")
        for value in one.get_subfields("a")
    ],
    "008/35-37": lambda book: fixed(book, 35, 38),
    "6XX$a": lambda book: [
        value
        for one in book.fields
        if one.tag.startswith("6") and not one.control_field
        for value in one.get_subfields("a")
    ],
}


@pytest.mark.parametrize("text", PLAIN)
def test_filter_writes_the_records_of_plain_python(text, tmp_path):
    books = list(Reader(BOOKS))
    for inverted in [False, True]:
        target = tmp_path / "found.mrc"
        done = run("filter", *["-v"] * inverted, text, BOOKS, "-o", target)
        expected = [book for book in books if PLAIN[text](book) != inverted]
        assert done.returncode == (0 if expected else 1), done.stderr
        assert target.read_bytes() == b"".join(book.as_marc() for book in expected)
        counted = run("count", "--bare", "--where", f"{'not ' * inverted}({text})", BOOKS)
        assert counted.stdout == f"{len(expected)}\n"


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.mrc")), ids=lambda path: path.name)
def test_select_writes_the_values_of_plain_python(path):
    columns = [part for at, text in enumerate(COLUMNS) for part in ["-c", f"c{at}={text}"]]
    # The separator is in no value.
    done = run("select", *columns, "--sep", "\x01", "--errors", "repair", path)
    header, *rows = csv.reader(io.StringIO(done.stdout, newline=""))
    assert header == [f"c{at}" for at in range(len(COLUMNS))]
    books = list(Reader(path, errors="skip", repair=True))
    assert len(rows) == len(books)
    compared = 0
    for row, book in zip(rows, books, strict=True):
        for cell, values in zip(row, COLUMNS.values(), strict=True):
            try:
                expected = values(book)
            except ValueError:
                # Undecodable text has an empty cell.
                continue
            assert cell == "\x01".join(expected)
            compared += 1
    assert compared > 0


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.mrc")), ids=lambda path: path.name)
def test_stats_has_the_numbers_of_a_plain_count(path):
    done = run("stats", "--json", "-q", path)
    found = json.loads(done.stdout)
    for key, value in plain_statistics(path).items():
        assert found[key] == value, key


def test_stats_counts_several_files_together():
    paths = sorted(FIXTURES.glob("*.mrc"))
    found = json.loads(run("stats", "--json", "-q", *paths).stdout)
    for key, value in plain_statistics(paths).items():
        assert found[key] == value, key
    assert found["source"] == f"{len(paths)} files"


def test_stats_counts_the_records_that_match():
    text = "008/35-37 = 'eng' and 650"
    found = json.loads(run("stats", "--json", "--where", text, BOOKS).stdout)
    wanted = b"".join(
        book.as_marc() for book in Reader(BOOKS) if "eng" in fixed(book, 35, 38) and "650" in book
    )
    for key, value in plain_statistics(wanted).items():
        if key != "bytes":
            assert found[key] == value, key
    assert found["records"] + found["unmatched"] == 60
