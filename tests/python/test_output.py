"""Paths that are written to: the old file stays until the new one is complete."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
import tidemarc
from shared.marks import needs_full, posix
from tidemarc import Reader, Writer


def alone(path):
    """Reports whether a file is the only one in its folder."""
    return [each.name for each in path.parent.iterdir()] == [path.name]


@posix
def test_a_file_is_edited_while_it_is_read(copied):
    before = copied.read_bytes()
    with Writer(copied) as writer:
        for record in Reader(copied):
            record["245"]["a"] = f"{record.number} " * 20
            writer.write(record)
        assert copied.read_bytes() == before
    assert [record["245"]["a"][:3] for record in Reader(copied)][58:] == ["59 ", "60 "]
    assert alone(copied)


@posix
@pytest.mark.parametrize("class_", [LookupError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("format", ["iso2709", "marcxml"])
def test_an_exception_leaves_the_old_file_and_says_so(class_, format, copied, caplog):
    before, new = copied.read_bytes(), copied.with_name("new")
    for path, outcome in [(copied, "is unchanged"), (new, "was not made")]:
        caplog.clear()
        with pytest.raises(class_) as caught, Writer(path, format) as writer:
            for record in Reader(copied):
                writer.write(record)
            raise class_
        said = f"tidemarc: {path} {outcome}: an exception ended the writing"
        notes = getattr(caught.value, "__notes__", [])
        logged = [entry.getMessage() for entry in caplog.records]
        # Nobody is shown the notes of what ends a program, or a generator, in silence.
        is_silent = class_ in (SystemExit, GeneratorExit)
        assert (notes, logged) == (([], [said]) if is_silent else ([said], []))
        writer.close()
        with pytest.raises(ValueError, match="the writer is closed"):
            writer.write(record)
    assert copied.read_bytes() == before
    assert alone(copied)


@posix
def test_an_exception_gives_up_the_second_file_too(copied):
    other = copied.with_name("other.xml")
    long = tidemarc.Record(
        fields=[tidemarc.Field("500", [" ", " "], [tidemarc.Subfield("a", "x" * 10_000)])]
    )
    options = {"overlong": "xml", "overlong_to": other}
    with pytest.raises(LookupError), Writer(copied, **options) as writer:
        writer.write(long)
        raise LookupError
    assert alone(copied)
    with Writer(copied, **options) as writer:
        writer.write(long)
    assert len(list(Reader(other))) == 1


@posix
@needs_full
def test_a_file_stays_if_what_is_too_long_for_it_cannot_be_written(copied):
    before = copied.read_bytes()
    long = tidemarc.Record(
        fields=[tidemarc.Field("500", [" ", " "], [tidemarc.Subfield("a", "x" * 10_000)])]
    )
    writer = Writer(copied, overlong="xml", overlong_to="/dev/full")
    writer.write(long)
    with pytest.raises(OSError, match="No space") as caught:
        writer.close()
    assert caught.value.filename == "/dev/full"
    assert copied.read_bytes() == before
    assert alone(copied)


LIMITED = """
import resource, signal, sys, tidemarc
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
path, way = sys.argv[1:]
records = [*tidemarc.Reader(path)] * 20
unraised = []
sys.unraisablehook = lambda args: unraised.append(args.exc_value)
try:
    if way == "with":
        with tidemarc.Writer(path) as writer:
            for record in records:
                writer.write(record)
    elif way == "close":
        writer = tidemarc.Writer(path)
        for record in records[:205]:
            writer.write(record)
        writer.close()
    elif way == "del":
        writer = tidemarc.Writer(path)
        for record in records[:205]:
            writer.write(record)
        del writer
        raise unraised[0]
    else:
        tidemarc.convert(path, path, to_format="marcxml")
        raise AssertionError
except OSError as error:
    assert error.filename == path, error
else:
    raise AssertionError("all was written")
"""


@posix
@pytest.mark.parametrize("way", ["with", "close", "del", "convert"])
def test_a_full_disk_leaves_the_old_file(way, copied, process):
    if way == "convert":
        copied.write_bytes(copied.read_bytes() * 3)
    before = copied.read_bytes()
    process.run(LIMITED, copied, way)
    assert copied.read_bytes() == before
    assert alone(copied)


UNCLOSED = """
import os, signal, sys, tidemarc
path, way = sys.argv[1:]
writer = tidemarc.Writer(path)
for record in tidemarc.Reader(path):
    writer.write(record)
    if record.number == 30:
        break
if way == "raise":
    raise LookupError("mine")
if way == "interrupt":
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        pass
if way == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if way == "exit":
    sys.exit(0)
if way == "caught":
    try:
        raise LookupError
    except LookupError:
        pass
"""


@posix
@pytest.mark.parametrize("way", ["raise", "interrupt", "kill", "exit", "caught", "end"])
def test_the_end_of_a_program_closes_what_nobody_closed_unless_it_failed(way, copied):
    before = copied.read_bytes()
    subprocess.run(
        [sys.executable, "-c", UNCLOSED, str(copied), way], stderr=subprocess.PIPE, timeout=60
    )
    is_failed = way in ("raise", "interrupt", "kill")
    assert len(list(Reader(copied))) == (60 if is_failed else 30)
    assert (copied.read_bytes() == before) == is_failed
    # Nobody is there any more to remove what a killed process leaves.
    if way != "kill":
        assert alone(copied)


@posix
def test_a_writer_is_dropped_while_an_exception_passes(copied):
    before = copied.read_bytes()

    def fail():
        yield next(Reader(copied))
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        list(map(Writer(copied).write, fail()))
    assert copied.read_bytes() == before
    with pytest.raises(ZeroDivisionError):
        [Writer(copied), 1 / 0]
    assert copied.read_bytes() == before
    assert alone(copied)
    # Without one it is closed.
    list(map(Writer(copied).write, [next(Reader(copied))]))
    assert len(list(Reader(copied))) == 1


DROPPED = """
import sys, tidemarc
from tidemarc import Reader, Writer
unraised = []
sys.unraisablehook = lambda args: unraised.append(type(args.exc_value))
books = sys.argv[1]
class Mine(Exception): pass
def records():
    for record, _ in zip(Reader(books), range(9)):
        yield record
    raise Mine
def writer(target, format):
    try:
        [Writer(target, format), 1/0]
    except ZeroDivisionError as error:
        assert str(error) == "division by zero"
        return
    raise AssertionError
def written(target, format):
    try:
        list(map(Writer(target, format).write, records()))
    except Mine:
        return
    raise AssertionError
def reader(quarantine):
    def read():
        reader = Reader(b"junk\\x1d" * 9, errors="yield", quarantine=quarantine)
        next(reader)
        return reader
    try:
        [read(), 1/0]
    except ZeroDivisionError:
        return
    raise AssertionError
class Raw:
    def __init__(self): self.calls = 0
    def write(self, data):
        self.calls += 1
        if self.calls % 2 == 0: raise OSError("full")
        return 1
for _ in range(50):
    for format in ("iso2709", "marcxml", "json"):
        writer("/dev/full", format)
        written("/dev/full", format)
        writer(Raw(), format)
    reader("/dev/full")
assert set(unraised) == {OSError}, unraised
try:
    list(map(Writer(Raw()).write, records()))
except (OSError, Mine):
    pass
"""


@posix
@needs_full
def test_a_drop_that_fails_takes_no_exception_from_who_raised_it(process, books):
    process.run(DROPPED, books)


def panic_class(below=BaseException):
    """Find the class by which a panic passes through Python; nobody can import it."""
    for each in below.__subclasses__():
        found = each if each.__name__ == "PanicException" else panic_class(each)
        if found is not None:
            return found
    return None


@posix
@needs_full
@pytest.mark.skipif(panic_class() is None, reason="no panic has a class yet")
def test_a_drop_passes_on_a_panic(copied, monkeypatch):
    unraised = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: unraised.append(args.exc_value.errno))

    def fail():
        yield next(Reader(copied))
        raise panic_class()("mine")

    before = copied.read_bytes()
    for target in (copied, "/dev/full"):
        with pytest.raises(panic_class(), match=r"^mine$"):
            list(map(Writer(target).write, fail()))
    assert unraised == [28]
    assert copied.read_bytes() == before


@posix
def test_a_new_file_that_cannot_take_its_place_is_not_lost(copied):
    records = list(Reader(copied))
    writer = Writer(copied)
    for record in records:
        writer.write(record)
    copied.unlink()
    copied.mkdir()
    with pytest.raises(OSError, match=r"the new file is complete, and stays at ") as caught:
        writer.close()
    left = str(caught.value).rpartition("stays at ")[2]
    assert len(list(Reader(left))) == len(records)
    writer.close()


@posix
def test_two_writers_to_one_path_do_not_mix(copied):
    records = list(Reader(copied))
    first, second = Writer(copied), Writer(str(copied))
    for record in records:
        first.write(record)
        second.write(record)
    second.close()
    assert copied.read_bytes() == tidemarc.dumps(records)
    first.write(records[0])
    first.close()
    assert len(list(Reader(copied))) == 61


def test_a_writer_leaves_no_descriptor(copied, process):
    if not os.path.exists("/proc/self/fd"):
        pytest.skip("needs /proc")
    before = process.open_descriptors()
    for _ in range(3):
        with Writer(copied):
            pass
        with pytest.raises(LookupError), Writer(copied):
            raise LookupError
        Writer(copied)
        writer = Writer(io.BytesIO())
        writer.close()
    assert process.open_descriptors() == before
