use crate::encoding::*;
use crate::record::{Record, RecordRef};

const COMMON: &[u8] = b"20260101d2026    u  y0frey";

/// Returns the detected encoding of a record with this leader/09, 100 $a and title.
fn found(coding_scheme: u8, coded: &[u8], title: &[u8]) -> (Encoding, Why) {
    let mut leader = *b"00000nam  2200000   4500";
    leader[9] = coding_scheme;
    let record = Record::builder()
        .leader(leader)
        .data("100", *b"  ", [(b'a', coded)])
        .data("245", *b"00", [(b'a', title)])
        .build()
        .unwrap();
    let bytes = record.to_iso2709().unwrap();
    let record = RecordRef::parse(&bytes).unwrap();
    for encoding in [Encoding::Latin1, Encoding::Utf8] {
        assert_eq!(detect(&record, Some(encoding)), Detected { encoding, why: Why::Asked });
        assert_eq!(encoding_of(&record, Some(encoding)), encoding);
    }
    let Detected { encoding, why } = detect(&record, None);
    assert_eq!(encoding_of(&record, None), encoding);
    (encoding, why)
}

#[test]
fn leader_09_tells_where_nothing_else_does() {
    assert_eq!(found(b'a', b"Person, A.", b"ascii"), (Encoding::Utf8, Why::Leader(b'a')));
    assert_eq!(found(b' ', b"Person, A.", b"ascii"), (Encoding::Marc8, Why::Leader(b' ')));
    assert_eq!(found(b' ', b"Person, A.", b"\xE2e"), (Encoding::Marc8, Why::Leader(b' ')));
    assert_eq!(found(b'a', b"Person, A.", b"na\xEFve"), (Encoding::Utf8, Why::Leader(b'a')));
}

#[test]
fn valid_utf_8_tells_more_than_what_the_record_claims() {
    let title = "na\u{EF}ve".as_bytes();
    assert_eq!(found(b' ', b"Person, A.", title), (Encoding::Utf8, Why::ValidUtf8));
    let coded = [COMMON, b"0103    ba"].concat();
    for coding_scheme in [b' ', b'a'] {
        assert_eq!(found(coding_scheme, &coded, title), (Encoding::Utf8, Why::ValidUtf8));
    }
}

#[test]
fn unimarc_tells_in_field_100() {
    for (codes, encoding) in [
        (b"0103", Encoding::Iso5426),
        (b"01  ", Encoding::Iso5426),
        (b"0102", Encoding::Iso5426),
        (b"50  ", Encoding::Utf8),
        (b"0150", Encoding::Utf8),
    ] {
        for end in [&b"    ba"[..], b""] {
            let coded = [COMMON, codes, end].concat();
            let expected = (encoding, Why::CodedData(*codes));
            // Leader/09 has no meaning there.
            assert_eq!(found(b' ', &coded, b"\xC2e"), expected);
            assert_eq!(found(b'a', &coded, b"ascii"), expected);
        }
        let authority = [b"20260101afrey", &codes[..], b"    ba0"].concat();
        assert_eq!(found(b'a', &authority, b"ascii"), (encoding, Why::CodedData(*codes)));
    }
}

#[test]
fn a_person_in_field_100_is_no_coded_data() {
    let name: &[u8] = b"1984 and other numbers, a person by the name of, 1903-1950";
    assert_eq!(found(b'a', name, b"ascii").1, Why::Leader(b'a'));
    assert_eq!(found(b'a', b"20260101", b"ascii").1, Why::Leader(b'a'));
}

#[test]
fn the_reason_is_told_in_words() {
    let told = std::string::ToString::to_string;
    assert_eq!(told(&Why::CodedData(*b"01  ")), "field 100 $a states the character sets '01  '");
    assert_eq!(told(&Why::Leader(b' ')), "leader/09 is ' '");
    assert_eq!(Why::ValidUtf8.name(), "valid-utf-8");
}
