"""`read_ahead=False`: the position of a file is right after the record that was delivered."""

from __future__ import annotations

import gzip
import io
import os
import socket

import pytest
import tidemarc
from tidemarc import Fault, Reader


def exact(source, **options):
    return Reader(source, read_ahead=False, **options)


def place_of(source):
    """Returns the position of a file object or descriptor."""
    return os.lseek(source, 0, os.SEEK_CUR) if isinstance(source, int) else source.tell()


def taken(source, count):
    """Returns this many bytes, read by other code."""
    if isinstance(source, int):
        return os.read(source, count)
    return b"".join(source.read(1) for _ in range(count))


KINDS = ["BytesIO", "buffered file", "small buffer", "raw file", "descriptor", "gzip", "one byte"]


class OneByte(io.RawIOBase):
    """A file that returns one byte for each read, regardless of the size."""

    def __init__(self, data):
        self.file = io.BytesIO(data)

    def readable(self):
        return True

    def tell(self):
        return self.file.tell()

    def readinto(self, buffer):
        return self.file.readinto(memoryview(buffer)[:1])


@pytest.fixture
def opened(tmp_path):
    """Makes a source of some kind with these bytes."""
    descriptors, files = [], []

    def open_(kind, data):
        path = tmp_path / "data"
        path.write_bytes(gzip.compress(data) if kind == "gzip" else data)
        if kind == "descriptor":
            descriptors.append(os.open(path, os.O_RDONLY))
            return descriptors[-1]
        if kind == "BytesIO":
            return io.BytesIO(data)
        if kind == "one byte":
            return OneByte(data)
        if kind == "gzip":
            files.append(gzip.open(path))
        else:
            buffering = {"raw file": 0, "small buffer": 17, "buffered file": -1}[kind]
            files.append(open(path, "rb", buffering=buffering))
        return files[-1]

    yield open_
    for file in files:
        file.close()
    for descriptor in descriptors:
        os.close(descriptor)


# The position of the file.


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_stands_behind_each_record_delivered(kind, opened, books):
    source = opened(kind, books.read_bytes())
    reader = exact(source)
    assert place_of(source) == 0, "nothing is read before it is asked for"
    count = 0
    for record in reader:
        assert place_of(source) == record.offset + len(record.raw) == reader.position
        count += 1
    assert (count, reader.stats.complete) == (60, True)
    assert place_of(source) == books.stat().st_size


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("repair", [False, True])
@pytest.mark.parametrize(
    "padding", [b"\n", b"\r\n", b"\0" * 5000, b"\xef\xbb\xbf", b" \r\n" * 9 + b"\x1a"], ids=repr
)
def test_padding_is_read_with_the_record_behind_it(kind, padding, repair, opened, marc):
    records = marc.numbered(4)
    source = opened(kind, padding.join([b"", *records, b""]))
    reader = exact(source, repair=repair)
    for record in records:
        assert next(reader).raw == record
        end = reader.position
        assert place_of(source) == end
    assert end == 4 * len(padding) + len(b"".join(records))
    assert next(reader, None) is None
    assert place_of(source) == end + len(padding)


def test_the_shortest_record_and_the_longest_are_read_exactly(marc, opened):
    empty = b"00026nam a2200025   4500\x1e\x1d"
    fields = [marc.field("500", "  $a" + "x" * 9000)] * 10
    records = [empty, marc.record(*fields), empty, empty]
    source = opened("raw file", b"".join(records))
    end = 0
    for record, found in zip(records, exact(source), strict=False):
        end += len(record)
        assert (found.raw, source.tell()) == (record, end)
    assert len(records[1]) > 90_000


def test_a_file_may_be_read_in_turns_with_something_else(opened, marc):
    records = marc.numbered(5)
    for kind in KINDS:
        # A length before each record, as some protocols have it.
        source = opened(kind, b"".join(b"%08d" % len(record) + record for record in records))
        for record in records:
            assert int(taken(source, 8)) == len(record)
            assert next(exact(source)).raw == record
        # One reader has the same result, since it keeps no byte back.
        source = opened(kind, b"".join(record + b"12345678" for record in records))
        reader = exact(source)
        for record in records:
            assert next(reader).raw == record
            assert taken(source, 8) == b"12345678"


def test_a_file_is_read_from_where_it_stands(opened, marc):
    records = marc.numbered(3)
    for kind in ("BytesIO", "raw file", "descriptor"):
        source = opened(kind, b"header" + b"".join(records) + b"trailer")
        assert taken(source, 6) == b"header"
        reader = exact(source)
        assert [next(reader).raw for _ in records] == records
        assert reader.position == len(b"".join(records))
        assert taken(source, 7) == b"trailer"


def test_a_pipe_keeps_what_is_behind_the_record(pipe, marc):
    pipe.write(marc.record() + b"and more")
    reader = exact(pipe.read)
    assert next(reader).raw == marc.record()
    assert os.read(pipe.read, 100) == b"and more"
    pipe.write(marc.record())
    assert next(reader).number == 2
    pipe.hang_up()
    assert next(reader, None) is None
    assert reader.stats.complete


def test_a_fifo_by_its_path_too(fifo, marc):
    other = os.open(fifo, os.O_RDWR)
    try:
        os.write(other, marc.record() + b"and more")
        with exact(fifo) as reader:
            assert next(reader).raw == marc.record()
            assert os.read(other, 100) == b"and more"
    finally:
        os.close(other)


def test_a_socket_keeps_what_is_behind_the_record(marc):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(marc.record() + b"and more")
        reader = exact(ours)
        assert next(reader).raw == marc.record()
        assert ours.recv(100) == b"and more"


def test_a_record_that_trickles_in_is_waited_for(pipe, marc, process):
    reader = exact(pipe.read)
    read = process.in_thread(lambda: next(reader).raw)
    for byte in marc.record():
        pipe.write(bytes([byte]))
    assert read() == marc.record()


# Damage.


@pytest.mark.parametrize("options", [{}, {"repair": True}, {"chunk_size": 7}, {"threads": 4}])
def test_the_same_records_and_faults_come_as_with_reading_ahead(options, damaged, opened):
    data = damaged.read_bytes()

    def told(reader):
        items = [(type(item), item.number, item.offset, item.raw) for item in reader]
        return items, reader.stats

    expected = told(Reader(data, errors="yield", **options))
    for kind in KINDS:
        assert told(exact(opened(kind, data), errors="yield", **options))[0] == expected[0], kind
    assert told(exact(data, errors="yield", **options)) == expected, "bytes have no place"


def test_the_same_at_every_truncation(damaged, marc):
    piece = b"".join([marc.record(), marc.BAD_DIRECTORY, b"\r\n", marc.record(), b"junk\x1d"])
    for end in range(len(piece)):
        data = piece[:end]
        items = [
            [(type(item), item.offset, item.raw) for item in Reader(source, errors="yield", **how)]
            for source, how in [(data, {}), (io.BytesIO(data), {"read_ahead": False})]
        ]
        assert items[0] == items[1], end


def test_behind_damage_the_file_is_right_again_after_what_was_looked_at(damaged):
    data = damaged.read_bytes()
    file = io.BytesIO(data)
    ahead = {}
    for item in exact(file, errors="yield"):
        end = item.offset + len(item.raw)
        assert file.tell() >= end
        ahead[item.number] = (isinstance(item, Fault), file.tell() - end)
    faults = [number for number, (is_fault, _) in ahead.items() if is_fault]
    assert faults == [8, 20, 31, 46]
    late = [number for number, (_, bytes_) in ahead.items() if bytes_]
    # No look-ahead goes beyond the next record.
    assert {number - 1 for number in late} | set(late) <= {
        n + d for n in faults for d in (-1, 0, 1)
    }


def test_position_says_where_to_go_on_behind_damage(marc):
    good = marc.record()
    data = good + good[:50] + good + good
    file = io.BytesIO(data)
    reader = exact(file, errors="yield")
    next(reader)
    assert isinstance(next(reader), Fault)
    assert reader.position == len(good) + 50 < file.tell()
    file.seek(reader.position)
    assert [item.raw for item in exact(file)] == [good, good]


def test_damage_costs_no_memory_and_no_eternity():
    junk = b"x" * 3_000_000
    reader = exact(io.BytesIO(junk), errors="yield", max_record_length=1 << 20)
    assert [type(item) for item in reader] == [Fault]
    assert reader.stats.fault_bytes == len(junk)


def test_an_error_in_mid_record_may_be_tried_again(marc):
    class Source:
        def __init__(self, data):
            self.file, self.fails = io.BytesIO(data), False

        def read(self, size):
            self.fails = not self.fails
            if self.fails:
                raise OSError(5, "mine")
            return self.file.read(min(size, 9))

    source = Source(marc.record() * 3)
    reader = exact(source)
    found, failures = [], 0
    while len(found) < 3:
        try:
            found.append(next(reader).raw)
            assert source.file.tell() == reader.position
        except OSError as error:
            assert error.strerror == "mine"
            failures += 1
    assert found == [marc.record()] * 3
    assert failures > 9


# Other options.


@pytest.mark.parametrize("kind", KINDS)
def test_start_is_passed_over(kind, opened, marc):
    records = marc.numbered(300, 1000)
    start = len(b"".join(records[:298]))
    source = opened(kind, b"".join(records))
    reader = exact(source, start=start)
    assert next(reader).raw == records[298]
    assert place_of(source) == reader.position == start + len(records[298])


def test_what_is_quarantined_is_the_same(damaged):
    kept = []
    for how in ({}, {"read_ahead": False}):
        quarantine = io.BytesIO()
        with open(damaged, "rb") as file:
            records = list(Reader(file, errors="repair", quarantine=quarantine, **how))
        kept.append((len(records), quarantine.getvalue()))
    assert kept[0] == kept[1]
    assert kept[0][1]


def test_a_format_without_lengths_is_refused(tmp_path):
    for format in ("marcxml", "xml", "json", "jsonl", "marcmaker", "line"):
        with pytest.raises(ValueError, match="without read_ahead, the format must be one in which"):
            exact(b"", format=format)
    # The format is not detected either: that would take more bytes than a record may have.
    reader = exact(io.BytesIO(b"<collection/>"), errors="yield")
    assert reader.format == "iso2709"
    assert [type(item) for item in reader] == [Fault]
    with pytest.raises(TypeError):
        exact(b"", format=None)


def test_records_that_are_kept_keep_little(marc, process):
    data = b"".join(marc.numbered(20_000, 200))
    before = process.resident()
    held = list(exact(io.BytesIO(data)))
    assert len(held) == 20_000
    assert process.resident() - before < 60 << 20


def test_no_thread_is_started(large, process):
    reader = exact(large, threads=4)
    for _ in range(2000):
        next(reader)
    assert process.io_threads() == 0


def test_the_reader_may_be_dropped_at_any_record(opened, marc):
    records = marc.numbered(20)
    source = opened("buffered file", b"".join(records))
    for record in records:
        with exact(source) as reader:
            assert next(reader).raw == record
    assert tidemarc.Reader(source, read_ahead=True).stats.records == 0
