"""Ranges: together, the readers of all ranges of a file deliver what one reader delivers."""

from __future__ import annotations

import io
import os
import pickle
import random
import re

import pytest
import tidemarc
from shared.bgzf import block, blocked
from tidemarc import Fault, Reader, splits
from tidemarc.partitions import Partition, plan_partitions, read_partition


def seen(reader):
    """Returns what a reader delivers, without the numbers, which count from its start."""
    items = []
    for number, item in enumerate(reader, 1):
        assert item.number == number
        if isinstance(item, Fault):
            items.append((item.offset, item.code, item.raw))
        else:
            items.append((item.offset, [fault.code for fault in item.faults], item.raw))
    return items


def ranges_of(cuts):
    starts = [0, *sorted(cuts)]
    return list(zip(starts, [*starts[1:], None], strict=True))


@pytest.mark.parametrize("repair", [False, True])
@pytest.mark.parametrize("name", ["books.mrc", "books-damaged.mrc", "books.mrk"])
def test_any_cuts_give_the_same(fixtures, name, repair):
    path = fixtures / name
    data = path.read_bytes()
    options = {"errors": "yield", "repair": repair, "threads": 1}
    whole = Reader(path, **options)
    expected = seen(whole)
    dice = random.Random(1)
    for _ in range(40):
        cuts = [dice.randrange(len(data) + 10) for _ in range(dice.randrange(1, 9))]
        for source in (path, data):
            found, records, paddings = [], 0, 0
            for part in ranges_of(cuts):
                reader = Reader(source, range=part, **options)
                found += seen(reader)
                records += reader.stats.records
                paddings += reader.stats.padding_bytes
                assert reader.stats.complete
                assert reader.stats.total_bytes == len(data)
            assert found == expected
            assert (records, paddings) == (whole.stats.records, whole.stats.padding_bytes)


def test_the_counts_of_a_range_are_those_of_its_records(books):
    every = list(Reader(books))
    third, fifth = every[2], every[4]
    reader = Reader(books, range=(third.offset - 5, fifth.offset))
    # Nothing is delivered yet.
    assert (reader.position, reader.stats.start) == (third.offset - 5, third.offset - 5)
    assert [record.raw for record in reader] == [record.raw for record in every[2:4]]
    assert reader.stats.start == third.offset
    assert reader.position == fifth.offset
    assert (reader.stats.records, reader.stats.complete) == (2, True)
    # A range in which nothing begins.
    reader = Reader(books, range=(third.offset + 1, fifth.offset - 1 - len(every[3].raw)))
    assert list(reader) == []
    assert reader.stats.complete


def test_splits_cover_a_file(books, tmp_path):
    size = books.stat().st_size
    for target in (1_000, 20_000, size - 1, size, size + 1, 1 << 40):
        found = splits(books, target)
        assert [start for start, _ in found] == [0, *[end for _, end in found[:-1]]]
        assert found[-1][1] == size
        assert all(end - start <= target for start, end in found)
        assert len(found) == -(-size // target)
    with pytest.raises(ValueError, match="target_bytes must be at least 1, not 0"):
        splits(books, 0)
    with pytest.raises(ValueError, match="target_bytes must be at least 1, not -1"):
        splits(books, -1)
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    assert splits(empty, 100) == [(0, None)]
    assert list(Reader(empty, range=(0, None))) == []


def test_some_files_are_one_range(books, tmp_path):
    for name in ("books.xml", "books.json", "books.jsonl"):
        path = tmp_path / name
        tidemarc.convert(books, path)
        assert splits(path, 1_000) == [(0, None)]
        expected = seen(Reader(path))
        assert seen(Reader(path, range=(0, 100))) == expected
        later = Reader(path, range=(100, None))
        assert list(later) == []
        assert later.stats.complete
    gzip = pytest.importorskip("gzip")
    path = tmp_path / "books.mrc.gz"
    path.write_bytes(gzip.compress(books.read_bytes()))
    assert splits(path, 1_000) == [(0, None)]
    for source in (path, path.read_bytes()):
        assert len(list(Reader(source, range=(0, 1)))) == 60
        assert list(Reader(source, range=(1, None))) == []


def test_a_range_is_a_pair_of_offsets(books):
    for wrong in (5, "ab", (1,), (1, 2, 3), (None, 5), ("1", 5), (1.5, None)):
        with pytest.raises(TypeError):
            Reader(books, range=wrong)
    with pytest.raises(ValueError, match="the start of the range must be at least 0, not -1"):
        Reader(books, range=(-1, 5))
    with pytest.raises(ValueError, match="begins at 5 and ends before it, at 4"):
        Reader(books, range=(5, 4))
    with pytest.raises(ValueError, match="a range or a start, not both"):
        Reader(books, range=(5, 9), start=3)
    assert list(Reader(books, range=(5, 5))) == []
    with pytest.raises(OverflowError):
        Reader(books, range=(0, 1 << 64))


def test_a_source_without_offsets_has_no_range(books, tmp_path):
    with open(books, "rb") as file:
        for source in (file, file.fileno(), io.BytesIO(b""), bytearray(b"")):
            with pytest.raises(ValueError, match="a range can be read only of a path or of bytes"):
                Reader(source, range=(0, 5))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for attempt in (lambda: Reader(pipe, range=(0, 5)), lambda: splits(pipe, 100)):
        with pytest.raises(OSError, match="a range can be read only of a regular file"):
            attempt()
        with pytest.raises(FileNotFoundError):
            Reader(tmp_path / "missing", range=(0, 5))
    for source in (tmp_path.parent, [pipe, pipe]):
        with pytest.raises((OSError, ValueError)):
            Reader(source, range=(0, 5))
    with pytest.raises(IsADirectoryError):
        splits(tmp_path, 5)


def test_faults_that_are_raised_are_those_of_the_range(damaged):
    faults = [item for item in Reader(damaged, errors="yield") if isinstance(item, Fault)]
    for fault in faults:
        reader = Reader(damaged, range=(fault.offset, fault.offset + 1))
        with pytest.raises(tidemarc.RecordError, match=re.escape(f"byte {fault.offset:,}")):
            next(reader)
        assert list(reader) == []


def test_a_quarantine_has_the_faults_of_the_range(damaged, tmp_path):
    data = damaged.read_bytes()
    whole = tmp_path / "whole"
    list(Reader(damaged, errors="skip", quarantine=whole))
    parts = b""
    for number, part in enumerate(ranges_of([20_000, 40_000, 56_750])):
        path = tmp_path / f"part{number}"
        list(Reader(damaged, range=part, errors="skip", quarantine=path))
        parts += path.read_bytes()
    assert parts == whole.read_bytes()
    assert len(data) > len(parts) > 0


def test_partitions_are_plain_values_that_are_read_anywhere(books, damaged):
    plan = plan_partitions([books, str(damaged)], 10_000)
    assert all(type(part) is Partition for part in plan)
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert {part.path for part in plan} == {str(books), str(damaged)}
    pyarrow = pytest.importorskip("pyarrow")
    columns = ["offset_bytes", "001", "245$a"]
    tables = [pyarrow.table(read_partition(part, columns, errors="skip")) for part in plan]
    rows = pyarrow.concat_tables(tables)
    expected = pyarrow.concat_tables(
        [pyarrow.table(tidemarc.scan(path, columns, errors="skip")) for path in (books, damaged)]
    )
    assert rows.equals(expected)
    # The tuple alone is enough, and one path is a list of one.
    assert plan_partitions(books, 1 << 30) == [(str(books), 0, books.stat().st_size)]
    assert read_partition(tuple(plan[0]), columns).to_arrow().num_rows == tables[0].num_rows


def test_a_plan_names_the_file_that_is_missing(books, tmp_path):
    with pytest.raises(FileNotFoundError, match="missing"):
        plan_partitions([books, tmp_path / "missing"], 100)


def test_parts_that_are_read_at_once_give_the_same_rows(damaged, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    path = tmp_path / "many.mrc"
    path.write_bytes(damaged.read_bytes() * 8)
    columns = ["record_no", "offset_bytes", "file", "001", "245$a", "faults"]
    # A part has 64 chunks.
    options = {"errors": "repair", "chunk_size": 1_000}
    for source in (path, path.read_bytes()):
        serial = tidemarc.scan(source, columns, **options)
        expected = pyarrow.table(serial)
        for partitions in (2, 5):
            parts = tidemarc.scan(source, columns, partitions=partitions, **options)
            assert pyarrow.table(parts).equals(expected)
            assert parts.stats == serial.stats
            ranged = tidemarc.scan(
                source, columns, range=(100_000, 400_000), partitions=partitions, **options
            )
            assert (
                ranged.to_arrow()
                .drop_columns("record_no")
                .equals(
                    tidemarc.scan(source, columns, range=(100_000, 400_000), **options)
                    .to_arrow()
                    .drop_columns("record_no")
                )
            )
    assert len(tidemarc.scan(path, columns, partitions=2, **options).head(3).to_arrow()) == 3
    again = pickle.loads(pickle.dumps(tidemarc.scan(path, columns, partitions=2, **options)))
    assert again.to_arrow().num_rows == expected.num_rows
    messages = set()
    for partitions in (1, 2, 5):
        strict = tidemarc.scan(path, columns, partitions=partitions, chunk_size=1_000)
        try:
            strict.to_arrow()
        except tidemarc.RecordError as error:
            messages.add(str(error))
    assert len(messages) == 1


@pytest.mark.parametrize("longer", [1, 2])
def test_partitions_of_a_file_that_was_replaced_are_not_mixed(books, tmp_path, longer):
    path, other = tmp_path / "books.mrc", tmp_path / "other.mrc"
    path.write_bytes(books.read_bytes() * 600)
    other.write_bytes(books.read_bytes() * 600 * longer)
    rows = 0
    with pytest.raises(OSError, match="the file was replaced while it was read"):
        for batch in tidemarc.scan(path, ["raw"], partitions=2):
            rows += batch.num_rows
            if other.exists():
                os.replace(other, path)
    assert rows < 36_000


def test_partitions_of_a_source_that_cannot_be_cut_are_one(books, tmp_path):
    xml = tmp_path / "books.xml"
    tidemarc.convert(books, xml)
    for source in (xml, io.BytesIO(books.read_bytes())):
        assert tidemarc.scan(source, ["001"], partitions=4).to_arrow().num_rows == 60
    with pytest.raises(ValueError, match="partitions must be at least 1, not 0"):
        tidemarc.scan(books, ["001"], partitions=0)
    with pytest.raises(ValueError, match="partitions or a start, not both"):
        tidemarc.scan(books, ["001"], partitions=2, start=5)


@pytest.mark.parametrize("size", [700, 4_000, 65_280])
def test_any_cuts_of_blocks_give_the_same(damaged, tmp_path, size):
    data = damaged.read_bytes()
    packed = blocked(data, size)
    path = tmp_path / "damaged.bgz"
    path.write_bytes(packed)
    expected = seen(Reader(damaged, errors="yield"))
    dice = random.Random(size)
    for _ in range(15):
        cuts = [dice.randrange(len(data) + 10) for _ in range(dice.randrange(1, 9))]
        for source in (path, packed):
            found = []
            for part in ranges_of(cuts):
                reader = Reader(source, range=part, errors="yield", threads=1)
                found += seen(reader)
                assert reader.stats.complete
                assert reader.stats.total_bytes == len(data)
                assert reader.stats.compressed_bytes is None
            assert found == expected
    plan = plan_partitions(path, 20_000)
    assert [part.start for part in plan[1:]] == [part.end for part in plan[:-1]]
    assert (plan[0].start, plan[-1].end) == (0, len(data) + 1)
    pyarrow = pytest.importorskip("pyarrow")
    columns = ["offset_bytes", "001", "245$a"]
    rows = pyarrow.concat_tables(
        pyarrow.table(read_partition(part, columns, errors="skip")) for part in plan
    )
    assert rows.equals(pyarrow.table(tidemarc.scan(damaged, columns, errors="skip")))


def test_parts_of_blocks_that_are_read_at_once_end_at_damage_like_one_reader(books, tmp_path):
    data = books.read_bytes() * 10
    packed = bytearray(blocked(data))
    path = tmp_path / "books.bgz"
    path.write_bytes(packed)
    columns = ["record_no", "offset_bytes", "001"]
    # A part has 64 chunks. What a damaged block begins with may look like a damaged record.
    options = {"chunk_size": 1_000, "errors": "skip"}
    serial = tidemarc.scan(path, columns, **options).to_arrow()
    parts = tidemarc.scan(path, columns, partitions=3, **options)
    assert parts.to_arrow().equals(serial)
    assert parts.stats.complete
    assert parts.stats.total_bytes == len(data)
    packed[len(packed) // 2] ^= 0xFF
    path.write_bytes(packed)
    failures = []
    for partitions in (1, 3):
        reader = tidemarc.scan(path, columns, partitions=partitions, **options)
        rows = 0
        with pytest.raises(OSError, match=r"gzip member .* is damaged") as raised:
            for batch in reader:
                rows += batch.num_rows
        failures.append((rows, str(raised.value)))
    assert failures[0] == failures[1]


def test_blocks_that_end_too_early_fail_the_last_range(books, tmp_path):
    data = books.read_bytes()
    path = tmp_path / "cut.bgz"
    path.write_bytes(blocked(data)[: -len(block(b""))])
    *before, last = tidemarc.splits(path, 20_000)
    count = 0
    for part in before:
        reader = Reader(path, range=part)
        count += len(list(reader))
        assert reader.stats.complete
    reader = Reader(path, range=last)
    with pytest.raises(OSError, match="the BGZF input has no end block"):
        for _ in reader:
            count += 1
    assert count == 60
    assert not reader.stats.complete
