"""Records, fields and leaders: reading, editing, writing back, copying."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import pytest
import tidemarc
from tidemarc import Field, Indicators, Leader, Reader, Record, Subfield
from tidemarc.pymarc import BadLeaderValue, FieldNotFound, RecordLeaderInvalid


@pytest.fixture
def book(books):
    """The first of the bundled records."""
    return next(Reader(books))


def one(*args, **kwargs):
    """Returns the record in these bytes."""
    (record,) = Reader(*args, **kwargs)
    return record


# Refused changes.


def test_a_tag_that_is_not_there_is_a_key_error(book):
    with pytest.raises(KeyError) as caught:
        book["999"]
    assert caught.value.args == (), "as pymarc has it"
    assert book.get("999") is None
    assert book.get("999", 5) == 5
    assert "999" not in book
    assert book.get_fields("999") == []


def test_a_code_that_is_not_there_is_a_key_error(book):
    field = book["245"]
    with pytest.raises(KeyError) as caught:
        field["9"]
    assert caught.value.args == (), "as pymarc has it"
    assert field.get("9") is None
    assert field.get("9", 5) == 5
    assert "9" not in field
    assert field.get_subfields("9") == []
    assert field.delete_subfield("9") is None


def test_setting_a_subfield_wants_exactly_one_of_its_code():
    field = Field("500", [" ", " "], [Subfield("a", "1"), Subfield("b", "2"), Subfield("b", "3")])
    field["a"] = "x"
    assert field["a"] == "x"
    with pytest.raises(KeyError, match="no code 'z'"):
        field["z"] = "x"
    with pytest.raises(KeyError, match="more than one code 'b'"):
        field["b"] = "x"
    with pytest.raises(KeyError, match="field is a control field"):
        Field("001", data="x")["a"] = "x"
    assert [subfield.value for subfield in field] == ["x", "2", "3"]


@pytest.mark.parametrize("tag", [5, None, b"245", ["245"]])
def test_what_is_no_text_is_no_tag_of_a_field(book, tag):
    with pytest.raises(KeyError):
        book[tag]
    assert tag not in book
    assert book.get(tag) is None
    assert book.get_fields(tag) == []


@pytest.mark.parametrize(
    ("indicators", "error"),
    [
        ("1", TypeError),
        ("123", TypeError),
        (["1"], ValueError),
        (("1", "2", "3"), ValueError),
        (5, TypeError),
    ],
)
def test_indicators_are_two(indicators, error):
    with pytest.raises(error):
        Field("245", indicators)
    field = Field("245", "10")
    with pytest.raises(error):
        field.indicators = indicators
    assert field.indicators == ("1", "0")
    field.indicators = None
    assert field.indicators == ("1", "0"), "as pymarc has it"


def test_subfields_in_the_old_style_are_refused():
    with pytest.raises(ValueError, match="no longer accepts strings"):
        Field("245", "10", ["a", "Title"])


def test_a_control_field_has_no_indicators(book):
    field = book["001"]
    assert field.indicators is None
    assert (field.indicator1, field.indicator2) == ("", "")
    with pytest.raises(AttributeError):
        field.indicator1 = "1"
    assert field.subfields == []
    assert field.get("a") is None
    assert "a" not in field
    assert field.get_subfields("a") == []


def test_a_field_that_is_not_in_the_record_is_not_removed(book):
    count = len(book.fields)
    with pytest.raises(FieldNotFound, match="does not contain the specified field"):
        book.remove_field(Field("245", "10"))
    # A field with the same content is still another field.
    with pytest.raises(FieldNotFound):
        book.remove_field(copy.copy(book["245"]))
    assert len(book.fields) == count


def test_a_leader_is_24_characters():
    for text in ("", "x" * 23, "x" * 25, "é" * 12):
        with pytest.raises(RecordLeaderInvalid):
            Leader(text)
    for thing in (None, 5, b"x" * 24):
        with pytest.raises(TypeError):
            Leader(thing)


def test_a_leader_that_is_not_ascii_is_kept_and_not_written(tmp_path):
    record = Record()
    record.leader = Leader("é" * 24)
    record.leader.coding_scheme = "x"
    assert str(record.leader) == "é" * 9 + "x" + "é" * 14
    with pytest.raises(tidemarc.errors.WriteError), tidemarc.Writer(tmp_path / "x") as writer:
        writer.write(record)


def test_a_leader_cannot_grow(book):
    leader = book.leader
    before = str(leader)
    with pytest.raises(BadLeaderValue, match="xx is too long to be inserted at 23"):
        leader[23] = "xx"
    with pytest.raises(IndexError):
        leader[-1] = "x"
    with pytest.raises(IndexError):
        leader[24]
    with pytest.raises(TypeError):
        leader[:5] = "x"
    with pytest.raises(TypeError):
        leader["coding_scheme"] = 5
    with pytest.raises(BadLeaderValue, match="Character coding scheme is 1 char field, got aa"):
        leader.coding_scheme = "aa"
    with pytest.raises(AttributeError):
        leader.colour = "x"
    with pytest.raises(AttributeError):
        _ = leader.colour
    assert str(leader) == before


def test_what_a_record_knows_of_its_place_cannot_be_set(book):
    for name in ("raw", "number", "offset", "source", "title"):
        with pytest.raises(AttributeError):
            setattr(book, name, None)


def test_what_stands_in_the_place_of_a_list_is_used_as_one(book):
    book["245"].subfields = (Subfield("a", "T"), Subfield("b", "U"))
    assert book.title == "T U"
    assert book["245"].value() == "T U"
    book.fields = (book["245"], book["001"])
    assert [field.tag for field in book] == ["245", "001"]
    assert one(book.as_marc()).title == "T U"


def test_records_have_no_attributes_of_their_own(book):
    for thing in (book, book["245"], book.leader):
        with pytest.raises(AttributeError):
            thing.mine = "x"


# Reading.


def test_a_record_says_what_it_is_and_where(books):
    data = books.read_bytes()
    reader = Reader(books)
    end = 0
    for number, record in enumerate(reader, 1):
        assert (record.number, record.offset, record.source) == (number, end, str(books))
        end += len(record.raw)
        assert record.raw == data[record.offset : end]
        assert type(record.raw) is bytes
        assert str(record.leader) == record.raw[:24].decode()
        assert record.raw == record.as_marc()
        assert repr(record) == f"<tidemarc.Record {number} (001 {record['001'].data})>"
    assert end == len(data)


def test_a_made_record_has_no_place():
    record = Record()
    assert (record.raw, record.number, record.offset, record.source) == (None,) * 4
    assert repr(record) == "<tidemarc.Record>"
    assert str(record) == f"=LDR  {record.leader}\n"
    assert record.title is None
    assert list(record) == record.fields == []


def test_fields_are_in_the_order_of_the_directory(marc):
    tags = ["001", "500", "245", "500", "001", "245", "9xZ"]
    data = marc.record(
        *(marc.field(tag, f"c{at}" if tag < "010" else f"10$a{at}") for at, tag in enumerate(tags))
    )
    record = one(data)
    assert [field.tag for field in record] == tags
    assert [field.tag for field in record.fields] == tags
    assert [field.value() for field in record.get_fields("500", "001")] == ["c0", "1", "3", "c4"]
    assert [field.value() for field in record.get_fields("001", "500")] == ["c0", "1", "3", "c4"]
    assert record["245"].value() == "2"
    assert record.as_marc() == data


def test_a_record_is_its_own_iterator(book):
    # As in pymarc, a loop within a loop over the same record continues at the position of the outer
    # loop.
    tags = [field.tag for field in book.fields]
    assert iter(book) is book
    assert [(one.tag, two.tag) for one in book for two in book] == [(tags[0], tag) for tag in tags]
    assert [field.tag for field in book] == tags
    field = book["245"]
    with pytest.raises(AttributeError):
        next(field)
    assert iter(field) is field
    assert [subfield.code for subfield in field] == [each.code for each in field.subfields]
    assert list(book["001"]) == []


def test_a_field_says_what_it_holds(marc):
    record = one(marc.record(marc.field("008", "a b"), marc.field("245", "1 $a T $bb$a$bc d ")))
    control, field = record.fields
    assert (control.tag, control.data, control.value()) == ("008", "a b", "a b")
    assert control.control_field
    assert str(control) == "=008  a\\b"
    assert not field.control_field
    assert field.data is None
    assert field.indicators == ("1", " ") == Indicators("1", " ")
    assert (field.indicator1, field.indicator2) == ("1", " ")
    assert field.indicators.first == "1"
    assert field.subfields == [("a", " T "), ("b", "b"), ("a", ""), ("b", "c d ")]
    assert all(type(subfield) is Subfield for subfield in field.subfields)
    assert list(field) == field.subfields
    assert field["a"] == " T "
    assert field.get_subfields("b", "a") == [" T ", "b", "", "c d "]
    assert field.subfields_as_dict() == {"a": [" T ", ""], "b": ["b", "c d "]}
    assert field.value() == "T b  c d"
    assert str(field) == "=245  1\\$a T $bb$a$bc d "
    assert repr(field) == f"<tidemarc.Field {field}>"
    assert "a" in field


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("10$aA", "A"),
        ("10$aA$bB", "A B"),
        ("10$bB$aA", "A B"),
        ("10$aA$bB$aC$bD", "A B"),
        ("10$bB", None),
        ("10$a$bB", ""),
        ("10$aA$b", "A"),
        ("10", None),
        ("", None),
        ("10$a A $b B ", " A   B "),
    ],
)
def test_the_title(content, title, marc):
    record = one(marc.record(marc.field("245", content)))
    assert record.title == title
    assert record["245"].subfields is record["245"].subfields
    assert record.title == title, "also from the live list"


def test_a_field_may_be_short_or_strange(marc):
    contents = ["", "1", "10", "10$", "10$$", "1$aX", "$aX", "123$aX", "10$a", "é0$aX", "10$éX"]
    data = marc.record(*(marc.field("500", content) for content in contents))
    record = one(data)
    found = [(tuple(field.indicators), field.subfields) for field in record]
    assert found == [
        ((" ", " "), []),
        (("1", " "), []),
        (("1", "0"), []),
        (("1", "0"), []),
        (("1", "0"), []),
        (("1", " "), [("a", "X")]),
        ((" ", " "), [("a", "X")]),
        (("1", "2"), [("a", "X")]),
        (("1", "0"), [("a", "")]),
        (("é", "0"), [("a", "X")]),
        (("1", "0"), [("é", "X")]),
    ]
    for field in record:
        field.value(), str(field), field.get("a"), field.get_subfields("a")
    assert record.as_marc() == data, "looking at it changed nothing"


def test_blanks_are_stripped_as_python_strips_them(marc):
    blanks = [chr(at) for at in range(0x3100) if chr(at).isspace() and at not in (0x1D, 0x1E, 0x1F)]
    others = ["\u200b", "\ufeff", "\x00", "\u180e"]
    for blank in blanks + others:
        value = f"{blank}x{blank}y{blank}"
        record = one(marc.record(marc.field("500", f"  $a{value}")))
        assert record["500"].value() == value.strip(), hex(ord(blank))
        record["500"].subfields  # noqa: B018
        assert record["500"].value() == value.strip(), hex(ord(blank))


# R1: an unchanged record is written byte for byte.


LOOKS = {
    "nothing": lambda record: None,
    "a field": lambda record: record["001"].data,
    "all fields": lambda record: record.fields,
    "all subfields": lambda record: [field.subfields for field in record],
    "all indicators": lambda record: [field.indicators for field in record],
    "all values": lambda record: [field.value() for field in record],
    "the text": str,
    "the title": lambda record: (record.title, record["245"].subfields, record.title),
    "the leader": lambda record: record.leader[9],
    "everything": lambda record: (str(record), record.leader, record.fields, record.get("999")),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ["books.mrc", "ascii.mrc"])
def test_looking_changes_nothing(look, name, fixtures):
    data = (fixtures / name).read_bytes()
    written = b""
    for record in Reader(data):
        LOOKS[look](record)
        written += record.as_marc()
    assert written == data


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("way", ["copy", "deepcopy", "pickle"])
def test_looking_and_copying_changes_nothing(look, way, fixtures, marc):
    strange = marc.record(
        *(marc.field("500", content) for content in ("", "1", "10$$aX", "123$aX", "10$aX")),
        marc.field("001", "x"),
        marc.field("245", "10$a$bX"),
        leader=b"00000nam a2200000 i 4500",
    )
    for data in (strange, (fixtures / "books.mrc").read_bytes()):
        for record in Reader(data):
            LOOKS[look](record)
            again = COPIES[way](record)
            assert again.as_marc() == again.raw == record.raw
            assert (again.number, again.offset, again.source) == (
                record.number,
                record.offset,
                record.source,
            )


def test_a_record_that_is_out_of_the_ordinary_is_written_as_it_came(marc):
    # Fields overlap, or have another order than the directory, or are far apart.
    sound = marc.record(marc.field("001", "x"), marc.field("245", "10$aHi"))
    swapped = sound[:24] + sound[36:48] + sound[24:36] + sound[48:]
    for data in (sound, swapped):
        record = one(data)
        str(record)
        assert record.as_marc() == data
    assert [field.tag for field in one(swapped)] == ["245", "001"]


# R4: objects that were handed out are live.


def test_a_field_is_the_same_object_each_time(book):
    field = book["245"]
    assert book["245"] is field
    assert book.get("245") is field
    assert book.get_fields("245")[0] is field
    assert next(one for one in book.fields if one.tag == "245") is field
    assert next(one for one in book if one.tag == "245") is field
    assert book["245"] is field
    assert book.fields is book.fields
    assert book.get_fields() is book.fields
    assert book.leader is book.leader
    assert field.subfields is field.subfields


def test_what_is_changed_in_a_field_is_changed_in_the_record(book):
    first = book["245"]
    first["a"] = "New"
    assert book["245"]["a"] == "New"
    assert book.title.startswith("New")
    book.fields[0].data = "changed"
    assert book["001"].data == "changed"
    again = one(book.as_marc())
    assert again.title == book.title
    assert again["001"].data == "changed"
    assert str(again)[30:] == str(book)[30:]


def test_a_change_and_its_undoing_write_back_byte_for_byte(books):
    for record in Reader(books):
        field = record["245"]
        old = field["a"]
        field["a"] = "x"
        assert record.as_marc() != record.raw
        field["a"] = old
        assert record.as_marc() == record.raw
        field.indicator1, old = "9", field.indicator1
        assert record.as_marc() != record.raw
        field.indicator1 = old
        field.tag = "246"
        assert record.as_marc() != record.raw
        field.tag = "245"
        record.leader[5], old = "d", record.leader[5]
        assert record.as_marc() != record.raw
        record.leader[5] = old
        extra = Field("999", "  ", [Subfield("a", "x")])
        record.add_field(extra)
        assert record.as_marc() != record.raw
        record.remove_field(extra)
        assert record.as_marc() == record.raw


@pytest.mark.parametrize("name", ["books.mrc", "ascii.mrc"])
def test_a_record_is_written_the_same_whether_all_fields_were_made_or_some(name, fixtures):
    for record in Reader(fixtures / name):
        record["245"].add_subfield("z", "x" * (record.number * 100 % 3000))
        record["001"].data = str(record.number)
        some = record.as_marc()
        record.fields  # noqa: B018
        assert some == record.as_marc() != record.raw
        assert one(some)["001"].data == str(record.number)


@pytest.mark.parametrize("length", [9_994, 9_995, 20_000, 100_000])
def test_a_field_that_has_become_too_long_is_refused(length, marc):
    record = one(marc.record(marc.field("001", "x"), marc.field("245", "10$aHi")))
    record["245"]["a"] = "x" * length
    if length <= 9_994:
        assert one(record.as_marc())["245"]["a"] == "x" * length
        return
    for _ in range(2):
        with pytest.raises(tidemarc.errors.WriteError):
            record.as_marc()
        record.fields  # noqa: B018


def test_raw_stays_what_it_was(book):
    raw = book.raw
    book["245"]["a"] = "New"
    book.remove_fields("650")
    assert book.raw == raw
    assert book.as_marc() != raw


def test_an_untouched_field_keeps_its_bytes_when_another_is_changed(marc):
    data = marc.record(
        marc.field("245", "10$aHi"), marc.field("500", "10$$aX"), ("501", b"  \x1faCaf\xe9")
    )
    record = one(data)
    record["245"]["a"] = "Longer"
    again = one(record.as_marc())
    assert again["245"]["a"] == "Longer"
    assert b"10\x1f\x1faX\x1e" in record.as_marc()
    assert b"  \x1faCaf\xe9\x1e" in record.as_marc()


def test_the_live_lists_may_be_edited_in_every_way():
    record = Record()
    fields = [Field("500", "  ", [Subfield("a", str(at))]) for at in range(5)]
    record.fields = fields
    assert record.fields is fields
    fields.reverse()
    assert record["500"]["a"] == "4"
    del fields[0]
    fields.insert(0, Field("245", "10", [Subfield("a", "T")]))
    assert record.title == "T"
    record.fields[1:] = []
    assert [field.tag for field in record] == ["245"]
    subfields = [Subfield("a", "U")]
    record["245"].subfields = subfields
    subfields.append(("b", "V"))  # A plain pair has no code; see below.
    with pytest.raises(AttributeError):
        record["245"].value()
    subfields[1] = Subfield("b", "V")
    assert record.title == "U V"
    record["245"].subfields.clear()
    assert record.title is None
    assert one(record.as_marc()).fields[0].subfields == []


def test_the_lists_of_the_caller_are_used_and_not_copied():
    subfields = [Subfield("b", "U")]
    fields = [Field("245", ["1", "0"], subfields)]
    record = Record(fields=fields)
    fields.append(Field("246", "10"))
    subfields.insert(0, Subfield("a", "T"))
    assert record.title == "T U"
    assert "246" in record


def test_subfields_are_added_and_deleted():
    field = Field("245", "10", [Subfield("a", "A")])
    field.add_subfield("c", "C")
    field.add_subfield("b", "B", 1)
    field.add_subfield("z", "Z", 100)
    field.add_subfield("0", "0", 0)
    assert str(field) == "=245  10$00$aA$bB$cC$zZ"
    assert field.delete_subfield("a") == "A"
    field.add_subfield("y", "Y", -1)
    assert [subfield.code for subfield in field] == ["0", "b", "c", "y", "z"]
    control = Field("001", data="x")
    control.add_subfield("a", "A")
    assert control.subfields == []


def test_fields_are_added_and_removed(book):
    count = len(book.fields)
    one_, two = Field("900", "  "), Field("901", "  ")
    book.add_field(one_, two)
    assert book.fields[-2:] == [one_, two]
    book.remove_field(one_, two)
    assert len(book.fields) == count
    book.add_field(one_)
    tags = [field.tag for field in book if field.tag not in ("650", "900")]
    book.remove_fields("650", "900")
    assert [field.tag for field in book] == tags
    book.add_field()
    book.remove_field()
    book.remove_fields()
    assert [field.tag for field in book] == tags


def test_a_change_of_tag_is_seen_everywhere(book):
    field = book["245"]
    field.tag = "246"
    assert field.tag == "246"
    assert "245" not in book
    assert book["246"] is field
    assert book.get_fields("246")[0] is field
    assert book.title is None
    assert "=246  " in str(book)


def test_a_change_of_indicators_is_seen_everywhere(book):
    field = book["245"]
    field.indicators = ["7", "8"]
    assert field.indicators == Indicators("7", "8")
    field.indicator2 = "9"
    assert field.indicators == ("7", "9")
    assert str(field).startswith("=245  79$")
    assert one(book.as_marc())["245"].indicators == ("7", "9")
    with pytest.raises(AttributeError):
        field.indicators.first = "1"


def test_the_leader_is_live(book):
    leader = book.leader
    leader[5:7] = "xy"
    leader.encoding_level = "8"
    leader["cataloging_form"] = "z"
    assert (leader.record_status, leader.type_of_record) == ("x", "y")
    assert leader[17] == "8"
    assert leader["cataloging_form"] == "z"
    assert leader[-4:] == "4500"
    assert str(book).startswith(f"=LDR  {leader}\n")
    written = one(book.as_marc()).leader
    assert str(written)[5:12] == str(leader)[5:12]
    assert str(written)[17:] == str(leader)[17:]
    assert repr(Leader(str(leader))) == f'Leader("{leader}")'
    mine = Leader("0" * 24)
    book.leader = mine
    assert book.leader is mine
    mine[5] = "q"
    assert book.leader[5] == "q"
    book.leader = "1" * 24
    assert str(book.leader) == "1" * 24


def test_the_encoding_is_the_leaders(marc):
    record = one(marc.record(marc.field("245", "10$a🙂")))
    record.leader[9] = " "
    with pytest.raises(ValueError, match="MARC-8"):
        record.as_marc()
    record["245"]["a"] = "E"
    assert one(record.as_marc()).title == "E"
    plain = one(marc.record(marc.field("245", "10$aE"), leader=b"00000nam  2200000   4500"))
    plain["245"]["a"] = "Æ"
    assert (b"\xa5" in plain.as_marc(), one(plain.as_marc()).title) == (True, "Æ")
    plain["245"]["a"] = "🙂"
    with pytest.raises(ValueError, match="MARC-8"):
        plain.as_marc()
    plain.leader[9] = "a"
    assert one(plain.as_marc()).title == "🙂"


def test_a_field_may_move_to_another_record(books):
    first, second, *_ = Reader(books)
    field = first["245"]
    second.add_field(field)
    first.remove_field(field)
    field["a"] = "Moved"
    assert second.fields[-1]["a"] == "Moved"
    assert "245" not in first
    assert one(second.as_marc()).get_fields("245")[-1]["a"] == "Moved"


def test_tags_are_filled_up():
    assert Field(5, data="x").tag == "005"
    assert Field("5", data="x").control_field
    assert Field("0245", "10").tag == "245"
    assert Field(245, "10").tag == "245"
    assert not Field("00A", "10").control_field
    assert Field("000", data="x").control_field
    assert Field("245", None).indicators == (" ", " ")
    assert Field("245", []).indicators == (" ", " ")


def test_what_stands_in_for_other_things():
    record = Record(fields=[Field("001", data=None), Field("245", "10")])
    assert record["001"].value() == ""
    assert bool(record)
    assert bool(record["245"])
    assert record != Record(fields=record.fields)
    assert hash(record) != hash(Record())
    assert record["245"] != Field("245", "10")


# Copies.

COPIES = {
    "copy": lambda record: record.copy(),
    "deepcopy": copy.deepcopy,
    "pickle": lambda record: pickle.loads(pickle.dumps(record)),
    "pickle, protocol 2": lambda record: pickle.loads(pickle.dumps(record, 2)),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_is_the_same_and_its_own(way, books):
    for record in Reader(books):
        edited = record.number % 2
        if edited:
            record["245"]["a"] = "Edited"
            record.leader[5] = "d"
            record.add_field(Field("999", "  ", [Subfield("a", "x")]))
        again = COPIES[way](record)
        assert type(again) is Record
        assert str(again) == str(record)
        assert again.as_marc() == record.as_marc()
        assert (again.raw, again.number, again.offset, again.source) == (
            record.raw,
            record.number,
            record.offset,
            record.source,
        )
        again["245"]["a"] = "Only here"
        again.leader[6] = "z"
        again.fields.pop()
        assert record["245"]["a"] == ("Edited" if edited else one(record.raw)["245"]["a"])
        assert record.leader[6] != "z"


@pytest.mark.parametrize("way", COPIES)
def test_a_made_record_is_copied(way):
    record = Record(leader="00000cas a2200000 a 4500")
    record.add_field(Field("001", data="é"), Field("245", "10", [Subfield("a", "T")]))
    again = COPIES[way](record)
    assert str(again) == str(record)
    assert again.raw is again.number is again.offset is None
    again["245"]["a"] = "U"
    assert record.title == "T"
    assert str(COPIES[way](Record())) == str(Record())


@pytest.mark.parametrize("way", COPIES)
def test_text_that_does_not_decode_is_copied_as_it_is(way, marc):
    record = one(marc.BAD_TEXT)
    assert COPIES[way](record).as_marc() == marc.BAD_TEXT
    assert record["001"].data == "a1"
    record.get_fields("500")
    again = COPIES[way](record)
    assert again.as_marc() == marc.BAD_TEXT
    assert again["500"]["a"] == "Note"
    with pytest.raises(tidemarc.errors.EncodingError) as caught:
        again["245"].value()
    assert caught.value.offset == marc.BAD_TEXT.index(b"\xe9")


def test_a_shallow_copy_shares_its_fields(book):
    again = copy.copy(book)
    assert again.as_marc() == book.raw
    assert again.fields is book.fields
    assert again["245"] is book["245"]


def test_fields_are_copied_and_pickled(book):
    for field in book:
        for way in (copy.copy, copy.deepcopy, COPIES["pickle"]):
            again = way(field)
            assert type(again) is Field
            assert again is not field
            assert str(again) == str(field)
            assert again.indicators == field.indicators
    field = book["245"]
    again = copy.deepcopy(field)
    again["a"] = "x"
    assert field["a"] != "x"


def test_copies_keep_what_belongs_together_together(book):
    record, field = copy.deepcopy((book, book["245"]))
    field["a"] = "Together"
    assert record["245"] is field
    assert record.title.startswith("Together")


def test_leaders_are_copied_and_pickled(book):
    for way in (copy.copy, copy.deepcopy, COPIES["pickle"]):
        again = way(book.leader)
        assert str(again) == str(book.leader)
        again[5] = "x"
        assert book.leader[5] != "x"


# Subclasses.


class MyRecord(Record):
    """A record with attributes and a method."""

    def shout(self):
        return self.title.upper()


class MyField(Field):
    """A field with an attribute."""

    note = None


def test_subclasses_have_attributes_and_are_copied_with_them():
    record = MyRecord(fields=[MyField("245", "10", [Subfield("a", "T")])])
    record.mine = [1, 2]
    record["245"].note = "mine"
    assert record.shout() == "T"
    for way in COPIES.values():
        again = way(record)
        assert type(again) is MyRecord
        assert again.mine == [1, 2]
        assert again.shout() == "T"
        assert type(again["245"]) is MyField
        assert again["245"].note == "mine"


def test_subclasses_may_have_properties_and_arguments_of_their_own():
    class Mine(Record):
        def __init__(self, title):
            super().__init__(fields=[Field("245", "10", [Subfield("a", title)])])

        @property
        def title(self):
            return "<" + super().title + ">"

    assert Mine("T").title == "<T>"
    assert Record.title.__get__(Mine("T")) == "T"


def test_a_subclass_of_a_field_may_say_its_own():
    class Loud(Field):
        def __str__(self):
            return "LOUD"

    record = Record(fields=[Loud("245", "10", [Subfield("a", "T")])])
    assert str(record).endswith("LOUD\n")
    assert one(record.as_marc()).title == "T"


# Objects that are held, and the time for which they are held.


def test_a_record_lets_go_of_its_fields(books):
    class Watched(Field):
        pass

    record = next(Reader(books))
    field = Watched("999", "  ")
    gone = weakref.ref(field)
    record.add_field(field)
    del field
    assert gone() is not None
    del record
    assert gone() is None


def test_a_field_outlives_its_record(books):
    field = next(Reader(books))["245"]
    gc.collect()
    assert field["a"]
    assert str(field)


def test_nothing_is_left_of_what_was_read(books, process):
    def read():
        for record in Reader(books):
            record.title, record.leader, str(record), record.fields
            record["245"]["a"] = "x"
            record.as_marc(), record.copy()

    for _ in range(5):
        read()
    gc.collect()
    before, objects = process.resident(), len(gc.get_objects())
    for _ in range(60):
        read()
    gc.collect()
    assert process.resident() - before < 4 << 20
    assert len(gc.get_objects()) - objects < 100


# Undecodable text, and its repair.


def test_what_does_not_decode_is_repaired_by_replacing_it(marc):
    def read():
        raw = marc.record(
            marc.field("001", "a1"), ("005", b"x\xffy"), ("245", b"10\x1faCaf\xff\x1fbx")
        )
        return next(Reader(raw))

    record = read()
    record["005"].data = "ok"
    field = record["245"]
    field.subfields = [Subfield("a", "fixed")]
    assert field.indicators == ("1", "0")
    field.indicators = ("1", "4")
    copies = [record, record.copy(), pickle.loads(pickle.dumps(record))]
    for repaired in [*copies, next(Reader(record.as_marc()))]:
        assert str(repaired["005"]) == "=005  ok"
        assert str(repaired["245"]) == "=245  14$afixed"
        assert repaired["001"].data == "a1"
    assert field.raw == copy.copy(field).raw == b"10\x1faCaf\xff\x1fbx"


def test_what_nobody_replaced_need_not_decode_to_be_written_or_copied(marc):
    raw = marc.record(marc.field("001", "a1"), ("245", b"10\x1faCaf\xff"))
    record = next(Reader(raw))
    record["245"].indicator2 = "4"
    assert record.as_marc() == raw.replace(b"10\x1fa", b"14\x1fa")
    for other in (record.copy(), pickle.loads(pickle.dumps(record))):
        assert other.as_marc() == record.as_marc()
        with pytest.raises(tidemarc.errors.EncodingError) as caught:
            other["245"].value()
        assert caught.value.offset == raw.index(b"\xff")


def test_indicators_that_are_no_text_are_told_and_replaced(marc):
    record = next(Reader(marc.record(marc.field("001", "a1"), ("245", b"\xff0\x1faTitle"))))
    field = record["245"]
    with pytest.raises(tidemarc.errors.EncodingError):
        _ = field.indicators
    field.subfields = [Subfield("a", "fixed")]
    with pytest.raises(tidemarc.errors.EncodingError):
        _ = field.indicators
    field.indicators = ("1", "0")
    assert next(Reader(record.as_marc())).title == "fixed"


def test_bytes_before_the_first_delimiter_are_decoded_and_kept(marc):
    record = one(marc.record(marc.field("001", "a1"), ("245", b"10\xff\xfe\x1faTitle")))
    for look in (
        lambda field: field.value(),
        lambda field: field["a"],
        lambda field: field.subfields,
        lambda field: field.format_field(),
    ):
        with pytest.raises(tidemarc.errors.EncodingError):
            look(record["245"])
    assert record["245"].indicators == ("1", "0")
    record["245"].indicator2 = "4"
    assert one(record.as_marc())["245"].raw == b"14\xff\xfe\x1faTitle"
    record["245"].subfields = [Subfield("a", "fixed")]
    assert one(record.as_marc())["245"].raw == b"14\x1fafixed"
    record = one(marc.record(marc.field("001", "a1"), ("245", b"10xyz\x1faT")))
    field = record["245"]
    assert (field.value(), field.indicators) == ("T", ("1", "0"))
    field.add_subfield("b", "U")
    assert one(record.as_marc())["245"].raw == b"10xyz\x1faT\x1fbU"
    field.indicator1 = "0"
    record.leader[9] = " "
    assert one(record.as_marc())["245"].raw == b"00xyz\x1faT\x1fbU"


def test_a_record_that_says_it_is_utf8_is_utf8(marc):
    raw = marc.record(
        ("001", b"ab\xe9c"), marc.field("245", "10$aHi"), leader=b"00000nam  2200000   4500"
    )
    record = one(raw)
    record.leader[9] = "a"
    assert one(record.as_marc())["001"].data == record["001"].data == "abč"
    record = one(raw, encoding="utf-8")
    assert record.as_marc() == raw
    record.leader[9] = "a"
    with pytest.raises(tidemarc.errors.EncodingError):
        record.as_marc()
    record["001"].data = "abc"
    assert one(record.as_marc())["001"].data == "abc"
    record = one(raw, encoding="utf-8", encoding_errors="replace")
    record.leader[9] = "a"
    assert one(record.as_marc())["001"].data == "ab\ufffdc"


def test_a_leader_that_is_not_ascii_may_be_looked_at(marc):
    raw = bytearray(marc.record())
    raw[23] = 0xE9
    record = one(bytes(raw))
    assert record.leader[23] == "é"
    for other in (record, record.copy(), pickle.loads(pickle.dumps(record))):
        assert other.as_marc() == raw
    record.leader[22] = "ß"
    with pytest.raises(tidemarc.errors.WriteError, match="a leader is 24 ASCII characters"):
        record.as_marc()


@pytest.mark.parametrize("key", ["\ud800", "", "a\0b", 5, None])
def test_what_is_no_tag_and_no_code_is_not_there(key, book):
    for it in (book, book["245"], Record(), book.copy()):
        assert key not in it
        assert it.get(key) is None
        with pytest.raises(KeyError):
            it[key]
    assert book.get_fields(key) == book["245"].get_subfields(key) == []


def test_what_makes_copies_is_no_argument_of_a_constructor(book):
    with pytest.raises(TypeError):
        Record(_origin=(book.raw, 1, 0, None, 0))
    with pytest.raises(TypeError):
        Field("245", _raw=("245", b"10", 0, 1, 0))


class Asks(Record):
    def __new__(cls, must):
        record = super().__new__(cls)
        record.must = must
        return record

    def __init__(self, must):
        super().__init__()


class AsksToo(Field):
    def __new__(cls, must):
        return super().__new__(cls, "500")

    def __init__(self, must):
        super().__init__("500", [" ", " "], [Subfield("a", must)])


def test_a_subclass_that_asks_for_arguments_is_copied():
    record = Asks("x")
    record.add_field(AsksToo("y"))
    for other in (copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert (type(other), other.must, type(other["500"])) == (Asks, "x", AsksToo)
        assert other.as_marc() == record.as_marc()


# Cycles.


def a_field_that_knows_its_record(record):
    class Child(Field):
        parent = None

    child = Child("500", [" ", " "], [Subfield("a", "x")])
    child.parent = record
    record.add_field(child)


def a_list_that_knows_its_record(record):
    class Fields(list):
        parent = None

    fields = Fields(record.fields)
    fields.parent = record
    record.fields = fields


def a_field_that_was_looked_up(record):
    field = record["245"]
    field.subfields.append(Subfield("x", record))


def a_leader_that_is_none(record):
    record.leader = [record]


def a_leader_of_something_else(record):
    record.leader.leader = [record]


class Text(str):
    """Text with attributes."""

    def __new__(cls, text, record):
        made = super().__new__(cls, text)
        made.record = record
        return made


def data_that_know_their_record(record):
    record["001"].data = Text("x", record)


def indicators_that_know_their_record(record):
    record["245"].indicators = Indicators("1", Text("0", record))


def a_tag_that_knows_its_record(record):
    record["245"].tag = Text("246", record)


@pytest.mark.parametrize(
    "tie",
    [
        a_field_that_knows_its_record,
        a_list_that_knows_its_record,
        a_field_that_was_looked_up,
        a_leader_that_is_none,
        a_leader_of_something_else,
        data_that_know_their_record,
        indicators_that_know_their_record,
        a_tag_that_knows_its_record,
    ],
)
def test_cycles_are_collected(tie, marc):
    class Mine(Record):
        pass

    record = Mine(marc.record())
    other = one(marc.record())
    gone = weakref.ref(record)
    other.fields.append(record)
    record.other = other
    tie(other)
    tie(record)
    del record, other
    gc.collect()
    assert gone() is None
