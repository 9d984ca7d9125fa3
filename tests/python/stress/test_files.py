"""Odd files and sources: those that change while they are read, give little, fail, or lie.

`TIDEMARC_STRESS=N` makes N times as many rounds, each with a seed of its own, which a failure names.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import random
import socket
import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from tidemarc import Fault, Reader, Writer, convert
from tidemarc.errors import TidemarcError

ROUNDS = int(os.environ.get("TIDEMARC_STRESS", "1"))
SEEDS = range(3 * ROUNDS)
COUNT = 400

METHODS = ["read", "read1", "readinto", "readinto1"]


class Odd:
    """A source that gives little at a time, nothing at the moment, or an exception, and lies if told."""

    def __init__(self, rng: random.Random, data: bytes, lies: float = 0.0) -> None:
        self.rng, self.file, self.lies = rng, io.BytesIO(data), lies
        self.lied = False
        self.failed = 0
        # Some have one method, and others have several.
        for name in rng.sample(METHODS, rng.randrange(1, 5)):
            setattr(self, name, self._fill if "into" in name else self._read)

    def _fail(self) -> None:
        if self.rng.random() < 0.15:
            self.failed += 1
            raise self.rng.choice(
                [
                    BlockingIOError(errno.EAGAIN, "later"),
                    InterruptedError(errno.EINTR, "again"),
                    OSError(errno.EIO, "broken"),
                    ValueError("odd"),
                    KeyboardInterrupt(),
                ]
            )

    def _read(self, size: int = -1) -> Any:
        self._fail()
        if self.rng.random() < self.lies:
            self.lied = True
            return self.rng.choice(["text", 5, [1], object(), 1.5, True, {}, memoryview(b"")])
        if self.rng.random() < 0.05:
            self.failed += 1
            return None
        data = self.file.read(min(size, self.rng.choice([1, 7, 100, 5_000])))
        # Other buffers are as good, and more than was asked for is kept.
        return self.rng.choice([bytes, bytearray, memoryview])(data)

    def _fill(self, buffer: Any) -> Any:
        self._fail()
        if self.rng.random() < self.lies:
            self.lied = True
            return self.rng.choice([len(buffer) + 1, -1, 2**70, "3", 1.0, object(), b"x"])
        if self.rng.random() < 0.05:
            self.failed += 1
            return None
        data = self.file.read(min(len(buffer), self.rng.choice([1, 7, 100, 5_000])))
        buffer[: len(data)] = data
        return len(data)


def patiently(reader: Any, failures: Any, most: int = 100_000) -> tuple[list[Any], int]:
    """Take all items, and ask again after each failure."""
    items: list[Any] = []
    raised = 0
    for _ in range(most):
        try:
            items.append(next(reader))
        except StopIteration:
            return items, raised
        except failures:
            raised += 1
    raise AssertionError("the reader never ended")


def mixed(rng: random.Random, records: list[bytes]) -> bytes:
    """Put faults and blanks between records."""
    return b"".join(
        each + rng.choice([b"", b"", b"", b"", b"\n", b"junk\x1d", each[:50] + b"\x1d"])
        for each in records
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_source_that_fails_and_goes_on_loses_nothing(seed, marc):
    rng = random.Random(seed)
    data = mixed(rng, marc.numbered(COUNT))
    expected = [item.raw for item in Reader(data, errors="yield")]
    for _ in range(3):
        source = Odd(rng, data)
        options = {"chunk_size": rng.choice([1, 30, 1_000, 65_536])}
        reader = Reader(source, errors="yield", **options)
        failures = (OSError, ValueError, KeyboardInterrupt)
        items, raised = patiently(reader, failures)
        assert raised == source.failed, options
        assert [item.raw for item in items] == expected, options


@pytest.mark.parametrize("seed", SEEDS)
def test_a_source_that_lies_harms_nobody(seed, marc):
    rng = random.Random(seed)
    data = b"".join(marc.numbered(COUNT))
    sound = set(marc.numbered(COUNT))
    for _ in range(5):
        source = Odd(rng, data, lies=0.1)
        reader = Reader(source, errors="yield", chunk_size=rng.choice([1, 1_000, 65_536]))
        failures = (OSError, ValueError, TypeError, OverflowError, KeyboardInterrupt)
        items, _ = patiently(reader, failures)
        # An answer that cannot be taken is no end, but an empty buffer is.
        for item in items:
            assert isinstance(item, Fault) or item.raw in sound
    for made in (mock.MagicMock(), mock.Mock(), mock.mock_open(read_data=data)()):
        try:
            patiently(Reader(made, errors="yield"), (), most=2 * COUNT)
        except (TypeError, ValueError, OSError, TidemarcError):
            pass


@pytest.mark.parametrize("seed", SEEDS)
def test_a_file_that_changes_while_it_is_read_ends_well(seed, marc, tmp_path):
    rng = random.Random(seed)
    records = marc.numbered(COUNT, 300)
    data = b"".join(records)
    sound = set(records)

    def grow(path: Any) -> None:
        with open(path, "ab") as file:
            file.write(rng.choice(records))

    def shrink(path: Any) -> None:
        os.truncate(path, rng.randrange(len(data)))

    def replace(path: Any) -> None:
        other = path.with_name("other")
        other.write_bytes(data[: rng.randrange(len(data))])
        os.replace(other, path)

    def spoil(path: Any) -> None:
        with open(path, "r+b") as file:
            file.seek(rng.randrange(len(data)))
            file.write(b"\xff" * rng.randrange(1, 40))

    changes: list[Callable[[Any], None]] = [grow, shrink, replace, spoil]
    for at in range(6):
        path = tmp_path / f"in{at}.mrc"
        path.write_bytes(data)
        buffering = rng.choice([None, 0, 8192])
        source: Any = path if buffering is None else open(path, "rb", buffering=buffering)
        options = {"threads": rng.choice([1, 4]), "chunk_size": rng.choice([500, 10_000])}
        reader = Reader(source, errors="yield", read_ahead=rng.random() < 0.7, **options)
        items = []
        for item in reader:
            items.append(item)
            if rng.random() < 0.02 and len(items) < 2 * COUNT:
                rng.choice(changes)(path)
        # No byte twice, and none left out; what is a record is one.
        place = 0
        for item in items:
            assert item.offset >= place
            place = item.offset + len(item.raw)
        assert place <= reader.position
        whole = [item for item in items if not isinstance(item, Fault)]
        assert all(item.raw in sound or b"\xff" in item.raw for item in whole), options
        if source is not path:
            source.close()


def trickle(rng: random.Random, data: bytes, put: Callable[[bytes], object]) -> None:
    """Hand over a few bytes at a time."""
    at = 0
    while at < len(data):
        size = rng.choice([1, 20, 500, 20_000])
        put(data[at : at + size])
        at += size


@pytest.mark.parametrize("seed", SEEDS)
def test_pipes_and_sockets_bring_every_record(seed, marc, tmp_path, process):
    rng = random.Random(seed)
    data = mixed(rng, marc.numbered(COUNT, 200))
    expected = [item.raw for item in Reader(data, errors="yield")]
    for kind in rng.sample(
        ["pipe", "pipe file", "fifo", "socket", "socket file", "nonblocking"], 4
    ):
        closed: list[Callable[[], object]] = []
        if "socket" in kind:
            ours, theirs = socket.socketpair()
            closed.append(ours.close)
            put, hang_up = theirs.sendall, theirs.close
            source: Any = ours if kind == "socket" else ours.makefile("rb")
            if kind == "socket file":
                closed.append(source.close)
        elif kind == "fifo":
            path = tmp_path / "fifo"
            path.unlink(missing_ok=True)
            os.mkfifo(path)
            source = path
            end = os.open(path, os.O_RDWR)
            put = lambda part, end=end: os.write(end, part)  # noqa: E731
            hang_up = lambda end=end: os.close(end)  # noqa: E731
        else:
            reading, writing = os.pipe()
            put = lambda part, end=writing: os.write(end, part)  # noqa: E731
            hang_up = lambda end=writing: os.close(end)  # noqa: E731
            source = reading
            if kind == "pipe file":
                source = open(reading, "rb", buffering=rng.choice([0, 100, 8192]))
                closed.append(source.close)
            else:
                os.set_blocking(reading, kind != "nonblocking")
                closed.append(lambda end=reading: os.close(end))
        reader = Reader(
            source,
            errors="yield",
            threads=rng.choice([1, 4]),
            chunk_size=rng.choice([100, 65_536]),
            read_ahead=rng.random() < 0.7,
        )
        each = random.Random(rng.random())

        def feed(each: Any = each, put: Any = put, hang_up: Any = hang_up) -> None:
            trickle(each, data, put)
            hang_up()

        # A FIFO that its last writer closes before it was opened for reading brings nothing.
        fed = process.in_thread(feed)
        items = [next(reader) for _ in expected] if kind == "fifo" else list(reader)
        fed()
        assert [item.raw for item in items] == expected, kind
        reader.close()
        for close in closed:
            close()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_file_that_is_closed_or_dropped_meanwhile_harms_nobody(seed, marc, tmp_path, process):
    rng = random.Random(seed)
    path = tmp_path / "in.mrc"
    records = marc.numbered(COUNT, 300)
    path.write_bytes(b"".join(records))
    before = threading.active_count()
    for _ in range(10):
        file = open(path, "rb", buffering=rng.choice([0, 8192]))
        descriptor = os.open(path, os.O_RDONLY)
        readers = [
            Reader(file, chunk_size=500),
            Reader(descriptor, threads=4, chunk_size=500),
            Reader(path, threads=4, chunk_size=500, quarantine=tmp_path / "q"),
        ]
        found: list[list[int]] = [[], [], []]
        for _ in range(rng.randrange(50)):
            at = rng.randrange(3)
            found[at].append(int(next(readers[at])["001"].data))
        # A descriptor is copied; a file object is the caller's, and says that it is closed.
        os.close(descriptor)
        file.close()
        try:
            found[0].extend(marc.numbers(readers[0]))
        except ValueError as error:
            assert "closed" in str(error)
        found[1].extend(marc.numbers(readers[1]))
        assert found[1] == list(range(COUNT))
        assert found[0] == list(range(len(found[0])))
        if rng.random() < 0.5:
            readers[2].close()
        del readers
    gc.collect()
    process.eventually(lambda: process.io_threads() == 0)
    assert threading.active_count() == before


class OddTarget(io.RawIOBase):
    """A raw file that takes little, nothing at the moment, or fails."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.taken, self.is_well = rng, bytearray(), False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> Any:
        kind = 1 if self.is_well else self.rng.random()
        if kind < 0.05:
            return None
        if kind < 0.1:
            raise OSError(errno.ENOSPC, "full")
        count = min(len(data), self.rng.choice([1, 50, 5_000]))
        self.taken += data[:count]
        return count


@pytest.mark.parametrize("seed", SEEDS)
def test_a_target_that_fails_and_goes_on_gets_every_record_once(seed, marc):
    rng = random.Random(seed)
    records = list(Reader(b"".join(marc.numbered(COUNT, 200))))
    for format in rng.sample(["iso2709", "marcxml", "jsonl", "marcmaker"], 2):
        target = OddTarget(rng)
        writer = Writer(target, format)
        for record in records:
            for _ in range(1_000):
                try:
                    writer.write(record)
                    break
                except OSError:
                    pass
        # One that is full gives up the rest; one without room does not.
        target.is_well = True
        writer.close()
        found = marc.numbers(Reader(bytes(target.taken), format=format))
        assert found == list(range(COUNT)), format
    source = Odd(rng, b"".join(marc.numbered(COUNT)), lies=0.01)
    try:
        convert(source, io.BytesIO(), to_format="jsonl", errors="skip")
    except (OSError, ValueError, TypeError, KeyboardInterrupt):
        pass
