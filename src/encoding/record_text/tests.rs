//! The rule from bytes to text, and the place of an error.

use crate::encoding::*;
use crate::record::{OwnedField, Record, Tag};
use std::{vec, vec::Vec};

const UNIMARC: &[u8] = b"20260101d2026    m  y0frey50      ba";

fn record(coding_scheme: u8, coded_data: &[u8], title: &[u8]) -> Record {
    let mut leader = *b"00000nam  2200000   4500";
    leader[9] = coding_scheme;
    Record::builder()
        .leader(leader)
        .control("001", "id")
        .data("100", *b"  ", [(b'a', coded_data)])
        .data("200", *b"1 ", [(b'a', b"Plain".as_slice()), (b'b', title)])
        .build()
        .unwrap()
}

fn strict(named: Option<Encoding>) -> TextOptions {
    TextOptions::new().encoding(named)
}

fn lenient() -> TextOptions {
    TextOptions::new().decode(DecodeOptions::new().policy(ErrorPolicy::BackslashReplace))
}

/// Returns the subfield code and the offset in the field of each error.
fn errors(record: &Record, named: Option<Encoding>) -> Vec<(Option<u8>, usize)> {
    let text = RecordText::of(record, strict(named));
    text.undecodable(record).map(|(_, error)| (error.code(), error.offset())).collect()
}

fn title(record: &Record, options: TextOptions) -> String {
    let text = RecordText::of(record, options);
    text.field(record, record.fields()[2].as_field()).unwrap().into_owned()
}

#[test]
fn an_error_names_the_first_bytes_that_do_not_decode() {
    assert_eq!(errors(&record(b'a', b"", "\u{e9}t\u{e9}".as_bytes()), None), []);
    // `1 `, `$aPlain` and `$b` come before the value.
    assert_eq!(errors(&record(b'a', b"", b"\xE9t\xE9"), None), vec![(Some(b'b'), 11)]);
    assert_eq!(errors(&record(b'a', b"", b"t\xE9"), None), vec![(Some(b'b'), 12)]);
    assert_eq!(errors(&record(b' ', b"", b"\xE2ete"), None), []);
    assert_eq!(errors(&record(b' ', b"", b"\xE2"), None), vec![(Some(b'b'), 11)]);
    let record = record(b'a', b"", b"t\xE9");
    let text = RecordText::of(&record, strict(None));
    let error = text.field(&record, record.fields()[2].as_field()).unwrap_err();
    assert_eq!(error.to_string(), "200 $b: byte E9 at offset 1: an incomplete character in UTF-8");
}

#[test]
fn a_code_of_several_bytes_does_not_hide_the_place_of_an_error() {
    let field = ["1 \u{1f}\u{2020}ok\u{1f}b".as_bytes(), b"\xE9"].concat();
    let record = Record::of_parts(*b"00000nam a2200000   4500", [(Tag::new(*b"500"), field)]);
    assert_eq!(errors(&record, None), vec![(Some(b'b'), 10)]);
}

#[test]
fn a_named_encoding_is_the_only_one_tried() {
    let latin = Some(Encoding::Latin1);
    assert_eq!(errors(&record(b'a', b"", b"\xE9t\xE9"), latin), []);
    assert_eq!(errors(&record(b'a', UNIMARC, b"\xE2ete"), Some(Encoding::Utf8)).len(), 1);
}

#[test]
fn unimarc_that_claims_utf_8_is_read_as_its_coded_data_say() {
    let mut coded_data = UNIMARC.to_vec();
    coded_data[26..30].copy_from_slice(b"0103");
    assert_eq!(errors(&record(b'a', &coded_data, b"\xE2ete"), None), []);
    assert_eq!(errors(&record(b'a', &coded_data, "\u{e9}".as_bytes()), None), []);
    assert_eq!(errors(&record(b'a', &coded_data, b"\xFF"), None), vec![(Some(b'b'), 11)]);
    // The policy for undecodable bytes applies after the encoding was chosen.
    let record = record(b'a', &coded_data, b"\xC2ete\xFF");
    assert_eq!(title(&record, lenient()), "1 \u{1f}aPlain\u{1f}b\u{e9}te\\xff");
}

#[test]
fn each_subfield_of_marc_8_begins_anew() {
    let record = record(b' ', b"", b"\x1B(NmIR");
    assert_eq!(title(&record, strict(None)), "1 \u{1f}aPlain\u{1f}b\u{41c}\u{438}\u{440}");
}

#[test]
fn what_one_field_shows_has_no_effect_on_another() {
    let mut coded_data = UNIMARC.to_vec();
    coded_data[26..30].copy_from_slice(b"0103");
    let mut record = record(b'a', &coded_data, b"\xC2ete");
    record.push_field(OwnedField::data("300", *b"  ", [(b'a', "\u{e9}t\u{e9}")]).unwrap());
    let text = RecordText::of(&record, strict(None));
    let read = |at: usize| text.field(&record, record.fields()[at].as_field()).unwrap();
    let both = (read(3), read(2));
    assert_eq!(both, (read(3), read(2)));
    assert!(both.0.ends_with("a\u{e9}t\u{e9}") && both.1.ends_with("b\u{e9}te"), "{both:?}");
}
