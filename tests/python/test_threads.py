"""Many threads that share readers."""

from __future__ import annotations

import io
import os
import sys
import threading
import time

import pytest
from shared.threads import together
from tidemarc import Reader, pymarc


def sources(path):
    yield "path", path
    yield "bytes", path.read_bytes()
    yield "file", io.BytesIO(path.read_bytes())
    yield "bytearray", bytearray(path.read_bytes())


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("chunk_size", [500, 65536])
def test_each_record_goes_to_exactly_one_of_many_threads(large, restless, threads, chunk_size):
    for name, source in sources(large):
        reader = Reader(source, threads=threads, chunk_size=chunk_size)
        found = together(*[lambda reader=reader: [item.number for item in reader]] * 8)
        for mine in found:
            assert mine == sorted(mine), "each thread sees them in order"
        assert sorted(sum(found, [])) == list(range(1, 3001)), name
        assert reader.stats.records == 3000
        assert reader.stats.complete


def test_a_slow_source_keeps_other_threads_waiting_but_loses_nothing(marc, restless):
    class Source(io.BytesIO):
        inside = 0

        def readinto1(self, buffer):
            self.inside += 1
            assert self.inside == 1, "two threads are inside"
            time.sleep(0.001)
            self.inside -= 1
            return super().readinto(buffer)

    reader = Reader(Source(b"".join(marc.numbered(1000, 100))), chunk_size=1000)
    found = together(*[lambda: marc.numbers(reader)] * 8)
    assert sorted(sum(found, [])) == list(range(1000))


@pytest.fixture
def steady():
    """Lets a thread run until it waits."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(60)
    yield
    sys.setswitchinterval(before)


def test_a_thread_that_sees_an_end_late_leaves_the_stream_that_follows(marc, steady):
    records = marc.numbered(6)
    at_end, waits = threading.Event(), threading.Event()

    class Growing:
        """A file that grows after its end was read."""

        def __init__(self):
            self.pieces = [b"".join(records[:2]), b"", b"".join(records[2:])]

        def read(self, size):
            piece = self.pieces.pop(0) if self.pieces else b""
            if len(self.pieces) == 1:
                at_end.set()
                waits.wait()
            return piece

    reader = pymarc.MARCReader(Growing())
    found = [next(reader), next(reader)]

    def see_the_end_late():
        at_end.wait()
        waits.set()
        # The other thread is inside still, so this one waits to enter.
        found.append(next(reader, None))

    late = threading.Thread(target=see_the_end_late)
    late.start()
    found.append(next(reader, None))
    found.append(next(reader, None))
    late.join()
    found.extend(reader)
    found.extend(reader)
    numbers = [int(record["001"].data) for record in found if record is not None]
    assert sorted(numbers) == list(range(6))


def test_two_threads_that_begin_at_once_open_the_source_once(marc, steady):
    begins, waits = threading.Event(), threading.Event()

    class Slow(pymarc.MARCReader):
        def _begin(self):
            if not begins.is_set():
                begins.set()
                waits.wait()
            super()._begin()

    def begin_late():
        begins.wait()
        waits.set()
        found.append(next(reader))

    reader, found = Slow(io.BytesIO(b"".join(marc.numbered(6)))), []
    late = threading.Thread(target=begin_late)
    late.start()
    found.append(next(reader))
    late.join()
    found.extend(reader)
    assert sorted(int(record["001"].data) for record in found) == list(range(6))


def test_what_a_source_raises_reaches_one_thread_and_the_others_go_on(marc):
    records = marc.numbered(100)

    class Source:
        reads = 0

        def read(self, size):
            self.reads += 1
            if self.reads % 2:
                raise LookupError
            return records.pop(0) if records else b""

    errors = []
    reader = Reader(Source())

    def pull():
        found = []
        while True:
            try:
                found.append(int(next(reader)["001"].data))
            except LookupError:
                errors.append(1)
            except StopIteration:
                return found

    found = together(*[pull] * 4)
    assert sorted(sum(found, [])) == list(range(100))
    assert len(errors) == 101


def test_many_threads_wait_for_one_pipe(pipe, marc, process):
    reader = Reader(pipe.read, chunk_size=100)
    results = [process.in_thread(lambda: marc.numbers(reader)) for _ in range(6)]
    for record in marc.numbered(200):
        pipe.write(record)
    pipe.hang_up()
    found = [result() for result in results]
    assert sorted(sum(found, [])) == list(range(200))


def test_closing_ends_the_wait_of_every_thread(fifo, process):
    keep = os.open(fifo, os.O_RDWR)
    reader = Reader(fifo)

    results = [process.in_thread(lambda: next(reader, None)) for _ in range(6)]
    # All of them are to be inside, or in the line.
    time.sleep(0.5)
    reader.close()
    assert [result() for result in results] == [None] * 6
    with pytest.raises(ValueError, match="the reader is closed"):
        next(reader)
    os.close(keep)


def test_closing_while_others_pull_is_no_accident(large, restless):
    for threads in (1, 4):
        for round_ in range(30):
            reader = Reader(large, threads=threads, chunk_size=2000)

            def pull(reader=reader):
                count = 0
                try:
                    for _ in reader:
                        count += 1
                except ValueError as error:
                    assert str(error) == "the reader is closed"
                return count

            def close(reader=reader, round_=round_):
                time.sleep(round_ * 1e-4)
                reader.close()

            *counts, _ = together(pull, pull, pull, close)
            assert reader.stats.records == sum(counts) <= 3000


def test_stats_and_position_may_be_asked_for_at_any_time(large, restless):
    reader = Reader(large, chunk_size=3000)
    over = threading.Event()

    def pull():
        count = sum(1 for _ in reader)
        over.set()
        return count

    def watch():
        last = 0
        while not over.is_set():
            stats = reader.stats
            assert stats.bytes_read >= last
            assert stats.bytes_read == stats.record_bytes
            last = stats.bytes_read
            repr(reader)

    one, other, _ = together(pull, pull, watch)
    assert one + other == 3000


def test_a_hundred_readers_on_two_workers_of_which_99_wait(large, process, tmp_path):
    script = """
import os, pathlib, sys, threading, time
import tidemarc
tidemarc.set_threads(2)
large, folder = sys.argv[1:]
data = pathlib.Path(large).read_bytes()
stalled, keep, threads = [], [], []
for at in range(99):
    path = f"{folder}/{at}"
    os.mkfifo(path)
    keep.append(os.open(path, os.O_RDWR))
    reader = tidemarc.Reader(path, chunk_size=1000)
    # Past the short way, so that it has an I/O thread; and then nothing more comes.
    os.write(keep[-1], data[:5000])
    next(reader)
    stalled.append(reader)
waiting = [threading.Thread(target=lambda r=r: [None for _ in r], daemon=True) for r in stalled]
for thread in waiting:
    thread.start()
time.sleep(0.3)
start = time.monotonic()
for _ in range(3):
    assert sum(1 for _ in tidemarc.Reader(large)) == 3000
    assert sum(1 for _ in tidemarc.Reader(data, threads=4)) == 3000
took = time.monotonic() - start
assert took < 10, took
for reader in stalled:
    reader.close()
for thread in waiting:
    thread.join(10)
    assert not thread.is_alive()
print(sum(reader.stats.records for reader in stalled) > 99)
"""
    assert process.run(script, large, tmp_path, timeout=60) == "True\n"


def test_a_hundred_readers_at_once_all_come_to_their_end(large, process):
    def read():
        return sum(1 for _ in Reader(large, threads=2, chunk_size=20_000))

    assert together(*[read] * 100) == [3000] * 100
    process.eventually(lambda: process.io_threads() == 0)


def test_a_slow_python_source_does_not_slow_the_others(large, process):
    release = threading.Event()

    class Source:
        def read(self, size):
            release.wait(process.DEADLINE)
            return b""

    slow = process.in_thread(lambda: list(Reader(Source())))
    start = time.monotonic()
    assert sum(1 for _ in Reader(large)) == 3000
    assert time.monotonic() - start < 10
    release.set()
    assert slow() == []


def test_without_a_thread_or_a_descriptor_to_spare_a_stream_goes_on(large, process, tmp_path):
    script = """
import os, resource, sys, threading
import tidemarc
path = sys.argv[1]
expected = sum(1 for _ in tidemarc.Reader(path, threads=1))
soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
resource.setrlimit(resource.RLIMIT_NPROC, (0, hard))
reader = tidemarc.Reader(path, threads=2, chunk_size=1000)
assert sum(1 for _ in reader) == expected
assert reader.stats.complete
ours, theirs = os.pipe()
def feed():
    with open(path, "rb") as source, open(theirs, "wb") as pipe:
        pipe.write(source.read())
resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard))
feeder = threading.Thread(target=feed)
feeder.start()
reader = tidemarc.Reader(ours, threads=2, chunk_size=1000)
next(reader)
# What is free is taken.
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
taken = []
try:
    while True:
        taken.append(os.dup(0))
except OSError:
    pass
assert 1 + sum(1 for _ in reader) == expected
assert reader.stats.complete
feeder.join()
"""
    process.run(script, large)
