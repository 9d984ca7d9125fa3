//! The results of pymarc 5.4.0, as observed.

use super::{CutEscape, Marc8Decoder, Report};
use std::{string::ToString, vec::Vec};

fn pymarc(bytes: &[u8]) -> (Result<std::string::String, CutEscape>, Vec<Report>, u8, u8) {
    let (mut decoder, mut reports) = (Marc8Decoder::new(), Vec::new());
    let text = decoder.translate(bytes, |report| reports.push(report));
    (text.map(std::borrow::Cow::into_owned), reports, decoder.g0, decoder.g1)
}

fn text(bytes: &[u8]) -> std::string::String {
    pymarc(bytes).0.unwrap()
}

#[test]
fn its_tables_differ_in_fifteen_codes() {
    assert_eq!(text(b"\xEBi\xECu\xFAn\xFBg"), "i\u{FE20}u\u{FE21}n\u{FE22}g\u{FE23}");
    for (code, char) in [
        ("!uY", '〓'),
        ("\"*4", '〓'),
        ("\"39", '〓'),
        ("ov%", '\u{E8B1}'),
        ("ow<", '\u{E8CB}'),
        ("!C9", '晴'),
        ("!Pa", '精'),
        ("!\\2", '逸'),
        ("!_q", '靖'),
        ("K3>", '冷'),
        ("KK>", '玲'),
        ("K_X", '零'),
        ("Kt!", '囹'),
    ] {
        assert_eq!(text(std::format!("\x1B$1{code}\x1B(B").as_bytes()), char.to_string(), "{code}");
    }
}

#[test]
fn it_drops_controls_and_marks_at_the_end() {
    assert_eq!(text(b"a\n\t\x88b\x8D\x9Fc\xE2"), "abc");
    assert_eq!(text(b"\x88The \x89end"), "The end");
}

#[test]
fn it_knows_codes_that_are_in_no_table() {
    assert_eq!(text(b"\x1B$1! =\x1B(B"), "\u{2026}");
    assert_eq!(text(b"\xE2\x1B$1\x7F \x19\x1B(Be"), "\u{2019}é");
}

#[test]
fn it_misreads_escapes() {
    for (bytes, expected, sets) in [
        (&b"\x1B)!EA"[..], "EA", (0x42, 0x21)),
        (b"\x1B$)1A", "  ", (0x29, 0x45)),
        (b"\x1BNa", "А", (0x4E, 0x45)),
        (b"\x1BZa", "Za", (0x42, 0x45)),
        (b"a\x1B$", "a\x1B$", (0x42, 0x45)),
        (b"a\x1B(", "a\x1B(", (0x42, 0x45)),
        (b"\x1B(Na\x1Bs", "А", (0x42, 0x45)),
    ] {
        let (seen, _, g0, g1) = pymarc(bytes);
        assert_eq!(seen.unwrap(), expected, "{}", bytes.escape_ascii());
        assert_eq!((g0, g1), sets, "{}", bytes.escape_ascii());
    }
    assert_eq!(pymarc(b"\x1B(Qabc").0.unwrap(), "   ");
    assert_eq!(pymarc(b"\x1B)N\xED").0.unwrap(), " ");
}

#[test]
fn an_escape_that_is_cut_raises() {
    for bytes in [&b"a\x1B"[..], b"\x1Bb", b"\x1Bg", b"\x1B)", b"\x1B-", b"\x1B$,"] {
        assert_eq!(pymarc(bytes).0, Err(CutEscape), "{}", bytes.escape_ascii());
    }
}

#[test]
fn what_it_writes_is_reported() {
    let (seen, reports, ..) = pymarc(b"a\x80\xFF\x1B$1!0");
    assert_eq!(seen.unwrap(), "a   ");
    let lines: Vec<_> = reports.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "Unable to parse character 0x80 in g0=66 g1=69",
            "Unable to parse character 0xff in g0=66 g1=69",
            "Multi-byte position 9 exceeds length of marc8 string 8",
            "Unable to parse character 0x20 in g0=49 g1=69",
        ]
    );
    assert!(reports.iter().map(Report::is_silenced_by_quiet).eq([true, true, false, true]));
}

#[test]
fn its_sets_persist() {
    let mut decoder = Marc8Decoder::default();
    assert_eq!(decoder.translate(b"\x1B(NmIR", |_| {}).unwrap(), "Мир");
    assert_eq!(decoder.translate(b"a", |_| {}).unwrap(), "А");
    decoder.g0 = 0x42;
    assert_eq!(decoder.translate(b"a", |_| {}).unwrap(), "a");
}
