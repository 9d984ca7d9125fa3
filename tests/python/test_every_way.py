"""What goes wrong everywhere: an empty file, a folder, a cut record, a closed pipe, another thread."""

from __future__ import annotations

import errno
import io
import os
import threading
import time

import pytest
import tidemarc
from shared.marks import posix
from tidemarc.pymarc import MARCReader


def converted(path):
    output = io.BytesIO()
    tidemarc.convert(path, output, to_format="iso2709")
    return output.getvalue()


WAYS = {
    "Reader": lambda path: list(tidemarc.Reader(path)),
    "MARCReader": lambda path: list(MARCReader(path)),
    "check": lambda path: tidemarc.check(path).stats.records,
    "convert": converted,
}
every_way = pytest.mark.parametrize("way", WAYS)


@every_way
def test_an_empty_file_has_no_records(way, tmp_path):
    path = tmp_path / "empty"
    path.write_bytes(b"")
    assert not WAYS[way](path)


@every_way
def test_a_folder_without_files_is_no_source(way, tmp_path):
    # The drop-in reads one file, as pymarc does.
    error = IsADirectoryError if way == "MARCReader" else FileNotFoundError
    with pytest.raises(error) as caught:
        WAYS[way](tmp_path)
    assert caught.value.filename == os.fspath(tmp_path)
    with pytest.raises(IsADirectoryError):
        tidemarc.Writer(tmp_path)


def test_a_cut_record_is_told_with_its_place(books, tmp_path):
    path, target = tmp_path / "cut", tmp_path / "target"
    data = books.read_bytes()
    path.write_bytes(data[:-10])
    start = data.rindex(b"\x1d", 0, -1) + 1
    for read in (WAYS["Reader"], lambda path: tidemarc.convert(path, target, to_format="json")):
        with pytest.raises(tidemarc.errors.TruncatedRecordError) as caught:
            read(path)
        assert (caught.value.record_number, caught.value.offset) == (60, start)
    assert not target.exists()
    found = tidemarc.check(path)
    assert (found.sound, found.stats.records) == (False, 59)
    assert str(start) in str(found)


@posix
@pytest.mark.parametrize("format", ["iso2709", "marcxml"])
@pytest.mark.parametrize("is_path", [True, False])
def test_a_pipe_that_nobody_reads_any_more_is_an_error(format, is_path, fifo, large):
    end = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    target = fifo if is_path else open(fifo, "wb", buffering=0)
    os.set_blocking(end, True)

    def read_and_leave():
        # Without a writer yet, a read gives nothing.
        while not os.read(end, 100):
            time.sleep(0.01)
        os.close(end)

    reader = threading.Thread(target=read_and_leave)
    reader.start()
    with pytest.raises(BrokenPipeError) as caught:
        tidemarc.convert(large, target, to_format=format)
    reader.join()
    assert caught.value.errno == errno.EPIPE
    if is_path:
        assert caught.value.filename == os.fspath(fifo)
    else:
        target.close()


@every_way
def test_other_threads_do_as_the_main_thread_does(way, books):
    expected = WAYS[way](books)
    found = []
    threads = [threading.Thread(target=lambda: found.append(WAYS[way](books))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def shown(result):
        is_list = isinstance(result, list)
        return [record.as_marc() for record in result] if is_list else result

    assert [shown(result) for result in found] == [shown(expected)] * 4
