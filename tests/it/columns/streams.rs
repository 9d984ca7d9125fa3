//! Scans as streams of batches: sizes, ends, and the interface of Arrow.

use crate::common::{
    columns::{Cell, Wanted, columns, rows, table},
    corpus::fixture,
};
use arrow_array::{
    RecordBatchReader, ffi_stream::FFI_ArrowArrayStream, ffi_stream::RecordBatchStreamReader,
};
use tidemarc::{
    Reader, Record, Writer,
    columns::{Column, Columns, Metadata, Repeat, Scan},
    format::Format,
};

fn subjects() -> Columns {
    columns([("subjects", Wanted::new("650$a").column())])
}

#[test]
fn every_subject_is_in_the_list() {
    let rows = table(&fixture("books.mrc"), &subjects());
    assert_eq!(rows.len(), 60);
    assert_eq!(rows.iter().map(|row| row[0].items().len()).sum::<usize>(), 119);
}

#[test]
fn an_absent_value_is_null_and_never_an_empty_list_or_text() {
    let column = |repeat| Wanted { repeat: Some(repeat), ..Wanted::new("999$z") }.column();
    let columns = columns([
        ("list", column(Repeat::List)),
        ("first", column(Repeat::First)),
        ("join", column(Repeat::Join)),
        ("count", column(Repeat::Count)),
        ("exists", column(Repeat::Exists)),
    ]);
    for row in table(&fixture("books.mrc"), &columns) {
        assert_eq!(row, [Cell::Null, Cell::Null, Cell::Null, Cell::Int(0), Cell::Bool(false)]);
    }
}

#[test]
fn the_name_of_a_file_is_in_every_row() {
    let columns = columns([
        ("file", Column::metadata(Metadata::File)),
        ("record_no", Column::metadata(Metadata::RecordNo)),
    ]);
    let path = "tests/fixtures/books.mrc";
    let mut scan = Scan::new(Reader::from_path(path).unwrap(), &columns);
    let rows = rows(&scan.next_batch().unwrap().unwrap());
    let expected: Vec<_> = (1..=60).map(|no| vec![Cell::text(path), Cell::Int(no)]).collect();
    assert_eq!(rows, expected);
    assert!(scan.next_batch().unwrap().is_none());
    assert!(scan.summary().starts_with("tests/fixtures/books.mrc: 60 records"));
}

/// A record as JSON, with a field of this many bytes.
fn long_record(length: usize) -> Vec<u8> {
    let record = Record::builder()
        .leader(*b"00000nam a2200000   4500")
        .data("520", *b"  ", [(b'a', "x".repeat(length))])
        .build()
        .unwrap();
    let mut writer = Writer::new(Vec::new(), Format::JsonLines);
    writer.write(&record).unwrap();
    writer.finish().unwrap()
}

#[test]
fn a_field_of_99_999_bytes_is_one_cell() {
    let columns = columns([("summary", Wanted::new("520$a").column())]);
    for length in [99_999, 1 << 20] {
        let rows = table(&long_record(length), &columns);
        assert_eq!(rows, [[Cell::texts(["x".repeat(length)])]]);
    }
}

#[test]
fn a_batch_has_at_most_8_mib_unless_it_is_one_row() {
    let columns = columns([("summary", Wanted::new("520$a").column())]);
    let (short, long) = (long_record(1_000), long_record(20 << 20));
    let input = [short.repeat(3), long_record(3 << 20).repeat(8), long.repeat(2), short].concat();
    let reader = Reader::builder().max_record_length(64 << 20).from_bytes(input);
    let sizes: Vec<_> =
        Scan::new(reader, &columns).map(|batch| batch.unwrap().num_rows()).collect();
    assert_eq!(sizes, [3 + 2, 2, 2, 2, 1, 1, 1]);
}

#[test]
fn a_scan_is_a_stream_of_arrow() {
    let scan = Scan::new(Reader::from_bytes(fixture("books.mrc")), &subjects());
    let schema = scan.schema();
    let stream = FFI_ArrowArrayStream::new(Box::new(scan));
    let reader = RecordBatchStreamReader::try_new(stream).unwrap();
    assert_eq!(RecordBatchReader::schema(&reader), schema);
    let rows: Vec<_> = reader.flat_map(|batch| rows(&batch.unwrap())).collect();
    assert_eq!(rows, table(&fixture("books.mrc"), &subjects()));
}

#[test]
fn an_error_of_the_stream_contains_the_error_of_the_reader() {
    let mut scan = Scan::new(Reader::from_bytes(fixture("books-damaged.mrc")), &subjects());
    let error = scan.find_map(Result::err).unwrap();
    let arrow_schema::ArrowError::ExternalError(error) = error else { panic!("{error}") };
    assert!(error.downcast::<tidemarc::Error>().is_ok());
}
