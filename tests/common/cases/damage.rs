//! One fault in one record, with sound records around it.

use super::{
    super::build::{
        Part::{Length, Start, Tag},
        cut, find, insert, misstated, put, record, simple, spoil_entry, three,
    },
    Case, case,
};

pub(super) fn cases() -> Vec<Case> {
    [lengths(), leaders(), directories(), terminators(), truncated()]
        .into_iter()
        .flatten()
        .collect()
}

/// Puts a bad record between two sound records.
fn between(bad: impl AsRef<[u8]>) -> Vec<u8> {
    [&simple("before"), bad.as_ref(), &simple("after")].concat()
}

fn victim() -> Vec<u8> {
    three("bad", b"10\x1FaA title")
}

fn lengths() -> Vec<Case> {
    let with = |length: &[u8]| between(put(victim(), 0, length));
    let stray = three("bad", b"10\x1Faone\x1Dtwo");
    let length_wrong = "record record_length record";
    vec![
        case("length too large by 7", between(misstated(victim(), 7)), length_wrong),
        case("length too small by 7", between(misstated(victim(), -7)), length_wrong),
        case("length too large by 1", between(misstated(victim(), 1)), length_wrong),
        case("length too small by 1", between(misstated(victim(), -1)), length_wrong),
        case("length of this record and the next", between(misstated(victim(), 65)), length_wrong),
        case("length 99999", with(b"99999"), length_wrong),
        case("length 00000", with(b"00000"), length_wrong),
        case("length 00001", with(b"00001"), length_wrong),
        case("length 00025", with(b"00025"), length_wrong),
        case("length 00026", with(b"00026"), length_wrong),
        case("length abcde", with(b"abcde"), length_wrong),
        case("length of five blanks", with(b"     "), length_wrong),
        case("length of five NULs", with(b"\0\0\0\0\0"), length_wrong),
        case("length with a sign", with(b"+0123"), length_wrong),
        case(
            "length 00023, and terminators there in the leader",
            between(put(put(victim(), 0, b"00023"), 21, b"\x1E\x1D")),
            length_wrong,
        ),
        case(
            "length 00024, and terminators there in the leader",
            between(put(put(victim(), 0, b"00024"), 22, b"\x1E\x1D")),
            length_wrong,
        ),
        case(
            "length 00023, terminators there in the leader, and the end of the input",
            put(put(victim(), 0, b"00023"), 21, b"\x1E\x1D")[..25].to_vec(),
            "record_terminator truncation",
        ),
        case("length of other bytes", with(b"\xFF\xFE\x1D\x1E\x1F"), length_wrong),
        case(
            "length wrong in the first record",
            [misstated(victim(), 7), simple("after")].concat(),
            "record_length record",
        ),
        case(
            "length wrong in the last record",
            [simple("before"), misstated(victim(), 7)].concat(),
            "record record_length",
        ),
        case(
            "length 99999 in the last record",
            [simple("before"), put(victim(), 0, b"99999")].concat(),
            "record record_length",
        ),
        case(
            "length wrong in every record",
            [misstated(victim(), 7), misstated(victim(), -7), put(victim(), 0, b"abcde")].concat(),
            "record_length record_length record_length",
        ),
        case(
            "length wrong and a record terminator inside a field",
            between(misstated(stray.clone(), 7)),
            length_wrong,
        ),
        case(
            "length abcde and a record terminator inside a field",
            between(put(stray.clone(), 0, b"abcde")),
            length_wrong,
        ),
        case(
            "length lands on a stray record terminator",
            between(put(
                stray.clone(),
                0,
                format!("{:05}", find(&stray, b"\x1Dtwo") + 1).as_bytes(),
            )),
            length_wrong,
        ),
        case(
            "length wrong and a record inside a field",
            between(misstated(three("bad", &simple("inside")), 7)),
            length_wrong,
        ),
        case(
            "length wrong in a record without fields",
            between(misstated(record(&[]), 1)),
            "record directory record",
        ),
        case(
            "length abcde in a record without fields",
            between(put(record(&[]), 0, b"abcde")),
            length_wrong,
        ),
    ]
}

fn leaders() -> Vec<Case> {
    let with = |at, bytes: &[u8]| between(put(victim(), at, bytes));
    let base = |base: usize| with(12, format!("{base:05}").as_bytes());
    let true_base = 24 + 36 + 1;
    vec![
        case("a control character at leader 05", with(5, b"\x01"), "record leader record"),
        case("a control character at leader 09", with(9, b"\x7F"), "record leader record"),
        case("a byte of more than 7 bits at leader 17", with(17, b"\xE9"), "record leader record"),
        case("a record terminator at leader 06", with(6, b"\x1D"), "record leader record"),
        case(
            "neither 22 nor 45 in the leader",
            between(put(put(victim(), 10, b"00"), 20, b"0000")),
            "record leader record",
        ),
        case(
            "leader damaged and length abcde",
            between(put(put(victim(), 5, b"\x01"), 0, b"abcde")),
            "record record_length record",
        ),
        case(
            "base address too large by an entry",
            base(true_base + 12),
            "record base_address record",
        ),
        case(
            "base address too small by an entry",
            base(true_base - 12),
            "record base_address record",
        ),
        case("base address too large by 1", base(true_base + 1), "record base_address record"),
        case("base address 00000", base(0), "record base_address record"),
        case("base address 00024", base(24), "record base_address record"),
        case("base address 00025", base(25), "record base_address record"),
        case("base address past the record", base(24 + 12 * 300 + 1), "record base_address record"),
        case("base address 99997", base(99_997), "record base_address record"),
        case("base address abcde", with(12, b"abcde"), "record base_address record"),
        case("base address of blanks", with(12, b"     "), "record base_address record"),
        case(
            "base address and length wrong",
            between(put(misstated(victim(), 7), 12, b"00000")),
            "record base_address record",
        ),
    ]
}

fn directories() -> Vec<Case> {
    let entry = |ordinal, part, bytes: &[u8]| between(spoil_entry(victim(), ordinal, part, bytes));
    let shifted = |by: &[u8]| between(insert(victim(), 24 + 12, by));
    vec![
        case("first entry not a number", entry(1, Length, b"abcd"), "record directory:1 record"),
        case("middle entry not a number", entry(2, Length, b"abcd"), "record directory:2 record"),
        case("last entry not a number", entry(3, Length, b"abcd"), "record directory:3 record"),
        case("middle start not a number", entry(2, Start, b"0 006"), "record directory:2 record"),
        case(
            "last digit of an entry not a number",
            entry(2, Start, b"0000x"),
            "record directory:2 record",
        ),
        case("a control character in a tag", entry(2, Tag, b"24\x01"), "record directory:2 record"),
        case(
            "a blank tag and a start that is not a number",
            entry(2, Tag, b"   00120000x"),
            "record directory:2 record",
        ),
        case(
            "a blank tag and a wrong length",
            between(misstated(spoil_entry(victim(), 2, Tag, b"   "), 7)),
            "record record_length record",
        ),
        case(
            "a tag with a byte of more than 7 bits",
            entry(2, Tag, b"2\xC35"),
            "record directory:2 record",
        ),
        case(
            "a field terminator in an entry",
            entry(2, Tag, b"2\x1E5"),
            "record directory:2 record",
        ),
        case(
            "a record terminator in an entry",
            entry(2, Tag, b"2\x1D5"),
            "record directory:2 record",
        ),
        case(
            "middle entry points past the end by its length",
            entry(2, Length, b"0999"),
            "record directory:2 record",
        ),
        case(
            "middle entry points past the end by its start",
            entry(2, Start, b"00999"),
            "record directory:2 record",
        ),
        case(
            "last entry points past the end",
            entry(3, Start, b"00999"),
            "record directory:3 record",
        ),
        case(
            "the last entry takes in the record terminator",
            entry(3, Length, b"0010"),
            "record directory:3 record",
        ),
        case(
            "middle entry of no length",
            entry(2, Length, b"0000"),
            "record field_terminator:2 record",
        ),
        case(
            "last entry of no length",
            entry(3, Length, b"0000"),
            "record field_terminator:3 record",
        ),
        case(
            "first entry of no length",
            entry(1, Length, b"0000"),
            "record field_terminator:1 record",
        ),
        case(
            "middle entry too short by 1",
            entry(2, Length, b"0011"),
            "record field_terminator:2 record",
        ),
        case(
            "middle entry too long by 1",
            entry(2, Length, b"0013"),
            "record field_terminator:2 record",
        ),
        case(
            "last entry too short by 1",
            entry(3, Length, b"0008"),
            "record field_terminator:3 record",
        ),
        case(
            "the directory does not reach the end",
            between(record_with_tail()),
            "record directory record",
        ),
        case("a directory of nines", entry(2, Tag, b"999999999999"), "record directory:2 record"),
        case("a directory one byte too long", shifted(b"0"), "record base_address record"),
        case(
            "a directory one entry too long",
            shifted(b"246000500000"),
            "record base_address record",
        ),
        case(
            "the directory's terminator is gone",
            between(put(victim(), 60, b"0")),
            "record base_address record",
        ),
    ]
}

/// Makes a record whose last field is followed by bytes, ended by 0x1E, that have no entry.
fn record_with_tail() -> Vec<u8> {
    let whole = three("bad", b"10\x1FaA title");
    let longer = insert(whole.clone(), whole.len() - 1, b"tail\x1E");
    let length = longer.len();
    put(longer, 0, format!("{length:05}").as_bytes())
}

fn terminators() -> Vec<Case> {
    let length = victim().len();
    let middle = find(&victim(), b"title") + 5;
    vec![
        case(
            "the record terminator is another byte",
            between(put(victim(), length - 1, b"x")),
            "record record_terminator record",
        ),
        case(
            "the record terminator is a newline",
            between(put(victim(), length - 1, b"\n")),
            "record record_terminator record",
        ),
        case(
            "the record terminator is missing",
            between(cut(victim(), 1)),
            "record record_terminator record",
        ),
        case(
            "the record terminator of the last record is missing",
            [simple("before"), cut(victim(), 1)].concat(),
            "record truncation",
        ),
        case(
            "the last field terminator is another byte",
            between(put(victim(), length - 2, b"x")),
            "record field_terminator record",
        ),
        case(
            "the last field terminator is missing",
            between(insert(cut(victim(), 2), length - 2, b"\x1D")),
            "record record_terminator record",
        ),
        case(
            "a field terminator is another byte",
            between(put(victim(), middle, b"x")),
            "record field_terminator:2 record",
        ),
        case(
            "a field terminator is a record terminator",
            between(put(victim(), middle, b"\x1D")),
            "record field_terminator:2 record",
        ),
        case(
            "two record terminators",
            between([&victim()[..], b"\x1D"].concat()),
            "record record record_length record",
        ),
    ]
}

fn truncated() -> Vec<Case> {
    let head = |bytes: usize| [&simple("before"), &victim()[..bytes]].concat();
    let length = victim().len();
    vec![
        case("the last record is cut after 1 byte", head(1), "record truncation"),
        case("the last record is cut after 4 bytes", head(4), "record truncation"),
        case("the last record is cut after 5 bytes", head(5), "record truncation"),
        case("the last record is cut after 23 bytes", head(23), "record truncation"),
        case("the last record is cut after its leader", head(24), "record truncation"),
        case("the last record is cut in its directory", head(41), "record truncation"),
        case("the last record is cut before the directory's end", head(60), "record truncation"),
        case("the last record is cut after its directory", head(61), "record truncation"),
        case("the last record is cut in a field", head(70), "record truncation"),
        case("the last record lacks two bytes", head(length - 2), "record truncation"),
        case("the only record is truncated", cut(simple("a"), 10), "truncation"),
        case(
            "a stray record terminator in a truncated record",
            [simple("before"), cut(three("bad", b"10\x1Fao\x1Dt"), 3)].concat(),
            "record record_terminator record_length",
        ),
    ]
}
