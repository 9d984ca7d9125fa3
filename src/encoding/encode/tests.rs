use crate::encoding::*;
use std::{borrow::Cow, string::String, vec::Vec};

fn marc8(bytes: &[u8]) -> String {
    Encoding::Marc8.decode(bytes).unwrap_or_else(|error| panic!("{error}")).into_owned()
}

fn encode(text: &str) -> Vec<u8> {
    let bytes = Encoding::Marc8.encode(text, EncodePolicy::Strict);
    bytes.unwrap_or_else(|error| panic!("{error}")).into_owned()
}

#[test]
fn marks_stand_before_their_base_and_letters_are_taken_apart() {
    for (text, bytes) in [
        ("Dvořák", &b"Dvo\xE9r\xE2ak"[..]),
        ("e\u{301}", b"\xE2e"),
        ("ấ", b"\xE3\xE2a"),
        ("ợ", b"\xF2\xBC"),
        ("i\u{361}u", b"\xEBi\xECu"),
        ("i\u{FE20}u\u{FE21}", b"\xEBi\xECu"),
        ("n\u{360}g", b"\xFAn\xFBg"),
        ("\u{98}The \u{9C}end", b"\x88The \x89end"),
        (" \u{301}", b"\xE2 "),
        ("a\nb", b"a\nb"),
    ] {
        assert_eq!(encode(text), bytes, "{text}");
    }
}

#[test]
fn a_vowel_sign_that_the_tables_take_for_a_letter_is_one() {
    // Superscript alef (0670) is a mark in Unicode, of a lower class than the double tilde and of a
    // higher one than fatha. Found by `any_bytes_are_decoded_the_same_in_every_way`.
    let found = b"e\xE4\xB8\xAD\xE1\x1B(S0\xA7&#x\xA71\xA8\xFA\x1B(3Gt\xFB\x88\x1B(B";
    let text = marc8(found);
    assert!(text.ends_with("ا\u{670}\u{360}\u{98}\u{FE23}"));
    assert_eq!(marc8(&encode(&text)), text);
    for (text, bytes) in [
        ("ا\u{670}\u{360}", &b"\xFA\x1B(3G\xFBt\x1B(B"[..]),
        ("ا\u{670}\u{360}\u{98}", b"\xFA\x1B(3G\xFBt\x88\x1B(B"),
        ("ا\u{670}\u{361}\u{98}\u{FE21}", b"\xEB\x1B(3G\xECt\xEC\x88\x1B(B"),
        ("ا\u{670}\u{670}\u{361}ا", b"\xEB\x1B(3G\xECttG\x1B(B"),
        ("\u{670}\u{361}ا", b"\xEB\x1B(3t\xECG\x1B(B"),
        ("\u{64E}\u{670}", b"\x1B(3nt\x1B(B"),
        ("\u{64E}\u{651}\u{670}\u{670}\u{301}", b"\x1B(3nq\xE2tt\x1B(B"),
        ("ا\u{64E}\u{670}", b"\x1B(3nGt\x1B(B"),
    ] {
        let seen = encode(text);
        assert_eq!(seen, bytes, "{text}: {}", seen.escape_ascii());
        assert_eq!(marc8(bytes), text);
    }
}

#[test]
fn sets_are_switched_as_rarely_as_can_be_and_back_at_the_end() {
    for (text, bytes) in [
        ("Мир, 12 й.", &b"\x1B(NmIR, 12 J.\x1B(B"[..]),
        ("Мiр", b"\x1B(Nm\x1B(Bi\x1B(NR\x1B(B"),
        ("Мёр", b"\x1B(Nm\x1B(QD\x1B(NR\x1B(B"),
        ("А\u{301}", b"\xE2\x1B(Na\x1B(B"),
        ("H₂O x²", b"H\x1Bb2\x1BsO x\x1Bp2\x1Bs"),
        ("中日 本", b"\x1B$1!04!Bs\x1B(B \x1B$1!Ci\x1B(B"),
        ("中\n", b"\x1B$1!04\x1B(B\n"),
        ("한", b"\x1B$1o\\e\x1B(B"),
    ] {
        let seen = encode(text);
        assert_eq!(seen, bytes, "{text}: {}", seen.escape_ascii());
        assert_eq!(marc8(bytes), text);
    }
    assert_eq!(encode("\u{1112}\u{1161}\u{11AB}"), encode("한"));
}

#[test]
fn ascii_and_utf_8_are_not_copied() {
    assert!(matches!(Encoding::Marc8.encode("a b", EncodePolicy::Strict), Ok(Cow::Borrowed(_))));
    assert!(matches!(Encoding::Utf8.encode("Мир", EncodePolicy::Strict), Ok(Cow::Borrowed(_))));
}

#[test]
fn what_an_encoding_does_not_have_is_an_error_or_what_was_asked_for() {
    for (text, offset, char) in [
        ("aé✓", 3, '✓'),
        ("ab\u{330}c", 1, '\u{330}'),
        ("\u{301}a", 0, '\u{301}'),
        ("a\x1F", 1, '\x1F'),
        ("a\x1B(N", 1, '\x1B'),
    ] {
        let error = Encoding::Marc8.encode(text, EncodePolicy::Strict).unwrap_err();
        assert_eq!((error.offset(), error.char()), (offset, char), "{text:?}");
    }
    let with = |text, policy| Encoding::Marc8.encode(text, policy).unwrap().into_owned();
    assert_eq!(with("é✓А", EncodePolicy::NumericReference), b"\xE2e&#x2713;\x1B(Na\x1B(B");
    assert_eq!(with("А✓", EncodePolicy::NumericReference), b"\x1B(Na\x1B(B&#x2713;");
    assert_eq!(with("é✓", EncodePolicy::Replace), b"\xE2e?");
    assert_eq!(with("é✓", EncodePolicy::Ignore), b"\xE2e");
    let error = Encoding::Latin1.encode("aŁ", EncodePolicy::Strict).unwrap_err();
    assert_eq!((error.offset(), error.char()), (1, 'Ł'));
    assert_eq!(
        *Encoding::Latin1.encode("éŁ", EncodePolicy::NumericReference).unwrap(),
        *b"\xE9&#x0141;"
    );
    assert_eq!(*Encoding::Ascii.encode("aé", EncodePolicy::Replace).unwrap(), *b"a?");
}

#[test]
fn references_to_marks_keep_their_order() {
    let options = DecodeOptions::new().numeric_references(true);
    for text in
        ["a\u{330}", "a\u{301}\u{30D}\u{302}", "\u{301}a", "a\u{30D}\u{301}", "e\u{316}\u{301}"]
    {
        let bytes = Encoding::Marc8.encode(text, EncodePolicy::NumericReference).unwrap();
        let back = Encoding::Marc8.decode_with(&bytes, &options).unwrap();
        let expected: std::string::String =
            unicode_normalization::UnicodeNormalization::nfc(text).collect();
        assert_eq!(back, expected);
    }
}
