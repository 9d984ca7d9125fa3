//! Records without a fault, however unusual they look.

use super::{
    super::build::{assemble, entry, put, record, simple, sized, three},
    Case, case,
};

/// Makes a record with a field of this tag in its middle, and a record after it.
fn tagged(tag: &str) -> Vec<u8> {
    let odd = record(&[("001", b"t"), (tag, b"10\x1FaA title"), ("500", b"  \x1FaLast")]);
    [odd, simple("after")].concat()
}

pub(super) fn cases() -> Vec<Case> {
    let (a, b, c) = (simple("a1"), simple("b22"), simple("c333"));
    let none = record(&[]);
    let text = |content: &[u8]| [three("t", content), simple("after")].concat();
    vec![
        case("empty input", [], ""),
        case("one record", a.clone(), "record"),
        case("three records", [&a[..], &b, &c].concat(), "record record record"),
        case("a record without fields", none.clone(), "record"),
        case(
            "records without fields between others",
            [&a[..], &none, &none, &b].concat(),
            "record record record record",
        ),
        case("a record of one field", record(&[("001", b"x")]), "record"),
        case("a record of one empty field", record(&[("245", b"")]), "record"),
        case("a tag with a full stop", tagged(".33"), "record record"),
        case("a tag with a blank at the end", tagged("24 "), "record record"),
        case("a blank tag", tagged("   "), "record record"),
        case("a tag with a hyphen", tagged("2-5"), "record record"),
        case(
            "odd tags in the first entry and in the last",
            record(&[("   ", b"x"), ("245", b"10\x1FaHi"), ("~!#", b"10\x1FaHi")]),
            "record",
        ),
        case("a data field without subfields", text(b"10no delimiter"), "record record"),
        case("a data field of one indicator", text(b"1\x1Fax"), "record record"),
        case("indicators that are none", text(b"#A\x1Fax"), "record record"),
        case("a subfield delimiter with nothing after it", text(b"10\x1Fax\x1F"), "record record"),
        case("a subfield delimiter in a control field", record(&[("001", b"a\x1Fb")]), "record"),
        case("a byte that is not UTF-8", text(b"10\x1Faf\xE9e"), "record record"),
        case(
            "a NUL, a newline and an end-of-file mark in a field",
            text(b"10\x1Fa\0\n\x1A"),
            "record record",
        ),
        case(
            "a record terminator inside a field, lengths right",
            text(b"10\x1Faone\x1Dtwo"),
            "record record",
        ),
        case(
            "a record terminator as the first byte of a field",
            text(b"\x1D10\x1Fax"),
            "record record",
        ),
        case("many record terminators inside a field", text(&b"\x1D".repeat(30)), "record record"),
        case(
            "a field terminator inside a field, lengths right",
            text(b"10\x1Faone\x1Etwo"),
            "record record",
        ),
        case(
            "field and record terminator inside a field",
            text(b"10\x1Faone\x1E\x1Dtwo"),
            "record record",
        ),
        case(
            "a whole record inside a field",
            text(&[b"10\x1Fa", &b[..], b"x"].concat()),
            "record record",
        ),
        case(
            "two whole records at the end of a field",
            text(&[&b[..], &c].concat()),
            "record record",
        ),
        case("a leader and half a directory inside a field", text(&b[..40]), "record record"),
        case("digits in a field", text(&b"0123456789".repeat(20)), "record record"),
        case("directory entries in a field", text(&b"245001000000".repeat(10)), "record record"),
        case(
            "a gap between two fields",
            assemble(&[entry("001", 3, 0), entry("245", 4, 5)].concat(), b"ab\x1E??abc\x1E"),
            "record",
        ),
        case(
            "two entries that share a field",
            assemble(&[entry("001", 3, 0), entry("002", 3, 0)].concat(), b"ab\x1E"),
            "record",
        ),
        case(
            "a field inside another",
            assemble(&[entry("500", 6, 0), entry("501", 3, 3)].concat(), b"ab\x1Ecd\x1E"),
            "record",
        ),
        case(
            "fields stored in another order than their entries",
            [
                assemble(&[entry("001", 3, 4), entry("245", 4, 0)].concat(), b"abc\x1Eid\x1E"),
                b.clone(),
            ]
            .concat(),
            "record record",
        ),
        case(
            "tags with letters",
            record(&[("FMT", b"BK"), ("a0Z", b"  \x1Fax"), ("LDR", b"x")]),
            "record",
        ),
        case("tag 000 and tag 999", record(&[("000", b"x"), ("999", b"  \x1Fax")]), "record"),
        case(
            "repeated and interleaved tags",
            record(&[("650", b" 0\x1Faa"), ("500", b"  \x1Fab"), ("650", b" 0\x1Fac")]),
            "record",
        ),
        case(
            "leader 05-08 blank",
            [put(a.clone(), 5, b"    "), put(b.clone(), 5, b"    ")].concat(),
            "record record",
        ),
        case(
            "leader 10-11 blank",
            [put(a.clone(), 10, b"  "), b.clone()].concat(),
            "record record",
        ),
        case(
            "leader 20-23 blank",
            [put(a.clone(), 20, b"    "), b.clone()].concat(),
            "record record",
        ),
        case(
            "leader 20-23 is 450 and a blank",
            [put(a.clone(), 20, b"450 "), b.clone()].concat(),
            "record record",
        ),
        case(
            "leader 20-23 holds control characters",
            [put(a.clone(), 20, b"\x01\x1E\x1D\x00"), b.clone()].concat(),
            "record record",
        ),
        case(
            "leader 17-19 is #$~",
            [put(a.clone(), 17, b"#$~"), b.clone()].concat(),
            "record record",
        ),
        case("a record of many fields", record(&vec![("500", &b"  \x1Faan"[..]); 60]), "record"),
        case(
            "a record of 5,000 bytes between small ones",
            [&a[..], &sized(5_000), &b].concat(),
            "record record record",
        ),
    ]
}
