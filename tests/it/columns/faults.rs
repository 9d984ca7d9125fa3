//! Damage, undecodable text and contradictory options.

use crate::common::{
    columns::{Cell, Wanted, columns, scan, table},
    corpus::fixture,
};
use tidemarc::{
    ErrorKind, Reader, Record,
    columns::{Column, ColumnError, Columns, Metadata, Repeat, Scan},
    encoding::ErrorPolicy,
};

fn control_number() -> (&'static str, Column) {
    ("id", Column::metadata(Metadata::ControlNumber))
}

/// Returns the rows and the kinds of the errors.
fn observe(builder: &tidemarc::ReaderBuilder, input: &[u8]) -> (usize, Vec<ErrorKind>) {
    let (rows, errors) = scan(builder, input, &columns([control_number()]));
    (rows.len(), errors.iter().map(tidemarc::Error::kind).collect())
}

#[test]
fn a_damaged_record_is_an_error_in_its_place_and_the_rows_after_it_follow() {
    let input = fixture("books-damaged.mrc");
    let reader = Reader::builder().from_bytes(input.clone());
    let expected: Vec<_> = reader.map(|record| record.map(|_| ()).map_err(|e| e.kind())).collect();
    let mut scan = Scan::new(Reader::from_bytes(input), &columns([control_number()]));
    let mut made = Vec::new();
    loop {
        match scan.next_batch() {
            Ok(Some(batch)) => made.extend((0..batch.num_rows()).map(|_| Ok(()))),
            Ok(None) => break,
            Err(error) => made.push(Err(error.kind())),
        }
    }
    assert_eq!(made, expected);
    assert!(scan.stats().complete);
}

#[test]
fn the_options_of_the_reader_hold() {
    let input = fixture("books-damaged.mrc");
    let builder = Reader::builder;
    assert_eq!(observe(&builder().skip_faults(true), &input), (57, vec![]));
    let (rows, errors) = observe(&builder().repair(true).skip_faults(true), &input);
    assert_eq!((rows, errors.len()), (59, 0));
    let (rows, errors) = observe(&builder().max_faults(1), &input);
    let last = errors.last();
    assert_eq!((errors.len(), last), (2, Some(&ErrorKind::TooManyFaults)));
    let delivered = builder().max_faults(1).from_bytes(input).filter(Result::is_ok).count();
    assert_eq!(rows, delivered);
}

#[test]
fn a_scan_that_comes_too_late_is_an_error() {
    let mut reader = Reader::from_bytes(fixture("books.mrc"));
    assert!(reader.next().unwrap().is_ok());
    let mut scan = Scan::new(reader, &columns([control_number()]));
    assert!(scan.next_batch().unwrap_err().to_string().contains("was begun"));
    assert!(scan.next_batch().unwrap().is_none());
}

/// Two records in UTF-8; in the first, $c of 245 is undecodable.
fn undecodable() -> Vec<u8> {
    let record = |c: &[u8]| {
        let record = Record::builder()
            .leader(*b"00000nam a2200000   4500")
            .control("001", "ocm1")
            .data("245", *b"10", [(b'a', "Caf\u{e9}".as_bytes()), (b'c', c)])
            .data("650", *b" 0", [(b'a', "Whales")]);
        let mut output = Vec::new();
        tidemarc::format::iso2709::write_record(&record.build().unwrap(), &mut output).unwrap();
        output
    };
    [record(b"na\xEFve"), record(b"by me")].concat()
}

fn wanted() -> Vec<(&'static str, Column)> {
    let first = |selector| Wanted { repeat: Some(Repeat::First), ..Wanted::new(selector) }.column();
    vec![
        ("a", first("245$a")),
        ("c", first("245$c")),
        ("both", Wanted::new("245$a$c").column()),
        ("condition", first("245$a{$c}")),
        ("subject", first("650$a")),
        ("faults", Column::metadata(Metadata::Faults)),
    ]
}

#[test]
fn only_the_cells_that_need_undecodable_text_are_null() {
    let input = undecodable();
    let rows = table(&input, &columns(wanted()));
    let text = |text: &str| Cell::text(text);
    let expected = [text("Café"), Cell::Null, Cell::Null, Cell::Null, text("Whales")];
    assert_eq!(rows[0][..5], expected);
    let [fault] = rows[0][5].items() else { panic!("{:?}", rows[0][5]) };
    assert_eq!((fault.member("code"), fault.member("tag")), (&text("TM501"), &text("245")));
    assert_eq!(rows[1][1], text("by me"));
    assert_eq!(rows[1][5], Cell::Null);
}

#[test]
fn undecodable_text_is_counted() {
    let mut scan = Scan::new(Reader::from_bytes(undecodable()), &columns(wanted()));
    assert_eq!(scan.next_batch().unwrap().unwrap().num_rows(), 2);
    assert!(scan.next_batch().unwrap().is_none());
    assert_eq!(scan.undecodable(), 1);
    assert!(scan.summary().ends_with("1 record has undecodable text, which is null"));
}

#[test]
fn undecodable_text_is_an_error_if_that_is_strict() {
    let columns = columns(wanted());
    let mut scan = Scan::new(Reader::from_bytes(undecodable()), &columns).strict_text(true);
    let error = scan.next_batch().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encoding);
    let tag = error.tag().map(|tag| tag.to_string());
    assert_eq!((error.record_number(), tag.as_deref()), (Some(1), Some("245")));
    assert_eq!(scan.next_batch().unwrap().unwrap().num_rows(), 1);
    assert!(scan.next_batch().unwrap().is_none());
}

#[test]
fn a_policy_of_the_reader_replaces_undecodable_text() {
    let builder = Reader::builder().encoding_errors(ErrorPolicy::Replace);
    let (rows, errors) = scan(&builder, &undecodable(), &columns(wanted()));
    assert!(errors.is_empty());
    assert_eq!(rows[0][1], Cell::text("na\u{FFFD}ve"));
    assert_eq!(rows[0][5].items().len(), 1);
}

#[test]
fn contradictory_options_are_errors_with_the_name_of_the_column() {
    let id = || Column::select("001").unwrap();
    let fails = |columns: Vec<(&str, Column)>| -> ColumnError {
        Columns::new(columns).expect_err("contradictory options")
    };
    for (error, expected) in [
        (fails(vec![]), "a table needs a column"),
        (fails(vec![("x", id()), ("x", id())]), "column \"x\": two columns have this name"),
        (
            fails(vec![("x", id().separator(";"))]),
            "column \"x\": separator needs repeat `join`, and this column has `list`",
        ),
        (
            fails(vec![("n", Column::metadata(Metadata::RecordNo).repeat(Repeat::List))]),
            "column \"n\": record_no takes no options",
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}
