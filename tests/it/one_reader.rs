//! One reader reads every format, with every option that a reader of ISO 2709 has.

use crate::common::{
    corpus::fixture_path,
    formats::{TEXT, Trickle, sample, write},
    shared::Shared,
    streams::{Act, Script},
};
use std::io::{self, Cursor};
use tidemarc::{
    ErrorKind, Quarantine, Reader, Severity, Summary,
    encoding::{Encoding, ErrorPolicy},
    format::{Controls, Format},
};

/// Three records in a format, of which the second cannot be read.
fn damaged(format: Format) -> Vec<u8> {
    let mut text = write(&[sample("one"), sample("two"), sample("three")], format).0;
    let at = memchr::memmem::find_iter(&text, "Фёдор".as_bytes()).nth(1).unwrap();
    text[at] = b'x';
    text
}

#[test]
fn a_text_format_has_threads_a_quarantine_and_a_limit_on_faults() {
    for format in TEXT {
        let text = damaged(format);
        for (chunk_size, threads) in [(7, 1), (100, 2), (1 << 16, 1)] {
            let builder = Reader::builder().chunk_size(chunk_size).threads(threads);
            let spans = Shared::default();
            let reader = builder.from_bytes(text.clone());
            let mut reader = reader.with_quarantine(Quarantine::new(spans.clone()));
            let items: Vec<_> = reader.by_ref().collect();
            let fault = items[1].as_ref().unwrap_err();
            assert_eq!(fault.kind(), ErrorKind::Encoding, "{format}");
            assert_eq!(spans.bytes(), fault.raw(), "{format}");
            assert_eq!((items.len(), reader.stats().records), (3, 2));
            assert_eq!(reader.stats().position(), text.len() as u64);

            let error = builder.max_faults(0).from_bytes(text.clone()).nth(1).unwrap();
            assert_eq!(error.unwrap_err().kind(), ErrorKind::TooManyFaults, "{format}");
        }
    }
}

#[test]
fn a_text_format_is_read_from_a_start() {
    for format in TEXT {
        let text = write(&[sample("one"), sample("two"), sample("three")], format).0;
        let all: Vec<_> = Reader::from_bytes(text.clone()).map(Result::unwrap).collect();
        let builder = Reader::builder().format(format).start(all[1].offset());
        for reader in [
            builder.from_bytes(text.clone()),
            builder.from_reader(Trickle(Cursor::new(text.clone()))),
        ] {
            let rest: Vec<_> = reader.map(Result::unwrap).collect();
            assert_eq!(rest.len(), 2, "{format}");
            assert_eq!(rest[0].offset(), all[1].offset());
            assert_eq!(rest[1].to_owned(), all[2].to_owned());
        }
    }
}

#[test]
fn a_record_of_a_text_format_has_its_source_its_notes_and_its_text() {
    let json = br#"[{"leader": "00000nam a2200000   4500", "fields": [{"500": {"ind1": " ",
        "ind2": " ", "subfields": [{"a": "\u00e9\u001f"}]}}]}]"#;
    let builder = Reader::builder().controls(Controls::Replace).encoding(Encoding::Latin1);
    let mut reader = builder.from_bytes(json);
    let record = reader.next().unwrap().unwrap();
    assert_eq!(record.as_bytes(), &json[1..json.len() - 1]);
    assert_eq!((record.raw(), record.offset()), (record.as_bytes().into(), 1));
    assert_eq!(record.notes().len(), 1);
    // The encoding that the caller named is that of ISO 2709.
    let note = record.view().fields().next().unwrap();
    assert_eq!(record.text().field(&record, note).unwrap(), "  \u{1f}aé\u{FFFD}");
    let mut lender = builder.from_bytes(json);
    let batch = lender.next_batch().unwrap().unwrap();
    let lent = batch.records().next().unwrap();
    assert_eq!((lent.raw(), lent.as_bytes()), (record.raw(), record.as_bytes()));
    assert_eq!((lent.notes(), lent.text()), (record.notes(), record.text()));
}

#[test]
fn the_options_of_text_are_those_of_the_reader() {
    let bytes = b"00050nam a2200037   4500245001200000\x1e10\x1fares\xE9mer\x1e\x1d";
    let text = |builder: tidemarc::ReaderBuilder| {
        let record = builder.from_bytes(bytes).next().unwrap().unwrap();
        let title = record.view().fields().next().unwrap();
        record.text().field(&record, title).map(std::borrow::Cow::into_owned)
    };
    let builder = Reader::builder;
    assert!(text(builder().encoding(Encoding::Utf8)).is_err());
    assert_eq!(text(builder().encoding(Encoding::Latin1)).unwrap(), "10\u{1f}aresémer");
    let ignore = builder().encoding(Encoding::Ascii).encoding_errors(ErrorPolicy::Ignore);
    assert_eq!(text(ignore).unwrap(), "10\u{1f}aresmer");
}

#[test]
fn readers_of_one_builder_detect_their_formats_each() {
    let builder = Reader::builder();
    let mut records = builder.from_path(fixture_path("books.mrc")).unwrap();
    let mut lines = builder.from_path(fixture_path("books.mrk")).unwrap();
    assert_eq!((records.format(), lines.format()), (None, None));
    assert_eq!((lines.by_ref().count(), records.by_ref().count()), (60, 60));
    assert_eq!(lines.format(), Some(Format::Marcmaker));
    assert_eq!(records.format(), Some(Format::Iso2709));
    assert_eq!(builder.clone().format(Format::Json).from_bytes("").format(), Some(Format::Json));
}

#[test]
fn options_that_exclude_each_other_are_an_error_and_read_nothing() {
    let builder = Reader::builder().read_ahead(false).format(Format::Marcxml);
    let error = builder.from_path(fixture_path("books.mrc")).unwrap_err();
    assert!(error.reason().contains("'iso2709', not 'marcxml'"), "{error}");
    let source = Script(vec![Act::Panic]);
    let spans = Shared::default();
    let mut reader = builder.from_reader(source).with_quarantine(Quarantine::new(spans));
    let error = reader.next().unwrap().unwrap_err();
    assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::InvalidInput);
    assert!(reader.next().is_none());
    // Without a format it is ISO 2709, whatever the input looks like.
    let builder = Reader::builder().read_ahead(false);
    let mut reader = builder.from_reader(&b"=LDR  00000nam a2200000   4500"[..]);
    assert!(reader.next().unwrap().is_err());
    assert_eq!(reader.format(), Some(Format::Iso2709));
}

#[test]
fn a_summary_is_of_any_format_and_option() {
    for format in TEXT {
        let summary = Summary::of(Reader::from_bytes(damaged(format))).unwrap();
        let (times, first) = summary.faults().next().unwrap();
        assert_eq!((times, first.kind()), (1, ErrorKind::Encoding), "{format}");
        assert_eq!((summary.stats().records, summary.is_sound()), (2, false));
    }
    let path = fixture_path("books-damaged.mrc");
    let builder = Reader::builder().max_faults(0);
    let summary = Summary::of(builder.from_path(&path).unwrap()).unwrap();
    let worst = summary.faults().next().unwrap().1;
    assert_eq!((worst.kind(), worst.severity()), (ErrorKind::TooManyFaults, Severity::Fatal));
    assert!(!summary.is_sound() && summary.to_string().contains("not read to the end"));
    // What is left of a batch that was begun counts.
    let mut reader = Reader::builder().repair(true).from_path(&path).unwrap();
    assert_eq!(reader.by_ref().take(7).filter(Result::is_ok).count(), 7);
    let rest: Vec<_> = Summary::of(reader).unwrap().faults().map(|(times, _)| times).collect();
    let all: Vec<_> = tidemarc::check(&path).unwrap().faults().map(|(times, _)| times).collect();
    assert_eq!(rest, all);
}
