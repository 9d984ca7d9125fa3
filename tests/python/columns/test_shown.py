"""Scans, records and fields as people see them."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import tidemarc
from tidemarc import Column, Reader, scan

COLUMNS = {"id": "control_number", "subjects": "650$a", "none": Column("999", repeat="first")}


class Cells(HTMLParser):
    """The texts of the cells in a table."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], "every element ends"

    def handle_starttag(self, tag, attrs):
        if tag == "br":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_a_scan_shows_its_schema_and_its_first_rows(books):
    lines = repr(scan(books, COLUMNS)).splitlines()
    assert lines[0] == f"<tidemarc.Scan of {books}: 3 columns>"
    assert lines[1:4] == ["  id        string", "  subjects  list<string>", "  none      string"]
    assert lines[5].split() == ["id", "subjects", "none"]
    assert lines[6] == "  tm000001  Courtship | Sisters       null"
    assert len(lines) == 11
    rows = Cells(scan(books, COLUMNS)._repr_html_()).rows
    assert rows[0] == ["idstring", "subjectslist<string>", "nonestring"]
    assert rows[1] == ["tm000001", "Courtship | Sisters", "null"]
    assert len(rows) == 6


def test_what_cannot_be_read_twice_is_not_read(books):
    file = io.BytesIO(books.read_bytes())
    each = scan(file, COLUMNS)
    assert len(repr(each).splitlines()) == 4
    assert len(Cells(each._repr_html_()).rows) == 1
    assert file.tell() == 0
    assert sum(map(len, each._core)) == 60


def test_input_without_records_shows_no_rows():
    for data in (b"", b"x" * 100_000, b"\0" * 100_000):
        assert len(repr(scan(data, COLUMNS)).splitlines()) == 4


def test_damage_and_text_of_others_do_no_harm(damaged, marc):
    each = scan(damaged, COLUMNS)
    assert len(repr(each).splitlines()) == 11
    assert each.stats is None
    hostile = marc.record(marc.field("001", "<script>&\x07")) + marc.BAD_TEXT
    each = scan(hostile, {"<b>": "001", "t": "245$a"}, encoding_errors="strict")
    assert "<script>" not in each._repr_html_()
    assert Cells(each._repr_html_()).rows == [
        ["<b>list<string>", "tlist<string>"],
        ["<script>&·", "null"],
        ["a1", "null"],
    ]
    assert "\x07" not in repr(each)
    long = marc.record(marc.field("245", "10$a" + "x" * 5000))
    assert max(map(len, repr(scan(long, ["245"])).splitlines())) < 100


def test_a_record_is_a_table_of_tags_indicators_and_subfields(book):
    rows = Cells(book._repr_html_()).rows
    assert rows[0] == ["tag", "ind1", "ind2", "value"]
    assert rows[1] == ["LDR", "", "", str(book.leader).replace(" ", "\xa0")]
    assert len(rows) == len(book.fields) + 2
    title = book["245"]
    shown = " ".join(f"${each.code} {each.value}" for each in title.subfields)
    expected = ["245", *(each.replace(" ", "\xa0") for each in title.indicators), shown]
    assert expected in rows
    assert Cells(title._repr_html_()).rows == [rows[0], expected]
    control = book["001"]
    assert Cells(control._repr_html_()).rows[1] == ["001", "", "", control.data]


def test_the_text_of_a_record_is_escaped_and_undecodable_bytes_are_marked(marc):
    data = marc.record(
        ("001", b"a\xe9<i>"),
        ("245", b"10\x1fa<b>&\x1fbCaf\xe9"),
        marc.field("500", "  $a<script>$<x"),
    )
    record = next(Reader(data))
    html = record._repr_html_()
    assert "<script>" not in html and "<i>" not in html
    rows = Cells(html).rows
    assert rows[2:] == [
        ["001", "", "", "a\\xe9<i>"],
        ["245", "", "", "10$a<b>&$bCaf\\xe9"],
        ["500", "\xa0", "\xa0", "$a <script> $< x"],
    ]
    assert html.count("<mark>") == 2


def test_a_record_that_a_program_made_is_shown_too():
    record = tidemarc.Record(
        fields=[tidemarc.Field("245", ["1", "0"], [tidemarc.Subfield("a", "x")])]
    )
    assert Cells(record._repr_html_()).rows[2] == ["245", "1", "0", "$a x"]
