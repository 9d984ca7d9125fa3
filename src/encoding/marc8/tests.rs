use crate::encoding::*;
use std::{borrow::Cow, string::String, vec::Vec};

fn marc8(bytes: &[u8]) -> String {
    Encoding::Marc8.decode(bytes).unwrap_or_else(|error| panic!("{error}")).into_owned()
}

#[test]
fn ascii_is_not_copied() {
    assert!(matches!(Encoding::Marc8.decode(b"Title /\t\x7F"), Ok(Cow::Borrowed("Title /\t\x7F"))));
    assert!(matches!(Encoding::Marc8.decode(b"\x1B(B"), Ok(Cow::Owned(text)) if text.is_empty()));
}

#[test]
fn each_set_is_read_in_g0_and_in_g1() {
    for (g0, g1, text) in [
        (&b"\x1B(!E!\"#\x1B(B"[..], &b"\xA1\xA2\xA3"[..], "ŁØĐ"),
        (b"\x1B(NmIR\x1B(B", b"\x1B)N\xED\xC9\xD2", "Мир"),
        (b"\x1B(Q@AB\x1B(B", b"\x1B)Q\xC0\xC1\xC2", "ґђѓ"),
        (b"\x1B(SFGH\x1B(B", b"\x1B)S\xC6\xC7\xC8", "ΕϚϜ"),
        (b"\x1B(2\"46\x1B(B", b"\x1B)2\xA2\xB4\xB6", "״46"),
        (b"\x1B(34G6\x1B(B", b"\x1B)3\xB4\xC7\xB6", "٤ا٦"),
        (b"\x1B(4!\"#\x1B(B", b"\x1B)4\xA1\xA2\xA3", "۽ٲٳ"),
    ] {
        assert_eq!(marc8(g0), text);
        assert_eq!(marc8(g1), text);
    }
    assert_eq!(marc8(b"\x1B$1!04!Bs!Ci\x1B(B"), "中日本");
    assert_eq!(marc8(b"\x1B$)1\xA1\xB0\xB4\xA1\xC2\xF3a\xA1\xC3\xE9"), "中日a本");
    assert_eq!(marc8(b"\x1B)B\xC1\xE1"), "Aa");
}

#[test]
fn all_forms_of_escape_sequences_are_understood() {
    for (half, forms) in [("G0", [&b"\x1B(N"[..], b"\x1B,N"]), ("G1", [b"\x1B)N", b"\x1B-N"])] {
        for form in forms {
            let code: u8 = if half == "G0" { 0x6D } else { 0xED };
            assert_eq!(marc8(&[form, &[code]].concat()), "М", "{half}");
        }
    }
    for form in [&b"\x1B$1"[..], b"\x1B$,1", b"\x1B$(1"] {
        assert_eq!(marc8(&[form, b"!04"].concat()), "中");
    }
    for form in [&b"\x1B$)1"[..], b"\x1B$-1"] {
        assert_eq!(marc8(&[form, b"\xA1\xB0\xB4"].concat()), "中");
    }
    for form in [&b"\x1B(!E"[..], b"\x1B,!E", b"\x1B(E"] {
        assert_eq!(marc8(&[form, b"!"].concat()), "Ł");
    }
    for form in [&b"\x1B)!E"[..], b"\x1B-!E", b"\x1B)E"] {
        assert_eq!(marc8(&[b"\x1B)N", form, b"\xA1!E"].concat()), "Ł!E");
    }
}

#[test]
fn punctuation_that_is_in_no_table_is_read_among_east_asian_characters() {
    assert_eq!(marc8(b"\x1B$1! =!04\x7F \x19\x1B(B"), "\u{2026}中\u{2019}");
    assert_eq!(marc8(b"! =\x7F"), "! =\x7F");
}

#[test]
fn technique_1_switches_the_left_half_and_back() {
    assert_eq!(marc8(b"\x1Bga\x1Bs-H\x1Bb2\x1BsO, x\x1Bp2\x1Bs"), "α-H₂O, x²");
    assert_eq!(marc8(b"\x1Bgb\x1Bsb"), "βb");
}

#[test]
fn marks_come_behind_their_base_and_are_composed() {
    assert_eq!(marc8(b"\xE2e"), "é");
    assert_eq!(marc8(b"\xE3\xE2a"), "ấ");
    assert_eq!(marc8(b"\xE2\xE3a"), "á\u{302}");
    assert_eq!(marc8(b"\xF2\xE3a"), "ậ");
    assert_eq!(marc8(b"\xF2\xBC"), "ợ");
    assert_eq!(marc8(b"\xF1\xBC"), "ǫ\u{31B}");
    assert_eq!(marc8(b"\xE2 "), " \u{301}");
    assert_eq!(marc8(b"\xE2x"), "x\u{301}");
    assert_eq!(marc8(b"\xE2\x1B(Na\x1B(B"), "А\u{301}");
    assert_eq!(marc8(b"\x1B(NJ\x1B(B"), "й");
}

#[test]
fn a_vowel_sign_that_the_tables_take_for_a_letter_is_put_in_order() {
    // Superscript alef (0670) is not a mark in the tables but one in Unicode, of a lower class than
    // the acute.
    assert_eq!(marc8(b"\xE2\x1B(3Gt"), "ا\u{670}\u{301}");
}

#[test]
fn two_halves_span_two_characters() {
    assert_eq!(marc8(b"\xEBi\xECu"), "i\u{361}u");
    assert_eq!(marc8(b"\xFAn\xFBg"), "n\u{360}g");
    assert_eq!(marc8(b"\xEBi\xECu\xECo"), "i\u{361}uo\u{FE21}");
    assert_eq!(marc8(b"\xEBi-\xECu"), "i\u{361}-u\u{FE21}");
    let halves = DecodeOptions::new().ligature_halves(true);
    let decode = |bytes| Encoding::Marc8.decode_with(bytes, &halves).unwrap();
    assert_eq!(decode(b"\xEBi\xECu"), "i\u{FE20}u\u{FE21}");
    assert_eq!(decode(b"\xFAn\xFBg"), "n\u{FE22}g\u{FE23}");
}

#[test]
fn the_controls_of_marc_8_are_kept() {
    assert_eq!(marc8(b"\x88The \x89end"), "\u{98}The \u{9C}end");
    assert_eq!(marc8(b"a\x8Db\x8E"), "a\u{200D}b\u{200C}");
    assert_eq!(marc8(b"\x1B)Na\x88b\xC1"), "a\u{98}bа");
    assert_eq!(marc8(b"\x1B(Na\n a"), "А\n А");
    assert_eq!(marc8(b"\x1B$1!04 !04\n"), "中 中\n");
}

#[test]
fn numeric_references_are_text_unless_asked_for() {
    assert_eq!(marc8(b"&#x2713; \xE2e"), "&#x2713; é");
    let references = DecodeOptions::new().numeric_references(true);
    let decode = |bytes| Encoding::Marc8.decode_with(bytes, &references).unwrap().into_owned();
    assert_eq!(decode(b"&#x2713;"), "✓");
    assert_eq!(decode(b"&#x1F600;&#xe9;"), "😀é");
    assert_eq!(decode(b"e&#x301;"), "é");
    assert_eq!(decode(b"\xE2&#x65;"), "é");
    for text in [
        "&#x;",
        "&#xD800;",
        "&#x110000;",
        "&#x0000041;",
        "&#x1F;",
        "&#x9f;",
        "&#x41",
        "&",
        "&#x+41;",
    ] {
        assert_eq!(decode(text.as_bytes()), text);
    }
    // In another set these are other characters.
    assert_eq!(decode(b"\x1B(N&#x41;\x1B(B"), "&#Ь41;");
}

#[test]
fn each_subfield_begins_with_ascii_and_ansel() {
    assert_eq!(marc8(b"\x1B(N\x1B)Qa\xC1"), "Ађ");
    assert_eq!(marc8(b"a\xA1"), "aŁ");
}

#[test]
fn characters_can_be_had_without_an_allocator() {
    let chars = |bytes| Encoding::Marc8.chars(bytes).collect::<Vec<_>>();
    assert_eq!(chars(b"\xF2\xE3ab"), ['a', '\u{323}', '\u{302}', 'b'].map(Ok));
    let seen = chars(b"a\xE2\xFF\x1B(Na\xE2");
    assert_eq!(seen[0], Ok('a'));
    assert_eq!(seen[1].unwrap_err().offset(), 2);
    assert_eq!(seen[2..4], ['А', '\u{301}'].map(Ok));
    let last = seen[4].unwrap_err();
    assert_eq!((last.kind(), last.offset()), (DecodeErrorKind::MarkWithoutBase, 7));
    assert_eq!(seen.len(), 5);
}
