"""tidemarc.pymarc: overridden methods and replaced names that pymarc calls, compared with pymarc."""

from __future__ import annotations

import io
import re
import unittest.mock

import pymarc as original
import pytest
import tidemarc
from tidemarc import pymarc

BOTH = pytest.mark.parametrize("package", [original, pymarc], ids=["pymarc", "tidemarc"])


def same(observe):
    """Returns what both packages give, which must be the same."""
    theirs, ours = observe(original), observe(pymarc)
    assert ours == theirs
    return ours


def first(package, books, base=None, **methods):
    """Reads a record of a class with these methods."""
    data = books.read_bytes()
    return type("Mine", (base or package.Record,), methods)(data[: int(data[:5])])


def mine(package, tag="245", kind=None, code="a"):
    """Makes a field that is in no record."""
    subfields = [package.Subfield(code, "020 mine"), package.Subfield("l", "L")]
    return (kind or package.Field)(tag, ["1", "1"], subfields)


BY_GET = ("title", "issn_title", "isbn", "issn", "issnl", "sudoc", "author", "uniformtitle")
BY_GET_FIELDS = ("series", "subjects", "addedentries", "location", "notes", "physicaldescription")


@pytest.mark.parametrize("name", BY_GET)
def test_an_overridden_get_is_called(name, books):
    def observe(package):
        def get(self, tag, default=None):
            asked.append(tag)
            return mine(package)

        asked = []
        return getattr(first(package, books, get=get), name), asked

    value, asked = same(observe)
    assert asked and value


@pytest.mark.parametrize("name", BY_GET)
def test_a_get_that_finds_nothing_is_believed(name, books):
    def observe(package):
        return getattr(first(package, books, get=lambda self, tag, default=None: None), name)

    assert same(observe) is None


@pytest.mark.parametrize("name", [*BY_GET_FIELDS, "publisher", "pubyear"])
def test_an_overridden_get_fields_is_called(name, books):
    def observe(package):
        def get_fields(self, *tags):
            asked.append(tags)
            return [mine(package, tag, code="b") for tag in ("245", "264")]

        asked = []
        value = getattr(first(package, books, get_fields=get_fields), name)
        return [str(field) for field in value] if isinstance(value, list) else value, asked

    assert same(observe)[1]


def test_linked_fields_come_from_get_fields(books):
    def observe(package):
        linked = mine(package, "880", code="6")
        linked["6"] = "245-01"
        record = first(package, books, get_fields=lambda self, *tags: [linked])
        return [str(field) for field in record.get_linked_fields(linked)]

    assert same(observe) == ["=880  11$6245-01$lL"]


@pytest.mark.parametrize(("name", "count"), [("__iter__", 1), ("__next__", 0)])
def test_an_overridden_iteration_is_written(name, count, books):
    def observe(package):
        def stop(self):
            raise StopIteration

        methods = {"__iter__": lambda self: iter([mine(package)]), "__next__": stop}
        record = first(package, books, **{name: methods[name]})
        target = io.StringIO()
        writer = package.JSONWriter(target)
        writer.write(record)
        return record.as_dict(), record.as_json(), target.getvalue()

    content = same(observe)[0]
    assert len(content["fields"]) == count


def test_a_subclass_that_overrides_nothing_gives_the_same(books):
    def observe(package):
        record = first(package, books)
        names = [*BY_GET, *BY_GET_FIELDS, "publisher", "pubyear"]
        values = [getattr(record, name) for name in names]
        fields = [[str(f) for f in value] if isinstance(value, list) else value for value in values]
        return fields, record.as_dict(), record.as_json(), str(record), record.as_marc()

    assert same(observe)


def counting(package):
    """Makes a class of fields that answer for themselves."""

    class Mine(package.Field):
        def get(self, code, default=None):
            return f"get {code}"

        def __contains__(self, code):
            return code in "al"

        def __getitem__(self, code):
            return f"item {code}"

        def format_field(self):
            return "formatted"

        def linkage_occurrence_num(self):
            return "01"

        @property
        def indicator1(self):
            return "X"

        @property
        def indicator2(self):
            return "1"

    return Mine


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("title", "245"),
        ("issn_title", "222"),
        ("isbn", "020"),
        ("issn", "022"),
        ("issnl", "022"),
        ("sudoc", "086"),
        ("author", "110"),
        ("uniformtitle", "240"),
        ("publisher", "260"),
        ("publisher", "264"),
        ("pubyear", "264"),
    ],
)
def test_a_field_of_a_subclass_answers_for_itself(name, tag):
    def observe(package):
        record = package.Record()
        record.add_field(mine(package, tag, counting(package)))
        return getattr(record, name)

    assert same(observe) or name == "isbn"


def test_a_field_of_a_subclass_is_written_with_its_indicators():
    def observe(package):
        record = package.Record()
        record.add_field(mine(package, "245", counting(package)))
        linked = mine(package, "880", type("Linked", (package.Field,), {"get": lambda *_: "a-7/x"}))
        return (
            record.as_dict(),
            record.as_marc(),
            record["245"].as_marc("utf-8"),
            record["245"].as_marc21(encoding="latin-1"),
            package.record_to_xml(record),
            linked.linkage_occurrence_num(),
        )

    content = same(observe)
    assert content[0]["fields"][0]["245"]["ind1"] == "X"
    assert content[2].startswith(b"X1")
    assert content[-1] == "7"


# Names and methods that are replaced.


def patched(package, where, name, value):
    target = package
    for part in where.split("."):
        target = getattr(target, part)
    return unittest.mock.patch.object(target, name, value)


def marc8(books):
    """A record that says MARC-8."""
    data = books.read_bytes()[:1234]
    return data[:9] + b" " + data[10:]


def read(package, data, how):
    """Reads the first record, by each of the ways."""
    if how == "Record":
        return package.Record(data)
    options = {"read_ahead": False} if how == "direct" and package is pymarc else {}
    return next(package.MARCReader(data if how == "bytes" else io.BytesIO(data), **options))


WAYS = pytest.mark.parametrize("how", ["Record", "bytes", "file", "direct"])


@WAYS
def test_marc8_to_unicode_is_called_by_its_name(how, books):
    def observe(package):
        with patched(package, "record", "marc8_to_unicode", lambda text, quiet: f"M8 {quiet}"):
            replaced = read(package, marc8(books), how).title
        return replaced, read(package, books.read_bytes()[:1234], how).title

    assert same(observe) == ("M8 False", "Pride and prejudice /")


@WAYS
def test_the_class_field_is_called_by_its_name(how, books):
    def observe(package):
        def field(**arguments):
            made.append(sorted(arguments))
            return package.field.Field(**arguments)

        made = []
        with patched(package, "record", "Field", field):
            record = read(package, books.read_bytes()[:1234], how)
        return made, str(record)

    assert same(observe)[0][0] == ["data", "tag"]


@WAYS
def test_the_class_leader_is_called_by_its_name(how, books):
    def observe(package):
        def leader(text):
            made.append(text)
            return package.leader.Leader(text)

        made = []
        with patched(package, "record", "Leader", leader):
            record = read(package, books.read_bytes()[:1234], how)
        return made[-1], str(record.leader)

    assert same(observe)[0] == books.read_bytes()[:24].decode()


@pytest.mark.parametrize(
    "arguments",
    [{}, {"leader": "0" * 24}, {"force_utf8": True}, {"fields": []}],
    ids=lambda arguments: " ".join(arguments) or "none",
)
def test_the_class_leader_is_called_for_a_new_record(arguments):
    def observe(package):
        class Mine(package.Leader):
            def __init__(self, text):
                made.append(text)
                super().__init__(text)

        made = []
        with patched(package, "record", "Leader", Mine):
            record = package.Record(**arguments)
        assert type(package.Record(**arguments).leader) is package.Leader
        return made, type(record.leader).__name__, str(record.leader)

    assert same(observe)[1] == "Mine"


def test_a_mock_may_stand_for_the_leader_of_a_new_record():
    def observe(package):
        made = unittest.mock.Mock(return_value="a leader")
        with patched(package, "record", "Leader", made):
            return package.Record().leader, made.call_args

    assert same(observe)[0] == "a leader"


@pytest.mark.parametrize("how", ["bytes", "file", "direct"])
def test_the_class_record_is_called_by_its_name(how, books):
    def observe(package):
        made = unittest.mock.Mock(return_value="a record")
        with patched(package, "reader", "Record", made):
            replaced = read(package, books.read_bytes()[:1234], how)
        assert isinstance(read(package, books.read_bytes()[:1234], how), package.Record)
        return replaced, made.call_args

    assert same(observe)[0] == "a record"


def test_a_name_that_is_replaced_between_two_records_is_seen(books):
    def observe(package):
        reader = package.MARCReader(books.read_bytes())
        kinds = [type(next(reader)) is package.Record]
        with patched(package, "reader", "Record", lambda *_, **__: "replaced"):
            kinds.append(next(reader))
        kinds.append(type(next(reader)) is package.Record)
        return kinds

    assert same(observe) == [True, "replaced", True]


@WAYS
@pytest.mark.parametrize("name", ["add_field", "decode_marc"])
def test_a_method_that_reading_calls_may_be_replaced(how, name, books):
    def observe(package):
        with patched(package, "Record", name, lambda self, *_, **__: None):
            return read(package, books.read_bytes()[:1234], how).fields

    assert same(observe) == []


def test_isbn_regex_and_json_are_used_by_their_names(books):
    def observe(package):
        record = read(package, books.read_bytes()[:1234], "bytes")
        with patched(package, "record", "isbn_regex", re.compile(r"(\d{3})")):
            isbn = record.isbn
        json = unittest.mock.Mock(**{"dumps.return_value": "text"})
        with patched(package, "record", "json", json):
            text = record.as_json(indent=1), record.as_json()
        return isbn, text, record.isbn, record.as_json()

    assert same(observe)[:2] == ("978", ("text", "text"))


def test_a_module_stays_a_module():
    import types

    assert isinstance(pymarc.record, types.ModuleType)
    assert pymarc.record.__name__ == "tidemarc.pymarc.record"
    pymarc.record.extra = 1
    del pymarc.record.extra
    with pytest.raises(AttributeError):
        del pymarc.record.extra


def test_the_native_reader_does_not_ask_pymarcs_modules(books):
    with patched(pymarc, "reader", "Record", unittest.mock.Mock(side_effect=AssertionError)):
        assert len(list(tidemarc.Reader(books))) == 60


@BOTH
def test_the_handler_keeps_its_private_attributes(package):
    class Mine(package.XmlHandler):
        """A handler such as clients have, which uses the attributes of pymarc's."""

        def startElementNS(self, name, qname, attrs):
            if self._strict and name[0] != package.MARC_XML_NS:
                return
            if name[1] == "record":
                self._record, self._text = package.Record(), []
            elif name[1] == "controlfield":
                self._field = package.Field(attrs.getValue((None, "tag")))
            else:
                super().startElementNS(name, qname, attrs)

    handler = Mine(strict=True)
    xml = f'<record xmlns="{package.MARC_XML_NS}"><controlfield tag="001">x</controlfield></record>'
    package.parse_xml(io.BytesIO(xml.encode()), handler)
    assert [record["001"].data for record in handler.records] == ["x"]
    state = [handler._record, handler._field, handler._subfield_code, handler._text]
    assert (state, handler._strict) == ([None, None, None, []], True)
