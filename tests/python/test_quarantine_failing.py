"""Quarantines that fail, and functions that take faults and raise."""

from __future__ import annotations

import gc
import io
import signal
import sys
import weakref
from collections import deque

import pytest
from shared.marks import FULL, needs_full
from tidemarc import Fault, Reader


def full_quarantine(folder):
    path = folder / "q.mrc"
    path.symlink_to(FULL)
    return path


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (-5, OSError, r"the quarantine says it wrote -5 bytes of 5"),
        (10**9, OSError, r"the quarantine says it wrote 1000000000 bytes of 5"),
        (10**30, OSError, r"the quarantine says it wrote 10{30} bytes of 5"),
        ("5", TypeError, r"the quarantine's write returned str, not a number of bytes"),
        (0, OSError, r"the quarantine could not be written"),
    ],
)
def test_a_quarantine_that_tells_nonsense_is_told_of_once(answer, error, words):
    class Odd(io.BytesIO):
        def write(self, _):
            return answer

    reader = Reader(b"junk\x1d", errors="yield", quarantine=Odd())
    with pytest.raises(error, match=words):
        next(reader)
    assert list(reader) == []


@needs_full
def test_who_stops_early_is_told_that_the_quarantine_is_not_written(tmp_path):
    data = b"junk\x1d" * 2
    path = full_quarantine(tmp_path)
    with (
        pytest.raises(OSError, match="No space") as caught,
        Reader(data, errors="yield", quarantine=path) as reader,
    ):
        next(reader)
        next(reader)
    assert caught.value.filename == str(path), "and not the input"
    reader.close()
    assert reader.stats.faults == 2


@needs_full
def test_a_quarantine_that_fails_is_told_of_once(damaged_copy, tmp_path, monkeypatch):
    path = full_quarantine(tmp_path)
    reader = Reader(damaged_copy, errors="yield", quarantine=path)
    items, raised = 0, []
    for _ in range(1_000):
        try:
            next(reader)
            items += 1
        except StopIteration:
            break
        except OSError as error:
            raised.append(error.filename)
    assert (items, raised) == (61, [str(path)])
    assert not reader.stats.complete
    reader.close()
    # Who drops a reader is told by the hook for that.
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: told.append(args.exc_value))
    reader = Reader(b"junk\x1d", errors="yield", quarantine=path)
    next(reader)
    del reader
    gc.collect()
    assert [type(error) for error in told] == [OSError]

    # A file object is its owner's, who may have closed it.
    told.clear()
    file = io.BytesIO()
    reader = Reader(b"junk\x1d", errors="yield", quarantine=file)
    next(reader)
    file.close()
    del reader
    gc.collect()
    assert not told

    class Full(io.BytesIO):
        def flush(self):
            raise LookupError("no room")

    reader = Reader(b"junk\x1d", errors="yield", quarantine=Full())
    next(reader)
    with pytest.raises(LookupError):
        next(reader)
    assert list(reader) == []


@needs_full
def test_the_error_names_the_file_that_cannot_be_made(damaged_copy, tmp_path):
    path = tmp_path / "q.mrc"
    report = tmp_path / "q.mrc.jsonl"
    for blocked in (path, report):
        blocked.mkdir()
        with pytest.raises(IsADirectoryError) as caught:
            Reader(damaged_copy, errors="skip", quarantine=path)
        assert caught.value.filename == str(blocked)
        blocked.rmdir()
    report.symlink_to(FULL)
    with (
        pytest.raises(OSError, match="No space") as caught,
        Reader(damaged_copy, errors="skip", quarantine=path) as reader,
    ):
        list(reader)
    assert caught.value.filename == str(report)


class Odd(io.RawIOBase):
    """A raw file that takes 7 bytes a call, and every third time answers otherwise."""

    def __init__(self, answer):
        self.answer, self.calls, self.taken = answer, 0, b""

    def writable(self):
        return True

    def write(self, data):
        self.calls += 1
        if self.calls % 3 == 0:
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer
        self.taken += bytes(data[:7])
        return min(len(data), 7)


class Stop(BaseException):
    pass


@pytest.mark.parametrize("answer", [None, BlockingIOError(), KeyboardInterrupt(), Stop()])
@pytest.mark.parametrize("errors", ["yield", "skip", "repair"])
def test_what_is_no_failure_of_a_quarantine_ends_nothing(answer, errors, damaged):
    expected = (io.BytesIO(), io.BytesIO())
    whole = Reader(damaged, errors=errors, quarantine=expected)
    delivered = [type(item) for item in whole]
    bytes_, report = Odd(answer), Odd(answer)
    reader = Reader(damaged, errors=errors, quarantine=(bytes_, report))
    items, raised = [], 0
    while raised < 10_000:
        try:
            items.append(next(reader))
        except StopIteration:
            break
        except (BlockingIOError, KeyboardInterrupt, Stop):
            raised += 1
            assert reader.position <= whole.position
    assert raised > 4
    assert [type(item) for item in items] == delivered
    assert bytes_.taken == expected[0].getvalue()
    assert report.taken == expected[1].getvalue()
    assert reader.stats == whole.stats
    assert reader.stats.complete


def test_what_is_no_exception_is_raised_at_once_and_the_records_stay_to_be_had(damaged):
    class File(io.BytesIO):
        is_to_raise = True

        def write(self, data):
            if self.is_to_raise:
                raise KeyboardInterrupt
            return super().write(data)

    quarantine = File()
    reader = Reader(damaged, errors="skip", quarantine=quarantine)
    records = []
    with pytest.raises(KeyboardInterrupt):
        records.extend(reader)
    raised = len(records)
    with pytest.raises(KeyboardInterrupt):
        next(reader)
    quarantine.is_to_raise = False
    records.extend(reader)
    assert 0 < raised < len(records) == 57
    assert quarantine.getvalue() == b"".join(
        item.raw for item in Reader(damaged, errors="yield") if isinstance(item, Fault)
    )


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_is_answered_while_a_function_in_c_takes_faults():
    def interrupt(*_):
        raise KeyboardInterrupt

    faults = b"\x1d" * 3_000_000
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        reader = Reader(faults, errors=deque(maxlen=1).append)
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            next(reader)
        assert reader.stats.faults < len(faults)
        met = reader.stats.faults
        assert next(reader, None) is None
        assert reader.stats.faults > met
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("answer", [None, BlockingIOError(), KeyboardInterrupt(), Stop()])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_close_that_found_no_room_goes_on_where_it_stopped(answer, threads, damaged):
    whole = (io.BytesIO(), io.BytesIO())
    list(Reader(damaged, errors="yield", quarantine=whole))
    repeated = 0
    for steps in range(1, 70):
        files = Odd(answer), Odd(answer)
        reader = Reader(damaged, errors="yield", quarantine=files, threads=threads, chunk_size=1000)
        for _ in range(steps):
            try:
                next(reader, None)
            except (BlockingIOError, KeyboardInterrupt, Stop):
                pass
        for _ in range(1000):
            try:
                reader.close()
                break
            except (BlockingIOError, KeyboardInterrupt, Stop):
                repeated += 1
                with pytest.raises(ValueError, match="closed"):
                    next(reader)
        reader.close()
        # Whoever takes up at the position gets the rest, and nothing twice.
        rest = (io.BytesIO(), io.BytesIO())
        list(Reader(damaged, errors="yield", quarantine=rest, start=reader.position))
        for file, other, all_of_it in zip(files, rest, whole, strict=True):
            if file is files[0]:
                assert file.taken + other.getvalue() == all_of_it.getvalue(), steps
            else:
                lines = (file.taken + other.getvalue()).count(b"\n")
                assert lines == all_of_it.getvalue().count(b"\n"), steps
    assert repeated > 20


def test_a_close_that_found_no_room_has_stopped_reading(damaged, marc, process):
    class Full(io.RawIOBase):
        is_full = True

        def write(self, data):
            return None if self.is_full else len(data)

    class Source(io.BytesIO):
        pass

    source, full = Source(marc.BAD_DIRECTORY * 100), Full()
    gone = weakref.ref(source)
    reader = Reader(source, errors="skip", quarantine=full)
    del source
    with pytest.raises(BlockingIOError):
        next(reader)
    for _ in range(3):
        with pytest.raises(BlockingIOError):
            reader.close()
    gc.collect()
    assert gone() is None, "it let go of the source"
    full.is_full = False
    reader.close()
    assert reader.stats.faults == 1
