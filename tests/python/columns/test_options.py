"""The options of columns against a plain computation over the records of a reader."""

from __future__ import annotations

import datetime
import unicodedata

import pytest
from tidemarc import Column, Reader, scan


def cells(source, column, **options):
    """Returns the cells of one column."""
    return scan(source, {"x": column}, **options).to_arrow()["x"].to_pylist()


def subfields(record, tag, codes, indicators="**"):
    """Returns the values of subfields."""
    return [
        each.value
        for field in record.get_fields(tag)
        if all(want in ("*", have) for want, have in zip(indicators, field.indicators, strict=True))
        for each in field.subfields
        if each.code in codes
    ]


def test_the_order_is_that_of_the_record_or_of_the_selector(books, pyarrow):
    for order, key in (("record", lambda each: 0), ("spec", lambda each: "cba".index(each.code))):
        expected = []
        for record in Reader(books):
            parts = [
                each.value
                for field in record.get_fields("245")
                for each in sorted((s for s in field.subfields if s.code in "abc"), key=key)
            ]
            expected.append(" ".join(parts) or None)
        column = Column("245$c$b$a", repeat="join", order=order)
        assert cells(books, column) == expected


def test_years_are_numbers_and_other_text_is_null(books, marc, pyarrow):
    expected = [
        int(text) if (text := record["008"].data[7:11]).isdecimal() else None
        for record in Reader(books)
    ]
    assert cells(books, Column("008/7-10", type="year")) == expected
    assert None not in expected[:3]
    texts = ["1999", "19uu", "||||", "    ", "1999]", "0800", "199", "c199"]
    data = b"".join(marc.record(marc.field("260", f"  $c{text}")) for text in texts)
    years = [1999, None, None, None, 1999, 800, None, None]
    assert cells(data, Column("260$c", type="year", repeat="first")) == years
    default = Column("260$c", type="year", repeat="first", default=1900)
    assert cells(data, default) == [1900 if year is None else year for year in years]


def test_numbers_dates_and_truth_values(marc, pyarrow):
    texts = ["12", " -3 ", "x", "", "20240229", "2024-02-29", "240229", "20240230", "yes", "F", "1"]
    data = b"".join(marc.record(marc.field("900", f"  $a{text}")) for text in texts)
    first = {"repeat": "first"}
    assert cells(data, Column("900$a", type="int", **first)) == [
        12, -3, None, None, 20240229, None, 240229, 20240230, None, None, 1,
    ]  # fmt: skip
    leap = datetime.date(2024, 2, 29)
    dates = cells(data, Column("900$a", type="date", **first))
    assert dates == [None] * 4 + [leap] * 3 + [None] * 4
    truths = cells(data, Column("900$a", type="bool", **first))
    assert truths == [None] * 8 + [True, False, True]


def test_indicators_select_fields(books, pyarrow):
    for indicators, plain in [("*0", "*0"), ("#0", " 0"), (" 0", " 0"), ("10", "10"), ("**", "**")]:
        for tag in ("650", "245"):
            expected = [subfields(record, tag, "a", plain) or None for record in Reader(books)]
            assert cells(books, Column(f"{tag}$a", ind=indicators)) == expected


def test_text_is_normalized(books, pyarrow):
    for form in ("NFC", "NFD"):
        expected = [
            [unicodedata.normalize(form, value) for value in subfields(record, "245", "abc")]
            or None
            for record in Reader(books)
        ]
        assert cells(books, Column("245$a$b$c", normalize=form)) == expected


def test_the_default_stands_for_null(books, pyarrow):
    expected = [subfields(record, "020", "a")[:1] or ["none"] for record in Reader(books)]
    column = Column("020$a", repeat="first", default="none")
    assert cells(books, column) == [value for (value,) in expected]


def test_punctuation_is_trimmed(marc, pyarrow):
    data = marc.record(marc.field("245", "10$aTitle :$brest /$cauthor."))
    assert cells(data, Column("245$a$b$c", trim=True)) == [["Title", "rest", "author"]]


def test_fields_880_are_matched_by_tag_and_occurrence(marc, pyarrow):
    data = marc.record(
        marc.field("245", "10$6880-01$aRomaji"),
        marc.field("500", "  $aNote"),
        marc.field("880", "10$6245-01/(3$aKanji"),
        marc.field("880", "10$6245-00$aAlone"),
        marc.field("880", "  $6500-02$aOther"),
    )
    assert cells(data, Column("245$a")) == [["Romaji"]]
    assert cells(data, Column("245$a", linked="only")) == [["Kanji", "Alone"]]
    assert cells(data, Column("245$a", linked="both")) == [["Romaji", "Kanji", "Alone"]]
    assert cells(data, Column("245$a", linked="pair")) == [
        [
            {"text": "Romaji", "linked": "Kanji", "script": "(3"},
            {"text": None, "linked": "Alone", "script": None},
        ]
    ]


def test_whole_fields_keep_together_what_belongs_together(books, pyarrow):
    expected = [
        [
            {
                "ind1": field.indicators[0],
                "ind2": field.indicators[1],
                "subfields": [
                    {"code": each.code, "value": each.value}
                    for each in field.subfields
                    if each.code in "a02"
                ]
                or None,
            }
            for field in record.get_fields("650")
        ]
        or None
        for record in Reader(books)
    ]
    assert cells(books, Column.fields("650", "a0 2")) == expected


def test_codes_in_both_cases_stay_apart_in_every_library(marc, pyarrow, polars, duckdb):
    data = marc.record(marc.field("900", "  $alower$Aupper"))
    each = scan(data, {"f": Column.fields("900")})
    both = [{"code": "a", "value": "lower"}, {"code": "A", "value": "upper"}]
    assert each.to_arrow()["f"].to_pylist()[0][0]["subfields"] == both
    assert each.to_polars()["f"].to_list()[0][0]["subfields"] == both
    query = "SELECT s.code, s.value FROM (SELECT unnest(f[1].subfields) AS s FROM each)"
    assert duckdb.sql(query).fetchall() == [("a", "lower"), ("A", "upper")]


def test_explode_makes_a_row_for_each_value(books, pyarrow):
    columns = {"id": "control_number", "subject": Column("650$a", repeat="explode")}
    expected = [
        {"id": record["001"].data, "subject": value}
        for record in Reader(books)
        for value in subfields(record, "650", "a") or [None]
    ]
    each = scan(books, columns)
    assert each.to_arrow().to_pylist() == expected
    assert each.head(7).to_arrow().to_pylist() == expected[:7]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_lazy_frame_keeps_the_rows_of_a_column_that_is_not_selected(books, polars, engine):
    from tidemarc.polars import scan_marc

    columns = {"id": "control_number", "subject": Column("650$a", repeat="explode")}
    lazy = scan_marc(books, columns)
    expected = scan(books, columns).to_polars()
    assert lazy.select("id").collect(engine=engine).equals(expected.select("id"))
    assert lazy.select(polars.len()).collect(engine=engine).item() == expected.height


def test_nested_is_everything(books, pyarrow):
    table = scan(books, "nested").to_arrow()
    assert table.column_names == [
        "record_no", "file", "control_number", "leader", "fields",
        "offset_bytes", "length", "encoding", "faults",
    ]  # fmt: skip
    for row, record in zip(table.to_pylist(), Reader(books), strict=True):
        assert (row["record_no"], row["file"]) == (record.number, str(books))
        assert (row["control_number"], row["leader"]) == (record["001"].data, str(record.leader))
        assert row["fields"] == [
            {"tag": field.tag, "ind1": None, "ind2": None, "value": field.data, "subfields": None}
            if field.control_field
            else {
                "tag": field.tag,
                "ind1": field.indicators[0],
                "ind2": field.indicators[1],
                "value": None,
                "subfields": [{"code": each.code, "value": each.value} for each in field.subfields],
            }
            for field in record.fields
        ]


def test_long_has_a_row_for_each_subfield(books, pyarrow):
    table = scan(books, "long").to_arrow()
    expected = []
    for record in Reader(books):
        for field_no, field in enumerate(record.fields, 1):
            if field.control_field:
                expected.append(
                    (record.number, field_no, field.tag, None, None, None, None, field.data)
                )
                continue
            for subfield_no, each in enumerate(field.subfields, 1):
                expected.append(
                    (record.number, field_no, field.tag, *field.indicators, subfield_no, *each)
                )
    names = ["record_no", "field_no", "tag", "ind1", "ind2", "subfield_no", "code", "value"]
    assert [tuple(row[name] for name in names) for row in table.to_pylist()] == expected


def test_raw_gives_the_bytes_back(books, pyarrow):
    table = scan(books, "raw").to_arrow()
    assert b"".join(table["raw"].to_pylist()) == books.read_bytes()
    offsets = [record.offset for record in Reader(books)]
    assert table["offset_bytes"].to_pylist() == offsets


def test_a_table_by_name_is_shown_pickled_and_queried(books, polars, duckdb):
    import pickle

    from tidemarc.polars import scan_marc

    each = scan(books, "nested")
    assert "fields" in repr(each)
    assert pickle.loads(pickle.dumps(each)).schema == each.schema
    assert scan_marc(books, "nested").select("control_number").collect().height == 60
    query = "SELECT count(*) FROM (SELECT unnest(fields) AS f FROM each) WHERE f.tag = '650'"
    subjects = sum(len(record.get_fields("650")) for record in Reader(books))
    assert duckdb.sql(query).fetchall() == [(subjects,)]
    with pytest.raises(ValueError, match="'nested', 'long' or 'raw', not \"wide\""):
        scan(books, "wide")
