"""The resources of readers: memory, threads, descriptors, workers, the end of the interpreter."""

from __future__ import annotations

import threading
import time

import pytest
from tidemarc import Reader


@pytest.fixture(scope="module")
def huge(tmp_path_factory, marc):
    """100 MB of records, a kilobyte each."""
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
