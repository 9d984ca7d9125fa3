"""Sources that change, fail or are cut while they are read, and processes that run out of
resources.
"""

from __future__ import annotations

import bz2
import contextlib
import errno
import gzip
import io
import itertools
import lzma
import os
import struct
import sys
import zlib

import pytest
import tidemarc
from tidemarc import Reader, Writer
from tidemarc.errors import TruncatedRecordError

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and /dev/full")


def drained(reader, most=3):
    """Returns the records of a reader until its end, or until it raised so many times."""
    records, raised = [], []
    while len(raised) < most:
        try:
            records.append(next(reader))
        except StopIteration:
            break
        except Exception as error:
            raised.append(error)
    return records, raised


# Files that change while they are read.


@pytest.mark.parametrize("threads", [1, None])
def test_a_file_that_grows_is_read_to_where_it_ends_then(large, tmp_path, threads):
    data = large.read_bytes()
    path = tmp_path / "grows.mrc"
    path.write_bytes(data[: len(data) // 2])
    reader = Reader(path, threads=threads)
    first = next(reader)
    with open(path, "ab") as file:
        file.write(data[len(data) // 2 :])
    assert first.raw + b"".join(record.raw for record in reader) == data
    assert reader.stats.complete
    assert reader.stats.total_bytes is None, "it is not what it was"


def test_the_end_is_the_end_and_position_goes_on_from_there(tmp_path, marc):
    path = tmp_path / "log.mrc"
    records = marc.numbered(6)
    place, found = 0, []
    for record in records:
        with open(path, "ab") as file:
            file.write(record)
        reader = Reader(path, start=place)
        found += [item.raw for item in reader]
        assert next(reader, None) is None
        place = reader.position
    assert found == records


def test_a_writer_at_work_is_followed_with_a_file_of_ones_own(tmp_path, marc):
    class Tail(io.RawIOBase):
        """A file that reports no data yet where another file would report its end."""

        def __init__(self, path):
            self.file = open(path, "rb", buffering=0)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.file.readinto(buffer) or None

        def close(self):
            self.file.close()

    path = tmp_path / "log.mrc"
    path.touch()
    records = marc.numbered(5)
    with Tail(path) as tail:
        reader = Reader(tail)
        for record in records:
            for half in (record[:30], record[30:]):
                with pytest.raises(BlockingIOError):
                    next(reader)
                with open(path, "ab") as file:
                    file.write(half)
            assert next(reader).raw == record


@pytest.mark.parametrize("threads", [1, None])
def test_a_file_that_shrinks_ends_where_it_was_cut(large, tmp_path, threads):
    path = tmp_path / "shrinks.mrc"
    path.write_bytes(large.read_bytes())
    reader = Reader(path, threads=threads)
    first = next(reader)
    os.truncate(path, 2_500_000)
    records, raised = drained(reader)
    assert {type(error) for error in raised} <= {TruncatedRecordError}
    raws = [first.raw, *(record.raw for record in records), *(error.raw for error in raised)]
    assert b"".join(raws) == large.read_bytes()[: sum(map(len, raws))]
    # It may have been read ahead before it was cut.
    assert sum(map(len, raws)) >= 2_500_000
    assert reader.stats.complete == (reader.position >= large.stat().st_size)


def test_a_file_that_is_emptied_under_the_reader_is_not_complete(large, tmp_path):
    path = tmp_path / "emptied.mrc"
    path.write_bytes(large.read_bytes())
    reader = Reader(path, threads=1)
    next(reader)
    open(path, "wb").close()
    records, raised = drained(reader)
    assert len(raised) <= 1
    assert len(records) < 100
    assert not reader.stats.complete


# Compressed files that are cut or damaged.

PACKED = {
    "gzip": (gzip.compress, gzip.open, zlib.decompressobj, (31,)),
    "bz2": (bz2.compress, bz2.open, bz2.BZ2Decompressor, ()),
    "xz": (lzma.compress, lzma.open, lzma.LZMADecompressor, ()),
}


def whole(data):
    """Returns the number of whole records at the start of these bytes."""
    count = place = 0
    while len(data) >= place + 24 and len(data) >= place + int(data[place : place + 5]):
        place += int(data[place : place + 5])
        count += 1
    return count


@pytest.fixture(scope="module")
def packable(marc):
    """Makes records that compress badly, so that a cut has records on both sides."""
    noise = os.urandom(150_000).hex()
    return [
        marc.record(marc.field("001", str(at)), marc.field("500", "  $a" + noise[at : at + 1000]))
        for at in range(0, 300_000 - 1000, 1000)
    ]


@pytest.mark.parametrize("errors", ["strict", "skip", "yield", "repair"])
@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("part", [0.3, 0.9, 0.9999])
def test_a_cut_archive_raises_behind_all_that_can_be_had(packing, part, errors, packable, tmp_path):
    compress, open_, decompressor, arguments = PACKED[packing]
    packed = compress(b"".join(packable))
    cut = packed[: int(len(packed) * part)]
    path = tmp_path / "cut"
    path.write_bytes(cut)
    there = whole(decompressor(*arguments).decompress(cut))
    with open_(path) as file:
        reader = Reader(file, errors=errors)
        records, raised = drained(reader)
        assert [record.raw for record in records] == packable[:there]
        assert there > 0 or packing == "bz2"
        # A second call raises again: the file does not pretend to end.
        assert [type(error) for error in raised] == [EOFError] * 3
        assert str(raised[0]) == "Compressed file ended before the end-of-stream marker was reached"
        assert not reader.stats.complete
        assert reader.position == len(b"".join(packable[:there]))
    with open_(path) as file, pytest.raises(EOFError):
        list(Reader(file, errors=errors))


def begun(data):
    """Returns all of the data, compressed, without an end."""
    compressor = zlib.compressobj(wbits=31)
    return compressor.compress(data) + compressor.flush(zlib.Z_FULL_FLUSH)


def readable(file):
    """Returns all that can be read of a file that fails."""
    pieces = []
    with contextlib.suppress(Exception):
        while piece := file.read1(1000):
            pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize("read_ahead", [True, False])
@pytest.mark.parametrize(
    ("damaged", "raised"),
    [
        (
            lambda data: gzip.compress(data)[:-8] + struct.pack("<LL", 0, len(data)),
            gzip.BadGzipFile,
        ),
        (lambda data: begun(data) + b"\7", zlib.error),  # Blocks have no such code.
        (lambda data: gzip.compress(data) + b"junk", gzip.BadGzipFile),
        (lambda data: b"x" + gzip.compress(data), gzip.BadGzipFile),
    ],
    ids=["check sum", "block", "behind", "header"],
)
def test_a_damaged_archive_raises_in_its_place(damaged, raised, read_ahead, packable, tmp_path):
    path = tmp_path / "damaged.gz"
    path.write_bytes(damaged(b"".join(packable)))
    with gzip.open(path) as file:
        there = readable(file)
    with gzip.open(path) as file:
        reader = Reader(file, errors="yield", read_ahead=read_ahead)
        items = []
        with pytest.raises(raised):
            for item in reader:
                items.append(item)
        assert b"".join(item.raw for item in items) == there[: reader.position]
        # zlib drops the data that the failing call had decompressed, so small reads get more.
        lost = 0 if read_ahead is False or raised is not zlib.error else 65536
        assert whole(there) - lost // 1000 <= len(items) <= whole(there)
        assert not reader.stats.complete


def test_damaged_bits_that_unpack_are_damaged_records(packable, tmp_path):
    packed = bytearray(gzip.compress(b"".join(packable)))
    middle = len(packed) // 2
    packed[middle : middle + 20] = bytes(byte ^ 0xFF for byte in packed[middle : middle + 20])
    path = tmp_path / "damaged.gz"
    path.write_bytes(packed)
    with gzip.open(path) as file:
        there = readable(file)
    with gzip.open(path) as file:
        reader = Reader(file, errors="yield")
        items = []
        with pytest.raises((zlib.error, gzip.BadGzipFile, EOFError)):
            for item in reader:
                items.append(item)
        assert b"".join(item.raw for item in items) == there[: reader.position]
        assert sum(item.raw in packable for item in items) > 100


# Errors of the operating system in mid-stream.


def test_an_error_in_mid_stream_comes_in_its_place(marc):
    records = marc.numbered(100, 500)
    data = b"".join(records)
    failure = OSError(errno.EIO, "mine")

    class Source:
        def __init__(self, at):
            self.file, self.at = io.BytesIO(data), at

        def read(self, size):
            if self.at is None:
                return self.file.read(size)
            left = self.at - self.file.tell()
            if left == 0:
                self.at = None
                raise failure
            return self.file.read(min(size, left))

    for at in (0, 1, 24, 499, 20_000, len(data)):
        for chunk_size in (100, 65536):
            source = Source(at)
            reader = Reader(source, chunk_size=chunk_size)
            found, raised = [], []
            for _ in range(2):
                try:
                    for record in reader:
                        found.append(record.raw)
                        if not raised:
                            assert reader.position <= at
                except OSError as error:
                    assert len(found) == whole(data[:at])
                    raised.append(error)
            assert found == records
            assert raised == [failure]
            assert not reader.stats.complete


@linux
def test_a_descriptor_that_fails_says_how(tmp_path):
    descriptor = os.open("/proc/self/mem", os.O_RDONLY)
    try:
        reader = Reader(descriptor)
        with pytest.raises(OSError) as caught:
            next(reader)
        assert (caught.value.errno, caught.value.filename) == (errno.EIO, None)
        assert list(reader) == []
        assert not reader.stats.complete
    finally:
        os.close(descriptor)
    reader = Reader("/proc/self/mem")
    with pytest.raises(OSError) as caught:
        next(reader)
    assert (caught.value.errno, caught.value.filename) == (errno.EIO, "/proc/self/mem")
    assert str(caught.value) == "[Errno 5] Input/output error: '/proc/self/mem'"


@linux
@pytest.mark.parametrize("read_ahead", [True, False])
def test_a_terminal_that_hangs_up_fails_behind_what_it_gave(marc, read_ahead):
    import tty

    master, slave = os.openpty()
    try:
        tty.setraw(slave)
        records = marc.numbered(3)
        os.write(slave, b"".join(records) + marc.record()[:30])
        os.close(slave)
        reader = Reader(master, read_ahead=read_ahead)
        found, raised = drained(reader)
        assert [record.raw for record in found] == records
        assert [type(error) for error in raised] == [TruncatedRecordError, OSError]
        assert raised[0].raw == marc.record()[:30]
        assert raised[1].errno == errno.EIO
        assert not reader.stats.complete
    finally:
        os.close(master)


# Full disks.


@linux
@pytest.mark.parametrize("by_path", [False, True])
def test_a_quarantine_on_a_full_disk_says_that_it_is_full(by_path, damaged, tmp_path):
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    file = open("/dev/full", "wb", buffering=0)
    quarantine = full if by_path else file
    reader = Reader(damaged, errors="skip", quarantine=quarantine)
    records, raised = drained(reader)
    assert [type(error) for error in raised] == [OSError], "once, and then the stream is over"
    assert raised[0].errno == errno.ENOSPC
    # The full file is not the input.
    assert raised[0].filename == (str(full) if by_path else None)
    assert len(records) == (57 if by_path else 7)
    assert not reader.stats.complete
    reader.close()  # reports nothing more
    file.close()


@linux
def test_a_quarantine_that_is_left_early_is_written_or_says_why_not(damaged, tmp_path):
    def begun(path):
        reader = Reader(damaged, errors="skip", quarantine=path)
        for record in reader:
            if record.number > 9:
                return reader

    path = tmp_path / "quarantine"
    begun(path).close()
    assert path.stat().st_size > 0
    with pytest.raises(OSError) as caught, begun("/dev/full"):
        pass
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "/dev/full")


@linux
def test_a_quarantine_that_is_dropped_tells_the_hook(damaged, monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    reader = Reader(damaged, errors="skip", quarantine="/dev/full")
    for _ in itertools.islice(reader, 20):
        pass
    del reader
    assert [type(each.exc_value) for each in told] == [OSError]
    assert told[0].exc_value.errno == errno.ENOSPC


@linux
def test_a_writer_on_a_full_disk_says_so(books):
    for target in ("/dev/full", open("/dev/full", "wb"), open("/dev/full", "wb", buffering=0)):
        writer = Writer(target)
        written = 0
        with pytest.raises(OSError) as caught:
            for record in Reader(books.read_bytes() * 50):
                writer.write(record)
                written += 1
        assert caught.value.errno == errno.ENOSPC
        assert caught.value.filename == ("/dev/full" if target == "/dev/full" else None)
        if written:
            # The bytes that `write` had taken are reported as lost, too.
            with pytest.raises(OSError, match="No space left on device"):
                writer.close()
        writer.close()
        if not isinstance(target, str):
            with pytest.raises(OSError) if written else pytest.raises(AssertionError):
                target.close()
                raise AssertionError
    with pytest.raises(OSError) as caught:
        tidemarc.convert(books, "/dev/full", to_format="marcxml")
    assert caught.value.errno == errno.ENOSPC
