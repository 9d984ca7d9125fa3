"""The times at which a reader releases the GIL: for a wait and for long work, but not for each
batch.
"""

from __future__ import annotations

import array
import io
import os
import sys
import threading
import time

import pytest
import tidemarc.pymarc
from tidemarc import Reader

CHUNK = 65536


class Watch:
    """A thread that notes the position of a loop whenever it gets the GIL.

    No thread is forced to release the GIL, since the switch interval is longer than any test. So
    each position is one at which the reader released it by itself.
    """

    def __init__(self):
        self.place = 0
        self.places = set()
        self.stop = False
        self.before = sys.getswitchinterval()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.stop:
            self.places.add(self.place)
            time.sleep(0)

    def __enter__(self):
        sys.setswitchinterval(1000)
        self.thread.start()
        self.places.clear()
        return self

    def __exit__(self, *_):
        sys.setswitchinterval(self.before)
        self.stop = True
        self.thread.join()


def has_reads_without_waits(path):
    """Returns true if the file system can report that a read would wait."""
    if not hasattr(os, "RWF_NOWAIT"):
        return False
    with open(path, "rb") as file:
        try:
            return os.preadv(file.fileno(), [bytearray(10)], 0, os.RWF_NOWAIT) > 0
        except OSError:
            return False


SOURCES = {
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "array": lambda path: array.array("B", path.read_bytes()),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "path": lambda path: path,
}


@pytest.mark.parametrize("drop_in", [False, True])
@pytest.mark.parametrize("kind", SOURCES)
def test_a_batch_is_read_and_parsed_without_letting_go(kind, drop_in, large):
    if kind == "path" and not has_reads_without_waits(large):
        pytest.skip("this file system does not say whether a read waits")
    source = SOURCES[kind](large)
    make = tidemarc.pymarc.MARCReader if drop_in else lambda source: Reader(source, threads=1)
    with Watch() as watch:
        for watch.place, _ in enumerate(make(source), 1):
            pass
    assert watch.place == 3000
    # A step during which the machine did something else looks like a long one. And the drop-in has
    # no option against a thread for bytes and paths, so it may wait for that thread.
    batches = large.stat().st_size // CHUNK
    if not drop_in or kind not in ("bytes", "path"):
        assert len(watch.places) <= batches // 4


@pytest.mark.parametrize("kind", ["bytes", "path"])
def test_batches_that_others_have_read_are_taken_without_letting_go(kind, large):
    reader = Reader(SOURCES[kind](large), threads=2)
    for _ in range(500):
        next(reader)
    # Sixteen batches of about 65 records may be read ahead. After this time they are parsed, or no
    # worker will parse them.
    time.sleep(0.3)
    with Watch() as watch:
        for _ in range(600):
            watch.place = next(reader).number
    assert len(watch.places) <= 2
    reader.close()


@pytest.mark.parametrize("kind", ["bytes", "BytesIO", "path"])
def test_long_work_lets_others_run(kind, large, tmp_path):
    path = tmp_path / "larger"
    path.write_bytes(large.read_bytes() * 10)
    with Watch() as watch:
        next(Reader(SOURCES[kind](path), threads=1, chunk_size=1 << 25))
    assert watch.places


def test_closing_a_reader_that_writes_nothing_lets_nobody_in(large):
    data = large.read_bytes()
    with Watch() as watch:
        for watch.place in range(1, 201):
            with Reader(data) as reader:
                next(reader)
    assert len(watch.places) <= 50


def test_a_wait_lets_others_run(pipe, marc):
    reader = Reader(pipe.read)
    done = []

    def write():
        pipe.write(marc.record())
        done.append(True)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        thread = threading.Thread(target=write)
        thread.start()
        assert next(reader).raw == marc.record()
        thread.join()
    finally:
        sys.setswitchinterval(before)
    assert done
    reader.close()
