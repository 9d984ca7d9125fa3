//! Bad spans, and several faults at once.

use super::{
    super::build::{
        Part, assemble, cut, entry, misstated, put, record, simple, spoil_entry, three,
    },
    Case, case,
};

pub(super) fn cases() -> Vec<Case> {
    [junk(), cuts(), several(), look_alikes()].into_iter().flatten().collect()
}

fn junk() -> Vec<Case> {
    let (a, b) = (simple("a1"), simple("b22"));
    let high: Vec<u8> = (0x80..0xC0).collect();
    let between = |junk: &[u8]| [&a[..], junk, &b].concat();
    vec![
        case("one byte that is no record", *b"x", "record_length"),
        case("only junk", b"This is no MARC at all.".repeat(9), "record_length"),
        case(
            "only junk with record terminators",
            *b"one\x1Dtwo\x1Dthree and some more to come",
            "record_length record_length record_length",
        ),
        case(
            "only record terminators",
            *b"\x1D\x1D\x1D",
            "record_length record_length record_length",
        ),
        case("only field terminators", *b"\x1E\x1E\x1E", "record_length"),
        case(
            "64 bytes of junk before the first record",
            [&high[..], &a].concat(),
            "record_length record",
        ),
        case("64 bytes of junk between two records", between(&high), "record record_length record"),
        case(
            "64 bytes of junk after the last record",
            [&a[..], &high].concat(),
            "record record_length",
        ),
        case(
            "junk that ends in a record terminator",
            between(b"some junk\x1D"),
            "record record_length record",
        ),
        case(
            "a stray record terminator between two records",
            between(b"\x1D"),
            "record record_length record",
        ),
        case(
            "a stray field terminator between two records",
            between(b"\x1E"),
            "record record_length record",
        ),
        case(
            "a page of HTML",
            *b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n",
            "record_length",
        ),
        case("a CDS/ISIS export", isis(b"#", b"##"), "base_address"),
        case("a wrapped CDS/ISIS export", wrapped(&isis(b"#", b"##")), "directory"),
        case(
            "a CDS/ISIS export with record terminators",
            isis(b"#", b"\x1D").repeat(2),
            "base_address base_address",
        ),
        case(
            "a wrapped CDS/ISIS export with MARC's terminators",
            wrapped(&isis(b"\x1E", b"\x1D")).repeat(2),
            "directory record_length padding",
        ),
        case(
            "a wrapped CDS/ISIS export with MARC's terminators before a record",
            [wrapped(&isis(b"\x1E", b"\x1D")), simple("after")].concat(),
            "directory padding record",
        ),
        case("ISO 2709 with #30; for 0x1E", isis(b"#30;", b"#29;"), "base_address"),
        case("ISO 2709 with &#x1E; for 0x1E", isis(b"&#x1E;", b"&#x1D;"), "base_address"),
        case(
            "text of a system by Innovative",
            *b"LEADER 00000cam  2200289Ia 4500\n001    ocm1\n245 10 Title /|cA.\n",
            "record_length",
        ),
        case(
            "Aleph sequential",
            *b"000000228 LDR   L ^^^^^nam^a22002891^^4500\n000000228 24500 L $$aTitle\n",
            "record_length",
        ),
        case("one digit", *b"7", "truncation"),
        case("twenty digits", *b"01234567890123456789", "truncation"),
        case("digits before a record", between(b"01234567890123456789"), "record leader record"),
        case("digits by the hundred", b"0123456789".repeat(60), "leader"),
        case(
            "digits by the hundred before a record",
            between(&b"0123456789".repeat(40)),
            "record leader record",
        ),
        case("directory entries by the dozen", b"245001000000".repeat(40), "leader"),
        case(
            "junk that states a length and lands on its second terminator",
            between(b"00060 is what this claims to be as a length. one\x1D two three\x1D"),
            "record leader record",
        ),
        case(
            "junk that states a length and does not land on a terminator",
            between(b"00061 is what this claims to be as a length. one\x1D two three\x1D"),
            "record leader record_length record",
        ),
    ]
}

fn cuts() -> Vec<Case> {
    let (before, after) = (simple("before"), simple("after"));
    let glued = |record: Vec<u8>, count| [&before[..], &cut(record, count), &after].concat();
    let long = || three("long", &b"x".repeat(300));
    let split = "record record_terminator record";
    let odd = record(&[(".33", b"10\x1FaOdd"), ("245", b"10\x1FaHi"), ("   ", b"10\x1FaLast")]);
    vec![
        case(
            "a record cut in its last field, the next glued on",
            glued(three("bad", b"x"), 4),
            split,
        ),
        case(
            "a record cut in its first field, the next glued on",
            glued(three("bad", b"x"), 16),
            split,
        ),
        case("a long record cut by its half, the next glued on", glued(long(), 180), split),
        case(
            "a record cut in its last field, one with odd tags glued on",
            [&before[..], &cut(three("bad", b"x"), 4), &odd, &after].concat(),
            "record record_terminator record record",
        ),
        case(
            "a record cut in its directory, one with odd tags glued on",
            [&before[..], &long()[..45], &odd, &after].concat(),
            "record directory record record",
        ),
        case(
            "a record cut in its directory, the next glued on",
            [&before[..], &long()[..45], &after].concat(),
            "record directory record",
        ),
        case(
            "a record cut between two entries, the next glued on",
            [&before[..], &long()[..48], &after].concat(),
            "record directory record",
        ),
        case(
            "a record cut after its leader, the next glued on",
            [&before[..], &long()[..24], &after].concat(),
            "record directory record",
        ),
        case(
            "a record cut in its leader, the next glued on",
            [&before[..], &long()[..14], &after].concat(),
            "record base_address record",
        ),
        case(
            "a record cut in its length, the next glued on",
            [&before[..], &long()[..3], &after].concat(),
            "record leader record",
        ),
        case(
            "a record cut so that its length lands on the end of the next",
            glued(three("bad", &after), after.len()),
            "record directory record",
        ),
        case(
            "the next two records glued on within the length",
            [&before[..], &cut(long(), 200), &after, &before, &after].concat(),
            "record record_terminator record record record",
        ),
        case(
            "a cut record before a cut record before a whole one",
            [&cut(long(), 100)[..], &cut(simple("mid"), 3), &after].concat(),
            "record_terminator record_terminator record",
        ),
        case(
            "a record whose beginning is lost",
            [&before[..], &long()[30..], &after].concat(),
            "record leader record",
        ),
        case(
            "a record whose leader is lost",
            [&before[..], &long()[24..], &after].concat(),
            "record leader record",
        ),
        case(
            "a record cut in its middle and a record without fields glued on",
            [&cut(long(), 100)[..], &record(&[]), &after].concat(),
            "record_terminator record",
        ),
    ]
}

fn several() -> Vec<Case> {
    let (before, after) = (simple("before"), simple("after"));
    let bad = || three("bad", b"10\x1Fax");
    let around = |bad: &[Vec<u8>]| [&before[..], &bad.concat(), &after].concat();
    let broken_entry = || spoil_entry(bad(), 2, Part::Length, b"abcd");
    let with_record = |inside: &[u8]| spoil_entry(three("bad", inside), 2, Part::Length, b"abcd");
    vec![
        case(
            "two wrong lengths in a row",
            around(&[misstated(bad(), 7), misstated(bad(), -7)]),
            "record record_length record_length record",
        ),
        case(
            "two broken directories in a row",
            around(&[broken_entry(), broken_entry()]),
            "record directory:2 directory:2 record",
        ),
        case(
            "two cut records in a row",
            around(&[cut(bad(), 5), cut(bad(), 9)]),
            "record record_terminator record_terminator record",
        ),
        case(
            "a broken directory after a wrong length",
            around(&[misstated(bad(), 7), broken_entry()]),
            "record record_length directory:2 record",
        ),
        case(
            "a wrong length and a broken directory in one record",
            around(&[misstated(broken_entry(), 7)]),
            "record directory record",
        ),
        case(
            "a wrong length that spans the next, and a broken directory",
            around(&[misstated(broken_entry(), 64)]),
            "record directory record",
        ),
        case(
            "a broken directory and a record terminator inside a field",
            around(&[spoil_entry(three("bad", b"10\x1Faone\x1Dtwo"), 2, Part::Length, b"abcd")]),
            "record directory:2 record",
        ),
        case(
            "a broken last entry and a record terminator inside a field",
            around(&[spoil_entry(three("bad", b"10\x1Faone\x1Dtwo"), 3, Part::Length, b"abcd")]),
            "record directory:3 record",
        ),
        case(
            "a broken directory and a record inside a field",
            around(&[with_record(&after)]),
            "record directory record record_length record",
        ),
        case(
            "a broken last entry and a record inside a field",
            around(&[spoil_entry(three("bad", &after), 3, Part::Length, b"abcd")]),
            "record directory record record_length record",
        ),
        case(
            "a broken directory and a broken record inside a field",
            around(&[with_record(&broken_entry())]),
            "record directory:2 record",
        ),
        case(
            "a wrong length and an entry that leads to the end of the next record",
            around(&[reaching_over()]),
            "record directory record record",
        ),
        case(
            "every kind of damage one after the other",
            around(&[
                misstated(bad(), 7),
                broken_entry(),
                cut(bad(), 4),
                b"junk".to_vec(),
                put(bad(), 5, b"\x01"),
                put(bad(), 12, b"00000"),
            ]),
            "record record_length directory:2 record_terminator base_address record",
        ),
    ]
}

/// Makes a record with a wrong length, one entry of which leads just to the end of the next record.
fn reaching_over() -> Vec<u8> {
    let (bad, next) = (three("bad", b"10\x1Fax"), simple("after"));
    let reach = bad.len() + next.len() - 1 - (24 + 36 + 1) - 4;
    let bad = spoil_entry(bad, 1, Part::Start, format!("{reach:05}").as_bytes());
    [misstated(bad, 7), next].concat()
}

/// Makes a record of five fields as CDS/ISIS exports it, with the specified terminators.
fn isis(field_end: &[u8], record_end: &[u8]) -> Vec<u8> {
    let directory: Vec<u8> = (0..5).flat_map(|at| entry("700", 5, 5 * at)).collect();
    let fields = [b"abcd", field_end].concat().repeat(5);
    [b"001110000000000850004500", &directory[..], field_end, &fields, record_end].concat()
}

/// Breaks a record into lines of 80 characters.
fn wrapped(record: &[u8]) -> Vec<u8> {
    let lines: Vec<_> = record.chunks(80).collect();
    [lines.join(&b"\r\n"[..]), b"\r\n".to_vec()].concat()
}

fn look_alikes() -> Vec<Case> {
    let (before, after) = (simple("before"), simple("after"));
    let between = |bytes: &[u8]| [&before[..], bytes, &after].concat();
    let leader = &before[..24];
    let two_entries = [entry("001", 3, 0), entry("245", 4, 3)].concat();
    let sound = assemble(&two_entries, b"ab\x1Eabc\x1E");
    vec![
        case("a leader alone", leader, "truncation"),
        case("a leader alone between two records", between(leader), "record directory record"),
        case("leaders by the dozen", leader.repeat(20), "directory"),
        case(
            "leaders by the dozen before a record",
            between(&leader.repeat(20)),
            "record directory record",
        ),
        case(
            "a leader and directory without fields between two records",
            between(&sound[..24 + 25]),
            "record record_terminator record",
        ),
        case(
            "a leader shifted by one digit",
            between(&[b"0", leader].concat()),
            "record record_length record",
        ),
        case(
            "a record inside junk",
            between(&[b"junk", &sound[..], b"junk"].concat()),
            "record record_length record record_length record",
        ),
        case(
            "a record after a field terminator and digits",
            between(&[b"\x1E0123456789", &sound[..]].concat()),
            "record record_length record record",
        ),
        case(
            "a record after what looks like entries",
            between(&[&two_entries[..], &sound].concat()),
            "record leader record record",
        ),
        case(
            "a directory that states more entries than there are",
            between(&put(sound.clone(), 12, b"00061")),
            "record base_address record",
        ),
        case(
            "two leaders in one directory",
            between(&[leader, &two_entries, &sound].concat()),
            "record base_address record record",
        ),
    ]
}
