"""The reader itself: iterating, closing, counting, waiting, memory."""

from __future__ import annotations

import io
import os
import threading
import time

import pytest
import tidemarc
from tidemarc import Fault, Reader, Record

# After the end, and after closing.


def test_the_end_is_the_end_again_and_again(books):
    reader = Reader(books)
    assert len(list(reader)) == 60
    for _ in range(5):
        with pytest.raises(StopIteration):
            next(reader)


def test_a_closed_reader_says_so(books):
    reader = Reader(books)
    next(reader)
    reader.close()
    for _ in range(2):
        with pytest.raises(ValueError) as caught:
            next(reader)
        assert str(caught.value) == "the reader is closed"
    reader.close()
    reader.__exit__(None, None, None)


def test_closing_after_the_end_ends_the_end(books):
    reader = Reader(books)
    list(reader)
    reader.close()
    with pytest.raises(ValueError, match="the reader is closed"):
        next(reader)
    assert reader.stats.complete


def test_a_reader_that_was_never_read_can_be_closed(books):
    Reader(books).close()


def test_with_closes_also_after_an_exception(books):
    with pytest.raises(LookupError), Reader(books) as reader:
        next(reader)
        raise LookupError
    with pytest.raises(ValueError, match="the reader is closed"):
        next(reader)


def test_what_was_read_outlives_the_reader(books):
    with Reader(books, threads=1) as reader:
        records = [next(reader) for _ in range(10)]
    del reader
    titles = [record.title for record in records]
    assert titles == [record.title for record in list(Reader(books))[:10]]


def test_closing_from_within_the_sources_own_read_takes_effect_at_once(marc):
    class Source(io.BytesIO):
        def readinto1(self, buffer):
            if self.tell() > 500:
                reader.close()
            return super().readinto(buffer)

    reader = Reader(Source(b"".join(marc.numbered(100))), chunk_size=200)
    assert 0 < len(marc.numbers(reader)) < 10
    records = reader.stats.records
    with pytest.raises(ValueError, match="the reader is closed"):
        next(reader)
    assert reader.stats.records == records
    assert not reader.stats.complete


def test_what_the_source_raises_after_closing_its_reader_is_raised():
    class Source:
        def read(self, size):
            reader.close()
            raise LookupError("mine")

    reader = Reader(Source())
    with pytest.raises(LookupError, match="mine"):
        next(reader)
    with pytest.raises(ValueError, match="the reader is closed"):
        next(reader)


@pytest.mark.parametrize("threads", [1, 2])
def test_closing_from_another_thread_ends_a_wait(fifo, process, threads):
    before = process.open_descriptors()
    keep = os.open(fifo, os.O_RDWR)
    reader = Reader(fifo, threads=threads)
    waiting = process.in_thread(lambda: list(reader))
    time.sleep(0.15)
    start = time.monotonic()
    reader.close()
    assert waiting() == []
    assert time.monotonic() - start < 2
    with pytest.raises(ValueError, match="the reader is closed"):
        next(reader)
    os.close(keep)
    process.eventually(lambda: process.open_descriptors() == before)


def test_closing_during_a_wait_leaves_nothing_open_although_nobody_asks_again(pipe, marc, process):
    # The record that ends the wait comes at the same time as the close.
    for _ in range(20):
        before = process.open_descriptors()
        reader = Reader(pipe.read, chunk_size=10)
        waiting = process.in_thread(lambda reader=reader: next(reader, None))
        time.sleep(0.002)
        pipe.write(marc.record())
        reader.close()
        waiting()
        process.eventually(lambda before=before: process.open_descriptors() == before)
        # The pipe is emptied before the next round.
        os.set_blocking(pipe.read, False)
        try:
            os.read(pipe.read, 1000)
        except BlockingIOError:
            pass
        os.set_blocking(pipe.read, True)


def test_a_reader_can_be_used_while_another_waits(fifo, books, process):
    keep = os.open(fifo, os.O_RDWR)
    waiting = Reader(fifo)
    result = process.in_thread(lambda: next(waiting, None))
    assert len(list(Reader(books))) == 60
    assert waiting.stats.records == 0
    assert waiting.position == 0
    assert repr(waiting) == "<tidemarc.Reader: 0 records, 0 faults, byte 0>"
    waiting.close()
    assert result() is None
    os.close(keep)


def test_readers_cannot_be_subclassed_or_changed(books):
    with pytest.raises(TypeError):
        type("Mine", (Reader,), {})
    with pytest.raises(AttributeError):
        Reader(books).position = 5
    with pytest.raises(AttributeError):
        Reader(books).mine = 5


# Calls of a reader that is further up the stack.


def test_a_read_that_calls_its_own_reader_gets_an_error_and_no_deadlock(marc):
    errors, seen = [], []

    class Source(io.BytesIO):
        def readinto1(self, buffer):
            try:
                next(reader)
            except RuntimeError as error:
                errors.append(str(error))
            seen.append(reader.stats.records)
            return super().readinto(buffer)

    reader = Reader(Source(marc.record()))
    assert len(list(reader)) == 1
    assert set(errors) == {
        "the reader was called again from inside its own read, log or signal handler"
    }
    assert seen == [0, 1]


def test_a_read_may_call_other_readers(marc, books):
    class Source(io.BytesIO):
        def readinto1(self, buffer):
            assert len(list(Reader(books))) == 60
            return super().readinto(buffer)

    assert len(list(Reader(Source(marc.record())))) == 1


def logged(caplog):
    return [(entry.name, entry.levelname, entry.getMessage()) for entry in caplog.records]


def test_a_log_handler_may_not_call_its_own_reader(marc, monkeypatch):
    import logging

    errors, others = [], []

    class Handler(logging.Handler):
        def emit(self, entry):
            try:
                next(reader)
            except RuntimeError as error:
                errors.append(str(error))
            others.append(len(list(Reader(marc.record() * 2, errors="skip"))))
            others.append(reader.stats.faults)

    logger = logging.getLogger("tidemarc")
    handler = Handler()
    logger.addHandler(handler)
    try:
        reader = Reader(marc.BAD_DIRECTORY + marc.record(), errors="skip")
        assert len(list(reader)) == 1
    finally:
        logger.removeHandler(handler)
    assert len(errors) == 1
    assert "called again from inside its own read, log" in errors[0]
    assert others == [2, 1]


def test_what_a_log_handler_raises_is_raised_in_its_place(marc):
    import logging

    class Handler(logging.Filter):
        def filter(self, entry):
            raise LookupError("mine")

    logger = logging.getLogger("tidemarc")
    handler = Handler()
    logger.addFilter(handler)
    try:
        reader = Reader(marc.BAD_DIRECTORY + marc.record(), errors="skip")
        with pytest.raises(LookupError, match="mine"):
            next(reader)
    finally:
        logger.removeFilter(handler)
    assert next(reader).number == 2


# The effect of a fault.


def test_strict_raises_in_the_place_of_each_fault_and_goes_on_behind_it(damaged):
    reader = Reader(damaged)
    found, faults = [], []
    while True:
        try:
            found.append(next(reader).number)
        except StopIteration:
            break
        except tidemarc.RecordError as error:
            faults.append((error.record_number, error.kind))
    assert faults == [
        (8, "record_length"),
        (20, "record_length"),
        (31, "record_terminator"),
        (46, "directory"),
    ]
    assert sorted(found + [number for number, _ in faults]) == list(range(1, 62))
    assert reader.stats.complete


def test_strict_ends_a_for_loop_which_may_be_taken_up_again(marc):
    reader = Reader(marc.record() + marc.BAD_DIRECTORY + marc.record())
    with pytest.raises(tidemarc.errors.DirectoryError):
        for _ in reader:
            pass
    assert [record.number for record in reader] == [3]


def test_skip_logs_each_fault(damaged, caplog):
    reader = Reader(damaged, errors="skip")
    assert all(isinstance(item, Record) for item in reader)
    assert reader.stats.faults == len(caplog.records) == 4
    assert {(entry.name, entry.levelname) for entry in caplog.records} == {("tidemarc", "WARNING")}
    assert caplog.records[3].getMessage() == (
        f"{damaged}: record 46, byte 56,747 (001 tm000045): field 300: "
        "directory entry 11 is malformed or points past the end of the record"
    )


def test_yield_gives_a_fault_in_its_place(damaged):
    items = list(Reader(damaged, errors="yield"))
    assert [item.number for item in items] == list(range(1, 62))
    faults = [item for item in items if isinstance(item, Fault)]
    assert [fault.number for fault in faults] == [8, 20, 31, 46]
    fault = faults[3]
    assert (fault.kind, fault.tag, fault.entry) == ("directory", "300", 11)
    assert (fault.source, fault.offset, fault.control_number) == (str(damaged), 56747, "tm000045")
    assert fault.raw == damaged.read_bytes()[fault.offset :][: len(fault.raw)]
    assert str(fault).endswith(fault.reason)
    assert repr(fault) == f"<tidemarc.Fault directory: {fault}>"
    error = fault.exception()
    assert isinstance(error, tidemarc.errors.DirectoryError)
    assert (str(error), error.raw, error.entry) == (str(fault), fault.raw, fault.entry)


@pytest.mark.parametrize("errors", ["skip", "yield", "strict"])
def test_a_thousand_faults_in_a_row_are_no_depth(errors, marc):
    reader = Reader(marc.BAD_DIRECTORY * 5000 + marc.record(), errors=errors)
    count = 0
    while True:
        try:
            next(reader)
        except StopIteration:
            break
        except tidemarc.RecordError:
            pass
        count += 1
    assert count == (1 if errors == "skip" else 5001)
    assert reader.stats.faults == 5000


# Counting.


def test_every_byte_is_in_a_record_a_fault_or_padding(damaged):
    size = damaged.stat().st_size
    reader = Reader(damaged, errors="yield")
    assert reader.stats.total_bytes == size
    padding = 0
    for item in reader:
        stats = reader.stats
        padding = stats.padding_bytes
        assert reader.position == stats.bytes_read == item.offset + len(item.raw)
        assert stats.records + stats.faults == item.number
        assert stats.bytes_read == stats.record_bytes + stats.fault_bytes + stats.padding_bytes
        assert not stats.complete
    stats = reader.stats
    assert reader.position == stats.bytes_read == stats.total_bytes == size
    assert (stats.records, stats.faults, stats.paddings) == (57, 4, 2)
    assert (padding, stats.padding_bytes) == (1, 5)
    assert stats.complete
    assert repr(stats) == (
        f"Stats(records=57, repaired=0, incomplete=0, faults=4, paddings=2, "
        f"record_bytes={stats.record_bytes}, fault_bytes={stats.fault_bytes}, padding_bytes=5, "
        f"start=0, bytes_read={size}, total_bytes={size}, "
        f"kinds={stats.kinds}, complete=True)"
    )
    reader.close()
    assert reader.stats == stats
    assert reader.position == size


def test_a_file_that_is_cut_while_it_is_read_is_not_complete(books, tmp_path):
    path = tmp_path / "shrinks.mrc"
    path.write_bytes(books.read_bytes() * 200)
    with Reader(path, threads=1) as reader:
        next(reader)
        os.truncate(path, books.stat().st_size * 10)
        assert sum(1 for _ in reader) == 60 * 10 - 1
        assert not reader.stats.complete
    with Reader(path) as reader:
        assert sum(1 for _ in reader) == 60 * 10
        assert reader.stats.complete


def test_a_descriptor_is_read_from_where_it_stands(books):
    with open(books, "rb", buffering=0) as file:
        file.seek(len(next(Reader(books)).raw))
        reader = Reader(file.fileno())
        assert sum(1 for _ in reader) == 59
        stats = reader.stats
        assert stats.complete
        assert stats.bytes_read == stats.total_bytes < books.stat().st_size


def test_the_length_of_a_stream_is_not_known(books):
    with open(books, "rb") as file:
        reader = Reader(file)
        assert reader.stats.total_bytes is None
        list(reader)
        assert reader.stats.total_bytes is None
        assert reader.stats.complete


@pytest.mark.parametrize("chunk_size", [1, 7, 1000, 65536, 1 << 22])
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_stats_count_what_was_delivered_and_not_what_was_read_ahead(
    large, chunk_size, threads, marc
):
    with Reader(large, chunk_size=chunk_size, threads=threads) as reader:
        for count, record in zip(range(1, 100), reader, strict=False):
            assert reader.stats.records == count
            assert reader.position == record.offset + len(record.raw)


def test_stats_compare_and_cannot_be_changed_or_made(books):
    reader = Reader(books)
    assert reader.stats == reader.stats
    assert reader.stats is not reader.stats
    before = reader.stats
    next(reader)
    assert reader.stats != before
    with pytest.raises(AttributeError):
        before.records = 5
    with pytest.raises(TypeError):
        tidemarc.Stats()
    with pytest.raises(TypeError):
        tidemarc.Fault()


def test_a_record_longer_than_the_limit_is_a_fault(marc):
    long = marc.record(marc.field("001", "x" * 500))
    data = marc.record() + long + marc.record()
    reader = Reader(data, errors="yield", max_record_length=100)
    kinds = [getattr(item, "kind", "record") for item in reader]
    assert kinds == ["record", "over_long", "record"]
    assert len(list(Reader(data, max_record_length=len(long)))) == 3


# Memory.


@pytest.fixture(scope="module")
def huge(tmp_path_factory, marc):
    """A file of 100 MB of records, a kilobyte each."""
    path = tmp_path_factory.mktemp("huge") / "huge.mrc"
    block = b"".join(marc.numbered(1000, 1000))
    with open(path, "wb") as file:
        for _ in range(100):
            file.write(block)
    yield path
    path.unlink()


@pytest.mark.parametrize("threads", [1, 4])
def test_a_file_of_any_size_is_read_in_bounded_memory(huge, process, threads):
    reader = Reader(huge, threads=threads)
    for _ in range(5000):
        next(reader)
    before = process.resident()
    assert sum(1 for _ in reader) == 95_000
    assert process.resident() - before < 8 << 20


@pytest.mark.parametrize("threads", [1, 4])
def test_a_reader_that_nobody_pulls_does_not_read_on(huge, process, threads):
    reader = Reader(huge, threads=threads)
    next(reader)
    before = process.resident()
    next(reader)
    time.sleep(0.3)
    assert process.resident() - before < 12 << 20
    reader.close()


@pytest.mark.parametrize("threads", [1, 4])
def test_one_record_in_a_thousand_holds_its_own_chunk_and_a_copy_only_itself(
    huge, process, threads
):
    chunk = 65536

    def kept(keep):
        reader = Reader(huge, threads=threads)
        for _ in range(2000):
            next(reader)
        before = process.resident()
        held = [keep(record) for record in reader if record.number % 1000 == 0]
        assert len(held) == 98
        return process.resident() - before, held

    chunks, held = kept(lambda record: record)
    assert chunks < 98 * 2 * chunk + (8 << 20)
    del held
    copies, held = kept(lambda record: record.copy())
    assert copies < 8 << 20
    assert {record.title for record in held} == {record.title for record in held[:1]}


@pytest.mark.parametrize("threads", [1, None])
def test_readers_dropped_in_mid_stream_leave_no_thread_and_no_descriptor(
    large, process, threads, marc
):
    def drop(times):
        for at in range(times):
            reader = Reader(large, threads=threads, chunk_size=4096)
            for _ in range(at % 7):
                next(reader)
            if at % 3 == 0:
                reader.close()

    drop(20)
    process.eventually(lambda: process.io_threads() == 0)
    descriptors, threads_before = process.open_descriptors(), threading.active_count()
    drop(2000)
    process.eventually(lambda: process.io_threads() == 0)
    process.eventually(lambda: process.open_descriptors() == descriptors)
    assert threading.active_count() == threads_before


def test_readers_of_silent_pipes_are_dropped_without_waiting(pipe, process, marc):
    before = process.open_descriptors()
    start = time.monotonic()
    for _ in range(200):
        reader = Reader(pipe.read, chunk_size=10)
        pipe.write(marc.record())
        next(reader)
        del reader
    process.eventually(lambda: process.io_threads() == 0)
    process.eventually(lambda: process.open_descriptors() == before)
    assert time.monotonic() - start < process.DEADLINE


def test_a_short_input_starts_no_thread(books, process):
    reader = Reader(books.read_bytes()[:20000], errors="yield", threads=8)
    next(reader)
    assert process.io_threads() == 0
    assert len(list(reader)) == 19
    assert process.io_threads() == 0


def test_an_interpreter_that_ends_with_readers_alive_ends_well(large, process):
    script = """
import sys, warnings
warnings.simplefilter("ignore", ResourceWarning)
import tidemarc
readers = [tidemarc.Reader(sys.argv[1], threads=threads) for threads in (1, 2, 8)]
readers.append(tidemarc.Reader(open(sys.argv[1], "rb").read(), threads=4))
file = open(sys.argv[1], "rb")
readers.append(tidemarc.Reader(file))
kept = [next(reader) for reader in readers]
fields = [record["245"] for record in kept]
class Cycle:
    pass
cycle = Cycle()
cycle.me, cycle.reader = cycle, tidemarc.Reader(sys.argv[1])
next(cycle.reader)
"""
    for _ in range(3):
        process.run(script, large)


def test_an_interpreter_that_ends_while_a_thread_waits_ends_well(fifo, process):
    script = """
import os, sys, threading, time
import tidemarc
keep = os.open(sys.argv[1], os.O_RDWR)
for threads in (1, 2):
    reader = tidemarc.Reader(sys.argv[1], threads=threads)
    threading.Thread(target=lambda: next(reader), daemon=True).start()
time.sleep(0.2)
"""
    process.run(script, fifo)


# The workers.


def test_the_number_of_workers_can_be_set(process, large):
    script = """
import sys, tidemarc
default = tidemarc.get_threads()
assert default >= 1
tidemarc.set_threads(3)
assert tidemarc.get_threads() == 3
assert len(list(tidemarc.Reader(sys.argv[1]))) == 3000
tidemarc.set_threads(0)
assert tidemarc.get_threads() == default
assert len(list(tidemarc.Reader(sys.argv[1]))) == 3000
for wrong, error, message in (
    (-1, ValueError, "threads must be at least 0, not -1"),
    (257, OverflowError, "threads must be at most 256, not 257"),
    (1 << 40, OverflowError, f"threads must be at most 256, not {1 << 40}"),
    (1 << 80, OverflowError, None),
):
    try:
        tidemarc.set_threads(wrong)
    except error as raised:
        assert message is None or str(raised) == message, raised
    else:
        raise AssertionError(wrong)
"""
    process.run(script, large)


def test_the_environment_sets_the_number_of_workers(process, monkeypatch):
    monkeypatch.setenv("RAYON_NUM_THREADS", "5")
    assert process.run("import tidemarc; print(tidemarc.get_threads())") == "5\n"
    monkeypatch.setenv("RAYON_NUM_THREADS", "5000")
    assert process.run("import tidemarc; print(tidemarc.get_threads())") == "256\n"
