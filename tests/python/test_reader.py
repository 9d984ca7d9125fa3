"""A reader at its end and after closing."""

from __future__ import annotations

import io
import os
import time

import pytest
from tidemarc import Reader


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
        # Whatever was in the pipe goes before the next round.
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
