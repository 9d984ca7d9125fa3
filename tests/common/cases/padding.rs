//! Blank space, with and without the meaning of padding.

use super::{
    super::build::{cut, misstated, put, record, simple},
    Case, case, limited,
};

pub(super) fn cases() -> Vec<Case> {
    let (a, b) = (simple("a1"), simple("b22"));
    let before = |blank: &[u8]| [blank, &a[..], &b].concat();
    let between = |blank: &[u8]| [&a[..], blank, &b].concat();
    let after = |blank: &[u8]| [&a[..], &b, blank].concat();
    const BOM: &[u8] = b"\xEF\xBB\xBF";
    let every = [&a[..], b"\n", &b, b"\n", &a, b"\n"].concat();
    let block = [&a[..], &[0; 180], &b, &[0; 300]].concat();
    vec![
        case("a newline after every record", every, "record padding record padding record padding"),
        case("CRLF between two records", between(b"\r\n"), "record padding record"),
        case("blocks filled up with NULs", block, "record padding record padding"),
        case("a newline before the first record", before(b"\n"), "padding record record"),
        case("spaces before the first record", before(b"   "), "padding record record"),
        case("NULs before the first record", before(&[0; 7]), "padding record record"),
        case("a byte order mark before the first record", before(BOM), "padding record record"),
        case("a byte order mark between two records", between(BOM), "record padding record"),
        case("a byte order mark after the last record", after(BOM), "record record padding"),
        case(
            "two byte order marks and blanks",
            before(&[BOM, b" \t", BOM, b"\r\n"].concat()),
            "padding record record",
        ),
        case("an end-of-file mark after the last record", after(b"\x1A"), "record record padding"),
        case(
            "an end-of-file mark and NULs after the last record",
            after(b"\x1A\0\0\0\0\0"),
            "record record padding",
        ),
        case(
            "every sort of blank space between two records",
            between(b"\0\t\n\r\x1A "),
            "record padding record",
        ),
        case("a newline after the last record", after(b"\n"), "record record padding"),
        case("only a newline", *b"\n", "padding"),
        case("only NULs", [0; 500], "padding"),
        case("only a byte order mark", BOM, "padding"),
        case("the head of a byte order mark alone", *b"\xEF\xBB", "record_length"),
        case(
            "the head of a byte order mark before a record",
            before(b"\xEF\xBB"),
            "record_length record record",
        ),
        case(
            "the head of a byte order mark after a newline at the end",
            after(b"\n\xEF\xBB"),
            "record record record_length",
        ),
        case(
            "another byte of its kind after a byte order mark",
            before(b"\xEF\xBB\xBF\xEF"),
            "record_length record record",
        ),
        case("a form feed is no padding", between(b"\x0C"), "record record_length record"),
        case(
            "a letter among blanks is no padding",
            between(b"\n\nx\n"),
            "record record_length record",
        ),
        case("padding before junk", [b"\n\n\nsome junk", &a[..]].concat(), "record_length record"),
        case("padding after junk", [b"some junk\n\n\n", &a[..]].concat(), "record_length record"),
        case("padding before junk at the end", after(b"\n  junk"), "record record record_length"),
        case(
            "padding before a record terminator",
            between(b"\r\n\x1D"),
            "record record_length record",
        ),
        case(
            "padding before a record with a wrong length",
            [b"\n", &misstated(a.clone(), 7)[..], b"\n", &b].concat(),
            "padding record_length padding record",
        ),
        case(
            "padding before a record of no length",
            [&a[..], b"\n", &put(b.clone(), 0, b"abcde"), &a].concat(),
            "record record_length record",
        ),
        case(
            "padding before a truncated record",
            [&a[..], b"\n", &cut(b.clone(), 5)].concat(),
            "record padding truncation",
        ),
        case(
            "padding before a record cut in its directory",
            [&a[..], b"\n", &b[..40]].concat(),
            "record record_length",
        ),
        case(
            "padding before a record cut in its leader",
            [&a[..], b"\n", &b[..20]].concat(),
            "record record_length",
        ),
        case("padding before five digits", after(b"\n00123"), "record record record_length"),
        // P requires a field. A record without a field is found only where a frame begins.
        case(
            "padding before a record without fields",
            between(&[b"\n", &record(&[])[..]].concat()),
            "record record_length record",
        ),
        case(
            "padding after a record without fields",
            [&record(&[])[..], b"\n", &a].concat(),
            "record padding record",
        ),
        case(
            "padding between two bad records",
            [cut(a.clone(), 1), b"\n".to_vec(), cut(b.clone(), 1)].concat(),
            "record_terminator truncation",
        ),
        limited("padding as long as the limit", 80, [&[0; 80], &a[..]].concat(), "padding record"),
        limited(
            "padding longer than the limit",
            80,
            [&[0; 201], &a[..]].concat(),
            "padding padding padding record",
        ),
        limited(
            "padding longer than the limit at the end",
            80,
            [&a[..], &[0; 161]].concat(),
            "record padding padding padding",
        ),
        limited(
            "padding longer than the limit before junk",
            80,
            [&[0; 100], &b"junk"[..]].concat(),
            "padding record_length",
        ),
        limited(
            "padding and a leader that the limit cuts off",
            80,
            [&[0; 70], &a[..], &b].concat(),
            "padding record record",
        ),
        limited(
            "padding and a directory that the limit cuts off",
            80,
            [&[0; 40], &a[..], &b].concat(),
            "padding record record",
        ),
        limited(
            "padding and a byte order mark that the limit cuts off",
            80,
            [&[b' '; 79], BOM, &a].concat(),
            "padding padding record",
        ),
    ]
}
