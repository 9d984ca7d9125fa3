"""Objects that hold the reader or writer that holds them: they and their threads are freed."""

from __future__ import annotations

import gc
import io
import weakref

import pytest
import tidemarc.pymarc
from tidemarc import Reader, Writer


class Sink:
    """A file that takes bytes, with room for its holder."""

    def write(self, data):
        return len(data)

    def flush(self):
        pass


class Source(io.BytesIO):
    """A file that returns bytes, with room for its reader."""


class Piece(bytes):
    """Bytes, with room for the source that returned them."""


class Generous:
    """A source that returns more bytes than requested, and its reader has to keep them."""

    def __init__(self, data):
        self.data = data

    def read(self, size):
        piece = Piece(self.data[: 2 * size])
        piece.source = self
        return piece


class Buffer(bytearray):
    """A buffer, with room for its reader."""


class Option(str):
    """An option, with room for its holder."""


class Decoder:
    """A callable, with room for its holder."""

    def __call__(self, fault):
        pass


def reader(path, **options):
    """Makes a reader in mid-stream, whose I/O thread waits for room."""
    made = Reader(path, threads=2, chunk_size=1000, **options)
    for _ in range(200):
        next(made)
    return made


def drop_in(path, option):
    made = tidemarc.pymarc.MARCReader(path)
    setattr(made, option, holder := Option("utf-8" if option == "file_encoding" else "strict"))
    for _ in range(2100):
        next(made)
    return made, holder


def ring_of_quarantine(path):
    sink = Sink()
    return reader(path, quarantine=sink), sink


def ring_of_quarantined_bytes(path):
    sink = Sink()
    return reader(path, quarantine=(sink, Sink())), sink


def ring_of_report(path):
    sink = Sink()
    return reader(path, quarantine=(Sink(), sink)), sink


def ring_of_errors(path):
    function = Decoder()
    return reader(path, errors=function), function


def ring_of_source_and_quarantine(path):
    source, sink = Source(path.read_bytes()), Sink()
    made = Reader(source, quarantine=sink)
    sink.reader = made
    return made, source


def ring_of_buffer(path):
    buffer = Buffer(path.read_bytes())
    return Reader(buffer), buffer


def ring_of_source_of_the_drop_in(path):
    source = Source(path.read_bytes())
    made = tidemarc.pymarc.MARCReader(source)
    next(made)
    return made, source


def ring_of_returned_bytes(path):
    source = Generous(path.read_bytes())
    made = Reader(source, chunk_size=2000)
    next(made)
    return made, source


def ring_of_writer(path):
    sink = Sink()
    return Writer(sink, "marcxml"), sink


def ring_of_overlong(path):
    sink = Sink()
    return Writer(Sink(), "iso2709", overlong="xml", overlong_to=sink), sink


RINGS = {
    "quarantine": ring_of_quarantine,
    "quarantined bytes": ring_of_quarantined_bytes,
    "report": ring_of_report,
    "errors": ring_of_errors,
    "source and quarantine": ring_of_source_and_quarantine,
    "buffer": ring_of_buffer,
    "returned bytes": ring_of_returned_bytes,
    "source of the drop-in": ring_of_source_of_the_drop_in,
    "utf8_handling": lambda path: drop_in(path, "utf8_handling"),
    "file_encoding": lambda path: drop_in(path, "file_encoding"),
    "force_utf8": lambda path: drop_in(path, "force_utf8"),
    "writer": ring_of_writer,
    "overlong_to": ring_of_overlong,
}


@pytest.mark.parametrize("kind", RINGS)
def test_a_ring_is_collected_with_its_thread_and_descriptors(kind, large, process):
    gc.collect()
    process.eventually(lambda: process.io_threads() == 0)
    before = process.open_descriptors()
    gone = []
    for _ in range(20):
        made, holder = RINGS[kind](large)
        holder.reader = made
        weakref.finalize(holder, gone.append, True)
        del made, holder
    gc.collect()
    assert len(gone) == 20
    process.eventually(lambda: process.io_threads() == 0)
    process.eventually(lambda: process.open_descriptors() <= before)


def test_an_exception_that_the_drop_in_keeps_is_collected_with_it(marc):
    gone = []

    def make():
        made = tidemarc.pymarc.MARCReader(marc.BAD_TEXT)
        assert next(made) is None
        made.current_exception.reader = made
        made.current_exception.witness = witness = Decoder()
        weakref.finalize(witness, gone.append, True)

    make()
    gc.collect()
    assert gone == [True]


def test_a_tuple_around_its_own_reader_is_collected(marc):
    gone = []

    def make():
        made = tidemarc.pymarc.MARCReader(marc.record())
        witness = Decoder()
        made.utf8_handling = (made, witness)
        weakref.finalize(witness, gone.append, True)

    make()
    gc.collect()
    assert gone == [True]
