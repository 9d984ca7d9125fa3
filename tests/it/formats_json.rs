//! MARC-in-JSON of other programs.

use crate::common::formats::{Given, read, read_with};
use tidemarc::{
    ErrorKind, Reader,
    format::{Format, NoteKind},
};

/// Returns a record with this value in a control field, a subfield and an indicator.
fn with(control: &str, subfield: &str, indicator: &str) -> String {
    format!(
        "[{{\"leader\":\"00000nam a2200000   4500\",\"fields\":[{{\"001\":{control}}},\
         {{\"245\":{{\"ind1\":{indicator},\"ind2\":\"0\",\"subfields\":[{{\"a\":{subfield}}}]}}}}]}},\
         {{\"leader\":\"00000nam a2200000   4500\",\"fields\":[{{\"001\":\"two\"}}]}}]"
    )
}

#[test]
fn numbers_and_nulls_in_place_of_text_are_read_with_a_note() {
    for (value, expected) in [
        ("12", "12"),
        ("-7", "-7"),
        ("18446744073709551615", "18446744073709551615"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("-0", "-0"),
        ("null", ""),
    ] {
        let text = with(value, value, "\"1\"");
        let given = read(text.as_bytes(), Format::Json);
        let Given::Record { record, notes, .. } = &given[0] else { panic!("{given:?}") };
        assert_eq!(record.fields()[0].as_bytes(), expected.as_bytes());
        assert_eq!(record.fields()[1].as_bytes(), format!("10\x1Fa{expected}").as_bytes());
        let notes: Vec<_> = notes.iter().map(|note| (note.kind(), note.field())).collect();
        let noted = |field| (NoteKind::ValueConverted, Some(field));
        assert_eq!(notes, [noted(1), noted(2)], "{value}");
        assert_eq!(given.len(), 2);
    }
    for (indicator, expected) in [("1", b"10\x1Fat"), ("null", b" 0\x1Fat")] {
        let given = read(with("\"x\"", "\"t\"", indicator).as_bytes(), Format::Json);
        let Given::Record { record, notes, .. } = &given[0] else { panic!("{given:?}") };
        assert_eq!(record.fields()[1].as_bytes(), expected);
        assert_eq!(notes[0].kind(), NoteKind::ValueConverted);
        assert!(notes[0].field() == Some(2) && !notes[0].is_loss());
    }
    for value in ["true", "[1]", "[]"] {
        let given = read(with("\"x\"", value, "\"1\"").as_bytes(), Format::Json);
        assert!(matches!(given[0], Given::Fault { kind: ErrorKind::Syntax, .. }), "{given:?}");
        assert_eq!(given.len(), 2);
    }
}

#[test]
fn a_long_record_is_read_by_the_same_rule() {
    let long = "x".repeat(2 << 20);
    for (value, expected) in [("12", "12"), ("1.50", "1.50"), ("null", "")] {
        let text = with(value, value, "\"1\"").replacen("two", &long, 1);
        let text = text.replacen(
            "nam a2200000   4500\",\"fields\":[",
            "nam a2200000   4500\",\"fields\":[{\"008\":\"LONG\"},",
            1,
        );
        let text = text.replacen("LONG", &long, 1);
        let given = read_with(text.as_bytes(), Format::Json, Reader::builder().chunk_size(1 << 20));
        let Given::Record { record, .. } = &given[0] else { panic!("no record") };
        assert_eq!(record.fields()[1].as_bytes(), expected.as_bytes());
        assert_eq!(record.fields()[2].as_bytes(), format!("10\x1Fa{expected}").as_bytes());
    }
}

#[test]
fn a_lone_surrogate_is_a_fault_that_names_its_field() {
    for (text, tag, place) in [
        (with("\"x\"", "\"a\\ud800b\"", "\"1\""), "245", "$a: "),
        (with("\"x\"", "\"\\udc00\"", "\"1\""), "245", "$a: "),
        (with("\"\\ud800\"", "\"t\"", "\"1\""), "001", ""),
    ] {
        let mut reader = Reader::builder().format(Format::Json).from_bytes(text.into_bytes());
        let error = reader.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Syntax);
        assert_eq!(error.tag().unwrap().as_str(), Some(tag));
        assert!(error.reason().starts_with(place), "{error}");
        assert!(error.reason().contains("surrogate") || error.reason().contains("hex"), "{error}");
        assert!(reader.next().unwrap().is_ok());
    }
}
