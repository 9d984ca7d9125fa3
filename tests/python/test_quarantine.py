"""Quarantines: where damaged records go, and what becomes of an earlier quarantine."""

from __future__ import annotations

import io
import json
import os
import tarfile
import threading
from pathlib import Path

import pytest
from tidemarc import Fault, Reader


def ways_to_the_input(path):
    link, hard = path.with_name("link"), path.with_name("hard")
    link.symlink_to(path)
    os.link(path, hard)
    return [path, str(path), link, hard]


def test_the_input_is_never_its_own_quarantine(damaged_copy):
    data = damaged_copy.read_bytes()
    for quarantine in ways_to_the_input(damaged_copy):
        with open(damaged_copy, "rb") as file:
            for source in (damaged_copy, file, file.fileno()):
                with pytest.raises(ValueError, match="over the input"):
                    Reader(source, errors="skip", quarantine=quarantine)
    with open(damaged_copy, "r+b") as file:
        for target in (file, (io.BytesIO(), file)):
            with pytest.raises(ValueError, match="over the input"):
                Reader(damaged_copy, errors="skip", quarantine=target)
    report = damaged_copy.with_name("q.jsonl")
    report.write_bytes(data)
    with pytest.raises(ValueError, match="over the input"):
        Reader(report, errors="skip", quarantine=damaged_copy.with_name("q"))
    assert damaged_copy.read_bytes() == report.read_bytes() == data
    made = {path.name for path in damaged_copy.parent.iterdir()}
    assert made == {"in.mrc", "link", "hard", "q.jsonl"}, "nothing was opened for writing"


def test_a_quarantine_is_not_written_over_what_its_input_is_unpacked_from(tmp_path, damaged):
    path, data = tmp_path / "in.tar", damaged.read_bytes()
    with tarfile.open(path, "w") as tar:
        tar.add(damaged, "in.mrc")
    before = path.read_bytes()
    with tarfile.open(path) as tar, pytest.raises(ValueError, match="over the input"):
        Reader(tar.extractfile("in.mrc"), errors="skip", quarantine=path)
    assert path.read_bytes() == before
    both = io.BytesIO(data)
    with pytest.raises(ValueError, match="over the input"):
        Reader(both, errors="skip", quarantine=both)


def test_an_earlier_quarantine_stays_if_there_is_nothing_to_read(tmp_path):
    quarantine = tmp_path / "q.mrc"
    quarantine.write_bytes(b"what was found yesterday")
    with pytest.raises(FileNotFoundError):
        Reader(tmp_path / "nope.mrc", quarantine=quarantine)
    with pytest.raises(TypeError):
        Reader(3.5, quarantine=quarantine)
    assert quarantine.read_bytes() == b"what was found yesterday"
    assert list(Reader(b"", quarantine=quarantine)) == []
    assert quarantine.read_bytes() == b""


def test_a_reader_that_takes_up_goes_on_with_the_quarantine(damaged, tmp_path):
    whole, parts = tmp_path / "whole.mrc", tmp_path / "parts.mrc"
    with Reader(damaged, errors="yield", quarantine=whole) as reader:
        assert len(list(reader)) == 61
    start = 0
    while start < damaged.stat().st_size:
        with Reader(damaged, errors="yield", quarantine=parts, start=start) as reader:
            for _ in zip(range(9), reader, strict=False):
                pass
            start = reader.position
    assert parts.read_bytes() == whole.read_bytes()

    def report(path):
        lines = Path(f"{path}.jsonl").read_text().splitlines()
        return [(line["offset"], line["quarantine_offset"]) for line in map(json.loads, lines)]

    assert report(parts) == report(whole)


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="needs pipes that do not block")
@pytest.mark.parametrize("buffering", [0, 100, 1 << 16])
def test_a_quarantine_in_a_pipe_that_does_not_block_loses_nothing(buffering):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    junk = b"".join(b"%06d" % number * 20 + b"\x1d" for number in range(2000))
    taken = b""
    with open(writing, "wb", buffering=buffering) as file:
        reader = Reader(junk, errors="yield", quarantine=file)
        faults = blocked = 0
        while True:
            try:
                next(reader)
                faults += 1
            except StopIteration:
                break
            except BlockingIOError:
                blocked += 1
                taken += os.read(reading, 10_000)
        assert blocked
    while chunk := os.read(reading, 1 << 16):
        taken += chunk
    os.close(reading)
    assert (faults, taken, reader.stats.complete) == (2000, junk, True)


@pytest.mark.parametrize("with_quarantine", [False, True])
def test_who_is_told_of_a_fault_may_close_the_reader(damaged, with_quarantine):
    reader = Reader(
        damaged,
        errors=lambda fault: reader.close(),
        quarantine=io.BytesIO() if with_quarantine else None,
    )
    assert len(list(reader)) == 7
    with pytest.raises(ValueError, match="closed"):
        next(reader)


def test_a_quarantine_is_written_when_another_thread_closes(books, tmp_path):
    """Who waits in `next()` closes for who called `close()`."""
    path = tmp_path / "q.mrc"
    read, write = os.pipe()
    os.write(write, b"junk\x1d" + next(Reader(books)).raw * 2)
    reader = Reader(read, format="iso2709", errors="yield", quarantine=path)
    assert isinstance(next(reader), Fault)
    waiting = threading.Thread(target=lambda: list(reader))
    waiting.start()
    threading.Timer(0.1, reader.close).start()
    waiting.join()
    assert path.read_bytes() == b"junk\x1d"
    os.close(read)
    os.close(write)
