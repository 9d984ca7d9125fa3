"""Columns against a plain computation over the records of a reader."""

from __future__ import annotations

import re
from typing import Any

import pytest
import tidemarc
from tidemarc import Column, Reader, Record, scan


def in_subfields(tags: str, codes: str, indicators: str = "**"):
    """Computes the values of subfields."""

    def values(record: Record) -> list[str]:
        return [
            subfield.value
            for field in matching(record, tags)
            if all(
                wanted in ("*", found)
                for wanted, found in zip(indicators, field.indicators, strict=True)
            )
            for subfield in field.subfields
            if subfield.code in codes
        ]

    return values


def in_fields(tags: str):
    """Computes the values of whole fields."""

    def values(record: Record) -> list[str]:
        return [
            field.data if field.control_field else " ".join(each.value for each in field.subfields)
            for field in matching(record, tags)
        ]

    return values


def at(tags: str, first: int, last: int):
    """Computes the characters at positions of control fields or the leader."""

    def values(record: Record) -> list[str]:
        texts = (
            [str(record.leader)]
            if tags == "LDR"
            else [field.data for field in matching(record, tags)]
        )
        return [text[first : last + 1] for text in texts if text[first : last + 1]]

    return values


def matching(record: Record, tags: str) -> list[Any]:
    return [field for field in record.fields if re.fullmatch(tags, field.tag)]


SELECTORS = {
    "001": in_fields("001"),
    "008": in_fields("008"),
    "245": in_fields("245"),
    "...": in_fields("..."),
    "LDR/6": at("LDR", 6, 6),
    "LDR/5-8": at("LDR", 5, 8),
    "008/7-10": at("008", 7, 10),
    "008/35-37": at("008", 35, 37),
    "020$a": in_subfields("020", "a"),
    "100$a": in_subfields("100", "a"),
    "245$a": in_subfields("245", "a"),
    "245$b": in_subfields("245", "b"),
    "245$c": in_subfields("245", "c"),
    "245$a$b": in_subfields("245", "ab"),
    "245ab": in_subfields("245", "ab"),
    "260$a-c": in_subfields("260", "abc"),
    "264$c": in_subfields("264", "c"),
    "6..$a": in_subfields("6..", "a"),
    "650$a": in_subfields("650", "a"),
    "880$a": in_subfields("880", "a"),
    "999$z": in_subfields("999", "z"),
    "100$a|700$a": lambda record: (
        in_subfields("100", "a")(record) + in_subfields("700", "a")(record)
    ),
    "650$a{^2=\\0}": in_subfields("650", "a", "*0"),
}

REPEATS = {
    "list": lambda values: values or None,
    "first": lambda values: values[0] if values else None,
    "join": lambda values: " ".join(values) if values else None,
    "count": len,
    "exists": bool,
}

FILES = ["books.mrc", "ascii.mrc"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("repeat", REPEATS)
def test_each_column_is_what_a_loop_over_the_records_computes(fixtures, pyarrow, name, repeat):
    columns = {selector: Column(selector, repeat=repeat) for selector in SELECTORS}
    table = scan(fixtures / name, columns).to_arrow()
    records = list(Reader(fixtures / name))
    assert table.num_rows == len(records)
    for selector, values in SELECTORS.items():
        expected = [REPEATS[repeat](values(record)) for record in records]
        assert table[selector].to_pylist() == expected, selector


@pytest.mark.parametrize("selector", SELECTORS)
def test_one_column_alone_is_the_same(books, pyarrow, selector):
    expected = [SELECTORS[selector](record) or None for record in Reader(books)]
    column = Column(selector, repeat="list")
    assert scan(books, {"x": column}).to_arrow()["x"].to_pylist() == expected


def test_values_are_those_of_selectors(books, pyarrow):
    table = scan(books, {text: Column(text, repeat="list") for text in SELECTORS}).to_arrow()
    for text in SELECTORS:
        selector = tidemarc.Selector(text)
        expected = [selector.values(record) or None for record in Reader(books)]
        assert table[text].to_pylist() == expected


def test_the_first_is_the_default_for_positions_of_control_fields(books):
    types = dict(
        zip(
            ["LDR", "LDR/6", "008/0-5", "001", "245$a"],
            scan(books, ["LDR", "LDR/6", "008/0-5", "001", "245$a"]).schema.types,
            strict=True,
        )
    )
    assert [name for name, kind in types.items() if kind == "string"] == ["LDR", "LDR/6", "008/0-5"]


def test_a_separator_stands_between_the_values(books, pyarrow):
    column = Column("650$a", repeat="join", separator="; ")
    expected = ["; ".join(SELECTORS["650$a"](record)) or None for record in Reader(books)]
    assert scan(books, {"x": column}).to_arrow()["x"].to_pylist() == expected


@pytest.mark.parametrize("name", ["books.mrc", "books-damaged.mrc"])
def test_facts_are_those_of_the_records(fixtures, pyarrow, name):
    path = fixtures / name
    names = [
        "record_no",
        "file",
        "offset_bytes",
        "length",
        "control_number",
        "encoding",
        "raw",
        "leader",
    ]
    table = scan(path, names, errors=lambda fault: None).to_arrow()
    records = list(Reader(path, errors=lambda fault: None))
    assert table.to_pylist() == [
        {
            "record_no": record.number,
            "file": str(path),
            "offset_bytes": record.offset,
            "length": len(record.raw),
            "control_number": record["001"].data,
            "encoding": record.encoding,
            "raw": record.raw,
            "leader": str(record.leader),
        }
        for record in records
    ]


def test_faults_are_those_of_the_records(damaged, pyarrow):
    scanned = scan(damaged, ["faults"], errors=lambda fault: None, repair=True).to_arrow()
    records = Reader(damaged, errors=lambda fault: None, repair=True)
    for row, record in zip(scanned["faults"].to_pylist(), records, strict=True):
        found = {(fault["code"], fault["severity"], fault["tag"]) for fault in row or []}
        expected = {(fault.code, fault.severity, fault.tag) for fault in record.faults}
        assert expected <= found
        assert all(
            code == "TM501" or (code, severity, tag) in expected for code, severity, tag in found
        )
