"""`report`: every fault of an input, with its record, as CSV and JSON Lines."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil

import pytest
from shared.formats import FIXTURES, FORMATS, WRITTEN, Drip
from tidemarc import Fault, Reader, Summary, check, report

DAMAGED = FIXTURES / "books-damaged.mrc"
COLUMNS = [
    "number",
    "offset",
    "control_number",
    "title",
    "code",
    "kind",
    "severity",
    "tag",
    "subfield",
    "reason",
]


def rows_of(data):
    """Returns the rows of a report in CSV."""
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    assert rows[0] == COLUMNS
    assert data.count(b"\r\n") == len(rows) == data.count(b"\n")
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]


def lines_of(data):
    """Returns the objects of a report in JSON Lines."""
    return [json.loads(line) for line in data.splitlines()]


def reported(source, **options):
    """Returns the lines of a report, after a comparison with the rows, and the summary."""
    lines, rows = io.BytesIO(), io.BytesIO()
    summary = report(source, lines, report_format="jsonl", **options)
    report(source, rows, report_format="csv", **options)
    lines, rows = lines_of(lines.getvalue()), rows_of(rows.getvalue())
    assert len(lines) == len(rows) == sum(found.times for found in summary.faults)
    for line, row in zip(lines, rows, strict=True):
        for name in COLUMNS:
            value = str(line.get(name, ""))
            assert row[name] == ("'" + value if value[:1] in "=+-@" and value else value)
    return lines, summary


def record(number, fields):
    """Makes a record of ISO 2709 with these fields, which are bytes, in UTF-8."""
    directory, data = b"", b""
    for tag, text in [(b"001", number), *fields]:
        directory += b"%s%04d%05d" % (tag, len(text) + 1, len(data))
        data += text + b"\x1e"
    base = 25 + len(directory)
    return (
        b"%05dnam a22%05d   4500" % (base + len(data) + 1, base)
        + directory
        + b"\x1e"
        + data
        + b"\x1d"
    )


def test_a_report_has_what_a_loop_finds_and_check_counts():
    lines, summary = reported(DAMAGED)
    assert str(summary) == str(check(DAMAGED))
    assert isinstance(summary, Summary)
    expected = []
    for item in Reader(DAMAGED, errors="yield", repair=True):
        faults = [item] if isinstance(item, Fault) else [*item.faults, *item.undecodable()]
        expected += [json.loads(fault.to_json()) for fault in faults]
    titles = [line.pop("title", None) for line in lines]
    assert lines == expected
    severities = {line["severity"]: title for line, title in zip(lines, titles, strict=True)}
    assert severities["lost_record"] is None
    assert severities["repaired"] == "Eventyr, fortalte for Børn."
    assert [line["offset"] for line in lines] == sorted(line["offset"] for line in lines)


@pytest.mark.parametrize("format", FORMATS)
def test_a_sound_input_has_an_empty_report(format, tmp_path):
    path = tmp_path / "report.csv"
    summary = report(WRITTEN[format], path)
    assert summary.stats.records == 60
    assert summary.sound
    assert rows_of(path.read_bytes()) == [] or format != "iso2709"
    assert report(b"", tmp_path / "empty.jsonl").stats.records == 0
    assert (tmp_path / "empty.jsonl").read_bytes() == b""


def test_every_source_and_chunk_size_gives_the_same_report(tmp_path):
    def of(source, **options):
        target = tmp_path / "report.csv"
        report(source, target, **options)
        return target.read_bytes()

    expected = of(DAMAGED)
    data = DAMAGED.read_bytes()
    assert len(rows_of(expected)) == 5
    for source in (data, io.BytesIO(data), Drip(data)):
        assert of(source) == expected
    for chunk_size in (1, 100, 5000):
        assert of(data, chunk_size=chunk_size, threads=2) == expected


def test_titles_go_through_the_text_rule_and_bad_bytes_are_marked():
    odd = b"  \x1fax\x1f"
    titled = [
        (b"10\x1faTitle :\x1fbthe rest /\x1fcA. Uthor", "Title : the rest /"),
        (b"10\x1fbonly the rest", None),
        (b"10\x1faCaf\xe9", "Caf\\xe9"),
        ("10\x1faÆrø \x07".encode(), "Ærø \\u0007"),
        (b'10\x1fa=HYPERLINK("x")', '=HYPERLINK("x")'),
    ]
    data = b"".join(
        record(b"n%d" % at, [(b"245", title), (b"500", odd)])
        for at, (title, _) in enumerate(titled)
    )
    lines, _ = reported(data)
    found = {(line["control_number"], line.get("title")) for line in lines}
    assert found == {(f"n{at}", title) for at, (_, title) in enumerate(titled)}
    assert {line["tag"] for line in lines if line["code"] == "TM503"} == {"500"}
    # In UNIMARC the title is in 200.
    data = record(b"u", [(b"200", b"1 \x1faTitre\x1fesuite"), (b"300", odd)])
    assert reported(data)[0][0]["title"] == "Titre suite"
    marc8 = record(b"m", [(b"245", b"10\x1faCaf\xe2e"), (b"500", odd)]).replace(b"nam a", b"nam  ")
    assert reported(marc8)[0][0]["title"] == "Café"
    assert "\\xe9" in reported(data.replace(b"Titre", b"Titr\xe9"))[0][0]["title"]


def test_text_from_a_hostile_file_is_no_formula(tmp_path):
    fields = [(b"245", b'10\x1fa=1+1"'), (b"500", b"  \x1fax\x1f")]
    data = b"".join(record(number, fields) for number in (b"=A1", b"+1", b"-2", b"@x", b"0012"))
    path = tmp_path / "report.csv"
    report(data, path)
    rows = rows_of(path.read_bytes())
    assert [row["control_number"] for row in rows] == ["'=A1", "'+1", "'-2", "'@x", "0012"]
    assert {row["title"] for row in rows} == {"'=1+1\""}
    assert b'"\'=1+1"""' in path.read_bytes()


def test_faults_in_padding_stand_where_they_are():
    word = b"\x00\x5c\x00\x00"
    sound, odd = record(b"a", []), record(b"b", [(b"500", b"  \x1fax\x1f")])
    lines, _ = reported(odd + word + odd + word + sound + odd)
    offsets = [line["offset"] for line in lines]
    assert offsets == sorted(offsets)
    assert len({line["code"] for line in lines}) >= 1


def test_the_source_is_never_overwritten(tmp_path):
    path = tmp_path / "books.csv"
    shutil.copy(DAMAGED, path)
    os.link(path, tmp_path / "hard.csv")
    os.symlink(path, tmp_path / "soft.csv")
    for target in (path, tmp_path / "hard.csv", tmp_path / "soft.csv"):
        with pytest.raises(ValueError, match="source and target are the same file"):
            report(path, target)
    with open(path, "rb") as source, pytest.raises(ValueError, match="the same file"):
        report(source, path)
    with open(path, "r+b") as target, pytest.raises(ValueError, match="the same file"):
        report(path, target, report_format="csv")
    memory = io.BytesIO(DAMAGED.read_bytes())
    with pytest.raises(ValueError, match="the same file"):
        report(memory, memory, report_format="csv")
    assert path.read_bytes() == DAMAGED.read_bytes() == memory.getvalue()


def test_the_format_is_named_or_in_the_suffix(tmp_path):
    for name, is_csv in [("a.CSV", True), ("a.jsonl", False), ("a.ndjson", False)]:
        report(DAMAGED, tmp_path / name)
        assert ((tmp_path / name).read_bytes()[:1] == b"\xef") == is_csv
    report(DAMAGED, tmp_path / "a.txt", report_format="csv")
    for name in ("b", "b.txt", "b.json", "b.csv.gz"):
        with pytest.raises(ValueError, match=r"the suffix of a report is \.csv, \.jsonl"):
            report(DAMAGED, tmp_path / name)
        assert not (tmp_path / name).exists()
    with pytest.raises(ValueError, match="for a file object"):
        report(DAMAGED, io.BytesIO())
    with pytest.raises(ValueError, match="report_format must be 'csv' or 'jsonl', not \"xml\""):
        report(DAMAGED, tmp_path / "a.csv", report_format="xml")


def test_a_failure_leaves_the_old_report(tmp_path):
    path = tmp_path / "report.csv"
    path.write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        report(tmp_path / "missing.mrc", path)

    class Broken:
        def __init__(self):
            self.left = DAMAGED.read_bytes()

        def read(self, size):
            if not self.left:
                raise OSError("broken")
            data, self.left = self.left[:size], self.left[size:]
            return data

    with pytest.raises(OSError, match="broken"):
        report(Broken(), path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["report.csv"]

    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        report(DAMAGED, Full(), report_format="csv")
    with pytest.raises(TypeError, match="open it with"):
        report(DAMAGED, io.StringIO(), report_format="csv")
    for target in (None, 5.0):
        with pytest.raises(TypeError, match="expected a path or a binary file object"):
            report(DAMAGED, target, report_format="csv")


def test_options_are_those_of_a_reader(tmp_path):
    path = tmp_path / "report.jsonl"
    report(DAMAGED, path, max_faults=1)
    assert lines_of(path.read_bytes())[-1]["code"] == "TM405"
    report(DAMAGED, path, start=7000, quarantine=tmp_path / "q.mrc")
    assert lines_of(path.read_bytes())[0]["offset"] >= 7000
    assert (tmp_path / "q.mrc").stat().st_size > 0
    report(FIXTURES / "books.mrc", path, encoding="ascii")
    assert {line["code"] for line in lines_of(path.read_bytes())} == {"TM501"}
    for name in ("errors", "repair", "wrong"):
        with pytest.raises(TypeError, match=rf"report\(\) .*'{name}'"):
            report(DAMAGED, path, **{name: True})
    with pytest.raises(ValueError, match="quarantine"):
        report(DAMAGED, path, quarantine=path)


def test_a_report_of_many_faults_takes_no_more_memory(tmp_path, process):
    code = """
import resource, sys, tidemarc
source = sys.argv[1]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
summary = tidemarc.report(source, sys.argv[2], threads=1)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
assert summary.stats.records == 300_000, summary
assert grown < 60_000, grown
"""
    source, target = tmp_path / "many.mrc", tmp_path / "report.csv"
    source.write_bytes(record(b"a", [(b"500", b"  \x1fax\x1f")]) * 300_000)
    process.run(code, source, target)
    with open(target, "rb") as file:
        assert sum(1 for line in file) == 300_001


def test_a_long_title_and_control_number_are_cut_in_every_row():
    count, length = 500, 20_000
    field = {"ind1": " ", "ind2": " ", "subfields": [{"a": "\u0001"}]}
    title = {"ind1": "1", "ind2": "0", "subfields": [{"a": "é" * length}]}
    fields = [{"001": "1" * length}, {"245": title}, *({"500": field} for _ in range(count))]
    source = json.dumps([{"leader": "00000nam a2200000   4500", "fields": fields}]).encode()
    lines, summary = reported(source)
    assert len(lines) == count
    assert {line["title"] for line in lines} == {"é" * 200 + "…"}
    assert {line["control_number"] for line in lines} == {"1" * 200 + "…"}
    assert summary.faults[0].first.control_number == "1" * length


@pytest.mark.parametrize("target", [None, 1, []])
def test_a_target_that_is_neither_a_path_nor_a_file_is_named(target):
    with pytest.raises(TypeError, match="expected a path or a binary file object, got"):
        report(DAMAGED, target)
