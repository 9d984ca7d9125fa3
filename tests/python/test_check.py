"""`check` finds what a loop over a reader that yields faults finds, for every format and option."""

import copy
import gc
import inspect
import io
import pickle
from pathlib import Path

import pytest
from tidemarc import Fault, Reader, Record, Writer, check
from tidemarc.errors import EncodingError

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
SEVERITIES = ["information", "repaired", "lost_field", "lost_record", "fatal"]


def faults_of(item):
    """Give the faults of what a reader yields; of a record also those of its text."""
    if isinstance(item, Fault):
        yield item
        return
    yield from item.faults
    for field in item.fields:
        try:
            field.value()
        except EncodingError as error:
            yield error.fault


def looped(source, **options):
    """Find the faults with a loop over records: how many of each, and the first."""
    found = {}
    reader = Reader(source, errors="yield", repair=True, **options)
    for item in reader:
        for fault in faults_of(item):
            times, first = found.get((fault.severity, fault.kind), (0, fault.to_dict()))
            found[fault.severity, fault.kind] = (times + 1, first)
    return found, reader.stats


def checked(source, **options):
    """Give the same as `check` finds it."""
    summary = check(source, **options)
    found = {
        (first.severity, first.kind): (times, first.to_dict()) for times, first in summary.faults
    }
    order = [SEVERITIES.index(first.severity) for _, first in summary.faults]
    assert order == sorted(order, reverse=True)
    assert summary.sound == (summary.stats.complete and set(order) <= {0})
    return found, summary.stats


def spoilt(marc, format):
    """Make three records in a format, of which the second is damaged."""
    target = io.BytesIO()
    with Writer(target, format) as writer:
        for record in Reader(b"".join(marc.numbered(3))):
            writer.write(record)
    data = target.getvalue()
    at = data.index(b"Title 1")
    return data[:at] + b"\xff" + data[at + 1 :]


@pytest.mark.parametrize("name", ["books.mrc", "books-damaged.mrc", "books.mrk"])
@pytest.mark.parametrize("chunk_size", [997, 65536])
@pytest.mark.parametrize(
    "options",
    [{}, {"encoding": "ascii"}, {"encoding": "iso-8859-1"}, {"max_faults": 0}, {"start": 1000}],
    ids=str,
)
def test_check_finds_what_a_loop_finds(name, chunk_size, options):
    path = FIXTURES / name
    data = path.read_bytes()
    for source in (lambda: path, lambda: data, lambda: io.BytesIO(data)):
        want = looped(source(), chunk_size=chunk_size, **options)
        assert checked(source(), chunk_size=chunk_size, threads=2, **options) == want


@pytest.mark.parametrize("format", ["iso2709", "marcxml", "json", "jsonl", "marcmaker", "line"])
def test_check_reads_every_format(marc, format):
    data = spoilt(marc, format)
    want = looped(data, format=format)
    assert want[0]
    assert checked(data, format=format) == checked(data) == want


def test_check_takes_the_options_of_a_reader():
    parameters = inspect.signature(Reader).parameters.values()
    options = {one.name: one.default for one in parameters if one.kind is one.KEYWORD_ONLY}
    for name in ("errors", "repair"):
        with pytest.raises(TypeError, match=rf"^check\(\) takes no '{name}': it always repairs"):
            check(b"", **{name: options.pop(name)})
    assert check(b"", **options).sound
    with pytest.raises(TypeError, match=r"^check\(\) got an unexpected keyword argument 'foo'$"):
        check(b"", foo=1)


def test_check_fills_a_quarantine_and_raises_if_it_cannot(marc, tmp_path):
    data = spoilt(marc, "jsonl")
    spans, report = io.BytesIO(), io.BytesIO()
    summary = check(data, quarantine=(spans, report))
    (fault,) = [first for _, first in summary.faults if first.severity == "lost_record"]
    assert spans.getvalue() == fault.raw
    check(data, quarantine=tmp_path / "spans")
    assert (tmp_path / "spans").read_bytes() == fault.raw

    class Full:
        def write(self, data):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        check(data, quarantine=Full())


def test_check_makes_no_record(marc):
    data = b"".join(marc.numbered(5_000))
    counts = []

    class Source(io.BytesIO):
        def read(self, size=-1):
            counts.append(sum(isinstance(one, Record) for one in gc.get_objects()))
            return super().read(size)

    gc.collect()
    assert check(Source(data)).stats.records == 5_000
    assert max(counts) <= counts[0]


def test_what_a_source_raises_comes_out():
    class Source:
        def read(self, size):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(Source())
    with pytest.raises(TypeError, match="unexpected keyword argument 'chunk'"):
        check(b"", chunk=1)
    with pytest.raises(FileNotFoundError):
        check("no such file")


def test_a_summary_can_be_copied_and_pickled():
    summary = check(FIXTURES / "books-damaged.mrc")
    for again in (pickle.loads(pickle.dumps(summary)), copy.deepcopy(summary)):
        assert (str(again), repr(again)) == (str(summary), repr(summary))
        assert (again.stats, again.sound) == (summary.stats, summary.sound)
        pairs = zip(again.faults, summary.faults, strict=True)
        for found, want in pairs:
            assert type(found) is type(want)
            assert (found.times, found.first.to_dict()) == (want.times, want.first.to_dict())


def test_a_name_cannot_change_the_line_of_a_summary(tmp_path):
    path = tmp_path / "a\nb.mrc"
    path.write_bytes(b"")
    assert "\n" not in str(check(path))
    reader = Reader(path)
    assert list(reader) == []
    assert "\n" not in reader.summary()
