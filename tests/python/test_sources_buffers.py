"""Buffers as sources: bytes, bytearrays, memoryviews, arrays, maps; how long each is held."""

from __future__ import annotations

import array
import ctypes
import gc
import mmap
import sys

import pytest
import tidemarc
from tidemarc import Reader


def test_a_buffer_that_is_not_contiguous_is_refused():
    with pytest.raises(TypeError, match="contiguous"):
        Reader(memoryview(b"abcdef")[::2])


def test_a_released_memoryview_says_so_itself():
    view = memoryview(b"abc")
    view.release()
    with pytest.raises(ValueError, match="released"):
        Reader(view)


def test_any_contiguous_buffer_will_do(books):
    data = books.read_bytes()

    class Structure(ctypes.Structure):
        _fields_ = [("length", ctypes.c_int64), ("data", ctypes.c_char * len(data))]

    padded = Structure(0x2020202020202020, data)
    for source in (
        (ctypes.c_char * len(data)).from_buffer_copy(data),
        (ctypes.c_ubyte * len(data)).from_buffer_copy(data),
        memoryview(data).cast("b", [len(data) // 4, 4]) if len(data) % 4 == 0 else data,
        memoryview(data + b" " * (-len(data) % 8)).cast("d"),
    ):
        assert len(list(Reader(source))) == 60
    reader = Reader(padded, errors="yield")
    assert [type(item) for item in reader].count(tidemarc.Record) == 60
    assert reader.stats.total_bytes == ctypes.sizeof(Structure)


def test_a_closed_map_says_so(books):
    with open(books, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    mapped.close()
    with pytest.raises(ValueError):
        next(Reader(mapped))


def test_a_bytearray_may_change_while_it_is_read(marc):
    records = marc.numbered(3, 200)
    data = bytearray(b"".join(records))
    reader = Reader(data, chunk_size=100)
    first = next(reader)
    data[: len(records[0])] = b"?" * len(records[0])
    last = marc.record(marc.field("001", "99"), marc.field("245", "10$a" + "y" * 500))
    replaced = last[: len(records[2])]
    assert first.raw == records[0]
    data[-len(records[2]) :] = replaced
    assert next(reader).raw == records[1]
    with pytest.raises(tidemarc.RecordError):
        next(reader)


def test_a_bytearray_is_let_go_when_the_reader_is_closed_or_at_its_end(marc):
    data = bytearray(marc.record() * 3)
    reader = Reader(data)
    kept = next(reader)
    with pytest.raises(BufferError):
        data.clear()
    reader.close()
    data.clear()
    assert kept["245"]["a"] == "Hi"
    data += marc.record()
    reader = Reader(data)
    assert len(list(reader)) == 1
    data.clear()


@pytest.mark.parametrize("threads", [1, 4])
def test_bytes_are_read_in_place_and_held_as_long_as_a_record_needs_them(marc, process, threads):
    data = b"".join(marc.numbered(300, 1000))
    before = sys.getrefcount(data)
    reader = Reader(data, threads=threads)
    record, *_ = [next(reader) for _ in range(3)]
    del _
    reader.close()
    copy = record.copy()
    assert sys.getrefcount(data) > before

    def let_go():
        list(Reader(b""))  # What a thread without Python has let go of is let go of here.
        return sys.getrefcount(data) == before

    field = record["245"]
    del record
    assert sys.getrefcount(data) > before, "a field needs them too"
    del field
    process.eventually(let_go)
    assert copy["001"].data == "0"


@pytest.mark.parametrize("kind", [bytearray, bytes, array.array])
def test_a_buffer_that_holds_its_own_reader_is_collected(kind, marc):
    class Buffer(kind):
        pass

    arguments = ("B", marc.record()) if kind is array.array else (marc.record(),)
    buffer = Buffer(*arguments)
    buffer.reader = Reader(buffer)
    gone = []
    buffer.witness = type("Witness", (), {"__del__": lambda self: gone.append(True)})()
    assert next(buffer.reader).raw == marc.record()
    del buffer
    gc.collect()
    assert gone == [True]
