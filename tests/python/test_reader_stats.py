"""A reader's counts and position."""

from __future__ import annotations

import os

import pytest
import tidemarc
from tidemarc import Reader


def test_every_byte_is_in_a_record_a_fault_or_padding(damaged):
    size = damaged.stat().st_size
    reader = Reader(damaged, errors="yield")
    assert reader.stats.total_bytes == size
    padding = 0
    for item in reader:
        stats = reader.stats
        padding = stats.padding_bytes
        assert reader.position == stats.bytes_read == item.offset + len(item.raw)
        assert stats.records + stats.faults == item.number
        assert stats.bytes_read == stats.record_bytes + stats.fault_bytes + stats.padding_bytes
        assert not stats.complete
    stats = reader.stats
    assert reader.position == stats.bytes_read == stats.total_bytes == size
    assert (stats.records, stats.faults, stats.paddings) == (57, 4, 2)
    assert (padding, stats.padding_bytes) == (1, 5)
    assert stats.complete
    assert repr(stats) == (
        f"Stats(records=57, repaired=0, incomplete=0, faults=4, paddings=2, "
        f"record_bytes={stats.record_bytes}, fault_bytes={stats.fault_bytes}, padding_bytes=5, "
        f"start=0, bytes_read={size}, inputs=1, unfinished=0, total_bytes={size}, "
        f"compressed_bytes=None, compressed_total_bytes=None, "
        f"kinds={stats.kinds}, complete=True)"
    )
    reader.close()
    assert reader.stats == stats
    assert reader.position == size


def test_a_file_that_is_cut_while_it_is_read_is_not_complete(books, tmp_path):
    path = tmp_path / "shrinks.mrc"
    path.write_bytes(books.read_bytes() * 200)
    with Reader(path, threads=1) as reader:
        next(reader)
        os.truncate(path, books.stat().st_size * 10)
        assert sum(1 for _ in reader) == 60 * 10 - 1
        assert not reader.stats.complete
    with Reader(path) as reader:
        assert sum(1 for _ in reader) == 60 * 10
        assert reader.stats.complete


def test_a_descriptor_is_read_from_where_it_stands(books):
    with open(books, "rb", buffering=0) as file:
        file.seek(len(next(Reader(books)).raw))
        reader = Reader(file.fileno())
        assert sum(1 for _ in reader) == 59
        stats = reader.stats
        assert stats.complete
        assert stats.bytes_read == stats.total_bytes < books.stat().st_size


def test_the_length_of_a_stream_is_not_known(books):
    with open(books, "rb") as file:
        reader = Reader(file)
        assert reader.stats.total_bytes is None
        list(reader)
        assert reader.stats.total_bytes is None
        assert reader.stats.complete


@pytest.mark.parametrize("chunk_size", [1, 7, 1000, 65536, 1 << 22])
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_stats_count_what_was_delivered_and_not_what_was_read_ahead(
    large, chunk_size, threads, marc
):
    with Reader(large, chunk_size=chunk_size, threads=threads) as reader:
        for count, record in zip(range(1, 100), reader, strict=False):
            assert reader.stats.records == count
            assert reader.position == record.offset + len(record.raw)


def test_stats_compare_and_cannot_be_changed_or_made(books):
    reader = Reader(books)
    assert reader.stats == reader.stats
    assert reader.stats is not reader.stats
    before = reader.stats
    next(reader)
    assert reader.stats != before
    with pytest.raises(AttributeError):
        before.records = 5
    with pytest.raises(TypeError):
        tidemarc.Stats()
    with pytest.raises(TypeError):
        tidemarc.Fault()
