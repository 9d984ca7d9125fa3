"""Text that does not decode: it is reported, copied and written as it is, or replaced."""

from __future__ import annotations

import copy
import pickle

import pytest
import tidemarc
from shared.records import one
from tidemarc import Reader, Subfield


def test_what_does_not_decode_is_repaired_by_replacing_it(marc):
    def read():
        raw = marc.record(
            marc.field("001", "a1"), ("005", b"x\xffy"), ("245", b"10\x1faCaf\xff\x1fbx")
        )
        return next(Reader(raw))

    record = read()
    record["005"].data = "ok"
    field = record["245"]
    field.subfields = [Subfield("a", "fixed")]
    assert field.indicators == ("1", "0")
    field.indicators = ("1", "4")
    copies = [record, record.copy(), pickle.loads(pickle.dumps(record))]
    for repaired in [*copies, next(Reader(record.as_marc()))]:
        assert str(repaired["005"]) == "=005  ok"
        assert str(repaired["245"]) == "=245  14$afixed"
        assert repaired["001"].data == "a1"
    assert field.raw == copy.copy(field).raw == b"10\x1faCaf\xff\x1fbx"


def test_what_nobody_replaced_need_not_decode_to_be_written_or_copied(marc):
    raw = marc.record(marc.field("001", "a1"), ("245", b"10\x1faCaf\xff"))
    record = next(Reader(raw))
    record["245"].indicator2 = "4"
    assert record.as_marc() == raw.replace(b"10\x1fa", b"14\x1fa")
    for other in (record.copy(), pickle.loads(pickle.dumps(record))):
        assert other.as_marc() == record.as_marc()
        with pytest.raises(tidemarc.errors.EncodingError) as caught:
            other["245"].value()
        assert caught.value.offset == raw.index(b"\xff")


def test_indicators_that_are_no_text_are_told_and_replaced(marc):
    record = next(Reader(marc.record(marc.field("001", "a1"), ("245", b"\xff0\x1faTitle"))))
    field = record["245"]
    with pytest.raises(tidemarc.errors.EncodingError):
        _ = field.indicators
    field.subfields = [Subfield("a", "fixed")]
    with pytest.raises(tidemarc.errors.EncodingError):
        _ = field.indicators
    field.indicators = ("1", "0")
    assert next(Reader(record.as_marc())).title == "fixed"


def test_bytes_before_the_first_delimiter_are_decoded_and_kept(marc):
    record = one(marc.record(marc.field("001", "a1"), ("245", b"10\xff\xfe\x1faTitle")))
    for look in (
        lambda field: field.value(),
        lambda field: field["a"],
        lambda field: field.subfields,
        lambda field: field.format_field(),
    ):
        with pytest.raises(tidemarc.errors.EncodingError):
            look(record["245"])
    assert record["245"].indicators == ("1", "0")
    record["245"].indicator2 = "4"
    assert one(record.as_marc())["245"].raw == b"14\xff\xfe\x1faTitle"
    record["245"].subfields = [Subfield("a", "fixed")]
    assert one(record.as_marc())["245"].raw == b"14\x1fafixed"
    record = one(marc.record(marc.field("001", "a1"), ("245", b"10xyz\x1faT")))
    field = record["245"]
    assert (field.value(), field.indicators) == ("T", ("1", "0"))
    field.add_subfield("b", "U")
    assert one(record.as_marc())["245"].raw == b"10xyz\x1faT\x1fbU"
    field.indicator1 = "0"
    record.leader[9] = " "
    assert one(record.as_marc())["245"].raw == b"00xyz\x1faT\x1fbU"


def test_a_record_that_says_it_is_utf8_is_utf8(marc):
    raw = marc.record(
        ("001", b"ab\xe9c"), marc.field("245", "10$aHi"), leader=b"00000nam  2200000   4500"
    )
    record = one(raw)
    record.leader[9] = "a"
    assert one(record.as_marc())["001"].data == record["001"].data == "abč"
    record = one(raw, encoding="utf-8")
    assert record.as_marc() == raw
    record.leader[9] = "a"
    with pytest.raises(tidemarc.errors.EncodingError):
        record.as_marc()
    record["001"].data = "abc"
    assert one(record.as_marc())["001"].data == "abc"
    record = one(raw, encoding="utf-8", encoding_errors="replace")
    record.leader[9] = "a"
    assert one(record.as_marc())["001"].data == "ab\ufffdc"


def test_a_leader_that_is_not_ascii_may_be_looked_at(marc):
    raw = bytearray(marc.record())
    raw[23] = 0xE9
    record = one(bytes(raw))
    assert record.leader[23] == "é"
    for other in (record, record.copy(), pickle.loads(pickle.dumps(record))):
        assert other.as_marc() == raw
    record.leader[22] = "ß"
    with pytest.raises(tidemarc.errors.WriteError, match="a leader is 24 ASCII characters"):
        record.as_marc()
