"""Failures of a source: what is raised, and what the next call gives."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from shared.sources import Failing
from tidemarc import Reader, errors


class Mine(Exception):
    pass


class Base(BaseException):
    pass


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
