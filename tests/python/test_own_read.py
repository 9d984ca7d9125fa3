"""Sources with a `read` of their own: the method of their class is called, not that of its base."""

from __future__ import annotations

import functools
import io
import mmap
import os
import tempfile
import unittest.mock

import pytest
import tidemarc.pymarc
from tidemarc import Reader

KEY = 0x55


def hidden(data):
    """Encrypts, or decrypts."""
    return bytes(byte ^ KEY for byte in data)


def decrypting(base, method="read"):
    """Makes a class over `base`, one method of which decrypts."""

    class Decrypting(base):
        calls = 0

        def read(self, size=-1, /):
            self.calls += 1
            return hidden(super().read(size))

        def readinto(self, buffer, /):
            self.calls += 1
            count = super().readinto(buffer)
            buffer[:count] = hidden(buffer[:count])
            return count

    for other in {"read", "readinto"} - {method}:
        delattr(Decrypting, other)
    return Decrypting


class Delegating:
    """An object that has all attributes of a file."""

    def __init__(self, file):
        self.file = file

    def __getattr__(self, name):
        return getattr(self.file, name)


class Counting(Delegating):
    """A file that counts the bytes that go through its `read`."""

    count = 0

    def read(self, size=-1):
        data = self.file.read(size)
        self.count += len(data)
        return data


class Wrapped(Delegating):
    """A file as `tqdm.wrapattr` makes it: its `read` is an attribute of the object."""

    def __init__(self, file):
        super().__init__(file)
        self.count = 0

        @functools.wraps(file.read)
        def read(*arguments):
            data = file.read(*arguments)
            self.count += len(data)
            return data

        self.read = read


class Computed(Delegating):
    """An object without methods: its `read` comes from `__getattr__`."""

    count = 0

    def __getattr__(self, name):
        if name == "read":
            return lambda size: self.counted(self.file.read(size))
        return super().__getattr__(name)

    def counted(self, data):
        self.count += len(data)
        return data


def native(source, **options):
    return [record.raw for record in Reader(source, **options)]


def dropin(source):
    return [record.as_marc() for record in tidemarc.pymarc.MARCReader(source)]


@pytest.fixture(params=[native, dropin], ids=["Reader", "MARCReader"])
def read(request):
    """Reads with both readers: the source must return the same to each."""
    return request.param


@pytest.mark.parametrize("method", ["read", "readinto"])
def test_a_bytesio_that_decrypts_is_asked_for_its_own(read, method, marc):
    records = marc.numbered(100, 1000)
    source = decrypting(io.BytesIO, method)(hidden(b"".join(records)))
    assert read(source) == records
    assert source.calls > 0


@pytest.mark.parametrize("base", [io.FileIO, io.BufferedReader])
def test_a_file_that_decrypts_is_asked_for_its_own(read, base, marc, tmp_path):
    records = marc.numbered(100, 1000)
    path = tmp_path / "hidden"
    path.write_bytes(hidden(b"".join(records)))
    with decrypting(base)(path if base is io.FileIO else io.FileIO(path)) as source:
        assert read(source) == records


def test_a_class_between_that_overrides_read_is_seen(read, marc):
    class Further(decrypting(io.BytesIO)):
        def seek(self, *arguments):
            return super().seek(*arguments)

    records = marc.numbered(5)
    assert read(Further(hidden(b"".join(records)))) == records


@pytest.mark.parametrize("base", [io.BufferedIOBase, io.RawIOBase, io.IOBase, object])
def test_a_class_that_defines_read_alone_is_read(read, base, marc):
    class Alone(base):
        def __init__(self, data):
            self.file = io.BytesIO(data)

        def read(self, size=-1):
            return self.file.read(size)

    records = marc.numbered(5)
    assert read(Alone(b"".join(records))) == records


def test_a_raw_class_that_defines_readinto_alone_is_read(read, marc):
    class Alone(io.RawIOBase):
        def __init__(self, data):
            self.file = io.BytesIO(data)

        def readinto(self, buffer):
            return self.file.readinto(buffer)

    records = marc.numbered(5)
    assert read(Alone(b"".join(records))) == records


@pytest.mark.parametrize("raised", [io.UnsupportedOperation, NotImplementedError])
def test_a_method_that_is_unsupported_gives_way_to_the_next(read, raised, marc):
    class Source:
        def __init__(self, data):
            self.file, self.refused = io.BytesIO(data), []

        def refuse(self, name):
            self.refused.append(name)
            raise raised(name)

        def readinto1(self, buffer):
            self.refuse("readinto1")

        def read1(self, size):
            self.refuse("read1")

        def readinto(self, buffer):
            self.refuse("readinto")

        def read(self, size):
            return self.file.read(size)

    records = marc.numbered(200, 1000)
    source = Source(b"".join(records))
    assert read(source) == records
    assert source.refused == ["readinto1", "read1", "readinto"], "each is tried once"


def test_where_all_are_unsupported_the_last_says_so(tmp_path):
    with open(tmp_path / "w", "wb") as file:
        reader = Reader(file)
        for _ in range(2):
            with pytest.raises(io.UnsupportedOperation, match="read"):
                next(reader)


@pytest.mark.parametrize("kind", [Counting, Wrapped, Computed])
def test_a_wrapper_sees_every_byte(read, kind, large):
    with open(large, "rb") as file:
        source = kind(file)
        assert len(read(source)) == 3000
        assert source.count == large.stat().st_size


def test_a_wrapper_that_only_delegates_is_read_as_what_it_is_around(pipe, marc):
    with open(pipe.read, "rb", closefd=False) as file:
        reader = Reader(Delegating(Delegating(file)))
        pipe.write(marc.record())
        # `read` would wait for the whole chunk; `readinto1` of the buffered file does not.
        assert next(reader).raw == marc.record()
        pipe.hang_up()


@pytest.mark.parametrize("mode", ["rb", "r+b"])
def test_bytes_that_a_file_has_buffered_come_at_once(read, mode, pipe, marc, tmp_path):
    # `readinto1` of a file that was looked into waits for more bytes than it has.
    if mode == "r+b":
        (tmp_path / "x").write_bytes(marc.record() * 2)
        with open(tmp_path / "x", mode) as file:
            file.peek(5)
            assert read(file) == [marc.record()] * 2
        return
    with open(pipe.read, mode, closefd=False) as file:
        pipe.write(marc.record())
        assert file.peek(5)[:5] == marc.record()[:5]
        kind = Reader if read is native else tidemarc.pymarc.MARCReader
        assert next(kind(file)).raw == marc.record()
        pipe.hang_up()


def test_a_temporary_file_is_read(read, marc):
    records = marc.numbered(100, 1000)
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(records))
        file.seek(0)
        assert read(file) == records


def test_a_buffer_with_a_read_of_its_own_is_a_file(read, marc):
    records = marc.numbered(5)

    class Map(mmap.mmap):
        def read(self, size=-1):
            return hidden(super().read(size))

    data = hidden(b"".join(records))
    source = Map(-1, len(data))
    source[:] = data
    assert read(source) == records
    if read is native:
        # Without a method of its own it is read by its contents, from any position.
        mapped = mmap.mmap(-1, len(data))
        mapped[:] = b"".join(records)
        mapped.read(1)
        assert read(mapped) == records


def test_bytes_are_data_whatever_they_can_do(read, marc):
    class Data(bytes):
        def read(self, size=-1):
            raise AssertionError

    assert read(Data(marc.record())) == [marc.record()]


# Mocks.


def test_a_handle_of_mock_open_is_read(read, marc):
    records = marc.numbered(100, 1000)
    with unittest.mock.mock_open(read_data=b"".join(records))() as handle:
        assert read(handle) == records


@pytest.mark.parametrize("kind", [unittest.mock.Mock, unittest.mock.MagicMock])
def test_a_mock_is_a_file_and_its_read_is_called(read, kind, marc):
    records = marc.numbered(5)
    source = kind()
    source.read = io.BytesIO(b"".join(records)).read
    assert read(source) == records
    source = kind(**{"read.side_effect": [*records, b"", b""]})
    if read is native:
        assert read(source) == records
        assert source.method_calls[:1] == [unittest.mock.call.read(65536)]


@pytest.mark.parametrize("kind", [unittest.mock.Mock, unittest.mock.MagicMock])
def test_a_mock_that_was_told_nothing_is_a_type_error(kind):
    with pytest.raises(TypeError, match=r"the source's read returned \w*Mock, not bytes"):
        next(Reader(kind()))
    source = kind(spec=["readinto"])
    with pytest.raises(TypeError, match=r"the source's readinto returned \w*Mock, not a number"):
        next(Reader(source))


def test_a_file_object_that_knows_its_path_is_read_from_where_it_stands(read, marc, tmp_path):
    records = marc.numbered(3)
    (tmp_path / "x").write_bytes(b"".join(records))

    class Known(io.FileIO):
        def __fspath__(self):
            return self.name

    with Known(tmp_path / "x") as source:
        source.seek(len(records[0]))
        assert read(source) == records[1:]


def test_a_path_that_can_read_itself_is_a_path(read, books):
    class Path:
        def __fspath__(self):
            return os.fspath(books)

        def read(self, mode="r"):
            raise AssertionError

    assert len(read(Path())) == 60
