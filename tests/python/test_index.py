"""Records by number and by control number, through an index file."""

import copy
import gzip
import itertools
import os
import pickle
import threading
from collections import defaultdict
from pathlib import Path

import pytest
import tidemarc
from shared.bgzf import block

FIXTURES = Path(__file__).parents[1] / "fixtures"
BOOKS = FIXTURES / "books.mrc"
DAMAGED = FIXTURES / "books-damaged.mrc"


@pytest.fixture
def books(tmp_path: Path) -> Path:
    path = tmp_path / "books.mrc"
    path.write_bytes(BOOKS.read_bytes() * 3)
    return path


def shown(record: tidemarc.Record) -> tuple[object, ...]:
    faults = [fault.detail() for fault in record.faults]
    return record.number, record.offset, record.raw, record.as_dict(), faults


def test_an_index_has_the_records_of_a_reader(tmp_path: Path) -> None:
    for source, repair in [(BOOKS, False), (DAMAGED, False), (DAMAGED, True)]:
        built = tidemarc.Index.build(source, tmp_path / "x.tmi", repair=repair)
        # One title is undecodable.
        index = tidemarc.Index.open(source, tmp_path / "x.tmi", encoding_errors="replace")
        reader = tidemarc.Reader(source, errors="skip", repair=repair, encoding_errors="replace")
        with pytest.warns(tidemarc.SkippedWarning) if source == DAMAGED else open(os.devnull):
            records = list(reader)
        assert len(index) == len(built) == len(records)
        assert index.faults == reader.stats.faults
        places = defaultdict(list)
        for at, record in enumerate(records):
            assert shown(index[at]) == shown(record) == shown(index[at - len(index)])
            assert index.offset(at) == record.offset
            if "001" in record:
                places[record["001"].data].append(record.offset)
        for key, offsets in places.items():
            assert [record.offset for record in index.get_all(key)] == offsets
            first = index.get(key.encode())
            assert first is not None
            assert first.offset == offsets[0]
        assert index.duplicates + index.without_key == len(index) - len(places)
        assert list(index) == [record["001"].data for record in records if "001" in record]


def test_indices_and_slices_are_those_of_a_list(books: Path) -> None:
    index = tidemarc.Index.build(books)
    places = [record.offset for record in tidemarc.Reader(books)]
    for bad in (180, -181, 10**30, -(10**30)):
        with pytest.raises(IndexError):
            index[bad]
        with pytest.raises(IndexError):
            index.offset(bad)
    ends = (None, -200, -3, 0, 5, 179, 500)
    for start, stop, step in itertools.product(ends, ends, (None, 1, 7, -1, -50)):
        cut = slice(start, stop, step)
        assert [record.offset for record in index[cut]] == places[cut]
    for bad in ("tm000001", 1.0, None):
        with pytest.raises(TypeError):
            index[bad]  # type: ignore[call-overload]


def test_keys_are_text_or_bytes(tmp_path: Path) -> None:
    def record(key: bytes) -> bytes:
        return b"%05dnam a2200037   4500001%04d00000\x1e%s\x1e\x1d" % (
            24 + 12 + 1 + len(key) + 2, len(key) + 1, key,
        )  # fmt: skip

    path = tmp_path / "keys.mrc"
    path.write_bytes(b"".join(map(record, [b" 1 ", b"1", b"\xe9", "é".encode(), b"1"])))
    index = tidemarc.Index.build(path)
    assert list(index) == [" 1 ", "1", "\udce9", "é", "1"]
    assert (len(index), index.duplicates, index.without_key) == (5, 1, 0)
    for key in index:
        assert key in index
        assert key.encode(errors="surrogateescape") in index
    assert "1 " not in index
    assert index.get("2") is None
    assert list(index.get_all(b"2")) == []
    for wrong in (1, None, bytearray(b"1")):
        with pytest.raises(TypeError, match="a key is a str or bytes"):
            index.get(wrong)  # type: ignore[arg-type]


def test_a_file_that_has_changed_is_refused(books: Path) -> None:
    index = tidemarc.Index.build(books)
    content, stat = books.read_bytes(), books.stat()
    for other, time, difference in [
        (content + b"\n", stat.st_mtime_ns, "size"),
        (content, stat.st_mtime_ns + 1000, "time"),
        (b"1" + content[1:], stat.st_mtime_ns, "ends"),
    ]:
        books.write_bytes(other)
        os.utime(books, ns=(time, time))
        with pytest.raises(tidemarc.StaleIndexError) as caught:
            tidemarc.Index.open(books)
        error = caught.value
        assert error.difference == difference
        assert isinstance(error.indexed, int)
        assert isinstance(error.found, int)
        if difference == "size":
            assert (error.indexed, error.found) == (len(content), len(content) + 1)
        if difference == "time":
            assert error.found - error.indexed == 1000
    books.write_bytes(content[:-1])
    with pytest.raises(tidemarc.StaleIndexError):
        index[0]


def test_what_is_missing_or_no_index_is_an_error(books: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        tidemarc.Index.open(books)
    assert caught.value.filename == f"{books}.tmi"
    with pytest.raises(FileNotFoundError) as caught:
        tidemarc.Index.build(tmp_path / "none.mrc")
    assert caught.value.filename == str(tmp_path / "none.mrc")
    other = tmp_path / "other"
    other.write_bytes(b"something else")
    with pytest.raises(tidemarc.DamagedIndexError, match="not an index file"):
        tidemarc.Index.open(books, other)
    with pytest.raises(FileExistsError, match="is not an index file"):
        tidemarc.Index.build(books, other)
    assert other.read_bytes() == b"something else"
    for wrong in (b"bytes", 3, None):
        with pytest.raises(TypeError, match="path must be a path"):
            tidemarc.Index.open(wrong)  # type: ignore[arg-type]
    file = Path(tidemarc.Index.build(books).target)
    file.write_bytes(file.read_bytes()[:-4096])
    with pytest.raises(tidemarc.DamagedIndexError, match="cut"):
        tidemarc.Index.open(books)


def test_bgzf_has_virtual_offsets_and_gzip_is_refused(tmp_path: Path) -> None:
    path, data = tmp_path / "books.gz", BOOKS.read_bytes() * 5
    pieces = [data[at : at + 65_280] for at in range(0, len(data), 65_280)]
    path.write_bytes(b"".join(map(block, [*pieces, b""])))
    index = tidemarc.Index.build(path)
    assert len(index) == 300
    for at, record in enumerate(tidemarc.Reader(path)):
        assert shown(index[at]) == shown(record)
        place = index.virtual_offset(at)
        assert place is not None
        unpacked = gzip.decompress(path.read_bytes()[place >> 16 :])
        assert unpacked[place & 0xFFFF :].startswith(record.raw)
    assert tidemarc.Index.build(BOOKS, tmp_path / "plain.tmi").virtual_offset(0) is None
    path.write_bytes(gzip.compress(data))
    with pytest.raises(ValueError, match="BGZF"):
        tidemarc.Index.build(path)


def test_an_index_is_pickled_by_its_paths(books: Path, tmp_path: Path) -> None:
    index = tidemarc.Index.build(books, tmp_path / "other.tmi", encoding="iso-8859-1")
    for again in (pickle.loads(pickle.dumps(index)), copy.copy(index)):
        assert (again.path, again.target) == (str(books), str(tmp_path / "other.tmi"))
        assert again[7].encoding == "iso-8859-1"
        assert shown(again[7]) == shown(index[7])
    assert repr(index) == f'<tidemarc.Index of "{books}": 180 records, 0 faults, 120 duplicates>'
    pickled = pickle.dumps(index)
    books.unlink()
    with pytest.raises(FileNotFoundError):
        pickle.loads(pickled)


def test_threads_share_an_index_and_its_iterators(books: Path) -> None:
    index = tidemarc.Index.build(books)
    expected, keys = [shown(record) for record in index[:]], iter(index)
    found: list[str] = []
    wrong: list[int] = []

    def work(start: int) -> None:
        wrong.extend(at for at in range(start, 180, 2) if shown(index[at]) != expected[at])
        found.extend(keys)

    threads = [threading.Thread(target=work, args=(at % 2,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert sorted(found) == sorted(index)


def test_damaged_data_is_reported_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "books.mrc.gz"
    data = BOOKS.read_bytes()
    packed = bytearray(block(data[:40_000]) + block(data[40_000:]) + block(b""))
    path.write_bytes(packed)
    tidemarc.Index.build(path)
    packed[2000] ^= 1
    path.write_bytes(packed)
    with pytest.raises(OSError, match=r"books\.mrc\.gz: gzip member 1 is damaged"):
        tidemarc.Index.build(path)
