"""The table of cases of the Rust tests: every source, chunk size and number of threads."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tidemarc import Fault, Reader

TABLE = Path(__file__).resolve().parent.parent / "cases" / "cases.json"

CASES = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else []

pytestmark = pytest.mark.skipif(not CASES, reason="tests/cases/cases.json is not there")

#: The classes of bytes that are not a record or a fault of their own.
QUIET = {"padding", "continued"}


def outcome(source, case, chunk_size, threads):
    """Returns the items of a reader, and its counts, in the terms of the table."""
    reader = Reader(
        source,
        errors="yield",
        threads=threads,
        chunk_size=chunk_size,
        max_record_length=case["max_record_length"],
    )
    items = [
        (item.kind if isinstance(item, Fault) else "record", item.offset, item.raw, item.number)
        for item in reader
    ]
    stats = reader.stats
    reader.close()
    return items, stats


def check(case, data, found, where):
    items, stats = found
    expected = [
        (kind, offset, data[offset : offset + length], number)
        for kind, offset, length, number in case["expected"]
        if number is not None
    ]
    assert items == expected, where
    lengths = {"records": 0, "faults": 0, "paddings": 0}
    counts = dict(lengths)
    for kind, _, length, number in case["expected"]:
        name = {"record": "records", "padding": "paddings"}.get(kind, "faults")
        lengths[name] += length
        counts[name] += number is not None or kind == "padding"
    assert (stats.records, stats.faults, stats.paddings) == tuple(counts.values()), where
    assert (stats.record_bytes, stats.fault_bytes, stats.padding_bytes) == (*lengths.values(),), (
        where
    )
    assert stats.bytes_read == len(data), where
    assert stats.complete, where


def sources(data, path):
    yield "path", path
    yield "bytes", data
    yield "BytesIO", io.BytesIO(data)
    yield "bytearray", bytearray(data)


def test_the_table_has_the_form_that_is_expected():
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names) > 50
    kinds = set()
    for case in CASES:
        assert set(case) == {"name", "max_record_length", "expected", "input"}
        end = 0
        for kind, offset, length, number in case["expected"]:
            assert offset == end, case["name"]
            assert (number is None) == (kind in QUIET), case["name"]
            end += length
            kinds.add(kind)
        assert end == len(case["input"]) // 2, case["name"]
    assert {"record", "record_length", "directory", "truncation", "padding"} <= kinds


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("chunk_size", [1, 7, 100, 65536])
def test_every_source_agrees_with_the_table(chunk_size, threads, tmp_path):
    path = tmp_path / "case.mrc"
    for case in CASES:
        data = bytes.fromhex(case["input"])
        path.write_bytes(data)
        for name, source in sources(data, path):
            where = f"{case['name']}: {name}, chunk size {chunk_size}, {threads} threads"
            check(case, data, outcome(source, case, chunk_size, threads), where)


@pytest.mark.parametrize("threads", [1, 8])
def test_all_cases_in_one_input_are_the_same_however_it_is_cut(threads, tmp_path):
    # They follow one another, with sound records between that separate them.
    sound = bytes.fromhex(CASES[1]["input"])
    data = b"".join(bytes.fromhex(case["input"]) + sound * 3 for case in CASES)
    path = tmp_path / "all.mrc"
    path.write_bytes(data)
    case = {"max_record_length": 100_000}
    whole = outcome(data, case, 1 << 20, 1)
    assert len(whole[0]) > len(CASES)
    for chunk_size in (1, 7, 100, 4096, 65536):
        for name, source in sources(data, path):
            items, stats = outcome(source, case, chunk_size, threads)
            assert items == whole[0], (name, chunk_size)
            for count in ("records", "faults", "paddings", "record_bytes", "fault_bytes"):
                assert getattr(stats, count) == getattr(whole[1], count), (name, chunk_size)
            assert stats.complete
