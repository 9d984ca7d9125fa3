"""Where damaged records go, what becomes of what was there, and who is told if it fails."""

from __future__ import annotations

import copy
import gc
import io
import json
import logging
import os
import pickle
import signal
import sys
import tarfile
import threading
import warnings
import weakref
from collections import deque
from pathlib import Path

import pytest
from tidemarc import Fault, Field, Reader, Record, Summary, Writer, check
from tidemarc.errors import RecordLengthError, SkippedWarning, TooManyFaultsError, WriteError

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")


def full_quarantine(folder):
    path = folder / "q.mrc"
    path.symlink_to(FULL)
    return path


@pytest.fixture
def copied(damaged, tmp_path):
    path = tmp_path / "in.mrc"
    path.write_bytes(damaged.read_bytes())
    return path


def ways_to_the_input(path):
    link, hard = path.with_name("link"), path.with_name("hard")
    link.symlink_to(path)
    os.link(path, hard)
    return [path, str(path), link, hard]


def test_the_input_is_never_its_own_quarantine(copied):
    data = copied.read_bytes()
    for quarantine in ways_to_the_input(copied):
        with open(copied, "rb") as file:
            for source in (copied, file, file.fileno()):
                with pytest.raises(ValueError, match="over the input"):
                    Reader(source, errors="skip", quarantine=quarantine)
    with open(copied, "r+b") as file:
        for target in (file, (io.BytesIO(), file)):
            with pytest.raises(ValueError, match="over the input"):
                Reader(copied, errors="skip", quarantine=target)
    report = copied.with_name("q.jsonl")
    report.write_bytes(data)
    with pytest.raises(ValueError, match="over the input"):
        Reader(report, errors="skip", quarantine=copied.with_name("q"))
    assert copied.read_bytes() == report.read_bytes() == data
    made = {path.name for path in copied.parent.iterdir()}
    assert made == {"in.mrc", "link", "hard", "q.jsonl"}, "nothing was opened for writing"


def test_a_quarantine_is_not_written_over_what_its_input_is_unpacked_from(tmp_path, damaged):
    path, data = tmp_path / "in.tar", damaged.read_bytes()
    with tarfile.open(path, "w") as tar:
        tar.add(damaged, "in.mrc")
    before = path.read_bytes()
    with tarfile.open(path) as tar, pytest.raises(ValueError, match="over the input"):
        Reader(tar.extractfile("in.mrc"), errors="skip", quarantine=path)
    assert path.read_bytes() == before
    both = io.BytesIO(data)
    with pytest.raises(ValueError, match="over the input"):
        Reader(both, errors="skip", quarantine=both)


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (-5, OSError, r"the quarantine says it wrote -5 bytes of 5"),
        (10**9, OSError, r"the quarantine says it wrote 1000000000 bytes of 5"),
        (10**30, OSError, r"the quarantine says it wrote 10{30} bytes of 5"),
        ("5", TypeError, r"the quarantine's write returned str, not a number of bytes"),
        (0, OSError, r"the quarantine could not be written"),
    ],
)
def test_a_quarantine_that_tells_nonsense_is_told_of_once(answer, error, words):
    class Odd(io.BytesIO):
        def write(self, _):
            return answer

    reader = Reader(b"junk\x1d", errors="yield", quarantine=Odd())
    with pytest.raises(error, match=words):
        next(reader)
    assert list(reader) == []


def test_an_earlier_quarantine_stays_if_there_is_nothing_to_read(tmp_path):
    quarantine = tmp_path / "q.mrc"
    quarantine.write_bytes(b"what was found yesterday")
    with pytest.raises(FileNotFoundError):
        Reader(tmp_path / "nope.mrc", quarantine=quarantine)
    with pytest.raises(TypeError):
        Reader(3.5, quarantine=quarantine)
    assert quarantine.read_bytes() == b"what was found yesterday"
    assert list(Reader(b"", quarantine=quarantine)) == []
    assert quarantine.read_bytes() == b""


def test_a_reader_that_takes_up_goes_on_with_the_quarantine(damaged, tmp_path):
    whole, parts = tmp_path / "whole.mrc", tmp_path / "parts.mrc"
    with Reader(damaged, errors="yield", quarantine=whole) as reader:
        assert len(list(reader)) == 61
    start = 0
    while start < damaged.stat().st_size:
        with Reader(damaged, errors="yield", quarantine=parts, start=start) as reader:
            for _ in zip(range(9), reader, strict=False):
                pass
            start = reader.position
    assert parts.read_bytes() == whole.read_bytes()

    def report(path):
        lines = Path(f"{path}.jsonl").read_text().splitlines()
        return [(line["offset"], line["quarantine_offset"]) for line in map(json.loads, lines)]

    assert report(parts) == report(whole)


@needs_full
def test_who_stops_early_is_told_that_the_quarantine_is_not_written(tmp_path):
    data = b"junk\x1d" * 2
    path = full_quarantine(tmp_path)
    with (
        pytest.raises(OSError, match="No space") as caught,
        Reader(data, errors="yield", quarantine=path) as reader,
    ):
        next(reader)
        next(reader)
    assert caught.value.filename == str(path), "and not the input"
    reader.close()
    assert reader.stats.faults == 2


@needs_full
def test_a_quarantine_that_fails_is_told_of_once(copied, tmp_path, monkeypatch):
    path = full_quarantine(tmp_path)
    reader = Reader(copied, errors="yield", quarantine=path)
    items, raised = 0, []
    for _ in range(1_000):
        try:
            next(reader)
            items += 1
        except StopIteration:
            break
        except OSError as error:
            raised.append(error.filename)
    assert (items, raised) == (61, [str(path)])
    assert not reader.stats.complete
    reader.close()
    # Who drops a reader is told by the hook for that.
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: told.append(args.exc_value))
    reader = Reader(b"junk\x1d", errors="yield", quarantine=path)
    next(reader)
    del reader
    gc.collect()
    assert [type(error) for error in told] == [OSError]

    # A file object is its owner's, who may have closed it.
    told.clear()
    file = io.BytesIO()
    reader = Reader(b"junk\x1d", errors="yield", quarantine=file)
    next(reader)
    file.close()
    del reader
    gc.collect()
    assert not told

    class Full(io.BytesIO):
        def flush(self):
            raise LookupError("no room")

    reader = Reader(b"junk\x1d", errors="yield", quarantine=Full())
    next(reader)
    with pytest.raises(LookupError):
        next(reader)
    assert list(reader) == []


@needs_full
def test_the_error_names_the_file_that_cannot_be_made(copied, tmp_path):
    path = tmp_path / "q.mrc"
    report = tmp_path / "q.mrc.jsonl"
    for blocked in (path, report):
        blocked.mkdir()
        with pytest.raises(IsADirectoryError) as caught:
            Reader(copied, errors="skip", quarantine=path)
        assert caught.value.filename == str(blocked)
        blocked.rmdir()
    report.symlink_to(FULL)
    with (
        pytest.raises(OSError, match="No space") as caught,
        Reader(copied, errors="skip", quarantine=path) as reader,
    ):
        list(reader)
    assert caught.value.filename == str(report)


class Odd(io.RawIOBase):
    """A raw file that takes 7 bytes a call, and every third time answers otherwise."""

    def __init__(self, answer):
        self.answer, self.calls, self.taken = answer, 0, b""

    def writable(self):
        return True

    def write(self, data):
        self.calls += 1
        if self.calls % 3 == 0:
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer
        self.taken += bytes(data[:7])
        return min(len(data), 7)


class Stop(BaseException):
    pass


@pytest.mark.parametrize("answer", [None, BlockingIOError(), KeyboardInterrupt(), Stop()])
@pytest.mark.parametrize("errors", ["yield", "skip", "repair"])
def test_what_is_no_failure_of_a_quarantine_ends_nothing(answer, errors, damaged):
    expected = (io.BytesIO(), io.BytesIO())
    whole = Reader(damaged, errors=errors, quarantine=expected)
    delivered = [type(item) for item in whole]
    bytes_, report = Odd(answer), Odd(answer)
    reader = Reader(damaged, errors=errors, quarantine=(bytes_, report))
    items, raised = [], 0
    while raised < 10_000:
        try:
            items.append(next(reader))
        except StopIteration:
            break
        except (BlockingIOError, KeyboardInterrupt, Stop):
            raised += 1
            assert reader.position <= whole.position
    assert raised > 4
    assert [type(item) for item in items] == delivered
    assert bytes_.taken == expected[0].getvalue()
    assert report.taken == expected[1].getvalue()
    assert reader.stats == whole.stats
    assert reader.stats.complete


@pytest.mark.parametrize("answer", [None, BlockingIOError(), KeyboardInterrupt(), Stop()])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_close_that_found_no_room_goes_on_where_it_stopped(answer, threads, damaged):
    whole = (io.BytesIO(), io.BytesIO())
    list(Reader(damaged, errors="yield", quarantine=whole))
    repeated = 0
    for steps in range(1, 70):
        files = Odd(answer), Odd(answer)
        reader = Reader(damaged, errors="yield", quarantine=files, threads=threads, chunk_size=1000)
        for _ in range(steps):
            try:
                next(reader, None)
            except (BlockingIOError, KeyboardInterrupt, Stop):
                pass
        for _ in range(1000):
            try:
                reader.close()
                break
            except (BlockingIOError, KeyboardInterrupt, Stop):
                repeated += 1
                with pytest.raises(ValueError, match="closed"):
                    next(reader)
        reader.close()
        # Whoever takes up at the position gets the rest, and nothing twice.
        rest = (io.BytesIO(), io.BytesIO())
        list(Reader(damaged, errors="yield", quarantine=rest, start=reader.position))
        for file, other, all_of_it in zip(files, rest, whole, strict=True):
            if file is files[0]:
                assert file.taken + other.getvalue() == all_of_it.getvalue(), steps
            else:
                lines = (file.taken + other.getvalue()).count(b"\n")
                assert lines == all_of_it.getvalue().count(b"\n"), steps
    assert repeated > 20


def test_a_close_that_found_no_room_has_stopped_reading(damaged, marc, process):
    class Full(io.RawIOBase):
        is_full = True

        def write(self, data):
            return None if self.is_full else len(data)

    class Source(io.BytesIO):
        pass

    source, full = Source(marc.BAD_DIRECTORY * 100), Full()
    gone = weakref.ref(source)
    reader = Reader(source, errors="skip", quarantine=full)
    del source
    with pytest.raises(BlockingIOError):
        next(reader)
    for _ in range(3):
        with pytest.raises(BlockingIOError):
            reader.close()
    gc.collect()
    assert gone() is None, "it let go of the source"
    full.is_full = False
    reader.close()
    assert reader.stats.faults == 1


def test_what_is_no_exception_is_raised_at_once_and_the_records_stay_to_be_had(damaged):
    class File(io.BytesIO):
        is_to_raise = True

        def write(self, data):
            if self.is_to_raise:
                raise KeyboardInterrupt
            return super().write(data)

    quarantine = File()
    reader = Reader(damaged, errors="skip", quarantine=quarantine)
    records = []
    with pytest.raises(KeyboardInterrupt):
        records.extend(reader)
    raised = len(records)
    with pytest.raises(KeyboardInterrupt):
        next(reader)
    quarantine.is_to_raise = False
    records.extend(reader)
    assert 0 < raised < len(records) == 57
    assert quarantine.getvalue() == b"".join(
        item.raw for item in Reader(damaged, errors="yield") if isinstance(item, Fault)
    )


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="needs pipes that do not block")
@pytest.mark.parametrize("buffering", [0, 100, 1 << 16])
def test_a_quarantine_in_a_pipe_that_does_not_block_loses_nothing(buffering):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    junk = b"".join(b"%06d" % number * 20 + b"\x1d" for number in range(2000))
    taken = b""
    with open(writing, "wb", buffering=buffering) as file:
        reader = Reader(junk, errors="yield", quarantine=file)
        faults = blocked = 0
        while True:
            try:
                next(reader)
                faults += 1
            except StopIteration:
                break
            except BlockingIOError:
                blocked += 1
                taken += os.read(reading, 10_000)
        assert blocked
    while chunk := os.read(reading, 1 << 16):
        taken += chunk
    os.close(reading)
    assert (faults, taken, reader.stats.complete) == (2000, junk, True)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_is_answered_while_a_function_in_c_takes_faults():
    def interrupt(*_):
        raise KeyboardInterrupt

    faults = b"\x1d" * 3_000_000
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        reader = Reader(faults, errors=deque(maxlen=1).append)
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            next(reader)
        assert reader.stats.faults < len(faults)
        met = reader.stats.faults
        assert next(reader, None) is None
        assert reader.stats.faults > met
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))]
)
def test_a_copy_of_a_fault_says_the_same(again, damaged, tmp_path):
    xml = (
        b"<collection><record><leader>00000nam a2200000 a 4500</leader>"
        b'<controlfield tag="0001">x</controlfield></record></collection>'
    )
    (of_text,) = Reader(xml, errors="yield")
    assert "0001" in str(of_text)
    last = list(Reader(damaged, errors="yield", max_faults=1))[-1]
    assert "; the last: " in str(last)
    for fault in (of_text, last):
        same = again(fault)
        assert (str(same), same.to_dict(), same.detail()) == (
            str(fault),
            fault.to_dict(),
            fault.detail(),
        )
    assert again(last).cause.kind == last.cause.kind == "record_length"
    assert of_text.cause is None


def test_too_many_faults_have_the_last_as_their_cause(damaged):
    reader = Reader(damaged, errors="skip", max_faults=1)
    with pytest.raises(TooManyFaultsError) as caught:
        list(reader)
    fault = caught.value.__cause__
    assert (fault.kind, fault.record_number, fault.number) == ("record_length", 20, 20)
    assert str(fault) in str(caught.value)
    *_, last = Reader(damaged, errors="yield", max_faults=1)
    assert (last.kind, str(last.cause)) == ("too_many_faults", str(fault))
    assert type(last.exception().__cause__) is type(fault)
    with pytest.raises(RecordLengthError) as caught:
        next(Reader(b"x\x1d"))
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("with_quarantine", [False, True])
def test_who_is_told_of_a_fault_may_close_the_reader(damaged, with_quarantine):
    reader = Reader(
        damaged,
        errors=lambda fault: reader.close(),
        quarantine=io.BytesIO() if with_quarantine else None,
    )
    assert len(list(reader)) == 7
    with pytest.raises(ValueError, match="closed"):
        next(reader)


def blank_tag(record: bytes) -> bytes:
    """The record with three blanks as the tag of its second field."""
    return record[:36] + b"   " + record[39:]


def test_fields_that_are_lost_are_logged(books, caplog):
    record = next(Reader(books)).raw
    data = blank_tag(record) * 2 + record
    reader = Reader(data, errors="repair")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = list(reader)
    assert len(found) == 3
    assert [entry.levelname for entry in caplog.records] == ["WARNING"] * 2
    (lost,) = [fault for fault in found[0].faults if fault.severity == "lost_field"]
    assert caplog.records[0].getMessage() == str(lost)
    (warning,) = warned
    assert warning.category is SkippedWarning
    said = "2 records delivered that lost a field; see Reader.summary()"
    assert str(warning.message) == said
    assert "2 that lost a field" in reader.summary()
    # Nobody skips here.
    caplog.clear()
    assert len(list(Reader(data, repair=True))) == 3
    assert not caplog.records


def test_a_log_that_raises_loses_no_record(books):
    class Raising(logging.Handler):
        def emit(self, entry):
            raise KeyboardInterrupt

    data = blank_tag(next(Reader(books)).raw)
    logger, handler = logging.getLogger("tidemarc"), Raising()
    reader = Reader(data, errors="repair")
    logger.addHandler(handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            next(reader)
    finally:
        logger.removeHandler(handler)
    assert isinstance(next(reader), Record)


def test_check_counts_descriptor_words(books):
    record = next(Reader(books)).raw
    word = (len(record) + 4).to_bytes(2, "big") + b"\0\0"
    summary = check((word + record) * 2)
    assert summary.stats.kinds == {"descriptor": 2}
    (found,) = summary.faults
    assert (found.times, found.first.code, found.first.offset) == (2, "TM403", 0)
    assert "TM403" in str(summary)
    assert summary.sound


def test_a_fault_and_its_report_have_the_same_names(damaged, tmp_path):
    report = io.BytesIO()
    faults = [
        item
        for item in Reader(damaged, errors="yield", quarantine=(io.BytesIO(), report))
        if isinstance(item, Fault)
    ]
    for fault, line in zip(faults, report.getvalue().splitlines(), strict=True):
        told = json.loads(fault.to_json())
        reported = json.loads(line)
        del reported["quarantine_offset"]
        assert told == reported
        known = {name: value for name, value in fault.to_dict().items() if value is not None}
        known.pop("raw")
        if "location" in known:
            known["location"] = list(known["location"])
        assert known == told


def test_what_a_reader_says_of_itself(books, damaged):
    records = list(Reader(books))
    reader = Reader(books, start=records[1].offset)
    next(reader)
    assert repr(reader).endswith(f"byte {records[2].offset}>")
    reader.close()
    assert reader.summary().startswith(f"{books}: 1 record in ")
    shown = repr(check(damaged).stats)
    for part in ("repaired=2", "incomplete=0", "start=0", "kinds={'directory': 1"):
        assert part in shown


def test_a_quarantine_is_written_when_another_thread_closes(books, tmp_path):
    """Who waits in `next()` closes for who called `close()`."""
    path = tmp_path / "q.mrc"
    read, write = os.pipe()
    os.write(write, b"junk\x1d" + next(Reader(books)).raw * 2)
    reader = Reader(read, format="iso2709", errors="yield", quarantine=path)
    assert isinstance(next(reader), Fault)
    waiting = threading.Thread(target=lambda: list(reader))
    waiting.start()
    threading.Timer(0.1, reader.close).start()
    waiting.join()
    assert path.read_bytes() == b"junk\x1d"
    os.close(read)
    os.close(write)


def test_text_that_cannot_be_read_costs_the_record():
    data = b'{"leader":"00000nam a2200000   4500","fields":[{"001":"\xff"}]}\n'
    (fault,) = Reader(data, format="jsonl", errors="yield")
    assert (fault.code, fault.severity) == ("TM501", "lost_record")


def test_a_control_number_is_shown_as_it_is(books):
    record = next(Reader(books)).raw
    number = next(Reader(books))["001"].data.encode()
    shown = {
        b"O'Brien\\1"[: len(number)].ljust(len(number)): "O'Brien\\"[: len(number)],
        "é".encode().ljust(len(number)): "é".ljust(len(number) - 1),
    }
    for placed, expected in shown.items():
        damaged = with_length(record.replace(number, placed, 1))
        (fault,) = Reader(damaged, errors="yield")
        assert fault.control_number == expected
        assert f"(001 {expected})" in str(fault)


def with_length(record: bytes) -> bytes:
    """The record with a length that is wrong."""
    return b"%05d" % (int(record[:5]) + 7) + record[5:]


def test_a_long_control_number_does_not_fill_the_message():
    field = b"n" * 8_000 + b"\x1e"
    data = b"%05dnam a2200037   4500001%04d00000\x1e" % (37 + len(field) + 8, len(field))
    (fault,) = Reader(data + field + b"\x1d", errors="yield")
    assert len(str(fault)) < 300
    assert fault.control_number == "n" * 8_000


def test_a_record_that_cannot_be_written_is_named_as_it_is():
    record = Record(fields=[Field("001", data="O'Brien\\1 \u00e9"), Field("002", data="a\x1eb")])
    with Writer(io.BytesIO()) as writer, pytest.raises(WriteError) as caught:
        writer.write(record)
    assert caught.value.control_number == "O'Brien\\1 \u00e9"
    assert "(001 O'Brien\\1 \u00e9)" in str(caught.value)
    record["001"].data = "n" * 8_000
    with Writer(io.BytesIO()) as writer, pytest.raises(WriteError) as caught:
        writer.write(record)
    assert len(str(caught.value)) < 300


def test_delimiters_without_a_code_are_one_fault_a_field():
    field = b"10" + b"\x1f" * 9_000 + b"\x1e"
    data = b"%05dnam a2200037   4500245%04d00000\x1e" % (37 + len(field) + 1, len(field))
    (record,) = Reader(data + field + b"\x1d")
    (fault,) = record.faults
    assert (fault.code, fault.tag) == ("TM503", "245")
    assert fault.reason.endswith("9000 times")
    assert str(pickle.loads(pickle.dumps(fault))) == str(fault)


def test_a_summary_tells_help_what_it_has():
    for name in ("stats", "faults", "sound"):
        assert getattr(Summary, name).__doc__


def document_in(encoding):
    """Make MARCXML in which much is no record, and hardly any text is ASCII."""

    def one(tag, text):
        leader = "<leader>00000nam a2200000   4500</leader>"
        return f'<record>{leader}<controlfield tag="{tag}">{text}</controlfield></record>'

    wide = "" if encoding == "iso-8859-1" else "漢字𝄞"
    records = [one("001", f"é{wide}"), one("no", f"ü{wide}"), one("001", "2"), f"Jünk {wide}"]
    records += [one("001", f"@é{wide}"), one("001", f"{wide}é" * 30), one("001", "3")]
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    text = "\n".join([f"{head}<collection>", *records, "</collection>\n"])
    if encoding == "iso-8859-1":
        return text.encode("iso-8859-1").replace(b"@", b"\x00")
    # Half of a character.
    data = text.replace("@", "\ud834").encode(encoding, "surrogatepass")
    return {"utf-16-le": b"\xff\xfe", "utf-16-be": b""}[encoding] + data


@pytest.mark.parametrize("is_cut", [False, True])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "iso-8859-1"])
def test_faults_have_the_bytes_of_the_input_whatever_its_encoding(encoding, is_cut, tmp_path):
    data = document_in(encoding)
    if is_cut:
        # Behind an odd number of bytes.
        data = data[: data.rindex("é".encode(encoding)) + 1]
    for options in ({}, {"chunk_size": 1}, {"max_record_length": 100, "chunk_size": 7}):
        path = tmp_path / "q"
        with Reader(data, errors="yield", quarantine=path, **options) as reader:
            items = list(reader)
        faults = [item for item in items if isinstance(item, Fault)]
        assert len(faults) >= 3
        for fault in faults:
            assert fault.raw == data[fault.offset : fault.offset + fault.length]
            assert fault.to_dict()["length"] == len(fault.raw)
        for record in set(items) - set(faults):
            text = record.raw.decode().encode(encoding)
            assert data[record.offset : record.offset + len(text)] == text
        quarantined = path.read_bytes()
        lines = Path(f"{path}.jsonl").read_text().splitlines()
        parts = [data[line["offset"] :][: line["length"]] for line in map(json.loads, lines)]
        assert b"".join(parts) == quarantined
        stats = reader.stats
        assert stats.fault_bytes == len(quarantined)
        assert stats.record_bytes + stats.fault_bytes + stats.padding_bytes == len(data)
        assert reader.position == stats.total_bytes == len(data)
