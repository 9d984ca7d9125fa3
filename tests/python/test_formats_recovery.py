"""The cost of damage in MARCXML and JSON."""

import io
import json

import pytest
from tidemarc import Fault, Reader, dumps

LEADER = "00000nam a2200000 a 4500"


def record(number):
    return {"leader": LEADER, "fields": [{"001": f"id{number}"}]}


def read(data, format="json", **options):
    """Returns the control numbers, with `!` for a fault; every byte is accounted for."""
    data = data.encode() if isinstance(data, str) else data
    reader = Reader(io.BytesIO(data), format=format, errors="yield", **options)
    told = ["!" if isinstance(one, Fault) else one["001"].data for one in reader]
    stats = reader.stats
    assert stats.record_bytes + stats.fault_bytes + stats.padding_bytes == len(data)
    return told


@pytest.fixture(scope="module")
def books(fixtures):
    return dumps(list(Reader(fixtures / "books.mrc")), "marcxml")


def test_records_in_a_wrapper_are_found_wherever_their_keys_stand():
    late = [{"_id": number, **record(number)} for number in range(3)]
    told = ["id0", "id1", "id2"]
    assert read(json.dumps({"records": [*late[:2], record(2)]})) == told
    assert read(json.dumps({"records": late, "next": None})) == told
    hits = [{"_id": at, "_source": {"at": at, **record(at)}} for at in range(3)]
    assert read(json.dumps({"took": 5, "hits": {"total": 3, "hits": hits}}, indent=2)) == told
    assert read(json.dumps([{"id": at, "marc": one} for at, one in enumerate(late)])) == told


def test_a_damaged_key_in_a_wrapper_is_no_padding():
    text = json.dumps({"records": [record(number) for number in range(4)]})
    assert read(text.replace('"leader"', '"lader"', 1)) == ["id0", "id1", "id2", "id3"]
    assert read(text.replace('"fields"', '"felds"', 1)) == ["!", "id1", "id2", "id3"]


@pytest.mark.parametrize("indent", [None, 1])
def test_a_lost_quote_costs_one_record_whatever_it_begins_with(indent):
    text = json.dumps([{"_id": at, **record(at)} for at in range(5)], indent=indent)
    at = text.index("id1")
    assert read(text[: at + 3] + text[at + 4 :]) == ["id0", "!", "id2", "id3", "id4"]


@pytest.mark.parametrize("junk", [b"<?", b"<!--", b"<![CDATA[", b"<!DOCTYPE x ["])
def test_three_bytes_cost_one_record_of_xml(books, junk):
    at = books.index(b"Kafka")
    told = read(books[:at] + junk + books[at:], "marcxml")
    assert (len(told), told.count("!"), told[1]) == (60, 1, "!")


def test_a_declaration_without_its_end_costs_no_record(books):
    told = read(books.replace(b'"UTF-8"?>', b'"UTF-8">', 1), "marcxml")
    assert (told[0], len(told), told.count("!")) == ("!", 61, 1)


@pytest.mark.parametrize("format", ["marcxml", "json"])
def test_reading_can_go_on_inside_of_what_is_too_long(fixtures, format):
    records = list(Reader(fixtures / "books.mrc"))[:3]
    data = dumps(records, format)
    options = {"format": format, "max_record_length": 1500, "errors": "yield"}
    whole = io.BytesIO()
    list(Reader(io.BytesIO(data), quarantine=whole, **options))
    for stop in range(1, 12):
        parts = io.BytesIO()
        reader = Reader(io.BytesIO(data), quarantine=parts, **options)
        for _ in range(stop):
            next(reader, None)
        start = reader.position
        reader.close()
        list(Reader(io.BytesIO(data), start=start, quarantine=parts, **options))
        assert parts.getvalue() == whole.getvalue(), stop


def xml(number, prefix=""):
    return (
        f"<{prefix}record><{prefix}leader>{LEADER}</{prefix}leader>"
        f'<{prefix}controlfield tag="001">{number}</{prefix}controlfield></{prefix}record>'
    )


def test_results_of_xml_do_not_depend_on_the_chunks():
    cut = "<aaaaaaaaaaaaaaa:record><leader>x</leader>"
    for text in [
        f"<collection>{cut}{xml(1, 'b:')}{xml(2, 'b:')}</collection>",
        f"<m:collection><mm:record>{xml(0, 'm:')[10:]}{xml(1, 'm:')}{xml(2, 'm:')}</m:collection>",
    ]:
        for chunk_size in [1, 7, 65536]:
            assert read(text, "marcxml", chunk_size=chunk_size) == ["!", "1", "2"]


OAI = "".join(
    "<record><header><identifier>1</identifier></header>"
    f"<metadata>{xml(number, 'm:')}</metadata></record>"
    '<record><header status="deleted"><identifier>2</identifier></header></record>'
    for number in range(3)
)
SRU = "".join(
    f"<s:record><s:recordData>{xml(number)}</s:recordData>"
    "<s:recordPosition>1</s:recordPosition></s:record>"
    for number in range(3)
)


@pytest.mark.parametrize(
    "text",
    [
        f"<collection>{xml(0)}<foo>precious data</foo>{xml(1)}\n<!-- a -->text<foo>more</foo>"
        f"<record><x>y</x></record>{xml(2)}</collection>\n",
        f"<collection>{xml(0)}<subfield>x</subfield></datafield></record><foo>data</foo>{xml(1)}"
        "<foo>more</foo></collection>",
        f"<sets><collection>{xml(0)}<foo>data</foo></collection><say>so</say></sets>",
        f"<OAI-PMH><responseDate>2002</responseDate><ListRecords>{OAI}"
        "<resumptionToken>abc</resumptionToken></ListRecords></OAI-PMH>\n",
        f"<s:searchRetrieveResponse><s:version>1.1</s:version><s:records>{SRU}</s:records>"
        "<s:echo><s:query>x</s:query></s:echo></s:searchRetrieveResponse>",
        f"<collection>{xml(0)}\0\n{xml(1)}</collection>",
    ],
)
def test_two_runs_over_xml_quarantine_what_one_does(text):
    def run(quarantine, start=0, most=None):
        reader = Reader(
            io.BytesIO(text.encode()),
            format="marcxml",
            errors="yield",
            start=start,
            quarantine=(quarantine, io.BytesIO()),
        )
        for _ in zip(range(1000 if most is None else most), reader, strict=False):
            pass
        reader.close()
        return reader.position

    whole = io.BytesIO()
    run(whole)
    for most in range(1, 9):
        parts = io.BytesIO()
        run(parts, run(parts, most=most))
        assert parts.getvalue() == whole.getvalue(), most


def test_xml_without_records_behind_a_start_has_no_fault():
    text = "junk <OAI-PMH><responseDate>2002</responseDate><error>none</error></OAI-PMH>"
    assert list(Reader(io.BytesIO(text.encode()), format="marcxml", start=5)) == []
