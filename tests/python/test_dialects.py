"""ISO 2709 of systems that are not quite MARC's: the delivered records, and the reports."""

from __future__ import annotations

import io
from typing import NamedTuple

import pytest
import tidemarc.pymarc as pymarc
from tidemarc import Fault, Reader, check
from tidemarc.errors import ForeignFormatError, RecordError, SkippedWarning

CONTROL, TITLE, NOTE = ("001", b"a1"), ("245", b"10\x1faTitle"), ("500", b"  \x1faNote")


def record(*fields, leader=b"nam a22\0\0\0\0\0   4500", length=None, digits=4):
    """Makes a record. A length that is too long for its digits keeps its last digits."""
    directory, data = b"", b""
    for tag, content in fields:
        size = b"%0*d" % (digits, len(content) + 1) if digits > 4 else b"%04d" % (len(content) + 1)
        if digits == 4:
            size = size[-4:]
        elif len(content) < 9_999:
            size = b"%04d" % (len(content) + 1)
        directory += tag.encode() + size + (b"%05d" % len(data))[-5:]
        data += content + b"\x1e"
    base = 25 + len(directory)
    stated = length or (b"%05d" % (base + len(data) + 1))[-5:]
    return stated + leader.replace(bytes(5), b"%05d" % base) + directory + b"\x1e" + data + b"\x1d"


def overflowing(*fields):
    """Makes a record as pymarc does, whose numbers have the digits that they need."""
    directory, data = b"", b""
    for tag, content in fields:
        directory += tag.encode() + b"%04d%05d" % (len(content) + 1, len(data))
        data += content + b"\x1e"
    base = 25 + len(directory)
    leader = b"%05dnam a22%05d   4500" % (base + len(data) + 1, base)
    return leader + directory + b"\x1e" + data + b"\x1d"


def with_leader(at, new):
    sound = record(CONTROL, TITLE, NOTE)
    return sound[:at] + new + sound[at + len(new) :]


class Dialect(NamedTuple):
    """A record, its fields, and the expected reports: code, severity, tag."""

    data: bytes
    fields: list
    said: list
    #: True if the record is only delivered with repair.
    repaired: bool = False


PLAIN = [CONTROL, TITLE, NOTE]
SOUND = record(*PLAIN)
WIDE = SOUND[:18] + "\ufffd".encode() + SOUND[19:]
LONG = ("520", b"  \x1fa" + b"x" * 23_456)
MANY = [CONTROL, TITLE, *(("505", b"  \x1fa" + b"long " * 1_900) for _ in range(12)), NOTE]
LONG_RECORD = [("TM101", "repaired", None), ("TM203", "repaired", None)]


def information(code, tag=None):
    return [(code, "information", tag)]


DIALECTS = {
    "leader/10-11 blank": Dialect(with_leader(10, b"  "), PLAIN, information("TM104")),
    "leader/10-11 is 00": Dialect(with_leader(10, b"00"), PLAIN, information("TM104")),
    "leader/20-23 is 450 and a blank": Dialect(
        with_leader(20, b"450 "), PLAIN, information("TM105")
    ),
    "leader/20-23 is 45 and two blanks": Dialect(
        with_leader(20, b"45  "), PLAIN, information("TM105")
    ),
    "leader/20-23 is 45e0": Dialect(with_leader(20, b"45e0"), PLAIN, information("TM105")),
    "leader/20-23 blank": Dialect(with_leader(20, b"    "), PLAIN, information("TM105")),
    "leader/10-11 and 20-23 blank": Dialect(
        with_leader(10, b"  00061       "),
        PLAIN,
        [
            ("TM102", "repaired", None),
            *information("TM104"),
            *information("TM105"),
        ],
        repaired=True,
    ),
    "leader/05-08 blank": Dialect(with_leader(5, b"    "), PLAIN, []),
    "leader/17-19 blank": Dialect(with_leader(17, b"   "), PLAIN, []),
    "leader/17-19 is #$~": Dialect(with_leader(17, b"#$~"), PLAIN, []),
    "tags of letters": Dialect(
        record(CONTROL, ("FMT", b"BK"), ("LKR", b"  \x1faUP"), ("c4t", b"  \x1faX")),
        [CONTROL, ("FMT", b"BK"), ("LKR", b"  \x1faUP"), ("c4t", b"  \x1faX")],
        information("TM504", "FMT"),
    ),
    "odd tags": Dialect(
        record(CONTROL, (".33", b"  \x1faX"), ("24 ", b"10\x1faY"), NOTE),
        [CONTROL, (".33", b"  \x1faX"), ("24 ", b"10\x1faY"), NOTE],
        [*information("TM206", ".33"), *information("TM206", "24 ")],
    ),
    "U+FFFD at leader/18": Dialect(
        WIDE,
        PLAIN,
        [("TM102", "repaired", None)],
        repaired=True,
    ),
    "a subfield without a code": Dialect(
        record(CONTROL, ("245", b"10\x1faTitle\x1f\x1fbrest\x1f"), NOTE),
        [CONTROL, ("245", b"10\x1faTitle\x1f\x1fbrest\x1f"), NOTE],
        information("TM503", "245"),
    ),
    "text before the first subfield": Dialect(
        record(CONTROL, ("245", b"10Title\x1fbrest"), NOTE),
        [CONTROL, ("245", b"10Title\x1fbrest"), NOTE],
        information("TM502", "245"),
    ),
    "a data field without subfields": Dialect(
        record(CONTROL, ("245", b"Title"), NOTE),
        [CONTROL, ("245", b"Title"), NOTE],
        information("TM504", "245"),
    ),
    "a terminator inside a field": Dialect(
        record(CONTROL, ("245", b"10\x1faTi\x1etle"), NOTE),
        [CONTROL, ("245", b"10\x1faTi\x1etle"), NOTE],
        information("TM303", "245"),
    ),
    "a field of 23 KB whose length lost a digit": Dialect(
        record(CONTROL, TITLE, LONG, NOTE),
        [CONTROL, TITLE, LONG, NOTE],
        [("TM201", "repaired", "520")],
        repaired=True,
    ),
    "a field of 23 KB whose length has five digits": Dialect(
        record(CONTROL, TITLE, LONG, NOTE, digits=5),
        [CONTROL, TITLE, LONG, NOTE],
        [("TM202", "repaired", None)],
        repaired=True,
    ),
    "a record of 114 KB of length 00000": Dialect(
        record(*MANY, length=b"00000"), MANY, LONG_RECORD, repaired=True
    ),
    "a record of 114 KB of length 99999": Dialect(
        record(*MANY, length=b"99999"), MANY, LONG_RECORD, repaired=True
    ),
    "a record of 114 KB whose length lost a digit": Dialect(
        record(*MANY), MANY, LONG_RECORD, repaired=True
    ),
    "a record of 114 KB whose length and starts have six digits": Dialect(
        overflowing(*MANY),
        MANY,
        [("TM101", "repaired", None), ("TM202", "repaired", None)],
        repaired=True,
    ),
    "a record of 104 KB whose length alone has six digits": Dialect(
        overflowing(*MANY[:13]),
        MANY[:13],
        [("TM101", "repaired", None)],
        repaired=True,
    ),
}


@pytest.fixture(params=DIALECTS)
def dialect(request):
    return DIALECTS[request.param]


def content(item):
    return [(field.tag, field.raw) for field in item.fields]


def said(faults):
    return [(fault.code, fault.severity, fault.tag) for fault in faults]


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_delivered_and_what_is_said(dialect, threads):
    around = record(CONTROL)
    data = around + dialect.data + around
    before, item, after = Reader(data, repair=True, threads=threads)
    assert content(item) == dialect.fields
    assert said(item.faults) == dialect.said
    assert (item.raw, item.offset) == (dialect.data, len(around))
    assert not before.faults
    assert not after.faults
    # Without repair it is either delivered, with the same words, or reported.
    _, item, *_ = Reader(data, errors="yield", threads=threads)
    assert isinstance(item, Fault) == dialect.repaired
    if not dialect.repaired:
        assert (content(item), said(item.faults)) == (dialect.fields, dialect.said)


@pytest.mark.parametrize("between", [b"\n", b"\r\n", b"\0\0"])
def test_blank_space_before_it_costs_nothing(dialect, between):
    around = record(CONTROL)
    _, item, _ = Reader(between.join([around, dialect.data, around]), repair=True)
    assert (content(item), item.raw) == (dialect.fields, dialect.data)


def test_the_leader_begins_behind_the_digits_that_are_too_many():
    data = overflowing(*MANY)
    (item,) = Reader(data, errors="repair")
    assert data.startswith(b"114290nam")
    assert str(item.leader) == data[1:25].decode()
    assert item.leader.record_status == "n"
    with pytest.warns(SkippedWarning):
        assert not list(Reader(data, errors="skip"))


def test_check_says_the_same(dialect):
    summary = check(dialect.data)
    found = {(entry.first.code, entry.first.severity) for entry in summary.faults}
    assert found == {(code, severity) for code, severity, _ in dialect.said}
    assert summary.sound == (not dialect.repaired)
    for code, _, _ in dialect.said:
        assert code in str(summary)


def test_the_drop_in_delivers_the_same_fields(dialect):
    (item,) = pymarc.MARCReader(dialect.data, recover=True, to_unicode=False)
    assert [field.tag for field in item] == [tag for tag, _ in dialect.fields]
    for field, (tag, data) in zip(item, dialect.fields, strict=True):
        if tag == "001":
            assert field.data == data
        else:
            values = [part[1:] for part in data.split(b"\x1f")[1:] if part]
            assert [value for _, value in field.subfields] == values
    if dialect.repaired:
        assert said(item.faults) == dialect.said


def test_an_indicator_of_two_bytes_leaves_the_other_sound():
    content = "é0\x1faTitle".encode()
    data = record(CONTROL, ("245", content), NOTE)
    (item,) = Reader(data)
    assert said(item.faults) == information("TM505", "245")
    assert item.faults[0].reason == 'the indicator "é" is not one ASCII character'
    assert (item["245"].indicator1, item["245"].indicator2) == ("é", "0")
    assert item.as_dict()["fields"][1]["245"]["ind2"] == "0"
    # pymarc decodes indicators as ASCII.
    for recover in (False, True):
        assert list(pymarc.MARCReader(data, recover=recover)) == [None]


def isis(count, field_end, record_end, width):
    """Returns records as CDS/ISIS exports them: `^a` for subfields, and lines of a fixed width."""
    lines = []
    for number in range(count):
        contents = [b"^aText %d of record %d^bmore of it" % (at, number) for at in range(6)]
        directory, data = b"", b""
        for at, text in enumerate(contents):
            directory += b"%03d%04d%05d" % (10 + at, len(text) + 1, len(data))
            data += text + field_end
        base = 25 + len(directory)
        head = b"%05d0000000%05d0004500" % (base + len(data) + 1, base)
        whole = head + directory + field_end + data + record_end
        step = width or len(whole)
        lines += [whole[at : at + step] for at in range(0, len(whole), step)]
    return b"".join(line + b"\r\n" for line in lines)


@pytest.mark.parametrize("count", [1, 500])
@pytest.mark.parametrize(
    ("field_end", "record_end", "width"),
    [
        (b"#", b"#", 80),
        (b"#", b"##", 80),
        (b"#", b"#", None),
        (b"#", b"\x1d", 80),
        (b"#", b"\x1d", None),
        (b"\x1e", b"\x1d", 80),
        (b"\x1e", b"#", 80),
    ],
)
def test_an_export_of_cds_isis_is_told_for_what_it_is(
    tmp_path, count, field_end, record_end, width
):
    data = isis(count, field_end, record_end, width)
    path = tmp_path / "export.iso"
    path.write_bytes(data)
    words = "looks like a CDS/ISIS export"
    for source in (data, path, io.BytesIO(data)):
        with pytest.raises(RecordError, match=words):
            next(Reader(source))
        if isinstance(source, io.BytesIO):
            source.seek(0)
        reader = Reader(source, repair=True)
        with pytest.raises(ForeignFormatError, match=words):
            next(reader)
        assert next(reader, None) is None
    summary = check(path)
    assert not summary.sound
    assert (summary.faults[0].first.kind, len(summary.faults)) == ("foreign", 1)
    assert words in str(summary)
    items = pymarc.MARCReader(path, recover=True)
    assert list(items) == [None]
    assert isinstance(items.current_exception, ForeignFormatError)
    assert words in str(items.current_exception)


def test_an_export_of_cds_isis_with_marcs_terminators_and_no_wrapping_is_read():
    data = isis(20, b"\x1e", b"\x1d", None)
    records = list(Reader(data))
    assert len(records) == 20
    assert {fault.code for item in records for fault in item.faults} == {"TM104", "TM504"}
    assert records[3].fields[1].raw == b"^aText 1 of record 3^bmore of it"
