"""The objects that can be read, and the treatment of each kind."""

from __future__ import annotations

import array
import bz2
import ctypes
import errno
import gc
import gzip
import io
import mmap
import numbers
import os
import pathlib
import socket
import sys
import tempfile
import time
import zipfile

import pytest
import tidemarc
from tidemarc import Reader

EXPECTED = "expected a path, bytes-like object or binary file object, got "
TEXT = 'expected a binary file, got one in text mode: open it with open(path, "rb")'


# Refused objects.


class NotCallable:
    readinto1 = read1 = readinto = read = 5


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (None, "NoneType"),
        (1.5, "float"),
        (True, "bool"),
        ([b"x"], "list"),
        (object(), "object"),
        (NotCallable(), "NotCallable"),
        (iter([b"x"]), "list_iterator"),
        (pathlib.Path, "type"),
    ],
)
def test_what_cannot_be_read_is_named(source, name):
    with pytest.raises(TypeError) as caught:
        Reader(source)
    assert str(caught.value) == EXPECTED + name


def test_text_files_are_told_to_be_binary(books, tmp_path):
    for text in (open(books, encoding="utf-8"), io.StringIO("x")):
        with text, pytest.raises(TypeError) as caught:
            Reader(text)
        assert str(caught.value) == TEXT


def test_the_standard_streams_have_a_hint_of_their_own(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    hint = r"^expected a binary file, got one in text mode: pass sys\.{}\.buffer$"
    with pytest.raises(TypeError, match=hint.format("stdin")):
        Reader(sys.stdin)
    with pytest.raises(TypeError, match=hint.format("stdout")):
        tidemarc.Writer(sys.stdout)


def test_text_in_disguise_is_found_out_when_it_is_read():
    with tempfile.NamedTemporaryFile("w+", encoding="ascii") as text:
        text.write("text")
        text.seek(0)
        reader = Reader(text)
        with pytest.raises(TypeError) as caught:
            next(reader)
        assert str(caught.value) == TEXT


def test_a_missing_file_is_told_at_construction(tmp_path):
    path = tmp_path / "none.mrc"
    with pytest.raises(FileNotFoundError) as caught:
        Reader(path)
    assert caught.value.filename == str(path)
    assert caught.value.strerror == "No such file or directory"


def test_a_directory_is_told_at_construction(tmp_path):
    with pytest.raises(IsADirectoryError):
        Reader(tmp_path)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(IsADirectoryError):
            Reader(descriptor)
    finally:
        os.close(descriptor)


def test_an_empty_path_is_no_file():
    with pytest.raises(FileNotFoundError):
        Reader("")


def test_a_null_character_in_a_path_is_a_value_error():
    with pytest.raises(ValueError, match="embedded null character in path"):
        Reader("a\0b")


def test_a_path_is_closed_if_reading_it_fails_at_once(tmp_path, process):
    before = process.open_descriptors()
    for _ in range(10):
        with pytest.raises(IsADirectoryError):
            Reader(tmp_path)
    assert process.open_descriptors() == before


@pytest.mark.parametrize("descriptor", [-1, 9999])
def test_a_bad_descriptor_is_told_at_construction(descriptor):
    with pytest.raises(OSError, match="Bad file descriptor"):
        Reader(descriptor)


@pytest.mark.parametrize("descriptor", [1 << 40, 1 << 80, -(1 << 80)])
def test_a_descriptor_that_cannot_be_is_a_bad_one(descriptor):
    with pytest.raises(OSError) as caught:
        Reader(descriptor)
    assert caught.value.errno == errno.EBADF


def test_a_descriptor_is_duplicated_whatever_os_dup_does(books, monkeypatch, process):
    monkeypatch.setattr(os, "dup", lambda descriptor: 0)
    before = process.open_descriptors()
    descriptor = os.open(books, os.O_RDONLY)
    try:
        with Reader(descriptor) as reader:
            assert len(list(reader)) == 60
        os.fstat(0)
    finally:
        os.close(descriptor)
    assert process.open_descriptors() == before


def test_a_copy_of_a_descriptor_is_not_inherited(pipe):
    def ends():
        found = set()
        for name in os.listdir("/proc/self/fd"):
            try:
                if os.path.samestat(os.fstat(int(name)), os.fstat(pipe.read)):
                    found.add(int(name))
            except OSError:
                continue  # The folder that was listed.
        return found

    before = ends()
    reader = Reader(pipe.read)
    (copy,) = ends() - before
    assert not os.get_inheritable(copy)
    reader.close()
    assert ends() == before


def test_a_descriptor_for_writing_fails_when_it_is_read(tmp_path):
    descriptor = os.open(tmp_path / "w", os.O_WRONLY | os.O_CREAT)
    try:
        reader = Reader(descriptor)
        with pytest.raises(OSError, match="Bad file descriptor") as caught:
            next(reader)
        assert caught.value.filename is None
        assert list(reader) == []
        assert not reader.stats.complete
    finally:
        os.close(descriptor)


def test_a_file_for_writing_says_so_itself(tmp_path):
    with open(tmp_path / "w", "wb") as file:
        reader = Reader(file)
        with pytest.raises(io.UnsupportedOperation):
            next(reader)


def test_a_closed_file_says_so_itself(books):
    file = open(books, "rb")
    file.close()
    with pytest.raises(ValueError, match="closed file"):
        next(Reader(file))


def test_what_a_property_of_the_source_raises_is_raised():
    class Source:
        @property
        def read(self):
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        Reader(Source())


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            {"errors": "ignore"},
            "errors must be 'strict', 'skip', 'yield', 'repair' or a function, not \"ignore\"",
        ),
        ({"threads": 0}, "threads must be at least 1, not 0"),
        ({"threads": -1}, "threads must be at least 1, not -1"),
        ({"chunk_size": 0}, "chunk_size must be at least 1, not 0"),
        ({"max_record_length": 25}, "max_record_length must be at least 26, not 25"),
    ],
)
def test_arguments_out_of_range_are_value_errors(arguments, error):
    with pytest.raises(ValueError) as caught:
        Reader(b"", **arguments)
    assert str(caught.value) == error


@pytest.mark.parametrize("name", ["errors", "encoding", "encoding_errors"])
def test_an_option_that_is_no_word_is_named(name):
    for wrong in (None, 5, b"strict"):
        with pytest.raises(TypeError) as caught:
            Reader(b"", **{name: wrong})
        assert str(caught.value).startswith(f"{name} must be '")
        assert str(caught.value).endswith(f", not {wrong!r}")
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Reader(b"", **{name: "\ud800"})


def test_huge_arguments_are_overflows():
    for name in ("threads", "chunk_size", "max_record_length"):
        for value in (1 << 40, 1 << 80):
            with pytest.raises(OverflowError):
                Reader(b"", **{name: value})


def test_a_start_beyond_any_file_is_an_overflow():
    for value in (1 << 63, (1 << 64) - 10, 1 << 64, 1 << 80):
        with pytest.raises(OverflowError) as caught:
            Reader(io.BytesIO(), start=value)
        assert str(caught.value) == f"start must be at most {(1 << 63) - 1}, not {value}"
    assert Reader(io.BytesIO(), start=(1 << 63) - 1).stats.start == (1 << 63) - 1
    with pytest.raises(OverflowError, match=f"^max_faults must be at most {(1 << 64) - 1}, not"):
        Reader(b"", max_faults=1 << 64)


def test_options_are_keywords_only():
    with pytest.raises(TypeError):
        Reader(b"", "skip")


# Accepted objects.


def opened(kind, path, tmp_path):
    """Opens the same bytes as a source of each kind; returns also its expected name."""
    data = path.read_bytes()
    if kind == "str":
        return str(path), str(path)
    if kind == "path":
        return path, str(path)
    if kind == "pathlike of bytes":

        class Path:
            def __fspath__(self):
                return os.fsencode(path)

        return Path(), str(path)
    if kind == "bytes":
        return data, None
    if kind == "bytes of a class of its own":
        return type("Data", (bytes,), {})(data), None
    if kind == "bytearray":
        return bytearray(data), None
    if kind == "memoryview":
        return memoryview(data), None
    if kind == "array":
        return array.array("H", data + b"\n" * (len(data) % 2)), None
    if kind == "mmap":
        with open(path, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), None
    if kind == "buffered file":
        return open(path, "rb"), str(path)
    if kind == "raw file":
        return open(path, "rb", buffering=0), str(path)
    if kind == "BytesIO":
        return io.BytesIO(data), None
    if kind == "gzip":
        with gzip.open(tmp_path / "x.gz", "wb") as file:
            file.write(data)
        return gzip.open(tmp_path / "x.gz"), str(tmp_path / "x.gz")
    if kind == "bz2":
        (tmp_path / "x.bz2").write_bytes(bz2.compress(data))
        return bz2.open(tmp_path / "x.bz2"), ...
    if kind == "zip member":
        with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("member", data)
        return zipfile.ZipFile(tmp_path / "x.zip").open("member"), "member"
    if kind == "spooled file":
        file = tempfile.SpooledTemporaryFile()
        file.write(data)
        file.seek(0)
        return file, None
    assert kind == "descriptor"
    return os.open(path, os.O_RDONLY), ...


KINDS = [
    "str",
    "path",
    "pathlike of bytes",
    "bytes",
    "bytes of a class of its own",
    "bytearray",
    "memoryview",
    "array",
    "mmap",
    "buffered file",
    "raw file",
    "BytesIO",
    "gzip",
    "bz2",
    "zip member",
    "spooled file",
    "descriptor",
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_source_gives_the_same_records(kind, large, tmp_path):
    expected = [(item.number, item.offset, item.raw) for item in Reader(large.read_bytes())]
    source, name = opened(kind, large, tmp_path)
    try:
        with Reader(source) as reader:
            found = list(reader)
            assert [(item.number, item.offset, item.raw) for item in found] == expected
            assert reader.stats.complete
            assert reader.stats.bytes_read == large.stat().st_size
            if name is not ...:
                assert {item.source for item in found} == {name}
            del found
    finally:
        close = getattr(source, "close", None)
        if kind == "descriptor":
            os.close(source)
        elif close:
            close()


def test_a_bytes_object_is_data_and_never_a_path(books):
    with pytest.raises(tidemarc.RecordError):
        next(Reader(os.fsencode(books)))


def test_paths_that_are_not_utf8_are_read(tmp_path, books):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 \xe2\x82\xac.mrc")
    try:
        with open(path, "wb") as file:
            file.write(books.read_bytes())
    except OSError:
        pytest.skip("this file system wants UTF-8")
    assert len(list(Reader(path))) == 60


class BytesPath:
    def __init__(self, path):
        self.path = os.fsencode(path)

    def __fspath__(self):
        return self.path


@pytest.mark.parametrize("kind", [str, pathlib.Path, BytesPath])
def test_an_error_names_the_path_as_open_does(kind, tmp_path):
    path = kind(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))

    def filename(opener):
        with pytest.raises(OSError) as caught:
            opener(path)
        return caught.value.filename

    expected = filename(open)
    assert isinstance(expected, bytes if kind is BytesPath else str)
    assert filename(Reader) == expected
    try:
        os.mkdir(path)
    except OSError:
        return  # This file system wants UTF-8.
    assert filename(Reader) == expected


@pytest.mark.parametrize("kind", [str, BytesPath])
def test_an_error_of_a_read_names_the_path_as_it_was_passed(kind):
    # The memory of a process cannot be read at its start.
    path = kind("/proc/self/mem")
    with pytest.raises(OSError) as caught:
        next(Reader(path))
    assert caught.value.filename == os.fspath(path)


@pytest.mark.parametrize(
    "empty", [b"", bytearray(), memoryview(b""), array.array("B"), io.BytesIO(), os.devnull]
)
def test_an_empty_source_is_a_clean_end(empty):
    reader = Reader(empty)
    assert list(reader) == []
    assert list(reader) == []
    assert reader.stats.complete
    assert (reader.position, reader.stats.records, reader.stats.faults) == (0, 0, 0)


def test_a_file_without_a_length_ends_where_it_ends():
    reader = Reader("/proc/self/status", errors="yield")
    assert len(list(reader)) > 0
    assert reader.stats.complete


def test_a_descriptor_is_read_from_where_it_stands_and_stays_open(books, marc):
    first = marc.record()
    descriptor = os.open(books, os.O_RDONLY)
    try:
        skipped = next(Reader(books)).raw
        os.lseek(descriptor, len(skipped), os.SEEK_SET)
        with Reader(descriptor) as reader:
            assert len(list(reader)) == 59
        os.fstat(descriptor)
        assert first
    finally:
        os.close(descriptor)


def test_a_descriptor_may_be_closed_as_soon_as_the_reader_has_it(books):
    descriptor = os.open(books, os.O_RDONLY)
    reader = Reader(descriptor)
    os.close(descriptor)
    assert len(list(reader)) == 60


def test_a_file_object_is_not_closed(books):
    with open(books, "rb") as file:
        with Reader(file) as reader:
            next(reader)
        assert not file.closed


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
        list(Reader(b""))  # Drops the objects that a thread without Python has released.
        return sys.getrefcount(data) == before

    field = record["245"]
    del record
    assert sys.getrefcount(data) > before, "a field needs them too"
    del field
    process.eventually(let_go)
    assert copy["001"].data == "0"


# Python's file objects.


class Recorder:
    """A source that returns its bytes through one method, and records the calls."""

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
    # A method that is present but cannot be called is ignored.
    methods.update({way: None for way in WAYS[:first]})
    source = type("Source", (Recorder,), methods)(b"".join(marc.numbered(5)))
    assert marc.numbers(Reader(source, chunk_size=100)) == [0, 1, 2, 3, 4]
    assert set(source.calls) == {100}


class Returns:
    """A source whose `read` returns the given values in turn."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def read(self, size):
        return self.answers.pop(0) if self.answers else b""


class Fills:
    """A source whose `readinto` returns the given values."""

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


# Sockets and pipes.


def test_sockets_are_read_as_they_are_and_as_files(marc):
    for way in ("socket", "file", "descriptor"):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            file = ours.makefile("rb") if way == "file" else None
            source = {"socket": ours, "file": file, "descriptor": ours.fileno()}[way]
            with Reader(source) as reader:
                for _ in range(3):
                    theirs.sendall(marc.record())
                    assert next(reader).raw == marc.record()
                theirs.close()
                assert next(reader, None) is None
                assert reader.stats.complete
            if file:
                file.close()


def test_a_socket_that_times_out_may_be_tried_again(marc):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0.02)
        reader = Reader(ours)
        theirs.sendall(marc.record()[:30])
        with pytest.raises(TimeoutError):
            next(reader)
        theirs.sendall(marc.record()[30:])
        assert next(reader).raw == marc.record()


def test_a_socket_that_must_not_wait_says_so(marc):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        reader = Reader(ours)
        with pytest.raises(BlockingIOError):
            next(reader)
        theirs.sendall(marc.record())
        assert next(reader).number == 1


@pytest.mark.parametrize("threads", [1, None])
@pytest.mark.parametrize("buffered", [False, True])
def test_a_record_from_a_trickling_pipe_comes_when_its_last_byte_has_come(
    pipe, marc, threads, buffered
):
    source = open(pipe.read, "rb", closefd=False) if buffered else pipe.read
    # Chunks are small, so that the stream uses the pipeline.
    reader = Reader(source, threads=threads, chunk_size=50)
    record = marc.record()
    latencies = []
    for _ in range(20):
        pipe.write(record[:-1])
        time.sleep(0.002)
        start = time.monotonic()
        pipe.write(record[-1:])
        assert next(reader).raw == record
        latencies.append(time.monotonic() - start)
    assert sorted(latencies)[10] < 0.5
    pipe.hang_up()
    assert next(reader, None) is None
    reader.close()
    if buffered:
        source.close()


def test_a_fifo_is_waited_for(fifo, marc, process):
    reader = Reader(fifo)
    read = process.in_thread(lambda: next(reader))
    time.sleep(0.1)
    with open(fifo, "wb", buffering=0) as writer:
        writer.write(marc.record())
        assert read().raw == marc.record()
        writer.write(marc.record())
        assert next(reader).number == 2
    assert next(reader, None) is None
    assert reader.stats.complete


def test_a_descriptor_that_must_not_wait_is_waited_for_all_the_same(pipe, marc, process):
    os.set_blocking(pipe.read, False)
    reader = Reader(pipe.read)
    read = process.in_thread(lambda: next(reader))
    time.sleep(0.1)
    pipe.write(marc.record())
    assert read().number == 1


# Released objects.


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
