//! Reports: their rows, the targets that they refuse, and outputs that fail.

use crate::common::{build::simple, folder::Folder};
use std::{fs, io};
use tidemarc::{ErrorKind, Reader, ReportFormat, Summary, report};

const DAMAGED: &str = "tests/fixtures/books-damaged.mrc";

fn lines(bytes: Vec<u8>, chunk_size: usize, threads: usize) -> String {
    let builder = Reader::builder().repair(true).chunk_size(chunk_size).threads(threads);
    let mut output = Vec::new();
    Summary::reporting(builder.from_bytes(bytes), ReportFormat::JsonLines, &mut output).unwrap();
    String::from_utf8(output).unwrap()
}

#[test]
fn a_report_has_every_fault_in_order_however_the_input_is_cut() {
    let damaged = fs::read(DAMAGED).unwrap();
    // Junk in padding, before a record and at the end.
    let word = b"\0\x43\0\0";
    let input = [&damaged[..], word, &simple("of 63"), b"\n\n", word, &simple("of 63")].concat();
    let whole = lines(input.clone(), 1 << 16, 1);
    let reader = Reader::builder().repair(true).from_bytes(input.clone());
    let summary = Summary::of(reader).unwrap();
    let found: u64 = summary.faults().map(|(times, _)| times).sum();
    assert_eq!(whole.lines().count() as u64, found);
    let offset = |line: &str| {
        let (_, rest) = line.split_once("\"offset\":").unwrap();
        rest[..rest.find(',').unwrap()].parse::<u64>().unwrap()
    };
    assert!(whole.lines().map(offset).is_sorted(), "{whole}");
    assert!(whole.contains("TM403"), "a fault in padding");
    for (chunk_size, threads) in [(1, 1), (100, 1), (1000, 2)] {
        assert_eq!(lines(input.clone(), chunk_size, threads), whole);
    }
}

#[test]
fn the_source_and_a_path_without_a_format_are_refused() {
    let folder = Folder::new("report");
    let path = folder.path("books.csv");
    fs::copy(DAMAGED, &path).unwrap();
    let error = report(&path, &path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("books.csv could not be written: it is the input itself"));
    let other = folder.path("report.txt");
    let error = report(&path, &other).unwrap_err();
    assert!(error.to_string().contains("the suffix of a report is .csv, .jsonl or .ndjson"));
    assert!(!other.exists());
    assert!(report(folder.path("missing.mrc"), folder.path("r.csv")).is_err());
    assert!(!folder.path("r.csv").exists());
    assert_eq!(fs::read(&path).unwrap(), fs::read(DAMAGED).unwrap());
    report(&path, folder.path("r.csv")).unwrap();
    assert_eq!(fs::read_to_string(folder.path("r.csv")).unwrap().lines().count(), 6);
}

#[test]
fn a_failing_output_is_an_error_that_names_the_report() {
    struct Full(usize);
    impl io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    for (room, kind) in [(0, io::ErrorKind::StorageFull), (1 << 20, io::ErrorKind::BrokenPipe)] {
        let reader = Reader::builder().repair(true).from_path(DAMAGED).unwrap();
        let error = Summary::reporting(reader, ReportFormat::Csv, &mut Full(room)).unwrap_err();
        assert_eq!(error.io_error().map(io::Error::kind), Some(kind));
        assert!(error.to_string().contains("the report could not be written"), "{error}");
    }
}
