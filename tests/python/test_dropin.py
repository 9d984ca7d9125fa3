"""tidemarc.pymarc: records, their text and their formats, compared with those of pymarc."""

from __future__ import annotations

import io
import json
import warnings

import pymarc as original
import pytest
import tidemarc
from tidemarc import pymarc


@pytest.mark.parametrize(
    "marc8",
    [
        b"",
        b"plain",
        b"Dvo\xe9r\xe2ak",
        b"\x1b(NmIR\x1b(B!",
        b"a\x80b\xff",
        b"\x1b",
        b"x\x1b$1!0(!",
        "té\x1b→ÿ",
    ],
)
@pytest.mark.parametrize("quiet", [False, True])
def test_marc8_has_the_same_answers(marc8, quiet, capsys):
    def answer(package):
        converter = package.MARC8ToUnicode(quiet=quiet)
        results = []
        for function in (
            lambda: package.marc8_to_unicode(marc8, quiet),
            lambda: (converter.translate(marc8), converter.g0, converter.g1),
            lambda: (converter.translate(b"n\xe2e"), converter.g0, converter.g1),
        ):
            try:
                results.append(function())
            except Exception as error:
                results.append((type(error), str(error)))
        return results, capsys.readouterr().err

    assert answer(pymarc) == answer(original)


def test_what_pymarc_writes_and_cannot_read_tidemarcs_writer_refuses():
    record = pymarc.Record(
        fields=[pymarc.Field("245", subfields=[pymarc.Subfield("a", "x" * 108_000)])]
    )
    theirs = original.Record(
        fields=[original.Field("245", subfields=[original.Subfield("a", "x" * 108_000)])]
    )
    assert record.as_marc() == theirs.as_marc()
    with pytest.raises(tidemarc.errors.WriteError), tidemarc.Writer(io.BytesIO()) as writer:
        writer.write(record)


def made(package):
    """Records that are out of the ordinary."""
    field, subfield = package.Field, package.Subfield
    yield package.Record()
    yield package.Record(force_utf8=True)
    yield package.Record(leader="x" * 24, to_unicode=False)
    yield package.Record(fields=[field("001", data=None), field("A"), field("ABCD"), field("5X")])
    yield package.Record(fields=[field("245", ["1", "0"], [subfield("a", None), subfield("", 5)])])
    yield package.Record(
        fields=[field("245", ["", ""], [subfield("a", "é→\x1f")])], to_unicode=False
    )
    yield package.Record(fields=[field("245", ["é", "\\"], [subfield("a", "\ud800")])])
    yield package.Record(fields=(field("650", "10", [subfield("a", "x"), subfield("x", "y")]),))
    yield package.Record(fields=[field(880, None, [subfield("6", "880")]), field("100", "12")])
    raw = package.RawField("245", subfields=[subfield("a", b"caf\xe9")])
    yield package.Record(fields=[raw, package.RawField("001", data=b"x\xff")], to_unicode=False)
    record = package.Record(fields=[field("020", None, [subfield("a", "ISBN 0-1X (pbk)")])])
    record.leader = "y" * 24
    yield record


def test_made_records_are_the_same():
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "conformance"))
    import observe

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, (theirs, ours) in enumerate(zip(made(original), made(pymarc), strict=True)):
            seen = list(observe.record(theirs, original)), list(observe.record(ours, pymarc))
            for their, our in zip(*seen, strict=True):
                assert our == their, number


def failures(package):
    """What is refused, and how."""
    field, record = package.Field("245", "10", [package.Subfield("a", "T")]), package.Record()
    record.add_field(field)
    control = package.Field("001", data="x")
    yield lambda: package.Field("245", ["1"])
    yield lambda: package.Field("245", "123")
    yield lambda: package.Field("245", "10", ["a", "T"])
    yield lambda: package.Field()
    yield lambda: field["z"]
    yield lambda: control["a"]
    yield lambda: field.__setitem__("z", "x")
    yield lambda: control.__setitem__("a", "x")
    yield lambda: setattr(control, "indicator1", "x")
    yield lambda: setattr(field, "indicators", [])
    yield lambda: next(field)
    yield lambda: record["999"]
    yield lambda: record[5]
    yield lambda: record.remove_field(control)
    yield lambda: record.get_fields(["245"], "100")
    yield lambda: record.get_fields(["245"])
    yield lambda: package.Record("text")
    yield lambda: package.Record(b"00026")
    yield lambda: package.Record(b"x" * 30)
    yield lambda: package.Record(None)
    yield lambda: package.Record(leader="short")
    yield lambda: package.Leader("short")
    yield lambda: package.Leader("x" * 24).__setitem__(22, "xyz")
    yield lambda: package.Leader("x" * 24).__setitem__(-1, "x")
    yield lambda: setattr(package.Leader("x" * 24), "record_length", "1")
    yield lambda: package.MARCWriter(io.BytesIO()).write("record")
    yield lambda: package.Field.convert_legacy_subfields(["a", "b", "c"])
    yield lambda: package.Field(
        "880", None, [package.Subfield("6", "880")]
    ).linkage_occurrence_num()
    yield lambda: next(package.MARCMakerReader("=245 x"))
    yield lambda: package.parse_xml_to_array(io.BytesIO(b"<record><leader>x</leader></record>"))


def outcome(function):
    try:
        return "value", repr(function())
    except Exception as error:
        return type(error).__name__, str(error)


def test_failures_are_the_same():
    pairs = zip(failures(original), failures(pymarc), strict=True)
    outcomes = [(outcome(theirs), outcome(ours)) for theirs, ours in pairs]
    assert [pair for pair in outcomes if pair[0] != pair[1]] == []


def test_half_a_surrogate_pair_survives(marc):
    data = marc.record(("245", b"10\x1faCaf\xe9"), ("020", b"  \x1fa\xe9 1-2"))

    def seen(package):
        reader = package.MARCReader(data, utf8_handling="surrogateescape")
        (record,) = reader
        assert reader.current_exception is None
        field = record["245"]
        return (
            (str(record), str(field), field.value(), field.format_field(), record.title),
            (record.as_json(), record.as_dict(), record.isbn, record.subjects),
            outcome(record.as_marc),
            outcome(lambda: field.as_marc("latin-1")),
        )

    assert seen(pymarc) == seen(original)


def test_formats_are_written_and_read_the_same(books):
    def written(package):
        records = list(package.MARCReader(books.read_bytes()))[:10]
        results = []
        for writer, target in (
            (package.JSONWriter, io.StringIO()),
            (package.MARCWriter, io.BytesIO()),
            (package.TextWriter, io.StringIO()),
            (package.XMLWriter, io.BytesIO()),
        ):
            writing = writer(target)
            for record in records:
                writing.write(record)
            writing.close(close_fh=False)
            writing.write(records[0])
            results.append(target.getvalue())
        return results

    theirs, ours = written(original), written(pymarc)
    assert ours == theirs
    jsons, marcs, texts, xmls = ours
    for package in (original, pymarc):
        readings = [
            list(package.JSONReader(jsons)),
            package.parse_json_to_array(jsons),
            list(package.MARCReader(marcs)),
            list(package.MARCMakerReader(texts)),
            package.parse_xml_to_array(io.BytesIO(xmls), strict=True, normalize_form="NFC"),
        ]
        seen = []
        package.map_records(seen.append, io.BytesIO(marcs))
        package.map_xml(seen.append, io.BytesIO(xmls))
        readings.append(seen)
        texts_of = [[str(record) for record in records] for records in readings]
        if package is original:
            expected = texts_of
    assert texts_of == expected
    assert json.loads(jsons)[0]["leader"] == str(readings[0][0].leader)
