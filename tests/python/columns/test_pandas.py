"""Scans in pandas."""

from __future__ import annotations

from tidemarc import Column, scan

COLUMNS = {
    "id": "control_number",
    "title": Column("245$a", repeat="first"),
    "subjects": "650$a",
    "count": Column("650$a", repeat="count"),
    "no": "record_no",
}


def test_a_frame_has_the_values_of_the_table(books, pandas, pyarrow):
    each = scan(books, COLUMNS)
    frame = each.to_pandas()
    assert frame.shape == (60, 5)
    assert frame["id"].tolist() == each.to_arrow()["id"].to_pylist()
    assert frame["count"].sum() == 119
    assert frame.explode("subjects")["subjects"].notna().sum() == 119


def test_a_number_beside_a_null_stays_a_number_and_a_list_a_list(marc, pandas, pyarrow):
    data = marc.record() + marc.record(marc.field("001", "b"), marc.field("650", " 0$ax$ay"))
    frame = scan(data, COLUMNS).to_pandas()
    assert str(frame["no"].dtype) == "int64[pyarrow]"
    assert frame["title"].isna().tolist() == [False, True]
    assert list(frame["subjects"][1]) == ["x", "y"]
    rows = frame.explode("subjects")[["id", "subjects"]]
    assert rows["id"].tolist() == ["a1", "b", "b"]
    assert rows["subjects"].isna().tolist() == [True, False, False]


def test_pandas_reads_the_stream_itself(books, pandas, pyarrow):
    frame = pandas.DataFrame.from_arrow(scan(books, COLUMNS))
    assert frame.shape == (60, 5)
