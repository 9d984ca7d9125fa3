"""Damaged records in Python: repairs, and what is written of a repaired record."""

from __future__ import annotations

import io
import pickle

import pytest
import tidemarc
from shared.records import with_length
from tidemarc import Fault, Reader, check


def content(record):
    """What a record says, whatever its lengths."""
    return [(field.tag, field.raw) for field in record.fields]


#: What is done to the record in the middle, and the kind of fault that is told.
DAMAGES = {
    "length too large by 7": (lambda r: with_length(r, b"%05d" % (len(r) + 7)), "record_length"),
    "length 99999": (lambda r: with_length(r, b"99999"), "record_length"),
    "length abcde": (lambda r: with_length(r, b"abcde"), "record_length"),
    "length 00000": (lambda r: with_length(r, b"00000"), "record_length"),
    "base address off by one": (
        lambda r: r[:12] + b"%05d" % (int(r[12:17]) + 1) + r[17:],
        "base_address",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("threads", [1, 2])
def test_what_agrees_with_itself_is_repaired(records, damage, threads):
    change, kind = DAMAGES[damage]
    middle = len(records) // 2
    damaged = [*records[:middle], change(records[middle]), *records[middle + 1 :]]
    sound = list(Reader(b"".join(records)))
    reader = Reader(b"".join(damaged), errors="repair", threads=threads, chunk_size=500)
    repaired = list(reader)
    assert [content(record) for record in repaired] == [content(record) for record in sound]
    assert [bool(record.faults) for record in repaired].count(True) == 1
    record = repaired[middle]
    assert record.raw == damaged[middle]
    (fault,) = [fault for fault in record.faults if fault.severity != "information"]
    assert (fault.kind, fault.severity, fault.number) == (kind, "repaired", middle + 1)
    assert fault.offset == record.offset == sum(map(len, damaged[:middle]))
    assert fault.control_number == record["001"].data
    assert reader.stats.kinds == {kind: 1}
    assert (reader.stats.repaired, reader.stats.faults, reader.stats.complete) == (1, 0, True)
    # What is written is a sound record; so are copies.
    (again,) = Reader(record.as_marc())
    assert content(again) == content(sound[middle])
    for copied in (record.copy(), pickle.loads(pickle.dumps(record))):
        assert (copied.raw, content(copied)) == (record.raw, content(record))
    # Without repair it is a fault, as ever.
    kinds = [type(item) for item in Reader(b"".join(damaged), errors="yield")]
    assert kinds.count(Fault) == 1


def test_a_directory_entry_that_is_no_number_costs_its_field_alone(records):
    entry = records[3][24 + 12 * 4 : 24 + 12 * 5]
    damaged = records[3].replace(entry, entry[:3] + b"xxxx" + entry[7:], 1)
    (record,) = Reader(damaged, errors="repair")
    sound = next(Reader(records[3]))
    assert len(record.fields) >= len(sound.fields) - 1
    assert {fault.severity for fault in record.faults} & {"repaired", "lost_field"}
    assert set(content(record)) <= set(content(sound))


def test_a_record_that_was_changed_after_its_repair_is_written_whole(records):
    damaged = with_length(records[0], b"99999")
    (record,) = Reader(damaged, errors="repair")
    record["245"]["a"] = "Repaired /"
    (again,) = Reader(record.as_marc())
    assert again["245"]["a"] == "Repaired /"
    output = io.BytesIO()
    with tidemarc.Writer(output) as writer:
        writer.write(next(Reader(damaged, repair=True)))
    assert content(next(Reader(output.getvalue()))) == content(next(Reader(records[0])))


@pytest.mark.parametrize("at", [8, 10, 17])
def test_a_leader_that_no_reader_would_take_is_written_as_one_that_is(records, at):
    bad = bytearray(records[0])
    bad[at : at + 1] = b"\xe9"
    bad[20:22] = b"  " if at == 10 else b"45"
    for change in (lambda record: None, lambda record: record.leader, changed):
        (record,) = Reader(bytes(bad), repair=True)
        change(record)
        assert [fault.code for fault in record.faults if fault.severity == "repaired"] == ["TM102"]
        (again,) = Reader(record.as_marc())
        assert (str(again.leader)[10:12], again.leader[at] in " 2") == ("22", True)
        assert again["001"].data == record["001"].data


def changed(record):
    record["245"]["a"] = "Changed"


#: Ways to look at a record that change nothing.
LOOKS = {
    "not at all": lambda record: None,
    "at the faults": lambda record: record.faults,
    "at the leader": lambda record: record.leader,
    "at the leader's codes": lambda record: record.leader.coding_scheme,
    "at a field": lambda record: record["245"],
    "at a field's text": lambda record: record["245"].value(),
    "at the fields": lambda record: record.fields,
    "at all of it": lambda record: [str(field) for field in record],
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("scheme", [b"\0", b"\r", b"\xe1"])
def test_who_looks_at_a_repaired_record_changes_nothing(records, scheme, look):
    for sound in records:
        (record,) = Reader(sound[:9] + scheme + sound[10:], errors="repair")
        LOOKS[look](record)
        for written in (record.as_marc(), record.copy().as_marc()):
            assert written[24:] == sound[24:]
            assert written[9:10] == b" "
        text = [str(field) for field in next(Reader(sound))]
        assert [str(field) for field in next(Reader(written))] == text
        record.add_field(tidemarc.Field("500", [" ", " "], [tidemarc.Subfield("a", "é")]))
        (again,) = Reader(record.as_marc())
        assert sorted(map(str, again)) == sorted([*text, "=500  \\\\$aé"])
        record.leader[5] = "c"
        (changed,) = Reader(record.as_marc())
        assert str(changed.leader)[5:10] == "c" + str(again.leader)[6:10]
        assert sorted(map(str, changed)) == sorted(map(str, again))
        record.leader[9] = "a"
        assert sorted(map(str, next(Reader(record.as_marc())))) == sorted(map(str, again))


@pytest.mark.parametrize("scheme", [b"a", b" "])
@pytest.mark.parametrize("at", [0, 4, 5, 7, 9, 12, 16, 17, 19, 20, 24, 26, 30, 35])
def test_a_damaged_leader_or_directory_changes_no_text(records, at, scheme):
    for sound in records:
        sound = sound[:9] + scheme + sound[10:]
        text = [str(field) for field in next(Reader(sound))]
        damaged = bytearray(sound)
        damaged[at] |= 0x80
        (record,) = Reader(bytes(damaged), errors="repair")
        assert {str(field) for field in record} <= set(text)
        assert len(record.fields) >= len(text) - 1
        assert {fault.code for fault in record.faults} & {
            "TM101",
            "TM102",
            "TM103",
            "TM105",
            "TM201",
        }
        assert "encoding" not in {found.first.kind for found in check(bytes(damaged)).faults}


@pytest.mark.parametrize("repair", [False, True])
def test_a_terminator_that_is_missing_is_pointed_at(records, repair):
    for sound in records:
        base = int(sound[12:17])
        for at in (base + sound[base:].index(b"\x1e"), len(sound) - 2):
            items = list(Reader(sound[:at] + b"x" + sound[at + 1 :], errors="yield", repair=repair))
            faults = [fault for item in items for fault in getattr(item, "faults", [item])]
            # A control field has no beginning that one would know it by: its neighbour is told, too.
            fault = next(fault for fault in faults if fault.code == "TM301")
            assert fault.location == (at, at + 1)
            assert " 78" in fault.detail()
