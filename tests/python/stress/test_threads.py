"""Several threads on the same readers, writers and quarantines, which are closed and dropped at random.

`TIDEMARC_STRESS=N` makes N times as many rounds, each with a seed of its own, which a failure names.
"""

from __future__ import annotations

import io
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tidemarc import Fault, Reader, Writer, convert

ROUNDS = int(os.environ.get("TIDEMARC_STRESS", "1"))
SEEDS = range(4 * ROUNDS)
COUNT = 1500
THREADS = 4
CLOSED = ("the reader is closed", "the writer is closed")


@pytest.fixture(autouse=True)
def restless() -> Iterator[None]:
    """Let the threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


class Together:
    """Functions that run at the same time, each in a thread of its own."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.threads: list[threading.Thread] = []
        self.errors: list[BaseException] = []

    def add(self, function: Callable[[], object]) -> None:
        def call() -> None:
            try:
                function()
            except BaseException as error:
                self.errors.append(error)

        self.threads.append(threading.Thread(target=call, daemon=True))

    def run(self) -> None:
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join(self.deadline)
            assert not thread.is_alive(), "a thread never came back"
        if self.errors:
            raise self.errors[0]


@pytest.fixture
def together(process):
    return Together(2 * process.DEADLINE)


def until_closed(function: Callable[[], object]) -> None:
    """Call a function; who is told that another thread has closed is done."""
    try:
        function()
    except ValueError as error:
        if str(error) not in CLOSED:
            raise


def source(rng: random.Random, path: Any, data: bytes) -> Any:
    """Pick a way to read a file."""
    ways = [
        lambda: path,
        lambda: data,
        lambda: io.BytesIO(data),
        lambda: bytearray(data),
        lambda: open(path, "rb", buffering=rng.choice([0, 1 << 16])),
    ]
    return rng.choice(ways)()


def options(rng: random.Random) -> dict[str, Any]:
    return {"threads": rng.choice([1, 2, 8]), "chunk_size": rng.choice([300, 5_000, 65_536])}


def damaged(rng: random.Random, records: list[bytes]) -> bytes:
    """Put faults and blanks between numbered records."""
    parts = []
    for each in records:
        parts.append(each)
        kind = rng.random()
        if kind < 0.1:
            parts.append(b"junk %d\x1d" % rng.randrange(10**9))
        elif kind < 0.2:
            parts.append(b"\n")
        elif kind < 0.25:
            parts.append(each.replace(b"2450", b"24x0", 1))
    return b"".join(parts)


def pull(reader: Any, found: list[Any], rng: random.Random, closes: float) -> None:
    """Take items, and close at random."""

    def take() -> None:
        for item in reader:
            found.append(item)
            if rng.random() < closes:
                reader.close()

    until_closed(take)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_item_of_shared_readers_goes_to_one_thread(seed, marc, tmp_path, together):
    rng = random.Random(seed)
    data = damaged(rng, marc.numbered(COUNT, rng.choice([0, 400])))
    path = tmp_path / "in.mrc"
    path.write_bytes(data)
    expected = [(item.offset, item.raw) for item in Reader(data, errors="yield", threads=1)]
    taken = []
    for at in range(3):
        closes = rng.choice([0, 0, 0.002])
        quarantine = rng.choice([tmp_path / f"q{at}", io.BytesIO(), None])
        given = source(rng, path, data)
        reader = Reader(given, errors="yield", quarantine=quarantine, **options(rng))
        found: list[list[Any]] = [[] for _ in range(THREADS)]
        for mine in found:
            each = random.Random(rng.random())
            together.add(lambda r=reader, m=mine, e=each, c=closes: pull(r, m, e, c))
        taken.append((reader, quarantine, closes, found, given))
    together.run()
    for reader, quarantine, closes, found, given in taken:
        for mine in found:
            offsets = [item.offset for item in mine]
            assert offsets == sorted(offsets), "each thread has them in order"
        items = sorted((item for mine in found for item in mine), key=lambda item: item.offset)
        # No item twice, and none left out before the last.
        assert [(item.offset, item.raw) for item in items] == expected[: len(items)]
        assert closes or len(items) == len(expected)
        position = reader.position
        reader.close()
        if quarantine is not None:
            faults = b"".join(item.raw for item in items if isinstance(item, Fault))
            is_path = not isinstance(quarantine, io.BytesIO)
            written = quarantine.read_bytes() if is_path else quarantine.getvalue()
            assert written == faults
            assert position >= (items[-1].offset if items else 0)
        if hasattr(given, "close") and not isinstance(given, io.BytesIO):
            given.close()


FORMATS = ["iso2709", "marcxml", "jsonl", "json", "marcmaker", "line"]


@pytest.mark.parametrize("seed", SEEDS)
def test_shared_writers_have_each_record_once(seed, marc, tmp_path, together):
    rng = random.Random(seed)
    records = list(Reader(b"".join(marc.numbered(COUNT))))
    long = next(Reader(marc.record()))
    long["245"]["a"] = "x" * 120_000
    made = []
    for at in range(3):
        format = rng.choice(FORMATS)
        target: Any = rng.choice([tmp_path / f"out{at}", io.BytesIO()])
        extra: dict[str, Any] = {}
        if format == "iso2709":
            extra = {"overlong": "xml", "overlong_to": tmp_path / f"long{at}.xml"}
        writer = Writer(target, format, **extra)
        closes = rng.choice([0, 0, 0.001])
        shares = [records[start::THREADS] for start in range(THREADS)]
        done: list[list[Any]] = [[] for _ in range(THREADS)]
        longs: list[int] = []

        def write(
            writer: Any = writer,
            share: Any = None,
            mine: Any = None,
            longs: Any = longs,
            diverts: bool = bool(extra),
            each: Any = None,
            closes: float = closes,
        ) -> None:
            def put() -> None:
                for record in share:
                    writer.write(record)
                    mine.append(record["001"].data)
                    if diverts and each.random() < 0.01:
                        writer.write(long)
                        longs.append(1)
                    if each.random() < closes:
                        writer.close()

            until_closed(put)

        for share, mine in zip(shares, done, strict=True):
            each = random.Random(rng.random())
            together.add(lambda w=write, s=share, m=mine, e=each: w(share=s, mine=m, each=e))
        made.append((writer, target, format, extra, done, longs, closes))
    together.run()
    for writer, target, format, extra, done, longs, closes in made:
        writer.close()
        data = target.getvalue() if isinstance(target, io.BytesIO) else target.read_bytes()
        found = [record["001"].data for record in Reader(data, format=format)]
        assert sorted(found) == sorted(number for mine in done for number in mine)
        assert closes or len(found) == COUNT
        place = {number: at for at, number in enumerate(found)}
        for mine in done:
            assert sorted(mine, key=place.__getitem__) == mine, "each thread's are in its order"
        if longs:
            assert len(list(Reader(extra["overlong_to"]))) == len(longs)


@pytest.mark.parametrize("seed", SEEDS)
def test_conversions_do_not_meet(seed, marc, tmp_path, together):
    rng = random.Random(seed)
    data = b"".join(marc.numbered(COUNT))
    path, both = tmp_path / "in.mrc", tmp_path / "both.mrc"
    path.write_bytes(data)
    both.write_bytes(data)
    checks: list[tuple[Any, str]] = []

    def change(target: Any, format: str, wanted: dict[str, Any]) -> None:
        done = convert(path, target, to_format=format, **wanted)
        assert (done.records, done.faults, done.refused) == (COUNT, 0, 0)

    def edit(wanted: dict[str, Any]) -> None:
        # A file onto itself, in several threads: each finds a whole one.
        done = convert(both, both, to_format="iso2709", **wanted)
        assert done.records == COUNT

    for at in range(THREADS):
        format = rng.choice(FORMATS)
        target: Any = rng.choice([tmp_path / f"out{at}", io.BytesIO()])
        checks.append((target, format))
        wanted = {"threads": rng.choice([1, 2, 8])}
        together.add(lambda t=target, f=format, w=wanted: change(t, f, w))
        together.add(lambda w=wanted: edit(w))
    together.run()
    for target, format in checks:
        read = target.getvalue() if isinstance(target, io.BytesIO) else target
        assert marc.numbers(Reader(read, format=format)) == list(range(COUNT))
    assert both.read_bytes() == data
    assert sorted(os.listdir(tmp_path)) == sorted(
        [
            "in.mrc",
            "both.mrc",
            *(target.name for target, _ in checks if not isinstance(target, io.BytesIO)),
        ]
    ), "no temporary file is left"
