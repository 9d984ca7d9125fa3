"""tidemarc.pymarc: the view of a program that says `import tidemarc.pymarc as pymarc`."""

from __future__ import annotations

import gc
import importlib
import inspect
import io
import json
import pickle
import warnings
import weakref

import pymarc as original
import pytest
import tidemarc
from tidemarc import pymarc

MODULES = (
    "constants exceptions field leader marc8 marc8_mapping marcjson marcxml reader record writer"
)
PAIRS = [("pymarc", "tidemarc.pymarc")] + [
    (f"pymarc.{name}", f"tidemarc.pymarc.{name}") for name in MODULES.split()
]


# Names and signatures.


@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_every_name_is_there(theirs, ours):
    theirs, ours = importlib.import_module(theirs), importlib.import_module(ours)
    assert [name for name in dir(theirs) if not hasattr(ours, name)] == []


def test_names_that_programs_came_to_rely_on_are_there():
    namespace = {}
    exec("from tidemarc.pymarc import *", namespace)
    for name in ("Optional", "json", "re", "os", "sys", "BytesIO", "ET", "logging", "isbn_regex"):
        assert name in namespace


def test_the_object_model_is_tidemarcs():
    for name in ("Record", "Field", "Leader", "Subfield", "Indicators"):
        assert getattr(pymarc, name) is getattr(tidemarc, name)


def parameters(function):
    """Returns names, kinds and defaults; None if Python does not know them."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    return [(one.name, one.kind, one.default) for one in signature.parameters.values()]


def own_classes():
    return [
        name
        for name, value in vars(original).items()
        if inspect.isclass(value) and value.__module__.startswith("pymarc")
    ]


@pytest.mark.parametrize("name", own_classes())
def test_classes_have_the_same_signatures(name):
    theirs, ours = getattr(original, name), getattr(pymarc, name)
    their_bases = [base.__name__ for base in theirs.__mro__]
    assert [base.__name__ for base in ours.__mro__ if base.__name__ in their_bases] == their_bases
    expected = parameters(theirs)
    # `MARCReader` has arguments of its own after pymarc's.
    assert expected is None or parameters(ours)[: len(expected)] == expected
    for member, value in inspect.getmembers(theirs):
        if member.startswith("_"):
            continue
        assert hasattr(ours, member), member
        if callable(value):
            without_self = [
                [one for one in parameters(function) or [] if one[0] != "self"]
                for function in (value, getattr(ours, member))
            ]
            assert without_self[0] == without_self[1], member


def test_functions_have_the_same_signatures():
    names = [
        name
        for name, value in vars(original).items()
        if inspect.isfunction(value) and value.__module__.startswith("pymarc")
    ]
    assert "map_records" in names
    for name in names:
        assert parameters(getattr(original, name)) == parameters(getattr(pymarc, name)), name


def test_the_tables_of_marc8_are_the_same():
    theirs, ours = original.marc8_mapping, pymarc.marc8_mapping
    assert ours.CODESETS == theirs.CODESETS
    assert ours.ODD_MAP == theirs.ODD_MAP
    assert ours.CHARSET_45 is ours.CODESETS[0x45]
    with pytest.raises(AttributeError):
        _ = ours.CHARSET_99


# MARC-8.


@pytest.mark.parametrize(
    "marc8",
    [
        b"",
        b"plain",
        b"Dvo\xe9r\xe2ak",
        b"\x1b(NmIR\x1b(B!",
        b"a\x80b\xff",
        b"\x1b",
        b"x\x1b$1!0(!",
        "té\x1b→ÿ",
    ],
)
@pytest.mark.parametrize("quiet", [False, True])
def test_marc8_has_the_same_answers(marc8, quiet, capsys):
    def answer(package):
        converter = package.MARC8ToUnicode(quiet=quiet)
        results = []
        for function in (
            lambda: package.marc8_to_unicode(marc8, quiet),
            lambda: (converter.translate(marc8), converter.g0, converter.g1),
            lambda: (converter.translate(b"n\xe2e"), converter.g0, converter.g1),
        ):
            try:
                results.append(function())
            except Exception as error:
                results.append((type(error), str(error)))
        return results, capsys.readouterr().err

    assert answer(pymarc) == answer(original)


# The reader.


def marc8_record(marc, text=b"Caf\xe2e"):
    return marc.record(
        marc.field("001", "x"), ("245", b"10\x1fa" + text), leader=b"00000nam  2200000   4500"
    )


def test_paths_are_read(books):
    expected = [str(record) for record in original.MARCReader(books.read_bytes())]
    for source in (
        books,
        str(books),
        books.open("rb"),
        books.read_bytes(),
        bytearray(books.read_bytes()),
    ):
        reader = pymarc.MARCReader(source)
        assert [str(record) for record in reader] == expected
        reader.close()
    with pytest.raises(FileNotFoundError):
        pymarc.MARCReader(books.parent / "nothing.mrc")


def test_many_chunks_are_read_like_one(large):
    data = large.read_bytes()
    for source in (large, io.BytesIO(data), data):
        reader = pymarc.MARCReader(source)
        assert [int(record["001"].data) for record in reader] == list(range(3000))
        assert reader.current_chunk == b""
        assert reader.current_exception is None


def test_options_may_change_between_two_records(marc):
    utf8 = marc8_record(marc, "Café".encode())
    reader = pymarc.MARCReader(utf8 * 4)
    reader.hide_utf8_warnings = True
    assert next(reader)["245"]["a"] != "Café"
    reader.force_utf8 = True
    assert next(reader)["245"]["a"] == "Café"
    reader.to_unicode = False
    assert next(reader)["245"]["a"] == "Café".encode()
    reader.to_unicode, reader.force_utf8, reader.file_encoding = True, False, "latin-1"
    assert next(reader)["245"]["a"] == "CafÃ©"
    assert (reader.force_utf8, reader.file_encoding) == (False, "latin-1")
    assert (reader.utf8_handling, reader.permissive) == ("strict", False)


def test_lines_on_stderr_and_warnings_come_with_next(marc, capsys):
    bad_code = marc.record(("245", "10\x1fátitle".encode()))
    reader = pymarc.MARCReader(marc8_record(marc, b"a\x80") + bad_code)
    assert capsys.readouterr().err == ""
    record = next(reader)
    assert capsys.readouterr().err == "Unable to parse character 0x80 in g0=66 g1=69\n"
    assert record["245"]["a"] == "a "
    assert str(record).endswith("$aa \n")
    assert capsys.readouterr().err == ""
    with pytest.warns(pymarc.BadSubfieldCodeWarning, match="non-ASCII subfield code"):
        record = next(reader)
    assert record["245"]["a"] == "title"


def test_a_record_that_does_not_decode_is_none_and_the_next_one_comes(marc):
    reader = pymarc.MARCReader(marc.BAD_TEXT + marc.record())
    assert next(reader) is None
    assert isinstance(reader.current_exception, UnicodeDecodeError)
    assert reader.current_chunk == marc.BAD_TEXT
    assert next(reader).title == "Hi"
    assert reader.current_exception is None


def test_a_fatal_error_is_the_end_unless_recovery_is_asked_for(marc):
    data = marc.record() + b"\n" + marc.record() * 2
    reader = pymarc.MARCReader(data)
    assert [record and record.title for record in reader] == ["Hi", None]
    assert isinstance(reader.current_exception, pymarc.FatalReaderError)
    with pytest.raises(StopIteration):
        next(reader)
    reader = pymarc.MARCReader(data, recover=True)
    assert [record.title for record in reader] == ["Hi", "Hi", "Hi"]
    cut = marc.record()[:-10]
    reader = pymarc.MARCReader(marc.record() + cut + marc.record(), recover=True)
    assert next(reader).title == "Hi"
    assert next(reader) is None
    assert isinstance(reader.current_exception, tidemarc.RecordError)
    assert reader.current_chunk == cut
    assert next(reader).title == "Hi"


def test_no_byte_is_read_before_it_is_needed_if_so_asked(books):
    lengths = [len(record.raw) for record in tidemarc.Reader(books)]
    with books.open("rb") as file:
        reader = pymarc.MARCReader(file, read_ahead=False)
        end = 0
        for length in lengths:
            record = next(reader)
            end += length
            assert file.tell() == end
            assert record.as_marc() == reader.current_chunk
        assert next(reader, None) is None


def test_a_reader_that_does_not_read_ahead_meets_the_same(marc):
    for data in (
        marc.record() + b"\n" + marc.record(),
        b"0012",
        b"0012X",
        marc.BAD_TEXT + marc.record(),
        b"",
    ):
        seen = []
        for package, options in ((original, {}), (pymarc, {"read_ahead": False}), (pymarc, {})):
            reader = package.MARCReader(io.BytesIO(data), **options)
            records = [(one and str(one), str(reader.current_exception)) for one in reader]
            seen.append((records, reader.current_chunk, type(reader.current_exception).__name__))
        assert seen[0] == seen[1] == seen[2]


class Flaky(io.BytesIO):
    """A file that raises on every second read."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        """Reads, or raises."""
        self.reads += 1
        if self.reads % 2 == 0:
            raise TimeoutError("not now")
        return super().read(size)


@pytest.mark.parametrize("tells", [True, False])
def test_a_second_read_that_raises_loses_nothing(books, tells):
    data = books.read_bytes()
    file = Flaky(data)
    if not tells:
        file.tell = None  # As with a pipe: the method exists, but raises.
    reader = pymarc.MARCReader(file, read_ahead=False)
    records, failures = [], 0
    while True:
        try:
            record = next(reader)
        except TimeoutError:
            failures += 1
            continue
        except StopIteration:
            break
        records.append(record.as_marc())
    assert b"".join(records) == data
    assert failures >= len(records)


def test_who_moves_the_file_after_a_read_that_raised_reads_from_there(books):
    data = books.read_bytes()
    file = Flaky(data)
    reader = pymarc.MARCReader(file, read_ahead=False)
    with pytest.raises(TimeoutError):
        next(reader)
    file.seek(0)
    file.read = lambda size: io.BytesIO.read(file, size)
    assert next(reader).as_marc() == data[: int(data[:5])]


def test_a_ring_through_a_record_is_collected():
    class Marker:
        pass

    record, field = pymarc.Record(), pymarc.Field("245", ["1", "0"], [])
    marker = Marker()
    field.subfields = [marker, record]
    record.add_field(field)
    alive = weakref.ref(marker)
    del record, field, marker
    gc.collect()
    assert alive() is None


def test_the_file_is_the_readers(books):
    file = books.open("rb")
    reader = pymarc.MARCReader(file)
    assert reader.file_handle is file
    next(reader)
    reader.close()
    assert file.closed
    reader = pymarc.MARCReader(books.read_bytes())
    first = next(reader)
    assert reader.file_handle.read(5) == next(reader).raw[:5]
    reader.file_handle = io.BytesIO(first.raw)
    assert [record.title for record in reader] == [first.title]


def test_a_subclass_of_the_reader_may_do_as_it_likes(books):
    class Mine(pymarc.MARCReader):
        def __init__(self, path):
            super().__init__(open(path, "rb"), hide_utf8_warnings=True)
            self.count = 0

        def __next__(self):
            record = super().__next__()
            self.count += 1
            return record

    reader = Mine(books)
    assert sum(1 for _ in reader) == reader.count == 60
    reader.close()
    assert isinstance(reader, pymarc.Reader)


def test_a_source_that_holds_its_reader_is_collected(books):
    import gc
    import weakref

    class Source(io.BytesIO):
        reader = None

    source = Source(books.read_bytes())
    source.reader = pymarc.MARCReader(source)
    assert next(source.reader)
    gone = weakref.ref(source)
    del source
    gc.collect()
    assert gone() is None


def test_reading_alone_makes_no_field(books):
    records = list(pymarc.MARCReader(books))
    assert sum(len(gc.get_referents(record)) for record in records) <= 2 * len(records)
    assert [record.as_marc() for record in records] == [record.raw for record in records]


# Records.


def test_a_record_knows_whose_it_is(marc):
    data = marc8_record(marc)
    (native,), (pymarcs,) = tidemarc.Reader(data), pymarc.MARCReader(data)
    assert native.as_marc() == data
    assert pymarcs.as_marc() != data
    assert pymarcs.leader[9] == "a"
    assert next(pymarc.MARCReader(pymarcs.as_marc()))["245"]["a"] == "Café"
    for way in (pickle.dumps, lambda record: pickle.dumps(record.copy())):
        (fresh,) = pymarc.MARCReader(data)
        assert pickle.loads(way(fresh)).as_marc() == pymarcs.as_marc()
        assert pickle.loads(way(native)).as_marc() == data


def test_what_pymarc_writes_and_cannot_read_tidemarcs_writer_refuses():
    record = pymarc.Record(
        fields=[pymarc.Field("245", subfields=[pymarc.Subfield("a", "x" * 108_000)])]
    )
    theirs = original.Record(
        fields=[original.Field("245", subfields=[original.Subfield("a", "x" * 108_000)])]
    )
    assert record.as_marc() == theirs.as_marc()
    with pytest.raises(tidemarc.errors.WriteError), tidemarc.Writer(io.BytesIO()) as writer:
        writer.write(record)


def made(package):
    """Makes unusual records."""
    field, subfield = package.Field, package.Subfield
    yield package.Record()
    yield package.Record(force_utf8=True)
    yield package.Record(leader="x" * 24, to_unicode=False)
    yield package.Record(fields=[field("001", data=None), field("A"), field("ABCD"), field("5X")])
    yield package.Record(fields=[field("245", ["1", "0"], [subfield("a", None), subfield("", 5)])])
    yield package.Record(
        fields=[field("245", ["", ""], [subfield("a", "é→\x1f")])], to_unicode=False
    )
    yield package.Record(fields=[field("245", ["é", "\\"], [subfield("a", "\ud800")])])
    yield package.Record(fields=(field("650", "10", [subfield("a", "x"), subfield("x", "y")]),))
    yield package.Record(fields=[field(880, None, [subfield("6", "880")]), field("100", "12")])
    raw = package.RawField("245", subfields=[subfield("a", b"caf\xe9")])
    yield package.Record(fields=[raw, package.RawField("001", data=b"x\xff")], to_unicode=False)
    record = package.Record(fields=[field("020", None, [subfield("a", "ISBN 0-1X (pbk)")])])
    record.leader = "y" * 24
    yield record


def test_made_records_are_the_same():
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "conformance"))
    import observe

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, (theirs, ours) in enumerate(zip(made(original), made(pymarc), strict=True)):
            seen = list(observe.record(theirs, original)), list(observe.record(ours, pymarc))
            for their, our in zip(*seen, strict=True):
                assert our == their, number


def failures(package):
    """Returns refused calls, and their exceptions."""
    field, record = package.Field("245", "10", [package.Subfield("a", "T")]), package.Record()
    record.add_field(field)
    control = package.Field("001", data="x")
    yield lambda: package.Field("245", ["1"])
    yield lambda: package.Field("245", "123")
    yield lambda: package.Field("245", "10", ["a", "T"])
    yield lambda: package.Field()
    yield lambda: field["z"]
    yield lambda: control["a"]
    yield lambda: field.__setitem__("z", "x")
    yield lambda: control.__setitem__("a", "x")
    yield lambda: setattr(control, "indicator1", "x")
    yield lambda: setattr(field, "indicators", [])
    yield lambda: next(field)
    yield lambda: record["999"]
    yield lambda: record[5]
    yield lambda: record.remove_field(control)
    yield lambda: record.get_fields(["245"], "100")
    yield lambda: record.get_fields(["245"])
    yield lambda: package.Record("text")
    yield lambda: package.Record(b"00026")
    yield lambda: package.Record(b"x" * 30)
    yield lambda: package.Record(None)
    yield lambda: package.Record(leader="short")
    yield lambda: package.Leader("short")
    yield lambda: package.Leader("x" * 24).__setitem__(22, "xyz")
    yield lambda: package.Leader("x" * 24).__setitem__(-1, "x")
    yield lambda: setattr(package.Leader("x" * 24), "record_length", "1")
    yield lambda: package.MARCWriter(io.BytesIO()).write("record")
    yield lambda: package.Field.convert_legacy_subfields(["a", "b", "c"])
    yield lambda: package.Field(
        "880", None, [package.Subfield("6", "880")]
    ).linkage_occurrence_num()
    yield lambda: next(package.MARCMakerReader("=245 x"))
    yield lambda: package.parse_xml_to_array(io.BytesIO(b"<record><leader>x</leader></record>"))


def outcome(function):
    try:
        return "value", repr(function())
    except Exception as error:
        return type(error).__name__, str(error)


def test_failures_are_the_same():
    pairs = zip(failures(original), failures(pymarc), strict=True)
    outcomes = [(outcome(theirs), outcome(ours)) for theirs, ours in pairs]
    assert [pair for pair in outcomes if pair[0] != pair[1]] == []


def test_half_a_surrogate_pair_survives(marc):
    data = marc.record(("245", b"10\x1faCaf\xe9"), ("020", b"  \x1fa\xe9 1-2"))

    def seen(package):
        reader = package.MARCReader(data, utf8_handling="surrogateescape")
        (record,) = reader
        assert reader.current_exception is None
        field = record["245"]
        return (
            (str(record), str(field), field.value(), field.format_field(), record.title),
            (record.as_json(), record.as_dict(), record.isbn, record.subjects),
            outcome(record.as_marc),
            outcome(lambda: field.as_marc("latin-1")),
        )

    assert seen(pymarc) == seen(original)


# Formats.


def test_formats_are_written_and_read_the_same(books):
    def written(package):
        records = list(package.MARCReader(books.read_bytes()))[:10]
        results = []
        for writer, target in (
            (package.JSONWriter, io.StringIO()),
            (package.MARCWriter, io.BytesIO()),
            (package.TextWriter, io.StringIO()),
            (package.XMLWriter, io.BytesIO()),
        ):
            writing = writer(target)
            for record in records:
                writing.write(record)
            writing.close(close_fh=False)
            writing.write(records[0])
            results.append(target.getvalue())
        return results

    theirs, ours = written(original), written(pymarc)
    assert ours == theirs
    jsons, marcs, texts, xmls = ours
    for package in (original, pymarc):
        readings = [
            list(package.JSONReader(jsons)),
            package.parse_json_to_array(jsons),
            list(package.MARCReader(marcs)),
            list(package.MARCMakerReader(texts)),
            package.parse_xml_to_array(io.BytesIO(xmls), strict=True, normalize_form="NFC"),
        ]
        seen = []
        package.map_records(seen.append, io.BytesIO(marcs))
        package.map_xml(seen.append, io.BytesIO(xmls))
        readings.append(seen)
        texts_of = [[str(record) for record in records] for records in readings]
        if package is original:
            expected = texts_of
    assert texts_of == expected
    assert json.loads(jsons)[0]["leader"] == str(readings[0][0].leader)
