"""Statistics, compared with a plain count."""

from __future__ import annotations

import io
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import tidemarc
from conftest import record
from shared.formats import FORMATS, READ_AS, WRITTEN
from shared.plain_statistics import plain_statistics
from tidemarc import statistics

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.mrc")), ids=lambda path: path.name)
def test_the_numbers_are_those_of_a_plain_count(path):
    found = statistics(path).as_dict()
    expected = plain_statistics(path)
    for key, value in expected.items():
        assert found[key] == value, key


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_the_same_numbers(format):
    found = statistics(WRITTEN[format], format=READ_AS.get(format, format)).as_dict()
    iso = statistics(FIXTURES / "books.mrc").as_dict()
    for key in ["records", "fields", "subfields", "tags", "languages", "years", "record_types"]:
        assert found[key] == iso[key], key


def test_every_source_has_the_same_numbers():
    path = FIXTURES / "books-damaged.mrc"
    expected = statistics(path).as_dict()
    data = path.read_bytes()
    with open(path, "rb") as file:
        for source in [data, bytearray(data), io.BytesIO(data), file]:
            found = statistics(source, chunk_size=1000, threads=3).as_dict()
            found.pop("source", None)
            assert found == {key: value for key, value in expected.items() if key != "source"}


def test_faults_are_counted_by_kind():
    damaged = FIXTURES / "books-damaged.mrc"
    found = statistics(damaged)
    reader = tidemarc.Reader(damaged, errors="skip", repair=True)
    assert sum(1 for _ in reader) == found.stats.records
    assert found.stats == reader.stats
    assert {one["kind"]: one["count"] for one in found.as_dict()["faults"]} == reader.stats.kinds
    without = statistics(damaged, repair=False)
    assert without.stats.records < found.stats.records


def test_limits_are_kept_and_the_rest_is_counted_together():
    found = statistics(FIXTURES / "books.mrc", samples=2, most_values=3).as_dict()
    assert [one["tag"] for one in found["tags"]] == ["001", "003", "005"]
    counted = sum(one["occurrences"] for one in found["tags"])
    assert counted + found["fields_of_other_tags"] == found["fields"]
    assert len(found["tags"][0]["samples"]) == 2
    years = found["years"]
    assert len(years["values"]) == 3
    assert sum(years["values"].values()) + years["others"] + years["missing"] == 60
    for name, value in [("samples", -1), ("most_values", -1), ("chunk_size", 0), ("threads", 0)]:
        with pytest.raises(ValueError, match=name):
            statistics(b"", **{name: value})


def test_several_files_are_named_by_their_number(tmp_path):
    paths = [FIXTURES / "books.mrc", FIXTURES / "ascii.mrc"]
    found = statistics(paths)
    assert found.as_dict()["source"] == "2 files"
    assert repr(found).startswith("<tidemarc.Statistics: 2 files: 68 records")


def test_errors_of_the_source_are_raised(tmp_path):
    with pytest.raises(FileNotFoundError):
        statistics(tmp_path / "missing.mrc")
    with pytest.raises(FileNotFoundError, match="no file to read"):
        statistics(tmp_path)

    class Failing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: Any) -> int:
            raise RuntimeError("it fails")

    with pytest.raises(RuntimeError, match="it fails"):
        statistics(Failing())
    with pytest.raises(TypeError):
        statistics(3.5)


def test_an_empty_source_has_no_counts():
    found = statistics(b"").as_dict()
    assert (found["records"], found["fields"], found["tags"]) == (0, 0, [])


def test_a_page_is_written_to_a_path_and_to_a_file(tmp_path):
    found = statistics(FIXTURES / "books.mrc")
    path = tmp_path / "page.html"
    found.to_html(path)
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and page.endswith("</html>\n")
    for element in ["<script", "<link", "<img", "<a ", "src=", "url(", "@import"]:
        assert element not in page, element
    file = io.BytesIO()
    found.to_html(file)
    assert file.getvalue() == path.read_bytes()
    assert found._repr_html_() in page
    with pytest.raises(TypeError):
        found.to_html(io.StringIO())
    before = path.read_bytes()
    with pytest.raises(OSError):
        found.to_html(tmp_path / "missing" / "page.html")
    assert path.read_bytes() == before


def test_shown_as_text():
    found = statistics(record(("001", b"a<1"), ("245", b"10\x1fa<Title>")))
    assert repr(found) == f"<tidemarc.Statistics: 1 record in {found.stats.bytes_read} bytes>"
    assert "245" in str(found) and '"<Title>"' in str(found)
    assert "&lt;Title&gt;" in found._repr_html_() and "<Title>" not in found._repr_html_()
    assert json.loads(found.to_json()) == found.as_dict()


def test_counts_of_a_plain_count_are_not_empty():
    """The comparison above compares something."""
    plain = plain_statistics(FIXTURES / "books.mrc")
    assert plain["records"] == 60 and len(plain["tags"]) > 10
    repeats: Counter[int] = Counter()
    by_tag: dict[str, int] = defaultdict(int)
    for one in plain["tags"]:
        by_tag[one["tag"]] += one["occurrences"]
        repeats.update(one["repeats"])
    assert by_tag["650"] == 119 and len(repeats) > 3
