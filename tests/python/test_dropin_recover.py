"""`MARCReader(recover=True)`: apart from their repair, the damaged records that it delivers are
pymarc's.
"""

from __future__ import annotations

import copy
import io
import itertools
import os
import pickle

import pytest
import tidemarc
import tidemarc.pymarc as pymarc
from tidemarc.errors import ForeignFormatError


def with_length(record: bytes, length: bytes) -> bytes:
    return length + record[5:]


def one(data, **options):
    """Returns the one record of an input, which was repaired."""
    reader = pymarc.MARCReader(data, recover=True, **options)
    (record,) = reader
    assert record.faults
    return record


@pytest.fixture
def books_raw(books):
    return [record.raw for record in tidemarc.Reader(books)]


def test_only_who_asks_for_it_gets_repaired_records(damaged):
    reader = pymarc.MARCReader(damaged)
    assert len([record for record in reader if record]) == 3
    assert isinstance(reader.current_exception, pymarc.FatalReaderError)
    reader = pymarc.MARCReader(damaged, recover=True)
    records = list(reader)
    repaired = [record for record in records if record and record.faults]
    # The rest are two bad spans and a record that is not UTF-8, for which pymarc returns None too.
    assert (len(records), records.count(None), len(repaired)) == (61, 3, 2)
    assert [fault.code for record in repaired for fault in record.faults] == ["TM101", "TM201"]
    natively = [record for record in tidemarc.Reader(damaged, repair=True, errors="skip")]
    for record in repaired:
        (other,) = (other for other in natively if other.number == record.number)
        assert (record.raw, record.offset) == (other.raw, other.offset)
        assert str(record) == str(other)
        assert record.as_dict() == other.as_dict()
        assert record.source == str(damaged)


def test_a_repaired_record_is_one_of_pymarcs(marc):
    sound = marc.record(leader=b"00000nam  2200000   4500")
    record = one(with_length(sound, b"99999"))
    (again,) = pymarc.MARCReader(sound)
    assert record.as_marc() == again.as_marc()
    assert record.leader[9] == "a"  # pymarc writes UTF-8, and sets leader/09.
    assert record.as_json() != again.as_json()  # The length is that of the input.
    assert record.encoding is None
    for copied in (copy.deepcopy(record), pickle.loads(pickle.dumps(record)), record.copy()):
        assert (str(copied), copied.raw) == (str(record), record.raw)
        assert [fault.code for fault in copied.faults] == ["TM101"]
        assert copied.as_marc() == again.as_marc()
    record["245"]["a"] = "Changed"
    output = io.BytesIO()
    with tidemarc.Writer(output) as writer:
        writer.write(record)
    (written,) = pymarc.MARCReader(output.getvalue())
    assert written.title == "Changed"
    assert not written.faults


def test_the_options_hold_for_repaired_records_too(marc, capfd, caplog):
    latin1 = marc.record(("245", b"10\x1faCaf\xe9"), leader=b"00000nam  2200000   4500")
    bad = with_length(latin1, b"00000")
    assert one(bad, file_encoding="cp1252").title == "Café"
    raw = one(bad, to_unicode=False)
    assert isinstance(raw["245"], pymarc.RawField)
    assert raw["245"]["a"] == b"Caf\xe9"
    assert not raw.to_unicode
    # The byte is another diacritic of ANSEL, without a letter.
    assert one(bad).title.startswith("Caf")
    utf8 = with_length(marc.BAD_TEXT, b"00000")
    reader = pymarc.MARCReader(utf8, recover=True)
    assert next(reader) is None
    assert isinstance(reader.current_exception, UnicodeDecodeError)
    assert reader.current_chunk == utf8
    assert one(utf8, utf8_handling="ignore").title == "Caf"
    forced = marc.record(("245", "10\x1faÉ".encode()), leader=b"00000nam  2200000   4500")
    record = one(with_length(forced, b"00000"), force_utf8=True)
    assert (record.title, record.force_utf8) == ("É", True)
    strange = with_length(marc.record(("245", b"1\x1faHi")), b"00000")
    assert one(strange).title == "Hi"
    assert "only 1 indicator found" in caplog.text


@pytest.mark.parametrize("byte", [b"\x02", b"\xe9"])
def test_what_cannot_stand_in_a_leader_is_a_blank_in_the_record(marc, byte):
    sound = marc.record()
    record = one(sound[:7] + byte + sound[8:])
    assert str(record.leader) == sound[:7].decode() + " " + sound[8:24].decode()
    assert record.faults[0].code == "TM102"
    (again,) = pymarc.MARCReader(record.as_marc())
    assert again.title == "Hi"


def test_a_sound_record_is_not_lost_for_a_byte_of_its_leader(marc):
    sound = marc.record()
    odd = sound[:22] + b"\x90" + sound[23:]
    reader = pymarc.MARCReader(odd + sound)
    assert [bool(record) for record in reader] == [False, True]  # As pymarc: it is not ASCII.
    reader = pymarc.MARCReader(odd + sound, recover=True)
    record, _ = reader
    assert (record.title, record.raw) == ("Hi", odd)
    assert [(fault.code, fault.severity) for fault in record.faults] == [("TM105", "information")]
    assert record.as_marc() == next(pymarc.MARCReader(sound)).as_marc()


def test_fields_are_those_that_repair_found(books_raw):
    # The directory counts characters: pymarc's decoder would cut fields in the wrong places.
    sound = next(raw for raw in books_raw if not raw.isascii() and len(raw.decode()) < len(raw))
    before = next(tidemarc.Reader(sound))
    directory, start = b"", 0
    for field in before.fields:
        length = len(field.raw.decode()) + 1
        directory += field.tag.encode() + b"%04d%05d" % (length, start)
        start += length
    base = int(sound[12:17])
    length = b"%05d" % (base + start + 1)
    bad = with_length(sound[:24] + directory + sound[base - 1 :], length)
    record = one(bad)
    assert [fault.code for fault in record.faults] == ["TM101", "TM203"]
    (other,) = pymarc.MARCReader(sound)
    assert [str(field) for field in record] == [str(field) for field in other]
    assert record.as_marc() == other.as_marc()


@pytest.mark.parametrize("kind", [bytes, io.BytesIO])
def test_what_is_no_marc_ends_the_reader_at_once(kind):
    page = b"<!DOCTYPE html><html>" + b"<p>Nothing here</p>" * 50_000
    reader = pymarc.MARCReader(kind(page), recover=True)
    assert list(reader) == [None]
    assert isinstance(reader.current_exception, ForeignFormatError)
    assert reader.current_exception.severity == "fatal"
    assert reader.current_chunk == page[: len(reader.current_chunk)]
    assert list(reader) == []


@pytest.mark.parametrize("is_damaged", [False, True])
def test_text_that_does_not_decode_says_where_it_is(tmp_path, marc, is_damaged):
    sound, bad = marc.record(), marc.BAD_TEXT
    bad = with_length(bad, b"00000") if is_damaged else bad
    path = tmp_path / "text.mrc"
    path.write_bytes(sound + bad + sound)
    reader = pymarc.MARCReader(path, recover=True)
    assert [bool(record) for record in itertools.islice(reader, 2)] == [True, False]
    error = reader.current_exception
    # Class and text are those of pymarc.
    assert type(error) is UnicodeDecodeError
    assert error.reason in str(error)
    assert (error.kind, error.code, error.severity) == ("encoding", "TM501", "lost_record")
    assert (error.source, error.record_number, error.offset) == (str(path), 2, len(sound))
    assert (error.raw, error.length) == (bad, len(bad))
    fault = next(item for item in tidemarc.Reader(path, repair=True) if item.number == 2)
    control_number = fault["001"].data if "001" in fault else None
    assert error.control_number == control_number
    shown = f" (001 {control_number})" if control_number else ""
    assert error.__notes__ == [f"{path}: record 2, byte {len(sound)}{shown}"]
    # Without recovery it is as in pymarc.
    reader = pymarc.MARCReader(sound + marc.BAD_TEXT)
    assert list(reader)[1] is None
    assert not hasattr(reader.current_exception, "offset")


@pytest.mark.parametrize("buffering", [-1, 0])
def test_without_reading_ahead_the_file_stands_after_each_record(buffering, marc, tmp_path):
    sound = marc.record()
    path = tmp_path / "in.mrc"
    path.write_bytes(sound + marc.BAD_DIRECTORY + sound * 5000)
    with open(path, "rb", buffering=buffering) as file:
        reader = pymarc.MARCReader(file, recover=True, read_ahead=False)
        for number, record in enumerate(itertools.islice(reader, 10), 1):
            assert record is not None
            assert reader.position == number * len(sound)
            # After the damaged record it may be further on.
            assert number == 2 or file.tell() == reader.position
        # A file that is set later is read in the same way.
        reader.file_handle = io.BytesIO(sound * 9)
        next(reader)
        assert reader.file_handle.tell() == len(sound)
    data = path.read_bytes()
    ahead = list(pymarc.MARCReader(io.BytesIO(data), recover=True))
    exact = list(pymarc.MARCReader(io.BytesIO(data), recover=True, read_ahead=False))
    assert list(map(str, ahead)) == list(map(str, exact))
    assert len(exact) == 5002


def test_a_file_that_is_set_later_is_not_read_ahead_either(marc, tmp_path):
    sound = marc.record()
    path = tmp_path / "in.mrc"
    path.write_bytes(sound * 3)
    for first in (path, io.BytesIO(sound), sound):
        reader = pymarc.MARCReader(first, read_ahead=False)
        next(reader)
        file = io.BytesIO(sound * 9)
        reader.file_handle = file
        next(reader)
        assert file.tell() == len(sound)
        assert len(list(reader)) == 8


def test_a_pipe_keeps_what_is_after_the_record(fifo, marc):
    keep = os.open(fifo, os.O_RDWR)
    os.write(keep, marc.record() * 2 + b"rest")
    for recover in (False, True):
        assert next(pymarc.MARCReader(str(fifo), recover=recover, read_ahead=False)) is not None
    assert os.read(keep, 100) == b"rest"
    os.close(keep)
