//! The examples of the page, in its order.

use super::{Example, inputs::*};
use crate::common::build::{Part, cut, insert, misstated, put, record, simple, spoil_entry};

/// Every example of the page.
pub fn examples() -> Vec<Example> {
    assert_eq!((sound().len(), simple("of 63").len()), (106, 63));
    [of_leaders(), of_directories(), of_fields(), of_inputs(), of_subfields()].concat()
}

/// The leader, TM1xx.
fn of_leaders() -> Vec<Example> {
    let stray_1 = "TM101 lost_record";
    let mended_1 = "TM101 repaired";
    let length = |text: &[u8]| put(sound(), 0, text);
    vec![
        ("TM101", "`00787nam a22…`", misstated(sound(), 7), stray_1, mended_1),
        ("TM101", "`abcde`", length(b"abcde"), stray_1, mended_1),
        ("TM101", "`00000`", length(b"00000"), stray_1, mended_1),
        ("TM101", "`99999`", length(b"99999"), stray_1, mended_1),
        ("TM101", "Junk between records", b"some junk here\x1D".to_vec(), stray_1, stray_1),
        (
            "TM102",
            "A control character at leader/08",
            put(sound(), 8, b"\x01"),
            "TM102 lost_record",
            "TM102 repaired",
        ),
        (
            "TM102",
            "U+FFFD at leader/18",
            [&sound()[..18], "\u{FFFD}".as_bytes(), &sound()[19..]].concat(),
            "TM102 lost_record",
            "TM102 repaired",
        ),
        (
            "TM102",
            "the tail of a record whose head was lost",
            sound()[40..].to_vec(),
            "TM102 lost_record",
            "TM102 lost_record",
        ),
        ("TM103", "`00000`", put(sound(), 12, b"00000"), "TM103 lost_record", "TM103 repaired"),
        (
            "TM103",
            "one more than it should be",
            put(sound(), 12, b"00074"),
            "TM103 lost_record",
            "TM103 repaired",
        ),
        (
            "TM103",
            "the 0x1E after the directory is gone",
            put(sound(), 72, b" "),
            "TM103 lost_record",
            "TM103 repaired",
        ),
        ("TM104", "`  `", put(sound(), 10, b"  "), "TM104 information", "TM104 information"),
        ("TM104", "`00`", put(sound(), 10, b"00"), "TM104 information", "TM104 information"),
        ("TM105", "`450 `", put(sound(), 20, b"450 "), "TM105 information", "TM105 information"),
        ("TM105", "`45  `", put(sound(), 20, b"45  "), "TM105 information", "TM105 information"),
        ("TM105", "`45e0`", put(sound(), 20, b"45e0"), "TM105 information", "TM105 information"),
    ]
}

/// The directory, TM2xx.
fn of_directories() -> Vec<Example> {
    let tag_206 = "TM206 information";
    let odd_tag = |tag: &[u8]| spoil_entry(sound(), 2, Part::Tag, tag);
    let both_203 = "TM101 repaired,TM203 repaired";
    vec![
        (
            "TM201",
            "`245xxxx00073`",
            spoil_entry(sound(), 2, Part::Length, b"xxxx"),
            "TM201 lost_record",
            "TM201 repaired",
        ),
        (
            "TM201",
            "an entry that points past the end",
            spoil_entry(sound(), 2, Part::Start, b"90000"),
            "TM201 lost_record",
            "TM201 repaired",
        ),
        (
            "TM201",
            "an entry of blanks",
            put(sound(), 36, b"            "),
            "TM201 lost_record",
            "TM201 lost_field",
        ),
        (
            "TM201",
            "a length that is off by one",
            spoil_entry(sound(), 2, Part::Length, b"0011"),
            "TM301 lost_record",
            "TM201 repaired",
        ),
        (
            "TM202",
            "A blank after the last entry",
            counted(insert(sound(), 72, b" "), 74),
            "TM103 lost_record",
            "TM202 repaired",
        ),
        (
            "TM202",
            "a digit lost in the middle",
            lost_digit(),
            "TM103 lost_record",
            "TM202 lost_field",
        ),
        (
            "TM202",
            "`5201200500000`, the entry of a field of 12,005 bytes",
            wide(),
            "TM103 lost_record",
            "TM202 repaired",
        ),
        (
            "TM203",
            "whose writer counted characters",
            in_characters(),
            "TM301 lost_record",
            "TM203 repaired",
        ),
        ("TM203", "LF turned into CR LF", in_lines(), "TM302 lost_record", both_203),
        (
            "TM203",
            "a record above 99,999 bytes",
            beyond_five_digits(),
            "TM201 lost_record",
            both_203,
        ),
        (
            "TM204",
            "A last field that was deleted from the directory and not from the data",
            unlisted(),
            "TM201 lost_record",
            "TM204 lost_field",
        ),
        (
            "TM205",
            "The first directory entry was overwritten with blanks",
            put(sound(), 24, b"            "),
            "TM201 lost_record",
            "TM201 lost_field,TM205 lost_field",
        ),
        ("TM206", "`.33`", odd_tag(b".33"), tag_206, tag_206),
        ("TM206", "`24 `", odd_tag(b"24 "), tag_206, tag_206),
        ("TM206", "three blanks", odd_tag(b"   "), tag_206, tag_206),
    ]
}

/// Terminators, TM3xx.
fn of_fields() -> Vec<Example> {
    vec![
        (
            "TM301",
            "A byte was overwritten",
            put(sound(), 86, b"x"),
            "TM301 lost_record",
            "TM301 repaired",
        ),
        (
            "TM302",
            "A record cut in its middle",
            cut(sound(), 20),
            "TM302 lost_record",
            "TM302 lost_record",
        ),
        (
            "TM302",
            "LF in place of 0x1D",
            put(sound(), 105, b"\n"),
            "TM302 lost_record",
            "TM302 repaired",
        ),
        (
            "TM303",
            "Binary data in a field",
            with(b"10\x1Faa\x1E\x1Db"),
            "TM303 information",
            "TM303 information",
        ),
        (
            "TM303",
            "two entries that overlap",
            overlapping(),
            "TM303 information",
            "TM303 information",
        ),
    ]
}

/// The input around the records, TM4xx.
fn of_inputs() -> Vec<Example> {
    let stray_1 = "TM101 lost_record";
    vec![
        (
            "TM402",
            "Megabytes of junk",
            b"x".repeat(1 << 18),
            "TM402 lost_record",
            "TM402 lost_record",
        ),
        ("TM403", "`00 43 00 00`", with_descriptor(), "TM403 information", "TM403 information"),
        ("TM404", "An error page in HTML", page(), stray_1, "TM404 fatal"),
    ]
}

/// Subfields, TM5xx.
fn of_subfields() -> Vec<Example> {
    vec![
        (
            "TM502",
            "`10Title` + 0x1F + `bsubtitle`",
            with(b"10Title\x1Fbsubtitle"),
            "TM502 information",
            "TM502 information",
        ),
        (
            "TM503",
            "0x1F at the end of a field",
            with(b"10\x1FaTitle\x1F"),
            "TM503 information",
            "TM503 information",
        ),
        (
            "TM503",
            "two in a row",
            with(b"10\x1F\x1FaTitle"),
            "TM503 information",
            "TM503 information",
        ),
        (
            "TM504",
            "A field of indicators alone",
            with(b"10"),
            "TM504 information",
            "TM504 information",
        ),
        (
            "TM504",
            "a local field that is written like a control field",
            with(b"local data"),
            "TM504 information",
            "TM504 information",
        ),
        (
            "TM505",
            "`é0` before the first subfield",
            with("é0\x1FaTitle".as_bytes()),
            "TM505 information",
            "TM505 information",
        ),
        (
            "TM505",
            "a no-break space (U+00A0)",
            with("1\u{A0}\x1FaTitle".as_bytes()),
            "TM505 information",
            "TM505 information",
        ),
        (
            "TM506",
            "0x1F in a control field",
            record(&[("001", &b"a\x1Fb"[..]), ("245", b"10\x1FaTitle")]),
            "TM506 information",
            "TM506 information",
        ),
        (
            "TM506",
            "An escape sequence of MARC-8",
            with(b"10\x1Fa\x1B(3Title"),
            "TM506 information",
            "TM506 information",
        ),
        (
            "TM506",
            "A NUL or another control",
            with(b"10\x1FaTi\0tle"),
            "TM506 information",
            "TM506 information",
        ),
        (
            "TM507",
            "An accented letter as a code",
            with("10\x1F\u{E9}Title".as_bytes()),
            "TM507 information",
            "TM507 information",
        ),
        (
            "TM507",
            "a blank after 0x1F",
            with(b"10\x1F aTitle"),
            "TM507 information",
            "TM507 information",
        ),
    ]
}
