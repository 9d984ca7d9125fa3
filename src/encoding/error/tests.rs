use crate::encoding::*;
use std::{
    string::{String, ToString},
    vec::Vec,
};

fn with_policy(encoding: Encoding, bytes: &[u8], policy: ErrorPolicy) -> String {
    encoding.decode_with(bytes, &DecodeOptions::new().policy(policy)).unwrap().into_owned()
}

fn error(encoding: Encoding, bytes: &[u8]) -> (DecodeErrorKind, usize, Vec<u8>) {
    let error = encoding.decode(bytes).unwrap_err();
    assert_eq!(error.encoding(), encoding);
    (error.kind(), error.offset(), error.bytes().to_vec())
}

#[test]
fn an_error_says_where_and_what() {
    use DecodeErrorKind::*;
    for (bytes, expected) in [
        (&b"ab\xFFc"[..], (Undefined, 2, &b"\xFF"[..])),
        (b"a\x80", (Undefined, 1, b"\x80")),
        (b"a\xA0", (Undefined, 1, b"\xA0")),
        (b"a\xAF", (Undefined, 1, b"\xAF")),
        (b"\x1B(Sa\x40", (Undefined, 4, b"\x40")),
        (b"\x1B$1!!!", (Undefined, 3, b"!!!")),
        (b"\x1B$1!04!0", (Incomplete, 6, b"!0")),
        (b"\x1B$1!0\xE2", (Incomplete, 3, b"!0")),
        (b"a\x1B", (Incomplete, 1, b"\x1B")),
        (b"a\x1B$)", (Incomplete, 1, b"\x1B$)")),
        (b"a\x1B(Zb", (UnknownEscape, 1, b"\x1B(Z")),
        (b"a\x1B$Bb", (UnknownEscape, 1, b"\x1B$B")),
        (b"a\x1BNb", (UnknownEscape, 1, b"\x1B")),
        (b"a\xE2", (MarkWithoutBase, 1, b"\xE2")),
        (b"\xE3\xE2\x1B(B", (MarkWithoutBase, 0, b"\xE3")),
    ] {
        let (kind, offset, offending) = expected;
        let expected = (kind, offset, offending.to_vec());
        assert_eq!(error(Encoding::Marc8, bytes), expected, "{}", bytes.escape_ascii());
    }
    assert_eq!(error(Encoding::Utf8, b"na\xEFve"), (Undefined, 2, b"\xEF".to_vec()));
    assert_eq!(error(Encoding::Utf8, b"a\xE2\x82"), (Incomplete, 1, b"\xE2\x82".to_vec()));
    assert_eq!(error(Encoding::Ascii, b"na\xEFve"), (Undefined, 2, b"\xEF".to_vec()));
    let text = Encoding::Marc8.decode(b"\x1B(Zb").unwrap_err().to_string();
    assert_eq!(text, "bytes 1B 28 5A at offset 0: no escape sequence of MARC-8");
}

#[test]
fn each_policy_does_as_pythons_codecs_do() {
    for (encoding, bytes, replaced, ignored, escaped) in [
        (
            Encoding::Utf8,
            &b"a\xE2\x82b\xFF\xFE"[..],
            "a\u{FFFD}b\u{FFFD}\u{FFFD}",
            "ab",
            r"a\xe2\x82b\xff\xfe",
        ),
        (Encoding::Utf8, b"\xED\xA0\x80", "\u{FFFD}\u{FFFD}\u{FFFD}", "", r"\xed\xa0\x80"),
        (Encoding::Ascii, b"a\xE9b", "a\u{FFFD}b", "ab", r"a\xe9b"),
        (Encoding::Marc8, b"a\xFF\x1B(Zb", "a\u{FFFD}\u{FFFD}b", "ab", r"a\xff\x1b\x28\x5ab"),
        (Encoding::Marc8, b"e\xE2\xFFe", "e\u{FFFD}é", "eé", r"e\xffé"),
        (Encoding::Marc8, b"e\xE2\xE3", "e\u{FFFD}\u{FFFD}", "e", r"e\xe2\xe3"),
        (Encoding::Iso5426, b"e\xFF\xC2e\xC2", "e\u{FFFD}é\u{FFFD}", "eé", r"e\xffé\xc2"),
    ] {
        assert_eq!(with_policy(encoding, bytes, ErrorPolicy::Replace), replaced);
        assert_eq!(with_policy(encoding, bytes, ErrorPolicy::Ignore), ignored);
        assert_eq!(with_policy(encoding, bytes, ErrorPolicy::BackslashReplace), escaped);
        assert!(encoding.decode(bytes).is_err());
    }
    assert_eq!(ErrorPolicy::from_name("backslashreplace"), Some(ErrorPolicy::BackslashReplace));
    assert_eq!(ErrorPolicy::from_name("surrogateescape"), None);
}

#[test]
fn every_byte_is_iso_8859_1() {
    let bytes: Vec<u8> = (0..=255).collect();
    let text = Encoding::Latin1.decode(&bytes).unwrap();
    assert!(text.chars().map(u32::from).eq(0..256));
    assert_eq!(*Encoding::Latin1.encode(&text, EncodePolicy::Strict).unwrap(), bytes);
}

#[test]
fn only_what_is_text_as_it_stands_is_borrowed() {
    for encoding in [Encoding::Marc8, Encoding::Iso5426, Encoding::Latin1] {
        let error = encoding.decode_borrowed(b"na\xE8ive").unwrap_err();
        assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::NeedsConversion, 2));
    }
    assert_eq!(Encoding::Marc8.decode_borrowed(b"\x1B(Nabc").unwrap_err().offset(), 0);
    assert_eq!(Encoding::Latin1.decode_borrowed(b"\x1B"), Ok("\x1B"));
    assert_eq!(Encoding::Utf8.decode_borrowed(b"na\xEFve").unwrap_err().offset(), 2);
    assert_eq!(Encoding::Ascii.decode_borrowed(b"na\xEFve").unwrap_err().offset(), 2);
}
