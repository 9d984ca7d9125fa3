"""Writing records to paths and file objects."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import threading
import time
import weakref

import pytest
import tidemarc
from tidemarc import Field, Reader, Record, Subfield, Writer


def sample():
    record = Record()
    record.add_field(
        Field("001", data="x1"),
        Field("245", ["1", "0"], [Subfield("a", "Ærø"), Subfield("b", "한국")]),
    )
    return record


# Refused calls.


@pytest.mark.parametrize("target", [None, 5, b"path", object(), [], io.BytesIO])
def test_what_cannot_be_written_to_is_named(target):
    if target is io.BytesIO:
        pytest.skip("a class has a write method too")
    with pytest.raises(TypeError) as caught:
        Writer(target)
    name = type(target).__name__
    assert str(caught.value) == f"expected a path or a binary file object, got {name}"


def test_text_files_are_told_to_be_binary(tmp_path):
    with open(tmp_path / "x", "w") as text:
        for target in (text, io.StringIO()):
            with pytest.raises(TypeError) as caught:
                Writer(target)
            assert str(caught.value) == (
                'expected a binary file, got one in text mode: open it with open(path, "wb")'
            )


def test_a_path_that_cannot_be_written_is_told_at_construction(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        Writer(tmp_path / "none" / "x.mrc")
    assert caught.value.filename == str(tmp_path / "none" / "x.mrc")
    with pytest.raises(IsADirectoryError):
        Writer(str(tmp_path))
    with pytest.raises(ValueError, match="null"):
        Writer("a\0b")


@pytest.mark.parametrize("thing", [None, b"x", "x", Field("001", data="x"), object()])
def test_only_records_are_written(thing):
    output = io.BytesIO()
    with Writer(output) as writer, pytest.raises(TypeError) as caught:
        writer.write(thing)
    name = {Field: "tidemarc.Field"}.get(type(thing), type(thing).__name__)
    assert str(caught.value) == f"expected a Record, got {name}"
    assert output.getvalue() == b""


def test_a_fault_is_no_record(damaged):
    output = io.BytesIO()
    with Writer(output) as writer:
        for item in Reader(damaged, errors="yield"):
            if isinstance(item, tidemarc.Fault):
                with pytest.raises(TypeError, match=r"expected a Record, got tidemarc\.Fault"):
                    writer.write(item)
            else:
                writer.write(item)
    assert len(list(Reader(output.getvalue()))) == 57


def test_a_closed_writer_says_so(tmp_path):
    for target in (tmp_path / "x.mrc", io.BytesIO()):
        writer = Writer(target)
        writer.close()
        writer.close()
        with pytest.raises(ValueError, match="the writer is closed"):
            writer.write(sample())


def long_field():
    record = sample()
    record.add_field(Field("500", [" ", " "], [Subfield("a", "x" * 9999)]))
    return record


def long_record():
    record = sample()
    for _ in range(20):
        record.add_field(Field("500", [" ", " "], [Subfield("a", "x" * 9000)]))
    return record


def separator():
    record = sample()
    record.add_field(Field("500", [" ", " "], [Subfield("a", "x\x1ey")]))
    return record


def strange_tag():
    record = sample()
    record["245"].tag = "24é"
    return record


def strange_indicator():
    record = sample()
    record["245"].indicator1 = "10"
    return record


def strange_subfield():
    record = sample()
    record["245"].subfields.append(Subfield("a", None))
    return record


def empty_code():
    record = sample()
    record["245"].subfields.append(Subfield("", "secret"))
    return record


def long_code():
    record = sample()
    record["245"].subfields.append(Subfield("ab", "x"))
    return record


def half_a_pair():
    record = sample()
    record["245"]["a"] = "\ud800"
    return record


def no_field():
    record = sample()
    record.fields.append("245")
    return record


def not_ascii():
    (record,) = Reader(sample().as_marc())
    record["245"]["a"] = "🙂"
    record.leader[9] = " "
    return record


@pytest.mark.parametrize(
    ("make", "tag", "reason"),
    [
        (
            long_field,
            "500",
            "with 10004 bytes it is longer than the 9999 that a directory entry can state",
        ),
        (
            long_record,
            None,
            "with 180411 bytes the record is longer than the 99999 that its leader can state",
        ),
        (separator, "500", "'x\\x1ey' holds a separator of ISO 2709 (0x1D, 0x1E or 0x1F)"),
        (strange_tag, None, "'24é' cannot be written: a tag is three ASCII letters or digits"),
        (
            strange_indicator,
            "245",
            "a data field has two indicators of one ASCII character, not Indicators(first='10', second='0')",
        ),
        (empty_code, "245", "a subfield code is one character, not ''"),
        (long_code, "245", "a subfield code is one character, not 'ab'"),
        (half_a_pair, "245", "'\\ud800' cannot be written: it holds half of a surrogate pair"),
    ],
)
def test_what_cannot_be_written_says_where_and_why(make, tag, reason):
    for record in (make(), next(Reader(sample().as_marc()))):
        if record["001"].data == "x1" and record.number:
            record.fields = make().fields
        with pytest.raises(tidemarc.errors.WriteError) as caught:
            Writer(io.BytesIO()).write(record)
        error = caught.value
        assert (error.control_number, error.tag, error.reason) == ("x1", tag, reason)
        assert str(error) == f"(001 x1): {f'field {tag}: ' if tag else ''}{reason}"


def test_what_is_no_text_or_no_field_says_what_it_is():
    for make, message in [
        (
            strange_subfield,
            "(001 x1): field 245: the value of a subfield must be str, not NoneType",
        ),
        (no_field, "(001 x1): record.fields may hold nothing but Field objects, not str"),
    ]:
        with pytest.raises(TypeError) as caught:
            Writer(io.BytesIO()).write(make())
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (long_field, tidemarc.errors.WriteError),
        (long_record, tidemarc.errors.WriteError),
        (separator, ValueError),
        (strange_tag, ValueError),
        (strange_indicator, ValueError),
        (empty_code, ValueError),
        (long_code, ValueError),
        (half_a_pair, ValueError),
        (strange_subfield, TypeError),
        (no_field, TypeError),
        (not_ascii, ValueError),
    ],
)
def test_a_record_that_cannot_be_written_leaves_no_trace(make, error, tmp_path):
    output = io.BytesIO()
    for target in (output, tmp_path / "x.mrc"):
        with Writer(target) as writer:
            writer.write(sample())
            with pytest.raises(error):
                writer.write(make())
            writer.write(sample())
    assert output.getvalue() == sample().as_marc() * 2
    assert (tmp_path / "x.mrc").read_bytes() == sample().as_marc() * 2


def test_what_a_write_raises_is_raised():
    class Target:
        def write(self, data):
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        Writer(Target()).write(sample())


class Answering:
    """A file that takes everything, or some bytes, and returns these values."""

    def __init__(self, answer, takes=None):
        self.answer, self.takes, self.taken = answer, takes, b""

    def write(self, data):
        self.taken += data[: self.takes]
        return self.answer(data) if callable(self.answer) else self.answer


@pytest.mark.parametrize("answer", [-1, -(1 << 80), lambda data: len(data) + 1, 1 << 64])
def test_a_write_that_says_a_number_that_cannot_be_is_an_error(answer):
    target = Answering(answer)
    with pytest.raises(OSError, match=r"^the file says it wrote -?[0-9]+ bytes of [0-9]+$"):
        Writer(target).write(sample())


@pytest.mark.parametrize("answer", ["12", 1.5, b"1", []])
def test_a_write_that_says_no_number_is_an_error(answer):
    with pytest.raises(TypeError) as caught:
        Writer(Answering(answer)).write(sample())
    name = type(answer).__name__
    assert str(caught.value) == f"the file's write returned {name}, not a number of bytes"


def test_a_short_write_goes_on_and_one_of_nothing_is_an_error():
    for takes in (1, 7, 10_000):
        target = Answering(lambda data, takes=takes: min(len(data), takes), takes)
        Writer(target).write(sample())
        assert target.taken == sample().as_marc()
    with pytest.raises(OSError, match=r"^the file takes no data$"):
        Writer(Answering(0)).write(sample())


def test_a_write_that_says_nothing_has_written_all_but_of_a_raw_file_nothing():
    target = Answering(None)
    Writer(target).write(sample())
    assert target.taken == sample().as_marc()

    class Raw(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            return None

    with pytest.raises(BlockingIOError):
        Writer(Raw()).write(sample())
    # Python's own buffer does the same.
    buffered = io.BufferedWriter(Raw())
    buffered.write(b"x")
    with pytest.raises(BlockingIOError):
        buffered.flush()
    with pytest.raises(BlockingIOError):
        buffered.detach()


def test_what_a_flush_raises_is_raised_by_close():
    class Target(io.BytesIO):
        def flush(self):
            raise LookupError("mine")

    writer = Writer(Target())
    writer.write(sample())
    with pytest.raises(LookupError, match="mine"):
        writer.close()
    with pytest.raises(ValueError, match="the writer is closed"):
        writer.write(sample())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_device_is_an_os_error_at_the_latest_when_closed():
    writer = Writer("/dev/full")
    writer.write(sample())
    with pytest.raises(OSError) as caught:
        writer.close()
    assert caught.value.errno == 28
    assert caught.value.filename == "/dev/full"
    writer.close()
    with pytest.raises(OSError), Writer("/dev/full") as writer:
        for _ in range(10_000):
            writer.write(sample())


def test_a_write_that_calls_its_own_writer_gets_an_error():
    class Target(io.BytesIO):
        def write(self, data):
            with pytest.raises(RuntimeError, match="the writer was called again from inside"):
                writer.write(sample())
            return super().write(data)

    target = Target()
    writer = Writer(target)
    writer.write(sample())
    assert target.getvalue() == sample().as_marc()


def test_a_write_that_closes_its_own_writer_closes_it_when_it_is_done():
    class Target(io.BytesIO):
        flushed = 0

        def write(self, data):
            with writer:
                pass
            assert not self.flushed
            return super().write(data)

        def flush(self):
            self.flushed += 1

    target = Target()
    writer = Writer(target)
    writer.write(sample())
    assert (target.getvalue(), target.flushed) == (sample().as_marc(), 1)
    with pytest.raises(ValueError, match="the writer is closed"):
        writer.write(sample())


def test_a_record_that_writes_another_while_it_is_written_writes_it_first():
    class Value(str):
        __hash__ = str.__hash__

        def __eq__(self, other):
            writer.write(sample())
            return False

    record = next(Reader(sample().as_marc()))
    record["001"].data = Value("mine")
    output = io.BytesIO()
    with Writer(output) as writer:
        writer.write(record)
    assert [record["001"].data for record in Reader(output.getvalue())] == ["x1", "mine"]


def test_what_a_value_raises_while_it_is_written_is_raised_at_once():
    class Value(str):
        asked = 0
        __hash__ = str.__hash__

        def __eq__(self, other):
            self.asked += 1
            raise KeyboardInterrupt("mine")

    record = next(Reader(sample().as_marc()))
    record["001"].data = Value("mine")
    output = io.BytesIO()
    with Writer(output) as writer, pytest.raises(KeyboardInterrupt, match="mine"):
        writer.write(record)
    assert (record["001"].data.asked, output.getvalue()) == (1, b"")


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


def test_close_waits_for_the_write_of_another_thread(process):
    class Slow(io.BytesIO):
        def write(self, data):
            inside.set()
            go_on.wait()
            return super().write(data)

    inside, go_on, target = threading.Event(), threading.Event(), Slow()
    with Writer(target) as writer:
        written = process.in_thread(lambda: writer.write(sample()))
        inside.wait()
        threading.Timer(0.1, go_on.set).start()
    assert target.getvalue() == sample().as_marc()
    written()


def test_a_file_that_holds_its_own_writer_is_collected():
    class Target(io.BytesIO):
        pass

    target = Target()
    target.writer = Writer(target)
    target.writer.write(sample())
    gone = weakref.ref(target)
    del target
    gc.collect()
    assert gone() is None


class Raw(io.RawIOBase):
    """A raw file that takes 7 bytes a call, but returns `answer` on every call number `every`."""

    def __init__(self, answer=7, every=1):
        self.answer, self.every, self.calls, self.taken = answer, every, 0, b""

    def writable(self):
        return True

    def write(self, data):
        self.calls += 1
        if self.calls % self.every == 0 and self.answer != 7:
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer
        part = bytes(data[:7])
        self.taken += part
        return len(part)


def test_a_raw_file_that_takes_less_than_it_is_given_loses_nothing():
    target = Raw()
    with Writer(target) as writer:
        writer.write(sample())
        writer.write(sample())
    assert target.taken == sample().as_marc() * 2


@pytest.mark.parametrize("format", ["iso2709", "marcxml", "json"])
@pytest.mark.parametrize("answer", [None, 0, OSError(28, "full"), LookupError("mine")])
@pytest.mark.parametrize("every", [1, 2, 3, 5, 8])
def test_whoever_writes_again_what_was_refused_writes_every_record_once(format, answer, every):
    target = Raw(answer, every)
    writer = Writer(target, format)
    written = refused = 0
    for _ in range(3000):
        if target.calls > 200:
            target.answer = 7
        try:
            writer.write(sample())
            written += 1
        except (OSError, LookupError):
            refused += 1
        if written == 5:
            break
    assert refused
    if answer is None:
        with contextlib.suppress(BlockingIOError):
            writer.close()
    target.answer = 7
    writer.close()
    assert target.taken == tidemarc.dumps([sample()] * 5, format)
    with pytest.raises(ValueError, match="the writer is closed"):
        writer.write(sample())


def test_what_is_no_exception_is_raised_in_the_middle_and_the_rest_comes_first():
    target = Raw(KeyboardInterrupt(), 3)
    writer = Writer(target)
    with pytest.raises(KeyboardInterrupt):
        writer.write(sample())
    assert len(target.taken) == 14
    target.answer = 7
    writer.write(sample())
    writer.close()
    assert target.taken == sample().as_marc() * 2


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="needs pipes that do not block")
@pytest.mark.parametrize("buffering", [0, 100, 1 << 16])
def test_a_pipe_that_does_not_block_gets_every_record_once(buffering):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    record, taken, refused = sample(), b"", 0
    with open(writing, "wb", buffering=buffering) as file:
        writer = Writer(file)
        for number in range(3000):
            record["001"].data = str(number)
            while True:
                try:
                    writer.write(record)
                    break
                except BlockingIOError:
                    refused += 1
                    taken += os.read(reading, 1000)
        while True:
            taken += os.read(reading, 1000)
            try:
                writer.close()
                file.flush()
                break
            except BlockingIOError:
                refused += 1
    while chunk := os.read(reading, 1 << 16):
        taken += chunk
    os.close(reading)
    assert refused
    assert [int(record["001"].data) for record in Reader(taken)] == [*range(3000)]


def test_a_writer_that_is_dropped_in_the_middle_of_a_record_gives_the_rest():
    target = Raw(None, 3)
    writer = Writer(target)
    writer.write(sample())
    assert len(target.taken) == 14
    target.answer = 7
    del writer
    assert target.taken == sample().as_marc()


# Accepted records.


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
    # Bytes that a file object has received cannot be taken back; a path is unchanged.
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
