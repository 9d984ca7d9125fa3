"""The exceptions, and the next `next()` after each: the table in docs/python-errors.md."""

from __future__ import annotations

import copy
import io
import os
import pickle
import re
import threading
from pathlib import Path

import pytest
import tidemarc
from tidemarc import Fault, Reader, errors

DOCS = Path(__file__).resolve().parents[2] / "docs" / "python-errors.md"


def damage(record):
    """Makes a damaged record of each kind, alone in its place."""
    base = int(record[12:17])
    return {
        "RecordLengthError": b"xxxxx" + record[5:],
        "LeaderError": record[:10] + b"99" + record[12:20] + b"99" + record[22:],
        "BaseAddressError": record[:12] + b"00000" + record[17:],
        "DirectoryError": record[:31] + b"x" + record[32:],
        "FieldTerminatorError": record[: base + 2] + b"?" + record[base + 3 :],
        "RecordTerminatorError": record[:-1] + b"?",
    }


KINDS = [
    "RecordLengthError",
    "LeaderError",
    "BaseAddressError",
    "DirectoryError",
    "FieldTerminatorError",
    "RecordTerminatorError",
]


@pytest.mark.parametrize("name", KINDS)
def test_each_broken_part_has_a_class_of_its_own(name, marc):
    bad = damage(marc.record())[name]
    reader = Reader(marc.record() + bad + marc.record())
    assert next(reader).number == 1
    with pytest.raises(errors.RecordError) as caught:
        next(reader)
    error = caught.value
    assert type(error) is getattr(errors, name)
    assert (error.record_number, error.offset, error.source) == (2, len(marc.record()), None)
    assert error.raw == bad
    assert error.reason in str(error)
    assert next(reader).number == 3
    assert list(reader) == []
    assert reader.stats.complete


def test_the_end_inside_a_record_is_a_truncation(marc):
    reader = Reader(marc.record() + marc.record()[:-5])
    next(reader)
    with pytest.raises(errors.TruncatedRecordError) as caught:
        next(reader)
    assert caught.value.raw == marc.record()[:-5]
    assert list(reader) == []
    assert reader.stats.complete


def test_a_record_beyond_the_limit_is_too_long(marc):
    with pytest.raises(errors.RecordTooLongError):
        next(Reader(marc.record(marc.field("001", "x" * 100)), max_record_length=50))


def test_every_class_is_one_of_ours_and_says_what_else_it_is():
    for name in [*KINDS, "TruncatedRecordError", "RecordTooLongError", "WorkerPanicError"]:
        assert issubclass(getattr(errors, name), errors.RecordError)
    assert issubclass(errors.RecordError, errors.TidemarcError)
    assert issubclass(errors.EncodingError, (errors.RecordError, ValueError))
    assert issubclass(errors.EncodingError, ValueError)
    assert issubclass(errors.WriteError, ValueError)
    assert issubclass(errors.WriteError, errors.TidemarcError)
    assert tidemarc.RecordError is errors.RecordError
    assert tidemarc.TidemarcError is errors.TidemarcError


def test_the_message_says_where_and_what(damaged):
    faults = [item for item in Reader(damaged, errors="yield") if isinstance(item, Fault)]
    assert str(faults[3].exception()) == (
        f"{damaged}: record 46, byte 56,747 (001 tm000045): field 300: "
        "directory entry 11 is malformed or points past the end of the record"
    )


def test_exceptions_are_pickled_and_copied_with_their_parts(damaged):
    for item in Reader(damaged, errors="yield"):
        if isinstance(item, Fault):
            error = item.exception()
            for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
                assert type(again) is type(error)
                assert str(again) == str(error)
                assert vars(again) == vars(error)


# Failures of a source.


class Mine(Exception):
    pass


class Base(BaseException):
    pass


class Failing:
    """A source that returns the given values, and raises those that are exceptions."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def read(self, size):
        if not self.answers:
            return b""
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


FAILURES = [
    Mine("mine"),
    OSError(5, "Input/output error"),
    InterruptedError(4, "Interrupted"),
    BlockingIOError(11, "Again"),
    TimeoutError("late"),
    EOFError(),
    KeyboardInterrupt(),
    SystemExit(3),
    GeneratorExit(),
    Base("base"),
    MemoryError(),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize("on_fault", ["strict", "skip", "yield"])
def test_what_a_read_raises_is_raised_unchanged_in_its_place_and_may_be_tried_again(
    failure, on_fault, marc
):
    first, second = marc.numbered(2)
    source = Failing(first + second[:20], failure, second[20:30], failure, second[30:])
    reader = Reader(source, errors=on_fault)
    assert next(reader).raw == first
    for _ in range(2):
        with pytest.raises(type(failure)) as caught:
            next(reader)
        assert caught.value is failure
        assert reader.stats.records == 1
        assert not reader.stats.complete
    assert next(reader).raw == second
    assert next(reader, None) is None


def test_a_source_that_failed_on_the_way_never_counts_as_complete(marc):
    reader = Reader(Failing(marc.record(), Mine()))
    with pytest.raises(Mine):
        list(reader)
    assert list(reader) == []
    assert not reader.stats.complete


def test_a_source_that_always_fails_always_raises():
    class Source:
        def read(self, size):
            raise Mine

    reader = Reader(Source())
    for _ in range(3):
        with pytest.raises(Mine):
            next(reader)


def test_the_traceback_of_a_read_leads_into_the_source():
    class Source:
        def read(self, size):
            raise Mine

    with pytest.raises(Mine) as caught:
        next(Reader(Source()))
    assert caught.traceback[-1].name == "read"


def test_a_read_that_recurses_without_end_is_a_recursion_error():
    class Source:
        def read(self, size):
            return self.read(size)

    with pytest.raises(RecursionError):
        next(Reader(Source()))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that fails")
@pytest.mark.parametrize("threads", [1, 4])
def test_an_io_error_on_a_path_is_an_os_error_with_the_path_and_ends_the_stream(threads):
    reader = Reader("/proc/self/mem", threads=threads)
    with pytest.raises(OSError) as caught:
        next(reader)
    assert caught.value.errno == 5
    assert caught.value.strerror == os.strerror(5)
    assert caught.value.filename == "/proc/self/mem"
    for _ in range(3):
        with pytest.raises(StopIteration):
            next(reader)
    assert not reader.stats.complete


@pytest.mark.parametrize("threads", [1, 4])
def test_what_came_before_an_io_error_is_delivered_before_it(threads, marc):
    import pty
    import tty

    ours, theirs = pty.openpty()
    try:
        tty.setraw(theirs)
        reader = Reader(ours, threads=threads, chunk_size=100)
        whole, cut = marc.record(), marc.record()[:30]
        os.write(theirs, whole * 3 + cut)
        for number in (1, 2, 3):
            assert next(reader).number == number
        # When the other side of a terminal is closed, a read of this side fails with EIO.
        os.close(theirs)
        with pytest.raises(errors.TruncatedRecordError) as truncated:
            next(reader)
        assert truncated.value.raw == cut
        with pytest.raises(OSError) as caught:
            next(reader)
        assert caught.value.errno == 5
        assert list(reader) == []
        stats = reader.stats
        assert (stats.records, stats.faults, stats.complete) == (3, 1, False)
    finally:
        os.close(ours)


def test_an_exception_is_no_leak(marc):
    import gc
    import weakref

    error = Mine()
    gone = weakref.ref(error)
    reader = Reader(Failing(error))
    try:
        next(reader)
    except Mine:
        pass
    del error
    gc.collect()
    assert gone() is None
    del reader


# Text.


def test_text_that_does_not_decode_raises_with_its_position_when_that_field_is_read(marc):
    reader = Reader(marc.record() + marc.BAD_TEXT)
    next(reader)
    record = next(reader)
    assert record["500"]["a"] == "Note"
    assert record["001"].data == "a1"
    field = record["245"]
    accesses = [
        lambda: field["a"],
        lambda: field.get("a"),
        lambda: field.get_subfields("a"),
        lambda: field.subfields,
        lambda: field.value(),
        lambda: str(field),
        lambda: "a" in field,
        lambda: list(field),
        lambda: record.title,
        lambda: str(record),
        lambda: field.subfields_as_dict(),
        lambda: field.delete_subfield("a"),
        lambda: field.add_subfield("b", "x"),
        lambda: field.__setitem__("a", "x"),
    ]
    for access in accesses:
        with pytest.raises(errors.EncodingError) as caught:
            access()
        error = caught.value
        assert (error.record_number, error.tag, error.kind) == (2, "245", "encoding")
        assert reader.stats.bytes_read == len(marc.record() + marc.BAD_TEXT)
        data = marc.record() + marc.BAD_TEXT
        assert error.offset == data.index(b"\xe9")
        assert error.raw == b"10\x1faCaf\xe9"
        assert error.reason == "byte E9 at offset 3: an incomplete character in UTF-8"
    assert record.as_marc() == record.raw == marc.BAD_TEXT


def test_text_that_does_not_decode_is_no_fault_of_structure(damaged):
    record = next(item for item in Reader(damaged, errors="yield") if item.number == 51)
    with pytest.raises(errors.EncodingError):
        record["245"].value()
    with pytest.raises(ValueError):
        record["245"].value()


def test_text_that_is_not_utf8_is_read_where_it_is_ascii(fixtures, marc):
    for record in Reader(fixtures / "ascii.mrc"):
        assert record.leader[9] == " "
        assert record.title
        assert str(record)
    latin = marc.record(
        marc.field("245", "10$aPlain"),
        ("500", b"  \x1faCaf\xe9"),
        leader=b"00000nam  2200000   4500",
    )
    record = next(Reader(latin))
    assert record.title == "Plain"
    with pytest.raises(errors.EncodingError) as caught:
        record["500"].value()
    assert caught.value.reason == "byte E9 at offset 3: a combining mark with no character after it"
    assert caught.value.offset == latin.index(b"\xe9")
    escape = marc.record(("245", b"10\x1fa\x1b(!abc"), leader=b"00000nam  2200000   4500")
    with pytest.raises(errors.EncodingError):
        _ = next(Reader(escape)).title


def test_a_control_field_that_does_not_decode_raises_when_it_is_read(marc):
    record = next(Reader(marc.record(("001", b"a\xff"), marc.field("245", "10$aHi"))))
    assert repr(record) == "<tidemarc.Record 1 (001 a\\xff)>"
    for _ in range(2):
        with pytest.raises(errors.EncodingError):
            _ = record["001"].data
    assert record.title == "Hi"


# The page.


def test_the_page_names_every_class():
    text = DOCS.read_text(encoding="utf-8")
    for name in dir(errors):
        value = getattr(errors, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert f"`{name}`" in text, name


def test_the_page_quotes_the_messages_as_they_are(marc, tmp_path):
    text = DOCS.read_text(encoding="utf-8")

    def message(function):
        try:
            function()
        except (TypeError, ValueError, RuntimeError) as error:
            return str(error)
        raise AssertionError("nothing was raised")

    closed = Reader(b"")
    closed.close()
    said = [
        message(lambda: Reader(None)).replace("NoneType", "…"),
        message(lambda: Reader(io.StringIO())),
        message(lambda: next(closed)),
        message(lambda: next(Reader(Failing(5)))).replace("int", "…"),
        message(lambda: tidemarc.Writer(5)).replace("int", "…"),
        message(lambda: tidemarc.Writer(io.StringIO())),
        message(lambda: tidemarc.Writer(io.BytesIO()).write(5)).replace("int", "…"),
    ]
    for line in said:
        assert f"`{line}`" in text, line


def test_the_page_speaks_of_every_kind_of_source():
    table = re.findall(r"^\| (.*?) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    for source in ("path", "bytes", "bytearray", "file object", "socket", "descriptor"):
        assert any(source in row for row in table), source


def test_an_error_in_one_thread_is_not_seen_by_another(marc):
    reader = Reader(marc.record() * 50 + marc.BAD_DIRECTORY + marc.record() * 50)
    caught, numbers = [], []

    def pull():
        while True:
            try:
                numbers.append(next(reader).number)
            except StopIteration:
                return
            except errors.DirectoryError as error:
                caught.append(error.record_number)

    threads = [threading.Thread(target=pull) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert caught == [51]
    assert sorted([*numbers, 51]) == list(range(1, 102))


def test_a_source_that_raises_stop_iteration_does_not_end_the_loop(marc):
    answers = [marc.record(), StopIteration("mine"), marc.record(), b""]

    class Source:
        def read(self, size):
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

    reader = Reader(Source())
    with pytest.raises(RuntimeError, match="raised StopIteration") as caught:
        list(reader)
    assert str(caught.value.__cause__) == "mine"
    assert next(reader).number == 2
    assert list(reader) == []


def test_faults_and_counts_are_pickled_and_copied(damaged):
    reader = Reader(damaged, errors="yield")
    faults = [item for item in reader if isinstance(item, tidemarc.Fault)]
    assert len(faults) == 4
    names = [name for name in dir(tidemarc.Fault) if not name.startswith("_")]
    for fault in faults:
        for other in (pickle.loads(pickle.dumps(fault)), copy.deepcopy(fault), copy.copy(fault)):
            for name in names:
                if name not in ("exception", "detail", "to_dict", "to_json"):
                    assert getattr(other, name) == getattr(fault, name)
            assert str(other) == str(fault)
            assert type(other.exception()) is type(fault.exception())
    stats = reader.stats
    for other in (pickle.loads(pickle.dumps(stats)), copy.deepcopy(stats)):
        assert other == stats
        assert repr(other) == repr(stats)


def test_an_over_long_span_shows_its_beginning(marc):
    reader = Reader(
        marc.record().replace(b"Hi", b"H" * 100)[:-1] + b"x" * 100,
        errors="yield",
        max_record_length=50,
    )
    fault = next(reader)
    assert fault.kind == "over_long"
    assert len(fault.raw) <= 50
    assert list(reader) == []
    assert reader.stats.fault_bytes == reader.stats.bytes_read > 200
