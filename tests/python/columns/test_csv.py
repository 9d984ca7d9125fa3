"""Scans as CSV."""

from __future__ import annotations

import csv
import io
import os

import pytest
from tidemarc import Column, Reader, errors, scan

COLUMNS = {
    "id": "control_number",
    "title": Column("245$a$b", repeat="join"),
    "subjects": "650$a",
    "count": Column("650$a", repeat="count"),
    "has": Column("020", repeat="exists"),
    "faults": "faults",
}


def parsed(data: bytes, **options) -> list[list[str]]:
    """Returns the rows that Python finds in CSV."""
    return list(csv.reader(io.StringIO(data.decode(), newline=""), **options))


def test_each_cell_is_the_text_of_its_value(books, tmp_path):
    path = tmp_path / "out.csv"
    assert scan(books, COLUMNS).to_csv(path) is None
    expected = [list(COLUMNS)]
    for record in Reader(books):
        subjects = [
            value for field in record.get_fields("650") for value in field.get_subfields("a")
        ]
        title = [
            each.value
            for field in record.get_fields("245")
            for each in field.subfields
            if each.code in "ab"
        ]
        row = [record["001"].data, " ".join(title), "|".join(subjects), str(len(subjects))]
        expected.append([*row, "true" if record.get_fields("020") else "false", ""])
    assert parsed(path.read_bytes()) == expected


def test_a_file_object_receives_the_same(books, tmp_path):
    path, file = tmp_path / "out.csv", io.BytesIO()
    scan(books, COLUMNS).to_csv(path)
    scan(books, COLUMNS).to_csv(file)
    assert file.getvalue() == path.read_bytes()
    assert not file.closed


def test_the_options_change_the_text(marc):
    data = (
        marc.record(marc.field("650", " 0$aa;b$ac"), marc.field("245", '10$aHe said "tab\there"'))
        + marc.record()
    )
    file = io.BytesIO()
    columns = {"s": "650$a", "t": "245$a"}
    scan(data, columns).to_csv(
        file, delimiter="\t", list_separator=" ; ", null="NULL", header=False
    )
    rows = parsed(file.getvalue(), delimiter="\t")
    assert rows == [["a;b ; c", 'He said "tab\there"'], ["NULL", "Hi"]]
    for delimiter in ("", ";;", "é", '"', "\n"):
        with pytest.raises(ValueError, match="delimiter"):
            scan(data, columns).to_csv(file, delimiter=delimiter)


def test_text_with_breaks_comes_back_as_it_was(marc):
    texts = ["a,b", 'a"b', "a\rb", "a\nb", " a ", "é", "'", ""]
    data = b"".join(marc.record(marc.field("245", f"10$a{text}")) for text in texts)
    file = io.BytesIO()
    scan(data, {"t": Column("245$a", repeat="first"), "n": "record_no"}).to_csv(file, header=False)
    assert [row[0] for row in parsed(file.getvalue())] == texts


def test_structs_are_json_and_bytes_hexadecimal(marc):
    import json

    file = io.BytesIO()
    scan(marc.BAD_TEXT, {"faults": "faults", "raw": "raw"}).to_csv(file)
    ((faults, raw),) = parsed(file.getvalue())[1:]
    (fault,) = json.loads(faults)
    assert (fault["tag"], list(fault)) == ("245", ["code", "severity", "tag", "message"])
    assert bytes.fromhex(raw) == marc.BAD_TEXT


def test_damage_leaves_a_file_at_the_path_unchanged(damaged, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("before")
    with pytest.raises(errors.RecordError):
        scan(damaged, COLUMNS).to_csv(path)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.csv"]
    file = io.BytesIO()
    with pytest.raises(errors.RecordError):
        scan(damaged, COLUMNS).to_csv(file)
    assert file.getvalue().startswith(b"id,title")


def test_the_source_is_not_written_over(copied, tmp_path):
    data = copied.read_bytes()
    link = tmp_path / "link.mrc"
    link.symlink_to(copied)
    for target in (copied, str(copied), link):
        for write in (scan(copied, COLUMNS).to_csv, scan(link, COLUMNS).to_csv):
            with pytest.raises(ValueError, match="source and target are the same file"):
                write(target)
    with copied.open("rb+") as file, pytest.raises(ValueError, match="same file"):
        scan(copied, COLUMNS).to_csv(file)
    assert copied.read_bytes() == data


def test_a_target_that_takes_nothing_raises(books, tmp_path):
    for target in (5, None, io.StringIO()):
        with pytest.raises(TypeError):
            scan(books, COLUMNS).to_csv(target)
    with pytest.raises(FileNotFoundError):
        scan(books, COLUMNS).to_csv(tmp_path / "none" / "out.csv")
