"""Writing records to paths and file objects."""

from __future__ import annotations

import io
import threading
import time

import pytest
from shared.records import sample
from tidemarc import Field, Reader, Subfield, Writer


def test_several_threads_with_one_writer_take_turns(tmp_path, process):
    class Slow(io.BytesIO):
        def write(self, data):
            for byte in data:
                time.sleep(0)
                super().write(bytes([byte]))

    for target in (Slow(), tmp_path / "x.mrc"):
        with Writer(target) as writer:

            def write(writer=writer):
                for _ in range(25):
                    writer.write(sample())

            for result in [process.in_thread(write) for _ in range(4)]:
                result()
        written = target.getvalue() if isinstance(target, Slow) else target.read_bytes()
        assert written == sample().as_marc() * 100


def test_what_nobody_changed_is_written_byte_for_byte(books, tmp_path):
    path = tmp_path / "copy.mrc"
    with Writer(path) as writer:
        for record in Reader(books):
            writer.write(record)
    assert path.read_bytes() == books.read_bytes()


def test_a_path_is_made_or_replaced(tmp_path):
    path = tmp_path / "x.mrc"
    path.write_bytes(b"old" * 1000)
    with Writer(str(path)) as writer:
        writer.write(sample())
    assert path.read_bytes() == sample().as_marc()
    Writer(path).close()
    assert path.read_bytes() == b""


def test_a_file_object_is_flushed_and_stays_open(tmp_path):
    with open(tmp_path / "x.mrc", "wb") as file:
        with Writer(file) as writer:
            writer.write(sample())
        assert not file.closed
        assert (tmp_path / "x.mrc").read_bytes() == sample().as_marc()


def test_anything_with_a_write_method_will_do():
    class Target:
        def __init__(self):
            self.parts = []

        def write(self, data):
            self.parts.append(data)

    target = Target()
    with Writer(target) as writer:
        writer.write(sample())
    assert target.parts == [sample().as_marc()]
    assert type(target.parts[0]) is bytes


def test_with_closes_also_after_an_exception(tmp_path):
    path, file = tmp_path / "x.mrc", io.BytesIO()
    for target in (path, file):
        with pytest.raises(LookupError), Writer(target) as writer:
            writer.write(sample())
            raise LookupError
        with pytest.raises(ValueError, match="the writer is closed"):
            writer.write(sample())
    # What a file object was given cannot be taken back; a path is as it was.
    assert file.getvalue() == sample().as_marc()
    assert not path.exists()


def test_a_writer_that_is_dropped_writes_what_it_has(tmp_path, process):
    path = tmp_path / "x.mrc"
    before = process.open_descriptors()
    writer = Writer(path)
    writer.write(sample())
    del writer
    assert path.read_bytes() == sample().as_marc()
    assert process.open_descriptors() == before
    script = """
import sys, tidemarc
writer = tidemarc.Writer(sys.argv[1])
for record in tidemarc.Reader(sys.argv[2]):
    writer.write(record)
"""
    copy = tmp_path / "copy.mrc"
    path.write_bytes(sample().as_marc() * 100)
    process.run(script, copy, path)
    assert copy.read_bytes() == path.read_bytes()


def test_what_is_written_is_read_again():
    output = io.BytesIO()
    with Writer(output) as writer:
        writer.write(sample())
    (record,) = Reader(output.getvalue())
    assert record["001"].data == "x1"
    assert record.title == "Ærø 한국"
    assert record.leader[9] == "a"
    assert int(record.leader[:5]) == len(output.getvalue())


def test_an_edited_record_is_written_as_it_is_now(books):
    output = io.BytesIO()
    with Writer(output) as writer:
        for record in Reader(books):
            record.remove_fields("650", "880")
            record.add_field(Field("999", [" ", "1"], [Subfield("a", f"n°{record.number}")]))
            writer.write(record)
    for old, new in zip(Reader(books), Reader(output.getvalue()), strict=True):
        assert "650" not in new
        assert new["999"].value() == f"n°{old.number}"
        kept = [str(field) for field in old if field.tag not in ("650", "880")]
        assert [str(field) for field in new][:-1] == kept


def test_several_threads_with_a_writer_each_do_not_meet(tmp_path, books):
    def copy(at):
        with Writer(tmp_path / f"{at}.mrc") as writer:
            for record in Reader(books):
                writer.write(record)

    threads = [threading.Thread(target=copy, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for at in range(8):
        assert (tmp_path / f"{at}.mrc").read_bytes() == books.read_bytes()
