"""Compressed sources: every way to pass them, damage, and what stays as it was."""

import bz2
import gzip
import io
import lzma
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tidemarc
from shared.bgzf import blocked
from tidemarc import pymarc

FIXTURES = Path(__file__).parent.parent / "fixtures"
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


def sources(path: Path, packed: bytes) -> dict[str, Callable[[], Any]]:
    """Every way to pass bytes."""
    path.write_bytes(packed)

    def pipe() -> int:
        read, write = os.pipe()

        def fill() -> None:
            with open(write, "wb") as file:
                file.write(packed)

        threading.Thread(target=fill).start()
        return read

    return {
        "path": lambda: path,
        "bytes": lambda: packed,
        "bytearray": lambda: bytearray(packed),
        "BytesIO": lambda: io.BytesIO(packed),
        "file": lambda: open(path, "rb"),
        "raw file": lambda: open(path, "rb", buffering=0),
        "descriptor": lambda: os.open(path, os.O_RDONLY),
        "pipe": pipe,
    }


def close(source: Any) -> None:
    """Close a file or descriptor."""
    if isinstance(source, int):
        os.close(source)
    elif hasattr(source, "close"):
        source.close()


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("name", ["books.mrc", "books.mrk", "books-damaged.mrc"])
def test_a_compressed_source_gives_what_the_plain_one_gives(
    kind: str, name: str, tmp_path: Path
) -> None:
    plain = (FIXTURES / name).read_bytes()
    half = plain.index(b"\n\n" if name.endswith("mrk") else b"\x1d", len(plain) // 2) + 1
    pack = PACK[kind]
    packed = pack(plain[:half]) + pack(b"") + pack(plain[half:]) + bytes(512)

    def read(source: Any, **options: Any) -> list[Any]:
        with tidemarc.Reader(source, errors="skip", **options) as reader:
            found: list[Any] = [(record.offset, record.number, record.raw) for record in reader]
            found += [reader.stats.faults, reader.position]
        close(source)
        return found

    expected = read(plain)
    for way, source in sources(tmp_path / "named.mrc", packed).items():
        for options in [{}, {"threads": 1}, {"chunk_size": 100}]:
            assert read(source(), **options) == expected, (way, options)


@pytest.mark.parametrize("way", ["path", "bytes", "bytearray", "BytesIO", "descriptor", "pipe"])
def test_a_start_counts_decompressed_bytes(way: str, tmp_path: Path) -> None:
    plain = (FIXTURES / "books.mrc").read_bytes()
    third = list(tidemarc.Reader(plain))[2]
    assert third.offset is not None
    source = sources(tmp_path / "books.mrc.gz", gzip.compress(plain))[way]
    opened = source()
    reader = tidemarc.Reader(opened, start=third.offset)
    records = list(reader)
    close(opened)
    assert (len(records), records[0].offset, str(records[0])) == (58, third.offset, str(third))
    assert reader.position == len(plain)
    opened = source()
    assert list(tidemarc.Reader(opened, start=len(plain) + 1000)) == []
    close(opened)


def test_the_length_of_a_compressed_source_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "books.mrc"
    path.write_bytes(gzip.compress((FIXTURES / "books.mrc").read_bytes()))
    for source in (path, path.read_bytes(), bytearray(path.read_bytes())):
        reader = tidemarc.Reader(source)
        assert sum(1 for _ in reader) == 60
        assert reader.stats.total_bytes is None
        assert reader.stats.complete


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", PACK)
def test_all_records_before_damage_are_delivered_and_then_the_error(
    kind: str, threads: int, tmp_path: Path
) -> None:
    plain = (FIXTURES / "books.mrc").read_bytes()
    packed = PACK[kind](plain)
    path = tmp_path / "books.mrc"
    for damaged, what in [
        (packed + PACK[kind](plain)[:-9], "compressed byte"),
        (packed + b"something else", "are no " + kind),
    ]:
        path.write_bytes(damaged)
        reader = tidemarc.Reader(path, errors="skip", threads=threads)
        records = []
        with pytest.raises(OSError, match=what) as caught:
            for record in reader:
                records.append(record)
        assert len(records) >= 60, caught.value
        assert str(path) in str(caught.value)
        assert not reader.stats.complete


def test_what_does_not_read_ahead_or_follows_pymarc_does_not_decompress() -> None:
    packed = gzip.compress((FIXTURES / "books.mrc").read_bytes())
    with pytest.raises(tidemarc.errors.RecordError, match="gzip"):
        next(tidemarc.Reader(io.BytesIO(packed), read_ahead=False))
    for record in pymarc.MARCReader(packed):
        assert record is None


def test_conversions_and_checks_read_compressed_sources(tmp_path: Path) -> None:
    path = tmp_path / "books.gz"
    path.write_bytes(gzip.compress((FIXTURES / "books.mrc").read_bytes()))
    target = tmp_path / "books.xml"
    assert tidemarc.convert(path, target, to_format="marcxml").records == 60
    assert sum(1 for _ in tidemarc.Reader(target)) == 60
    assert tidemarc.check(path).stats.records == 60


def test_nothing_and_compressed_nothing_have_no_records(tmp_path: Path) -> None:
    path = tmp_path / "empty.mrc.gz"
    for packed in [b"", *(pack(b"") for pack in PACK.values())]:
        path.write_bytes(packed)
        reader = tidemarc.Reader(path)
        assert list(reader) == []
        assert reader.stats.complete
    with pytest.raises(IsADirectoryError):
        tidemarc.Reader([tmp_path])


def test_a_pipe_that_closes_early_gives_its_records_and_then_the_error() -> None:
    packed = gzip.compress((FIXTURES / "books.mrc").read_bytes())
    read, write = os.pipe()
    with open(write, "wb") as file:
        file.write(packed[: len(packed) // 2])
    records = []
    with pytest.raises(OSError, match="the input ends inside gzip member 1"):
        for record in tidemarc.Reader(read, errors="skip"):
            records.append(record)
    os.close(read)
    assert 20 < len(records) < 60


def test_a_signal_ends_the_wait_for_a_compressed_pipe() -> None:
    class Alarm(Exception):
        """Raised by the handler."""

    def ring(*_: object) -> None:
        raise Alarm

    read, write = os.pipe()
    os.write(write, gzip.compress(b"x")[:9])
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(Alarm):
            next(tidemarc.Reader(read))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        os.close(read)
        os.close(write)


def test_threads_share_a_compressed_source() -> None:
    plain = (FIXTURES / "books.mrc").read_bytes() * 50
    reader = tidemarc.Reader(gzip.compress(plain), chunk_size=4096)
    numbers: list[int] = []

    def take() -> None:
        for record in reader:
            assert record.number is not None
            numbers.append(record.number)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 3001))


@pytest.mark.parametrize("way", ["path", "bytes", "BytesIO", "descriptor", "pipe"])
@pytest.mark.parametrize("threads", [1, 2, 3, 8, None])
def test_the_blocks_of_bgzf_are_read_in_order_whoever_decompresses_them(
    way: str, threads: int | None, tmp_path: Path
) -> None:
    plain = (FIXTURES / "books.mrc").read_bytes() * 60
    expected = [record.offset for record in tidemarc.Reader(plain)]
    for size in (4000, 65_000):
        source = sources(tmp_path / "books.mrc", blocked(plain, size))[way]()
        reader = tidemarc.Reader(source, threads=threads)
        assert [record.offset for record in reader] == expected
        assert reader.stats.complete
        close(source)


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("kind", ["cut", "no end block", "checksum"])
def test_damaged_bgzf_gives_the_same_with_any_number_of_threads(
    kind: str, threads: int, tmp_path: Path
) -> None:
    plain = (FIXTURES / "books.mrc").read_bytes() * 60
    packed = bytearray(blocked(plain))
    place = len(packed) * 3 // 4
    if kind == "cut":
        del packed[place:]
    elif kind == "no end block":
        del packed[-28:]
    else:
        # The checksum of a block stands eight bytes before the next one.
        packed[packed.index(b"\x1f\x8b\x08\x04", place) - 8] ^= 1
    path = tmp_path / "books.mrc"
    path.write_bytes(packed)
    found = []
    for number in (1, threads):
        reader = tidemarc.Reader(path, errors="skip", threads=number)
        records = []
        with pytest.raises(OSError, match="compressed byte") as caught:
            for record in reader:
                records.append(record.offset)
        assert not reader.stats.complete
        stats = reader.stats
        found.append((records, str(caught.value), reader.position, stats.compressed_bytes))
    assert found[0] == found[1]
    assert len(found[0][0]) > 2000


def test_a_reader_of_bgzf_that_is_dropped_ends_its_threads(tmp_path: Path) -> None:
    path = tmp_path / "books.mrc"
    path.write_bytes(blocked((FIXTURES / "books.mrc").read_bytes() * 100))
    for _ in range(20):
        reader = tidemarc.Reader(path, threads=4)
        for _ in range(3000):
            next(reader)
        del reader


@pytest.mark.parametrize("kind", PACK)
def test_the_progress_counts_compressed_bytes(kind: str, tmp_path: Path) -> None:
    plain = (FIXTURES / "books.mrc").read_bytes() * 30
    packed = PACK[kind](plain)
    path = tmp_path / "books.mrc"
    path.write_bytes(packed)
    known = {"path", "bytes", "descriptor"}
    for way, source in sources(path, packed).items():
        opened = source()
        reader = tidemarc.Reader(opened)
        assert reader.stats.compressed_bytes is None
        counts = []
        for _ in reader:
            counts.append(reader.stats.compressed_bytes or 0)
        close(opened)
        assert counts == sorted(counts), way
        assert 0 < counts[0] <= len(packed)
        stats = reader.stats
        assert stats.compressed_bytes == len(packed)
        assert stats.compressed_total_bytes == (len(packed) if way in known else None), way
    stats = tidemarc.Reader(plain).stats
    assert (stats.compressed_bytes, stats.compressed_total_bytes) == (None, None)


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("threads", [1, 2])
def test_data_beyond_max_ratio_is_an_error_in_its_place(kind: str, threads: int) -> None:
    plain = (FIXTURES / "books.mrc").read_bytes() * 60
    packed = PACK[kind](plain)
    ratio = len(plain) // len(packed)
    for option in (None, 2 * ratio + 2):
        assert sum(1 for _ in tidemarc.Reader(packed, max_ratio=option)) == 3600
    found = set()
    for chunk_size in (1000, 65536, 1 << 20):
        reader = tidemarc.Reader(
            packed, max_ratio=2, threads=threads, chunk_size=chunk_size, errors="skip"
        )
        records = 0
        with pytest.raises(OSError, match="2 bytes of data for each compressed byte, the limit"):
            for _ in reader:
                records += 1
        found.add((records, reader.position))
        assert not reader.stats.complete
    assert len(found) == 1
    (records, position) = found.pop()
    assert position >= 1 << 20
    assert records > 0
    assert tidemarc.check(packed, max_ratio=None).stats.records == 3600
    with pytest.raises(OSError, match="the limit"):
        tidemarc.convert(packed, io.BytesIO(), max_ratio=2, errors="skip")
    with pytest.raises(OSError, match="the limit"):
        list(tidemarc.scan(packed, ["001"], max_ratio=2, errors="skip"))


def test_max_ratio_is_at_least_one() -> None:
    for wrong, error in [(0, ValueError), (-3, ValueError), (1 << 40, OverflowError)]:
        with pytest.raises(error, match="max_ratio must be at "):
            tidemarc.Reader(b"", max_ratio=wrong)
