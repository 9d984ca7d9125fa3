"""tidemarc.pymarc: subclasses of MARCReader, and readers used again, compared with pymarc's."""

from __future__ import annotations

import gc
import gzip
import io
import weakref

import pymarc as original
import pytest
from tidemarc import pymarc

BOTH = pytest.mark.parametrize("package", [original, pymarc], ids=["pymarc", "tidemarc"])


def own_next(package):
    """Makes a reader that reads its file itself, as bookops-marc's SierraBibReader does."""

    class Own(package.MARCReader):
        def __next__(self):
            if self._current_exception and isinstance(
                self._current_exception, package.exceptions.FatalReaderError
            ):
                raise StopIteration
            self._current_chunk = None
            self._current_exception = None
            self._current_chunk = head = self.file_handle.read(5)
            if not head:
                raise StopIteration
            if len(head) < 5:
                self._current_exception = package.exceptions.TruncatedRecord()
                return None
            self._current_chunk = chunk = head + self.file_handle.read(int(head) - 5)
            try:
                return package.Record(chunk, to_unicode=self.to_unicode)
            except Exception as error:
                self._current_exception = error

    return Own


@BOTH
@pytest.mark.parametrize("as_file", [True, False])
def test_a_subclass_may_read_the_file_itself(package, as_file, marc, books):
    data = marc.record() + marc.BAD_TEXT + marc.record() + b"000"
    reader = own_next(package)(io.BytesIO(data) if as_file else data)
    seen = [
        (record and record.title, reader.current_chunk, type(reader.current_exception))
        for record in reader
    ]
    assert seen == [
        ("Hi", marc.record(), type(None)),
        (None, marc.BAD_TEXT, UnicodeDecodeError),
        ("Hi", marc.record(), type(None)),
        (None, b"000", package.exceptions.TruncatedRecord),
    ]
    with books.open("rb") as file:
        assert len(list(own_next(package)(file))) == 60
        assert file.tell() == books.stat().st_size


@BOTH
def test_the_public_properties_return_what_was_stored(package, marc):
    reader = package.MARCReader(marc.record() * 3)
    assert (reader._current_chunk, reader._current_exception) == (None, None)
    next(reader)
    assert reader._current_chunk == marc.record()
    reader._current_chunk, reader._current_exception = "text", ValueError("mine")
    assert (reader.current_chunk, str(reader.current_exception)) == ("text", "mine")
    assert next(reader).title == "Hi"
    assert (reader.current_chunk, reader.current_exception) == (marc.record(), None)
    reader._current_exception = package.exceptions.TruncatedRecord()
    assert next(reader, "the end") == "the end"
    reader._current_exception = None
    assert next(reader).title == "Hi"
    with pytest.raises(AttributeError):
        reader.current_chunk = b""


@BOTH
def test_a_subclass_may_replace_the_properties(package, marc):
    class Mine(package.MARCReader):
        @property
        def current_exception(self):
            return "mine"

    reader = Mine(marc.BAD_TEXT)
    assert next(reader) is None
    assert reader.current_exception == "mine"
    assert isinstance(reader._current_exception, UnicodeDecodeError)


def test_what_a_subclass_stores_is_collected():
    class Chunk:
        pass

    reader = pymarc.MARCReader(b"")
    chunk = Chunk()
    chunk.reader, reader._current_chunk = reader, chunk
    gone = weakref.ref(chunk)
    del reader, chunk
    gc.collect()
    assert gone() is None


@BOTH
def test_a_subclass_may_leave_out_init(package, books):
    class Bare(package.MARCReader):
        def __init__(self, path):
            self.file_handle = open(path, "rb")
            self.to_unicode, self.force_utf8, self.hide_utf8_warnings = True, False, False
            self.utf8_handling, self.file_encoding = "strict", "iso8859-1"

    reader = Bare(books)
    assert reader.current_chunk is None
    assert reader.current_exception is None
    assert len(list(reader)) == 60
    assert reader.file_handle.tell() == books.stat().st_size
    reader.close()
    assert reader.file_handle.closed


@BOTH
@pytest.mark.parametrize("calls_init", [True, False])
def test_a_subclass_may_read_a_text_file(package, calls_init):
    class Sequential(package.MARCReader):
        """A reader of lines such as those of Aleph sequential."""

        def __init__(self, file):
            if calls_init:
                super().__init__(file)
            else:
                self.file_handle = file

        def __next__(self):
            self._current_chunk = line = self.file_handle.readline()
            if not line:
                raise StopIteration
            record = package.Record()
            record.add_field(package.Field(line[:3], data=line[4:].rstrip()))
            return record

    with io.StringIO("001 first\n001 second\n") as text:
        reader = Sequential(text)
        assert [record["001"].data for record in reader] == ["first", "second"]
        assert reader.current_chunk == ""


@pytest.mark.parametrize("target", [io.StringIO("00026"), None, 5.0])
def test_any_other_reader_refuses_a_target_that_is_not_binary(target):
    with pytest.raises(TypeError):
        pymarc.MARCReader(target)


class Failing(io.BytesIO):
    """A file whose read fails after a number of calls."""

    left = 2

    def read(self, size=-1, /):
        if self.left == 0:
            raise OSError("gone")
        self.left -= 1
        return super().read(size)


@pytest.mark.parametrize("left", [2, 3])
def test_the_chunk_of_a_failed_read_is_not_the_record_before(left, books):
    seen = []
    for package, options in ((original, {}), (pymarc, {"read_ahead": False})):
        file = Failing(books.read_bytes())
        file.left = left
        reader = package.MARCReader(file, **options)
        next(reader)
        with pytest.raises(OSError, match="gone"):
            next(reader)
        seen.append((reader.current_chunk, reader.current_exception))
    assert seen[0] == seen[1]
    assert seen[0][0] == (None if left == 2 else books.read_bytes()[1234:1239])


def test_the_chunk_of_a_failed_read_ahead_is_none(books):
    file = Failing(books.read_bytes())
    file.left = 1
    reader = pymarc.MARCReader(file)
    with pytest.raises(OSError, match="gone"):
        list(reader)
    assert reader.current_chunk is None


# A reader that is used again.


@BOTH
def test_a_file_that_is_moved_to_its_start_is_read_again(package, books):
    with books.open("rb") as file:
        reader = package.MARCReader(file)
        assert len(list(reader)) == 60
        assert list(reader) == []
        file.seek(0)
        assert len(list(reader)) == 60
        assert reader.current_chunk == b""


@BOTH
def test_a_file_that_has_grown_is_read_on(package, books, tmp_path):
    path = tmp_path / "growing.mrc"
    path.write_bytes(books.read_bytes())
    with path.open("rb") as file:
        reader = package.MARCReader(file)
        assert len(list(reader)) == 60
        with path.open("ab") as more:
            more.write(books.read_bytes())
        assert len(list(reader)) == 60
        assert file.tell() == path.stat().st_size


@BOTH
def test_two_readers_of_a_file_take_turns_if_the_first_has_ended(package, books):
    with books.open("rb") as file:
        assert len(list(package.MARCReader(file))) == 60
        file.seek(0)
        assert len(list(package.MARCReader(file))) == 60


@pytest.mark.parametrize("kind", [io.BytesIO, gzip.open])
def test_position_stays_after_the_end(kind, books, tmp_path):
    data = books.read_bytes()
    if kind is gzip.open:
        with gzip.open(tmp_path / "books.gz", "wb") as file:
            file.write(data)
    with kind(tmp_path / "books.gz" if kind is gzip.open else data) as file:
        reader = pymarc.MARCReader(file)
        assert reader.position == 0
        assert len(list(reader)) == 60
        assert reader.position == len(data)


def test_position_counts_on_after_the_end(books):
    data = books.read_bytes()
    file = io.BytesIO(data)
    reader = pymarc.MARCReader(file)
    assert len(list(reader)) == 60
    assert next(reader, None) is None
    assert reader.position == len(data)
    file.write(data[:1234])
    file.seek(len(data))
    next(reader)
    assert reader.position == len(data) + 1234
    assert list(reader) == list(reader) == []
    assert reader.position == len(data) + 1234
    reader.file_handle = io.BytesIO(data)
    assert reader.position == 0
    next(reader)
    assert reader.position == 1234


@BOTH
def test_leaders_and_raw_fields_can_be_referred_to_weakly(package):
    class Mine(package.Leader):
        pass

    for make in (
        lambda: package.Leader(" " * 24),
        lambda: Mine(" " * 24),
        lambda: package.RawField("001", data=b"x"),
    ):
        thing = make()
        alive = weakref.ref(thing)
        assert alive() is thing
        del thing
        assert alive() is None


def test_memory_and_paths_are_read_once(books):
    for target in (books, books.read_bytes(), bytearray(books.read_bytes())):
        reader = pymarc.MARCReader(target)
        assert len(list(reader)) == 60
        assert list(reader) == []


# Junk at the start.


@pytest.mark.parametrize("junk", [b"junk!", b"     ", b"\n\n\n\n\n", b"\0\0\0\0\0", b"0012X"])
@pytest.mark.parametrize("kind", ["memory", "file", "pipe"])
def test_junk_at_the_start_is_reported_after_five_bytes(junk, kind, pipe, tmp_path):
    (tmp_path / "junk").write_bytes(junk * 200_000)

    def outcome(package):
        if kind == "pipe":
            # The writer sends nothing more, and does not hang up.
            pipe.write(junk)
            file = open(pipe.read, "rb", closefd=False)
        elif kind == "file":
            file = open(tmp_path / "junk", "rb")
        else:
            file = io.BytesIO(junk * 200_000)
        reader = package.MARCReader(file)
        with file:
            record = next(reader)
            place = file.tell() if file.seekable() else None
        return record, str(reader.current_exception), reader.current_chunk, place

    assert outcome(pymarc) == outcome(original)


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_position_is_after_the_junk(kind, books, tmp_path):
    data = b"junk!" + books.read_bytes()
    (tmp_path / "junk").write_bytes(data)
    with open(tmp_path / "junk", "rb") if kind == "file" else io.BytesIO(data) as file:
        reader = pymarc.MARCReader(file)
        assert next(reader) is None
        assert (reader.current_chunk, reader.position) == (b"junk!", 5)
        assert list(reader) == []
        assert (reader.position, file.tell()) == (5, 5)


@BOTH
def test_after_the_junk_a_reader_that_is_asked_to_reads_on(package, books):
    reader = package.MARCReader(io.BytesIO(b"junk!" + books.read_bytes()))
    assert next(reader) is None
    reader._current_exception = None
    assert len(list(reader)) == 60


def inverted(data):
    return bytes(byte ^ 0xFF for byte in data)


class Decrypting(io.BufferedReader):
    """A file whose `peek` shows other bytes than its `read` returns."""

    def read(self, size=-1):
        return inverted(super().read(size))


class DecryptingMemory(io.BytesIO):
    """The same in memory."""

    def read(self, size=-1):
        return inverted(super().read(size))


def decrypting_by_an_attribute(data):
    file = io.BufferedReader(io.BytesIO(data))
    file.read = lambda size=-1: inverted(io.BufferedReader.read(file, size))
    return file


@pytest.mark.parametrize(
    "make",
    [
        lambda data: Decrypting(io.BytesIO(data)),
        DecryptingMemory,
        decrypting_by_an_attribute,
    ],
)
def test_a_file_that_decrypts_in_its_read_has_no_junk(make, books):
    data = books.read_bytes()
    reader = pymarc.MARCReader(make(inverted(data)))
    next(reader)
    assert reader.position == 1234
    assert len(list(reader)) == 59
    assert reader.position == len(data)


class Peeking:
    """A source with a `peek` of its own, which is not that of Python's files."""

    def __init__(self, data, answer):
        self.file, self.answer = io.BytesIO(data), answer

    def read(self, size=-1):
        return self.file.read(size)

    def peek(self, size):
        return self.answer


class PeekingWithoutSize(Peeking):
    """The same, which accepts no size."""

    def peek(self):
        return self.answer


@BOTH
@pytest.mark.parametrize("kind", [Peeking, PeekingWithoutSize])
@pytest.mark.parametrize("answer", [None, b"junk!", memoryview(b"00787"), 5])
def test_an_unrelated_peek_is_not_called(package, kind, answer, books):
    assert len(list(package.MARCReader(kind(books.read_bytes(), answer)))) == 60


@pytest.mark.parametrize("package", ["gzip", "bz2", "lzma"])
def test_junk_in_a_compressed_file_is_reported_after_five_bytes(package, tmp_path):
    compression = pytest.importorskip(package)
    path = tmp_path / "junk"
    path.write_bytes(compression.compress(b"junk!" * 1000))
    with compression.open(path) as file:
        reader = pymarc.MARCReader(file)
        assert next(reader) is None
        assert (reader.current_chunk, reader.position, file.tell()) == (b"junk!", 5, 5)


def test_five_sound_bytes_are_no_junk(books, pipe):
    with open(pipe.read, "rb", closefd=False) as file:
        reader = pymarc.MARCReader(file)
        first = books.read_bytes()[:1234]
        pipe.write(first)
        assert next(reader).as_marc() == first
        pipe.hang_up()
        assert next(reader, None) is None
