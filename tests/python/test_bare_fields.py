"""Fields that are data without indicators and subfields, like Aleph's FMT and SYS."""

from __future__ import annotations

import io
import json

import pytest
import tidemarc
from tidemarc import Reader, Record, Subfield
from tidemarc.pymarc import MARCReader


def iso2709(fields: list[tuple[str, bytes]]) -> bytes:
    directory, data = b"", b""
    for tag, content in fields:
        content += b"\x1e"
        directory += f"{tag}{len(content):04}{len(data):05}".encode()
        data += content
    base = 24 + len(directory) + 1
    leader = f"{base + len(data) + 1:05}nam a22{base:05}   4500".encode()
    return leader + directory + b"\x1e" + data + b"\x1d"


BARE = {"FMT": "BK", "SYS": "000123 456", "LOC": "", "245": "TITLE"}
RECORD = iso2709(
    [("001", b"x1")]
    + [(tag, text.encode()) for tag, text in BARE.items()]
    + [("CAT", b"  \x1faNAME"), ("500", b"  ")]
)


@pytest.fixture
def record() -> Record:
    return next(Reader(RECORD))


def test_a_native_record_keeps_the_text(record):
    fields = {
        tag: content for field in record.as_dict()["fields"] for tag, content in field.items()
    }
    assert {tag: fields[tag] for tag in BARE} == BARE
    assert fields["CAT"] == {"ind1": " ", "ind2": " ", "subfields": [{"a": "NAME"}]}
    assert fields["500"] == {"ind1": " ", "ind2": " ", "subfields": []}
    assert json.loads(record.as_json()) == record.as_dict()
    lines = str(record).splitlines()
    assert "=FMT  BK" in lines
    assert "=SYS  000123\\456" in lines
    assert record["SYS"].value() == record["SYS"].format_field() == "000123 456"


def test_the_text_is_kept_after_the_field_was_looked_at(record):
    before = record.as_dict()
    for field in record.fields:
        assert field.control_field == (field.tag == "001")
        assert field.control_field or isinstance(field.subfields, list)
    assert record.as_dict() == before
    assert json.loads(record.as_json()) == before
    record["SYS"].subfields.append(Subfield("a", "more"))
    assert "=SYS  00$amore" in str(record).splitlines()


@pytest.mark.parametrize("format", ["marcxml", "json", "marcmaker", "line"])
def test_every_format_has_the_same_text(record, format):
    target = io.BytesIO()
    tidemarc.convert(RECORD, target, to_format=format)
    assert tidemarc.dumps(record, format) == target.getvalue()
    again = next(Reader(target.getvalue()))
    assert again.as_dict()["fields"] == record.as_dict()["fields"]
    if format == "marcxml":
        assert b'<controlfield tag="FMT">BK</controlfield>' in target.getvalue()
        assert b'<datafield tag="500" ind1=" " ind2=" ">' in target.getvalue()


def test_the_drop_in_loses_it_as_pymarc_does():
    fields = next(MARCReader(RECORD)).as_dict()["fields"]
    assert {"FMT": {"ind1": "B", "ind2": "K", "subfields": []}} in fields
