"""Sources that are refused, and arguments out of range: each error names what it was given."""

from __future__ import annotations

import errno
import io
import os
import pathlib
import sys
import tempfile

import pytest
import tidemarc
from shared.sources import TEXT
from tidemarc import Reader

EXPECTED = "expected a path, bytes-like object or binary file object, got "


class NotCallable:
    readinto1 = read1 = readinto = read = 5


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (None, "NoneType"),
        (1.5, "float"),
        (True, "bool"),
        (object(), "object"),
        (NotCallable(), "NotCallable"),
        (iter([b"x"]), "list_iterator"),
        (pathlib.Path, "type"),
    ],
)
def test_what_cannot_be_read_is_named(source, name):
    with pytest.raises(TypeError) as caught:
        Reader(source)
    assert str(caught.value) == EXPECTED + name


def test_text_files_are_told_to_be_binary(books, tmp_path):
    for text in (open(books, encoding="utf-8"), io.StringIO("x")):
        with text, pytest.raises(TypeError) as caught:
            Reader(text)
        assert str(caught.value) == TEXT


def test_the_standard_streams_have_a_hint_of_their_own(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    hint = r"^expected a binary file, got one in text mode: pass sys\.{}\.buffer$"
    with pytest.raises(TypeError, match=hint.format("stdin")):
        Reader(sys.stdin)
    with pytest.raises(TypeError, match=hint.format("stdout")):
        tidemarc.Writer(sys.stdout)


def test_text_in_disguise_is_found_out_when_it_is_read():
    with tempfile.NamedTemporaryFile("w+", encoding="ascii") as text:
        text.write("text")
        text.seek(0)
        reader = Reader(text)
        with pytest.raises(TypeError) as caught:
            next(reader)
        assert str(caught.value) == TEXT


def test_a_missing_file_is_told_at_construction(tmp_path):
    path = tmp_path / "none.mrc"
    with pytest.raises(FileNotFoundError) as caught:
        Reader(path)
    assert caught.value.filename == str(path)
    assert caught.value.strerror == "No such file or directory"


def test_a_directory_is_told_at_construction(tmp_path):
    with pytest.raises(IsADirectoryError):
        Reader([tmp_path])
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(IsADirectoryError):
            Reader(descriptor)
    finally:
        os.close(descriptor)


def test_an_empty_path_is_no_file():
    with pytest.raises(FileNotFoundError):
        Reader("")


def test_a_null_character_in_a_path_is_a_value_error():
    with pytest.raises(ValueError, match="embedded null character in path"):
        Reader("a\0b")


def test_a_path_is_closed_if_reading_it_fails_at_once(tmp_path, process):
    before = process.open_descriptors()
    for _ in range(10):
        with pytest.raises(IsADirectoryError):
            Reader([tmp_path])
    assert process.open_descriptors() == before


@pytest.mark.parametrize("descriptor", [-1, 9999])
def test_a_bad_descriptor_is_told_at_construction(descriptor):
    with pytest.raises(OSError, match="Bad file descriptor"):
        Reader(descriptor)


@pytest.mark.parametrize("descriptor", [1 << 40, 1 << 80, -(1 << 80)])
def test_a_descriptor_that_cannot_be_is_a_bad_one(descriptor):
    with pytest.raises(OSError) as caught:
        Reader(descriptor)
    assert caught.value.errno == errno.EBADF


def test_a_descriptor_is_duplicated_whatever_os_dup_does(books, monkeypatch, process):
    monkeypatch.setattr(os, "dup", lambda descriptor: 0)
    before = process.open_descriptors()
    descriptor = os.open(books, os.O_RDONLY)
    try:
        with Reader(descriptor) as reader:
            assert len(list(reader)) == 60
        os.fstat(0)
    finally:
        os.close(descriptor)
    assert process.open_descriptors() == before


def test_a_copy_of_a_descriptor_is_not_inherited(pipe):
    def ends():
        found = set()
        for name in os.listdir("/proc/self/fd"):
            try:
                if os.path.samestat(os.fstat(int(name)), os.fstat(pipe.read)):
                    found.add(int(name))
            except OSError:
                continue  # The folder that was listed.
        return found

    before = ends()
    reader = Reader(pipe.read)
    (copy,) = ends() - before
    assert not os.get_inheritable(copy)
    reader.close()
    assert ends() == before


def test_a_descriptor_for_writing_fails_when_it_is_read(tmp_path):
    descriptor = os.open(tmp_path / "w", os.O_WRONLY | os.O_CREAT)
    try:
        reader = Reader(descriptor)
        with pytest.raises(OSError, match="Bad file descriptor") as caught:
            next(reader)
        assert caught.value.filename is None
        assert list(reader) == []
        assert not reader.stats.complete
    finally:
        os.close(descriptor)


def test_a_file_for_writing_says_so_itself(tmp_path):
    with open(tmp_path / "w", "wb") as file:
        reader = Reader(file)
        with pytest.raises(io.UnsupportedOperation):
            next(reader)


def test_a_closed_file_says_so_itself(books):
    file = open(books, "rb")
    file.close()
    with pytest.raises(ValueError, match="closed file"):
        next(Reader(file))


def test_what_a_property_of_the_source_raises_is_raised():
    class Source:
        @property
        def read(self):
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        Reader(Source())


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            {"errors": "ignore"},
            "errors must be 'strict', 'skip', 'yield', 'repair' or a function, not \"ignore\"",
        ),
        ({"threads": 0}, "threads must be at least 1, not 0"),
        ({"threads": -1}, "threads must be at least 1, not -1"),
        ({"chunk_size": 0}, "chunk_size must be at least 1, not 0"),
        ({"max_record_length": 25}, "max_record_length must be at least 26, not 25"),
    ],
)
def test_arguments_out_of_range_are_value_errors(arguments, error):
    with pytest.raises(ValueError) as caught:
        Reader(b"", **arguments)
    assert str(caught.value) == error


@pytest.mark.parametrize("name", ["errors", "encoding", "encoding_errors"])
def test_an_option_that_is_no_word_is_named(name):
    for wrong in (None, 5, b"strict"):
        with pytest.raises(TypeError) as caught:
            Reader(b"", **{name: wrong})
        assert str(caught.value).startswith(f"{name} must be '")
        assert str(caught.value).endswith(f", not {wrong!r}")
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Reader(b"", **{name: "\ud800"})


def test_huge_arguments_are_overflows():
    for name in ("threads", "chunk_size", "max_record_length"):
        for value in (1 << 40, 1 << 80):
            with pytest.raises(OverflowError):
                Reader(b"", **{name: value})


def test_a_start_beyond_any_file_is_an_overflow():
    for value in (1 << 63, (1 << 64) - 10, 1 << 64, 1 << 80):
        with pytest.raises(OverflowError) as caught:
            Reader(io.BytesIO(), start=value)
        assert str(caught.value) == f"start must be at most {(1 << 63) - 1}, not {value}"
    assert Reader(io.BytesIO(), start=(1 << 63) - 1).stats.start == (1 << 63) - 1
    with pytest.raises(OverflowError, match=f"^max_faults must be at most {(1 << 64) - 1}, not"):
        Reader(b"", max_faults=1 << 64)


def test_options_are_keywords_only():
    with pytest.raises(TypeError):
        Reader(b"", "skip")
