"""tidemarc.pymarc: the reader."""

from __future__ import annotations

import gc
import io
import pickle
import weakref

import pymarc as original
import pytest
import tidemarc
from tidemarc import pymarc


def marc8_record(marc, text=b"Caf\xe2e"):
    return marc.record(
        marc.field("001", "x"), ("245", b"10\x1fa" + text), leader=b"00000nam  2200000   4500"
    )


def test_paths_are_read(books):
    expected = [str(record) for record in original.MARCReader(books.read_bytes())]
    for source in (
        books,
        str(books),
        books.open("rb"),
        books.read_bytes(),
        bytearray(books.read_bytes()),
    ):
        reader = pymarc.MARCReader(source)
        assert [str(record) for record in reader] == expected
        reader.close()
    with pytest.raises(FileNotFoundError):
        pymarc.MARCReader(books.parent / "nothing.mrc")


def test_many_chunks_are_read_like_one(large):
    data = large.read_bytes()
    for source in (large, io.BytesIO(data), data):
        reader = pymarc.MARCReader(source)
        assert [int(record["001"].data) for record in reader] == list(range(3000))
        assert reader.current_chunk == b""
        assert reader.current_exception is None


def test_options_may_change_between_two_records(marc):
    utf8 = marc8_record(marc, "Café".encode())
    reader = pymarc.MARCReader(utf8 * 4)
    reader.hide_utf8_warnings = True
    assert next(reader)["245"]["a"] != "Café"
    reader.force_utf8 = True
    assert next(reader)["245"]["a"] == "Café"
    reader.to_unicode = False
    assert next(reader)["245"]["a"] == "Café".encode()
    reader.to_unicode, reader.force_utf8, reader.file_encoding = True, False, "latin-1"
    assert next(reader)["245"]["a"] == "CafÃ©"
    assert (reader.force_utf8, reader.file_encoding) == (False, "latin-1")
    assert (reader.utf8_handling, reader.permissive) == ("strict", False)


def test_lines_on_stderr_and_warnings_come_with_next(marc, capsys):
    bad_code = marc.record(("245", "10\x1fátitle".encode()))
    reader = pymarc.MARCReader(marc8_record(marc, b"a\x80") + bad_code)
    assert capsys.readouterr().err == ""
    record = next(reader)
    assert capsys.readouterr().err == "Unable to parse character 0x80 in g0=66 g1=69\n"
    assert record["245"]["a"] == "a "
    assert str(record).endswith("$aa \n")
    assert capsys.readouterr().err == ""
    with pytest.warns(pymarc.BadSubfieldCodeWarning, match="non-ASCII subfield code"):
        record = next(reader)
    assert record["245"]["a"] == "title"


def test_a_record_that_does_not_decode_is_none_and_the_next_one_comes(marc):
    reader = pymarc.MARCReader(marc.BAD_TEXT + marc.record())
    assert next(reader) is None
    assert isinstance(reader.current_exception, UnicodeDecodeError)
    assert reader.current_chunk == marc.BAD_TEXT
    assert next(reader).title == "Hi"
    assert reader.current_exception is None


def test_a_fatal_error_is_the_end_unless_recovery_is_asked_for(marc):
    data = marc.record() + b"\n" + marc.record() * 2
    reader = pymarc.MARCReader(data)
    assert [record and record.title for record in reader] == ["Hi", None]
    assert isinstance(reader.current_exception, pymarc.FatalReaderError)
    with pytest.raises(StopIteration):
        next(reader)
    reader = pymarc.MARCReader(data, recover=True)
    assert [record.title for record in reader] == ["Hi", "Hi", "Hi"]
    cut = marc.record()[:-10]
    reader = pymarc.MARCReader(marc.record() + cut + marc.record(), recover=True)
    assert next(reader).title == "Hi"
    assert next(reader) is None
    assert isinstance(reader.current_exception, tidemarc.RecordError)
    assert reader.current_chunk == cut
    assert next(reader).title == "Hi"


def test_no_byte_is_read_before_it_is_needed_if_so_asked(books):
    lengths = [len(record.raw) for record in tidemarc.Reader(books)]
    with books.open("rb") as file:
        reader = pymarc.MARCReader(file, read_ahead=False)
        end = 0
        for length in lengths:
            record = next(reader)
            end += length
            assert file.tell() == end
            assert record.as_marc() == reader.current_chunk
        assert next(reader, None) is None


def test_a_reader_that_does_not_read_ahead_meets_the_same(marc):
    for data in (
        marc.record() + b"\n" + marc.record(),
        b"0012",
        b"0012X",
        marc.BAD_TEXT + marc.record(),
        b"",
    ):
        seen = []
        for package, options in ((original, {}), (pymarc, {"read_ahead": False}), (pymarc, {})):
            reader = package.MARCReader(io.BytesIO(data), **options)
            records = [(one and str(one), str(reader.current_exception)) for one in reader]
            seen.append((records, reader.current_chunk, type(reader.current_exception).__name__))
        assert seen[0] == seen[1] == seen[2]


class Flaky(io.BytesIO):
    """A file of which each second read raises."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        """Read, or raise."""
        self.reads += 1
        if self.reads % 2 == 0:
            raise TimeoutError("not now")
        return super().read(size)


@pytest.mark.parametrize("tells", [True, False])
def test_a_second_read_that_raises_loses_nothing(books, tells):
    data = books.read_bytes()
    file = Flaky(data)
    if not tells:
        file.tell = None  # As of a pipe: what is there to be called raises.
    reader = pymarc.MARCReader(file, read_ahead=False)
    records, failures = [], 0
    while True:
        try:
            record = next(reader)
        except TimeoutError:
            failures += 1
            continue
        except StopIteration:
            break
        records.append(record.as_marc())
    assert b"".join(records) == data
    assert failures >= len(records)


def test_who_moves_the_file_after_a_read_that_raised_reads_from_there(books):
    data = books.read_bytes()
    file = Flaky(data)
    reader = pymarc.MARCReader(file, read_ahead=False)
    with pytest.raises(TimeoutError):
        next(reader)
    file.seek(0)
    file.read = lambda size: io.BytesIO.read(file, size)
    assert next(reader).as_marc() == data[: int(data[:5])]


def test_a_ring_through_a_record_is_collected():
    class Marker:
        pass

    record, field = pymarc.Record(), pymarc.Field("245", ["1", "0"], [])
    marker = Marker()
    field.subfields = [marker, record]
    record.add_field(field)
    alive = weakref.ref(marker)
    del record, field, marker
    gc.collect()
    assert alive() is None


def test_the_file_is_the_readers(books):
    file = books.open("rb")
    reader = pymarc.MARCReader(file)
    assert reader.file_handle is file
    next(reader)
    reader.close()
    assert file.closed
    reader = pymarc.MARCReader(books.read_bytes())
    first, second = next(reader), books.read_bytes()[1234:1239]
    assert reader.file_handle.read(5) == second
    reader.file_handle = io.BytesIO(first.raw)
    assert [record.title for record in reader] == [first.title]


@pytest.mark.parametrize("count", [0, 1, 30, 60, 61])
@pytest.mark.parametrize("place", [0, 1234, None])
@pytest.mark.parametrize("options", [{}, {"read_ahead": False}])
def test_the_file_that_is_made_of_bytes_moves_the_reader(count, place, options, books):
    def outcome(package, options):
        reader = package.MARCReader(books.read_bytes(), **options)
        for _ in range(count):
            next(reader, None)
        file = reader.file_handle
        places = [file.tell()]
        if place is not None:
            file.seek(place)
        numbers = [record["001"].data for record in reader]
        assert reader.file_handle is file
        file.seek(0)
        places += [len(list(reader)), file.tell(), reader.current_chunk]
        reader.close()
        return numbers, places, file.closed, reader.file_handle.closed

    assert outcome(pymarc, options) == outcome(original, {})


def test_position_continues_in_the_file_that_is_made_of_bytes(books):
    data = books.read_bytes()
    reader = pymarc.MARCReader(data)
    next(reader)
    assert reader.file_handle.tell() == reader.position == 1234
    assert len(list(reader)) == 59
    assert reader.position == len(data)


def test_with_recovery_the_file_that_is_made_of_bytes_is_a_copy(marc):
    sound = marc.record()
    reader = pymarc.MARCReader(sound + b"junk" + sound, recover=True)
    next(reader)
    assert reader.file_handle.read() == b"junk" + sound
    assert next(reader) is None
    assert (reader.current_exception.offset, reader.current_chunk) == (len(sound), b"junk")
    assert next(reader).as_marc() == sound


def test_the_file_of_a_closed_reader_of_bytes_is_closed(books):
    for package in (original, pymarc):
        reader = package.MARCReader(books.read_bytes())
        next(reader)
        reader.close()
        assert reader.file_handle.closed


def test_a_subclass_of_the_reader_may_do_as_it_likes(books):
    class Mine(pymarc.MARCReader):
        def __init__(self, path):
            super().__init__(open(path, "rb"), hide_utf8_warnings=True)
            self.count = 0

        def __next__(self):
            record = super().__next__()
            self.count += 1
            return record

    reader = Mine(books)
    assert sum(1 for _ in reader) == reader.count == 60
    reader.close()
    assert isinstance(reader, pymarc.Reader)


def test_a_source_that_holds_its_reader_is_collected(books):
    import gc
    import weakref

    class Source(io.BytesIO):
        reader = None

    source = Source(books.read_bytes())
    source.reader = pymarc.MARCReader(source)
    assert next(source.reader)
    gone = weakref.ref(source)
    del source
    gc.collect()
    assert gone() is None


def test_reading_alone_makes_no_field(books):
    records = list(pymarc.MARCReader(books))
    assert sum(len(gc.get_referents(record)) for record in records) <= 2 * len(records)
    assert [record.as_marc() for record in records] == [record.raw for record in records]


def test_a_record_knows_whose_it_is(marc):
    data = marc8_record(marc)
    (native,), (pymarcs,) = tidemarc.Reader(data), pymarc.MARCReader(data)
    assert native.as_marc() == data
    assert pymarcs.as_marc() != data
    assert pymarcs.leader[9] == "a"
    assert next(pymarc.MARCReader(pymarcs.as_marc()))["245"]["a"] == "Café"
    for way in (pickle.dumps, lambda record: pickle.dumps(record.copy())):
        (fresh,) = pymarc.MARCReader(data)
        assert pickle.loads(way(fresh)).as_marc() == pymarcs.as_marc()
        assert pickle.loads(way(native)).as_marc() == data


def test_a_field_that_begins_inside_a_character_fails_at_once_as_in_pymarc():
    # Field 001 is the last byte of the title, which is UTF-8 only together with the one before.
    directory, data = b"245000700000001000200005", "10\x1faÉ\x1e".encode()
    marc = b"%05dnam a2200049   4500" % (50 + len(data)) + directory + b"\x1e" + data + b"\x1d"
    reader = pymarc.MARCReader(marc)
    assert next(reader) is None
    assert isinstance(reader.current_exception, UnicodeDecodeError)
