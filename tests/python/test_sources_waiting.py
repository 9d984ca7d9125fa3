"""Sources that are waited for: sockets, pipes and FIFOs."""

from __future__ import annotations

import os
import socket
import time

import pytest
from tidemarc import Reader


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
    # Small chunks, so that the pipeline is at work and not the short way.
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
