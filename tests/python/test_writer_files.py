"""Python's file objects as targets: what their methods return or raise, and who may call whom."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import threading
import weakref

import pytest
import tidemarc
from shared.records import sample
from tidemarc import Reader, Writer


def test_what_a_write_raises_is_raised():
    class Target:
        def write(self, data):
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        Writer(Target()).write(sample())


class Answering:
    """Takes everything, or so many bytes, and says so in these words."""

    def __init__(self, answer, takes=None):
        self.answer, self.takes, self.taken = answer, takes, b""

    def write(self, data):
        self.taken += data[: self.takes]
        return self.answer(data) if callable(self.answer) else self.answer


@pytest.mark.parametrize("answer", [-1, -(1 << 80), lambda data: len(data) + 1, 1 << 64])
def test_a_write_that_says_a_number_that_cannot_be_is_an_error(answer):
    target = Answering(answer)
    with pytest.raises(OSError, match=r"^the file says it wrote -?[0-9]+ bytes of [0-9]+$"):
        Writer(target).write(sample())


@pytest.mark.parametrize("answer", ["12", 1.5, b"1", []])
def test_a_write_that_says_no_number_is_an_error(answer):
    with pytest.raises(TypeError) as caught:
        Writer(Answering(answer)).write(sample())
    name = type(answer).__name__
    assert str(caught.value) == f"the file's write returned {name}, not a number of bytes"


def test_a_short_write_goes_on_and_one_of_nothing_is_an_error():
    for takes in (1, 7, 10_000):
        target = Answering(lambda data, takes=takes: min(len(data), takes), takes)
        Writer(target).write(sample())
        assert target.taken == sample().as_marc()
    with pytest.raises(OSError, match=r"^the file takes no data$"):
        Writer(Answering(0)).write(sample())


def test_a_write_that_says_nothing_has_written_all_but_of_a_raw_file_nothing():
    target = Answering(None)
    Writer(target).write(sample())
    assert target.taken == sample().as_marc()

    class Raw(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            return None

    with pytest.raises(BlockingIOError):
        Writer(Raw()).write(sample())
    # As Python's own buffer has it.
    buffered = io.BufferedWriter(Raw())
    buffered.write(b"x")
    with pytest.raises(BlockingIOError):
        buffered.flush()
    with pytest.raises(BlockingIOError):
        buffered.detach()


def test_what_a_flush_raises_is_raised_by_close():
    class Target(io.BytesIO):
        def flush(self):
            raise LookupError("mine")

    writer = Writer(Target())
    writer.write(sample())
    with pytest.raises(LookupError, match="mine"):
        writer.close()
    with pytest.raises(ValueError, match="the writer is closed"):
        writer.write(sample())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_device_is_an_os_error_at_the_latest_when_closed():
    writer = Writer("/dev/full")
    writer.write(sample())
    with pytest.raises(OSError) as caught:
        writer.close()
    assert caught.value.errno == 28
    assert caught.value.filename == "/dev/full"
    writer.close()
    with pytest.raises(OSError), Writer("/dev/full") as writer:
        for _ in range(10_000):
            writer.write(sample())


def test_a_write_that_calls_its_own_writer_gets_an_error():
    class Target(io.BytesIO):
        def write(self, data):
            with pytest.raises(RuntimeError, match="the writer was called again from inside"):
                writer.write(sample())
            return super().write(data)

    target = Target()
    writer = Writer(target)
    writer.write(sample())
    assert target.getvalue() == sample().as_marc()


def test_a_write_that_closes_its_own_writer_closes_it_when_it_is_done():
    class Target(io.BytesIO):
        flushed = 0

        def write(self, data):
            with writer:
                pass
            assert not self.flushed
            return super().write(data)

        def flush(self):
            self.flushed += 1

    target = Target()
    writer = Writer(target)
    writer.write(sample())
    assert (target.getvalue(), target.flushed) == (sample().as_marc(), 1)
    with pytest.raises(ValueError, match="the writer is closed"):
        writer.write(sample())


def test_close_waits_for_the_write_of_another_thread(process):
    class Slow(io.BytesIO):
        def write(self, data):
            inside.set()
            go_on.wait()
            return super().write(data)

    inside, go_on, target = threading.Event(), threading.Event(), Slow()
    with Writer(target) as writer:
        written = process.in_thread(lambda: writer.write(sample()))
        inside.wait()
        threading.Timer(0.1, go_on.set).start()
    assert target.getvalue() == sample().as_marc()
    written()


def test_a_file_that_holds_its_own_writer_is_collected():
    class Target(io.BytesIO):
        pass

    target = Target()
    target.writer = Writer(target)
    target.writer.write(sample())
    gone = weakref.ref(target)
    del target
    gc.collect()
    assert gone() is None


class Raw(io.RawIOBase):
    """A raw file that takes 7 bytes a call, and then answers as it is told, `every` so many calls."""

    def __init__(self, answer=7, every=1):
        self.answer, self.every, self.calls, self.taken = answer, every, 0, b""

    def writable(self):
        return True

    def write(self, data):
        self.calls += 1
        if self.calls % self.every == 0 and self.answer != 7:
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer
        part = bytes(data[:7])
        self.taken += part
        return len(part)


def test_a_raw_file_that_takes_less_than_it_is_given_loses_nothing():
    target = Raw()
    with Writer(target) as writer:
        writer.write(sample())
        writer.write(sample())
    assert target.taken == sample().as_marc() * 2


@pytest.mark.parametrize("format", ["iso2709", "marcxml", "json"])
@pytest.mark.parametrize("answer", [None, 0, OSError(28, "full"), LookupError("mine")])
@pytest.mark.parametrize("every", [1, 2, 3, 5, 8])
def test_whoever_writes_again_what_was_refused_writes_every_record_once(format, answer, every):
    target = Raw(answer, every)
    writer = Writer(target, format)
    written = refused = 0
    for _ in range(3000):
        if target.calls > 200:
            target.answer = 7
        try:
            writer.write(sample())
            written += 1
        except (OSError, LookupError):
            refused += 1
        if written == 5:
            break
    assert refused
    # A `close()` that fails keeps what the file has not taken.
    with contextlib.suppress(OSError, LookupError):
        writer.close()
    target.answer = 7
    writer.close()
    assert target.taken == tidemarc.dumps([sample()] * 5, format)
    with pytest.raises(ValueError, match="the writer is closed"):
        writer.write(sample())


def test_what_is_no_exception_is_raised_in_the_middle_and_the_rest_comes_first():
    target = Raw(KeyboardInterrupt(), 3)
    writer = Writer(target)
    with pytest.raises(KeyboardInterrupt):
        writer.write(sample())
    assert len(target.taken) == 14
    target.answer = 7
    writer.write(sample())
    writer.close()
    assert target.taken == sample().as_marc() * 2


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="needs pipes that do not block")
@pytest.mark.parametrize("buffering", [0, 100, 1 << 16])
def test_a_pipe_that_does_not_block_gets_every_record_once(buffering):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    record, taken, refused = sample(), b"", 0
    with open(writing, "wb", buffering=buffering) as file:
        writer = Writer(file)
        for number in range(3000):
            record["001"].data = str(number)
            while True:
                try:
                    writer.write(record)
                    break
                except BlockingIOError:
                    refused += 1
                    taken += os.read(reading, 1000)
        while True:
            taken += os.read(reading, 1000)
            try:
                writer.close()
                file.flush()
                break
            except BlockingIOError:
                refused += 1
    while chunk := os.read(reading, 1 << 16):
        taken += chunk
    os.close(reading)
    assert refused
    assert [int(record["001"].data) for record in Reader(taken)] == [*range(3000)]


def test_a_writer_that_is_dropped_in_the_middle_of_a_record_gives_the_rest():
    target = Raw(None, 3)
    writer = Writer(target)
    writer.write(sample())
    assert len(target.taken) == 14
    target.answer = 7
    del writer
    assert target.taken == sample().as_marc()
