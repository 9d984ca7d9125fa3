"""Nothing is written over what a reader of this process reads, whatever the way to the file."""

from __future__ import annotations

import gc
import gzip
import io
import os
import subprocess
import sys
import tempfile

import pytest
from tidemarc import Reader, Writer, convert

READ = "over a file that a reader of this process has not read to its end: close that reader first"
WRITTEN = "over the quarantine of another reader of this process: close that reader first"


@pytest.fixture
def copied(damaged, tmp_path):
    path = tmp_path / "in.mrc"
    path.write_bytes(damaged.read_bytes())
    return path


def unpacked(path):
    """Make the reader of a file that is unpacked on the way, and the path of that file."""
    packed = path.with_suffix(".packed")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return gzip.open(packed), packed


#: Ways to read a file. Each gives a source, and the path of its file.
SOURCES = {
    "path": lambda path: (path, path),
    "file": lambda path: (open(path, "rb"), path),
    "raw file": lambda path: (open(path, "rb", buffering=0), path),
    "descriptor": lambda path: (os.open(path, os.O_RDONLY), path),
    "gzip": unpacked,
}


@pytest.fixture(params=SOURCES)
def reading(request, copied):
    """A reader that has begun, and the path of its file."""
    source, path = SOURCES[request.param](copied)
    reader = Reader(source, errors="skip")
    next(reader)
    yield reader, path
    reader.close()
    if isinstance(source, int):
        os.close(source)
    elif source is not path:
        source.close()


def test_a_quarantine_does_not_empty_what_another_reader_reads(reading, marc, tmp_path):
    reader, path = reading
    before = path.read_bytes()
    link, hard = tmp_path / "link", tmp_path / "hard"
    link.symlink_to(path)
    os.link(path, hard)
    for way in (path, str(path), link, hard):
        with pytest.raises(ValueError, match=f"^the quarantine {way} would be written {READ}"):
            Reader(marc.BAD_DIRECTORY, errors="skip", quarantine=way)
    with open(path, "r+b") as file:
        for quarantine in (file, (io.BytesIO(), file)):
            with pytest.raises(ValueError, match=f"^the quarantine {path} would be written {READ}"):
                Reader(marc.BAD_DIRECTORY, errors="skip", quarantine=quarantine)
    assert path.read_bytes() == before
    assert not path.with_name(path.name + ".jsonl").exists(), "nothing was opened for writing"
    assert len(list(reader)) == 56


def test_a_file_object_is_not_written_over_what_is_read(reading):
    reader, path = reading
    before = path.read_bytes()
    with open(path, "r+b") as file, open(path, "r+b", buffering=0) as raw:
        for target in (file, raw):
            with pytest.raises(ValueError, match=f"^the file {path} would be written {READ}"):
                Writer(target)
            with pytest.raises(ValueError, match=f"^the file {path} would be written {READ}"):
                convert(b"", target, to_format="marcxml")
    said = f"^the file descriptor [0-9]+ would be written {READ}"
    with os.fdopen(os.open(path, os.O_RDWR), "r+b") as file, pytest.raises(ValueError, match=said):
        Writer(file)
    assert path.read_bytes() == before
    assert len(list(reader)) == 56


def test_what_harms_nobody_is_allowed(reading, marc):
    reader, path = reading
    before = path.read_bytes()
    # A file is added to at its end, read twice, and replaced at its path.
    with open(path, "ab") as file:
        Writer(file).close()
    with os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND), "r+b") as file:
        Writer(file).close()
    with open(path, "rb") as file:
        next(Reader(path, errors="yield"))
        next(Reader(file, errors="yield"))
    assert path.read_bytes() == before
    with Writer(path, "iso2709") as writer:
        writer.write(next(Reader(marc.record())))
    assert path.read_bytes() == marc.record()
    assert len(list(reader)) == 56


@pytest.mark.parametrize("way", ["end", "close", "drop", "too many faults"])
def test_a_file_that_is_read_no_more_may_be_written(way, copied, marc):
    reader = Reader(copied, errors="skip", max_faults=1 if way == "too many faults" else None)
    next(reader)
    if way == "end":
        list(reader)
    elif way == "close":
        reader.close()
    elif way == "drop":
        del reader
        gc.collect()
    else:
        with pytest.raises(Exception, match="fault"):
            list(reader)
    with open(copied, "r+b") as file, Writer(file) as writer:
        writer.write(next(Reader(marc.record())))
    list(Reader(marc.BAD_DIRECTORY, errors="skip", quarantine=copied))
    assert copied.read_bytes() == marc.BAD_DIRECTORY


def test_one_file_object_is_read_to_its_end_and_then_written(copied):
    with open(copied, "r+b") as file:
        reader = Reader(file, errors="skip")
        records = list(reader)
        file.seek(0)
        file.truncate()
        with Writer(file) as writer:
            for record in records:
                writer.write(record)
    assert len(list(Reader(copied))) == 57


def test_two_readers_do_not_have_one_quarantine(copied, tmp_path):
    path = tmp_path / "q.mrc"
    first = Reader(copied, errors="skip", quarantine=path)
    for _ in range(40):
        next(first)
    report = tmp_path / "q.mrc.jsonl"
    other = tmp_path / "other.mrc"
    other.symlink_to(path)
    for quarantine in (path, report, other):
        for start in (0, 1):
            with pytest.raises(ValueError, match=f"^the quarantine {quarantine} .* {WRITTEN}"):
                Reader(copied, errors="skip", quarantine=quarantine, start=start)
    list(first)
    whole = path.read_bytes()
    assert len(whole) > 100
    # The next one may have it, as soon as the first has written all.
    list(Reader(copied, errors="skip", quarantine=path))
    assert path.read_bytes() == whole


def test_files_that_are_one_are_no_quarantine(copied, tmp_path):
    path, report = tmp_path / "q.mrc", tmp_path / "q.mrc.jsonl"
    path.touch()
    os.link(path, report)
    with pytest.raises(ValueError, match=f"^the quarantine {report} would be written over"):
        Reader(copied, errors="skip", quarantine=path)


@pytest.mark.parametrize(("flags", "is_refused"), [(os.O_RDWR, True), (os.O_APPEND, False)])
def test_standard_output_is_not_written_over_what_is_read(flags, is_refused, copied):
    script = """
import sys, tidemarc
reader = tidemarc.Reader(sys.argv[1], errors="skip")
next(reader)
try:
    tidemarc.Writer("/dev/stdout").close()
except ValueError as error:
    sys.exit(str(error))
"""
    before = copied.read_bytes()
    output = os.open(copied, os.O_RDWR | flags)
    try:
        command = [sys.executable, "-c", script, str(copied)]
        ended = subprocess.run(
            command, stdout=output, stderr=subprocess.PIPE, text=True, timeout=60
        )
    finally:
        os.close(output)
    said = f"the output /dev/stdout would be written {READ}\n" if is_refused else ""
    assert (ended.returncode, ended.stderr) == (int(is_refused), said)
    assert copied.read_bytes() == before


def test_a_temporary_file_in_memory_stays_there(marc):
    with tempfile.SpooledTemporaryFile() as file:
        file.write(marc.record() * 3)
        file.seek(0)
        assert len(list(Reader(file))) == 3
        assert file.name is None, "it was not asked for a descriptor"


CHILDREN = """
import os, sys, tidemarc
path = sys.argv[1]
held = tidemarc.Reader(path, errors="skip")
next(held)
def depth(left):
    # Each process is forked from the one before, and knows of its own readers.
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        return
    with open(path, "r+b") as file:
        tidemarc.Writer(file).close()
        reader = tidemarc.Reader(path, errors="skip")
        next(reader)
        try:
            tidemarc.Writer(file)
        except ValueError:
            pass
        else:
            os._exit(3)
    if left:
        depth(left - 1)
    os._exit(0)
depth(3)
with open(path, "r+b") as file:
    try:
        tidemarc.Writer(file)
    except ValueError:
        print("refused")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_writes_what_its_parent_reads_and_its_own_readers_are_known(copied, process):
    assert process.run(CHILDREN, copied) == "refused\n"
