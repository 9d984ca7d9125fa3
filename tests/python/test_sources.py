"""Every kind of source gives the same records; paths and descriptors."""

from __future__ import annotations

import array
import bz2
import copy
import gzip
import io
import mmap
import os
import pathlib
import pickle
import tempfile
import zipfile

import pytest
import tidemarc
from tidemarc import Reader


def opened(kind, path, tmp_path):
    """The same bytes as a source of each kind, and the name it should have."""
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


def copied(data, folder, name):
    """Write a file whose name is these bytes, and return its path."""
    path = os.fsdecode(os.fsencode(folder) + b"/" + name)
    try:
        with open(path, "wb") as file:
            file.write(data)
    except OSError:
        pytest.skip("this file system wants UTF-8")
    return path


def test_paths_that_are_not_utf8_are_read(tmp_path, books):
    path = copied(books.read_bytes(), tmp_path, b"caf\xe9 \xe2\x82\xac.mrc")
    assert len(list(Reader(path))) == 60


def test_a_path_that_is_not_utf8_is_the_source_of_records_and_faults(tmp_path, damaged):
    path = copied(damaged.read_bytes(), tmp_path, b"caf\xe9.mrc")
    with open(path, "rb") as file:
        for source in (path, file):
            reader = Reader(source, errors="yield")
            items = list(reader)
            record = next(item for item in items if isinstance(item, tidemarc.Record))
            fault = next(item for item in items if isinstance(item, tidemarc.Fault))
            for item in (record, fault):
                for again in (item, copy.copy(item), pickle.loads(pickle.dumps(item))):
                    assert again.source == path
            # Messages are text that can be printed.
            assert "caf\ufffd.mrc" in str(fault)
            assert str(fault).isprintable() and "caf\ufffd.mrc" in reader.summary()
    with pytest.raises(tidemarc.RecordError) as caught:
        list(Reader(path))
    assert caught.value.source == path


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
    with pytest.raises(OSError) as caught:
        tidemarc.convert(path, io.BytesIO(), from_format="iso2709", to_format="marcxml")
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
