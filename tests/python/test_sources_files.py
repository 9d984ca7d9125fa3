"""Python's file objects as sources: the ways to read them, and what they return or raise."""

from __future__ import annotations

import array
import gc
import io
import numbers
import sys

import pytest
from shared.sources import TEXT
from tidemarc import Reader


class Recorder:
    """Gives its bytes through one method, and remembers how it was called."""

    def __init__(self, data):
        self.file, self.calls = io.BytesIO(data), []

    def _into(self, buffer):
        self.calls.append(len(buffer))
        return self.file.readinto(buffer)

    def _bytes(self, size=-1):
        self.calls.append(size)
        return self.file.read(size)


WAYS = ["readinto1", "read1", "readinto", "read"]


@pytest.mark.parametrize("first", range(4))
def test_the_ways_to_read_are_tried_in_order(first, marc):
    def refuse(*_):
        raise AssertionError("not this one")

    methods = dict.fromkeys(WAYS[first:], refuse)
    methods[WAYS[first]] = Recorder._into if "into" in WAYS[first] else Recorder._bytes
    # One that is there and cannot be called does not count.
    methods.update({way: None for way in WAYS[:first]})
    source = type("Source", (Recorder,), methods)(b"".join(marc.numbered(5)))
    assert marc.numbers(Reader(source, chunk_size=100)) == [0, 1, 2, 3, 4]
    assert set(source.calls) == {100}


class Returns:
    """A source whose `read` returns what it is told, one thing after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def read(self, size):
        return self.answers.pop(0) if self.answers else b""


class Fills:
    """A source whose `readinto` says what it is told."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def readinto(self, buffer):
        answer = self.answers.pop(0) if self.answers else 0
        if isinstance(answer, bytes):
            buffer[: len(answer)] = answer
            return len(answer)
        return answer


@pytest.mark.parametrize("answer", [5, 1.5, [1], object(), {}])
def test_a_read_that_returns_no_bytes_is_a_type_error_and_may_be_tried_again(answer, marc):
    reader = Reader(Returns(answer, marc.record()))
    name = type(answer).__name__
    with pytest.raises(TypeError) as caught:
        next(reader)
    assert str(caught.value) == f"the source's read returned {name}, not bytes"
    assert next(reader)["245"]["a"] == "Hi"


def test_a_read_that_returns_text_is_told_to_be_binary(marc):
    reader = Reader(Returns("text", marc.record()))
    with pytest.raises(TypeError) as caught:
        next(reader)
    assert str(caught.value) == TEXT
    assert next(reader).number == 1


@pytest.mark.parametrize("source", [Returns, Fills])
def test_a_source_without_data_at_the_moment_is_a_blocking_io_error(source, marc):
    reader = Reader(source(None, marc.record(), None))
    with pytest.raises(BlockingIOError):
        next(reader)
    assert next(reader).number == 1
    with pytest.raises(BlockingIOError):
        next(reader)
    assert list(reader) == []


@pytest.mark.parametrize("answer", ["5", 1.0, b"", object()])
def test_a_readinto_that_returns_no_count_is_refused(answer, marc):
    class Source(Fills):
        def readinto(self, buffer):
            return self.answers.pop(0) if self.answers else 0

    with pytest.raises(TypeError, match=r"the source's readinto returned \w+, not a number"):
        next(Reader(Source(answer)))


@pytest.mark.parametrize("answer", [-1, 1 << 80, -(1 << 80), pytest.param(10**5000, id="10**5000")])
def test_a_readinto_that_says_an_impossible_count_is_refused(answer):
    said = "countless" if answer > 1 << 90 else answer
    with pytest.raises(OSError, match=f"^the source says it read {said} bytes into a buffer of 10"):
        next(Reader(Fills(answer), chunk_size=10))


@pytest.mark.parametrize("raised", [KeyboardInterrupt, MemoryError, LookupError])
def test_what_a_count_raises_is_raised(raised, marc):
    class Count:
        def __index__(self):
            raise raised("mine")

    numbers.Integral.register(Count)

    class Source(Fills):
        def readinto(self, buffer):
            return Count() if len(self.answers) > 1 else super().readinto(buffer)

    source = Source(b"", marc.record())
    reader = Reader(source)
    with pytest.raises(raised, match="mine"):
        next(reader)
    source.answers.pop(0)
    assert next(reader).number == 1


@pytest.mark.skipif(sys.version_info < (3, 12), reason="__buffer__ is new in 3.12")
@pytest.mark.parametrize("raised", [KeyboardInterrupt, MemoryError, BufferError])
def test_what_a_buffer_raises_is_raised(raised):
    class Buffer:
        def __buffer__(self, flags):
            raise raised("mine")

    with pytest.raises(raised, match="mine"):
        Reader(Buffer())
    with pytest.raises(raised, match="mine"):
        next(Reader(Returns(Buffer())))


def test_a_readinto_that_says_too_much_is_refused(marc):
    reader = Reader(Fills(101, marc.record()), chunk_size=100)
    with pytest.raises(OSError, match="101 bytes into a buffer of 100"):
        next(reader)
    assert next(reader).number == 1


def test_other_buffers_are_as_good_as_bytes(marc):
    record = marc.record()
    whole = record * 4
    answers = [
        bytearray(whole[:10]),
        memoryview(whole[10:50]),
        memoryview(bytes(reversed(whole[50:90])))[::-1],
        array.array("B", whole[90:]),
    ]
    assert [item.raw for item in Reader(Returns(*answers))] == [record] * 4


def test_a_read_may_return_more_than_it_was_asked_for(marc):
    records = marc.numbered(100)
    reader = Reader(Returns(b"".join(records[:90]), b"".join(records[90:])), chunk_size=7)
    assert [item.raw for item in reader] == records


def test_one_byte_at_a_time_is_enough(marc):
    records = marc.numbered(5)
    data = b"".join(records)
    reader = Reader(Returns(*(data[at : at + 1] for at in range(len(data)))))
    assert [item.raw for item in reader] == records


def test_a_short_read_is_delivered_at_once(marc):
    class Source:
        def __init__(self):
            self.reads = 0

        def read1(self, size):
            self.reads += 1
            return marc.record() if self.reads < 5 else b""

    source = Source()
    reader = Reader(source)
    for count in range(1, 5):
        next(reader)
        assert source.reads == count
    assert next(reader, None) is None


def test_the_end_of_a_source_is_asked_for_once(marc):
    class Source:
        ends = 0

        def read(self, size):
            self.ends += 1
            return b""

    source = Source()
    reader = Reader(source)
    assert [next(reader, None) for _ in range(5)] == [None] * 5
    assert source.ends == 1


def test_a_memoryview_that_the_source_keeps_does_no_harm(marc):
    records = marc.numbered(50, 300)

    class Source(Recorder):
        kept = ()

        def readinto(self, buffer):
            for old in self.kept:
                old[:] = b"!" * len(old)
            self.kept = (*self.kept, buffer)
            return self.file.readinto(buffer)

    source = Source(b"".join(records))
    held = list(Reader(source, chunk_size=1000))
    for old in source.kept:
        old[:] = b"?" * len(old)
    assert [record.raw for record in held] == records


def test_a_memoryview_that_the_source_releases_is_replaced(marc):
    class Source(Recorder):
        def readinto(self, buffer):
            with buffer:
                return self.file.readinto(buffer)

    assert marc.numbers(Reader(Source(b"".join(marc.numbered(50))), chunk_size=100)) == [*range(50)]


def test_what_another_thread_reads_from_the_same_file_is_not_there(books):
    with open(books, "rb") as file:
        first = Reader(file)
        assert len(list(first)) == 60
        assert list(Reader(file)) == []


def test_a_source_that_holds_its_own_reader_is_collected():
    gone = []

    class Source:
        def __init__(self):
            self.reader = Reader(self)

        def read(self, size):
            return b""

        def __del__(self):
            gone.append(True)

    Source()
    gc.collect()
    assert gone == [True]


def test_a_source_is_let_go_at_close_and_with_the_reader(marc):
    source = Returns(*marc.numbered(10))
    before = sys.getrefcount(source)
    reader = Reader(source)
    next(reader)
    assert sys.getrefcount(source) > before
    reader.close()
    assert sys.getrefcount(source) == before
    reader = Reader(source)
    next(reader)
    del reader
    assert sys.getrefcount(source) == before
    reader = Reader(source)
    assert len(list(reader)) == 8
    assert sys.getrefcount(source) == before, "and at the end"
