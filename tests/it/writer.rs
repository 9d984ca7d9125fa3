//! The writer and its output: nothing of a refused record, one write for each record, every error.

use std::io;
use tidemarc::{
    OwnedField, Reader, Record, RecordRef, WriteError, Writer,
    encoding::{Encoding, ErrorPolicy},
    format::{Format, NoteKind, WriteErrorKind, WriteOptions},
};

/// Makes a record of about this length.
fn record_of(length: usize) -> Record {
    let mut record = Record::new();
    let mut rest = length;
    while rest > 0 {
        let field = rest.min(9_000);
        let value = vec![b'x'; field];
        record.push_field(OwnedField::data("500", *b"  ", [(b'a', value)]).unwrap());
        rest -= field;
    }
    record
}

/// An output without room.
struct Full;

impl io::Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}

/// An output that keeps the bytes of each call.
#[derive(Default)]
struct Calls(Vec<Vec<u8>>);

impl io::Write for Calls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_refused_record_leaves_nothing_in_the_output_and_the_next_is_written() {
    let mut writer = Writer::new(Calls::default(), Format::Iso2709);
    let error = writer.write(&record_of(100_000)).unwrap_err();
    assert!(matches!(error.kind(), WriteErrorKind::RecordLength(_)), "{error}");
    writer.write(&record_of(100)).unwrap();
    assert_eq!(writer.finish().unwrap().0, [record_of(100).to_iso2709().unwrap()]);
}

#[test]
fn every_call_reports_an_output_that_fails() {
    let bytes = record_of(100).to_iso2709().unwrap();
    let mut writer = Writer::new(Full, Format::Iso2709);
    let full = |error: WriteError| match error.kind() {
        WriteErrorKind::Io(error) => assert_eq!(error.kind(), io::ErrorKind::StorageFull),
        other => panic!("{other:?}"),
    };
    full(writer.write(&record_of(100)).unwrap_err());
    full(writer.write(&RecordRef::parse(&bytes).unwrap()).unwrap_err());
    full(writer.flush().unwrap_err());
    full(writer.finish().err().unwrap());
}

#[test]
fn each_record_is_one_write() {
    let views = record_of(200).to_iso2709().unwrap();
    let mut writer = Writer::new(Calls::default(), Format::Iso2709);
    writer.write(&record_of(300)).unwrap();
    writer.write(&RecordRef::parse(&views).unwrap()).unwrap();
    writer.write(&record_of(100)).unwrap();
    let lengths: Vec<_> = writer.get_ref().0.iter().map(Vec::len).collect();
    let expected = [300, 200, 100].map(|length| record_of(length).to_iso2709().unwrap().len());
    assert_eq!(lengths, expected);
}

#[test]
fn records_of_a_reader_are_written_as_they_are_unless_they_were_damaged() {
    let damaged = "tests/fixtures/books-damaged.mrc";
    let mut reader = Reader::builder().repair(true).skip_faults(true).from_path(damaged).unwrap();
    let mut writer = Writer::new(Vec::new(), Format::Iso2709);
    let mut expected = Vec::new();
    for record in reader.by_ref() {
        let record = record.unwrap();
        writer.write(&record).unwrap();
        match record.is_repaired() {
            true => expected.extend(record.to_owned().to_iso2709().unwrap()),
            false => expected.extend_from_slice(record.as_bytes()),
        }
    }
    assert!(reader.stats().repaired > 0);
    assert_eq!(writer.finish().unwrap(), expected);
}

#[test]
fn a_leader_that_was_damaged_is_mended_in_every_format() {
    let sound = b"00044nam a2200037 i 4500001000600000\x1Eocm01\x1E\x1D";
    let wide = [&sound[..18], "\u{FFFD}".as_bytes(), &sound[19..]].concat();
    let control = [&sound[..18], b"\x01", &sound[19..]].concat();
    for damaged in [wide, control] {
        for format in [Format::Iso2709, Format::Marcxml, Format::Json, Format::Marcmaker] {
            let mut reader = Reader::builder().repair(true).from_bytes(damaged.clone());
            let mut writer = Writer::new(Vec::new(), format);
            writer.write(&reader.next().unwrap().unwrap()).unwrap();
            let written = Reader::from_bytes(writer.finish().unwrap()).next().unwrap().unwrap();
            let leader = *written.view().leader().as_bytes();
            assert_eq!(&leader[5..12], b"nam a22", "{format}");
            assert_eq!(&leader[17..], b"   4500", "{format}");
        }
    }
}

/// A title in ISO 8859-1 whose leader/09 says UTF-8.
const LATIN_1: &[u8] = b"00050nam a2200037   4500245001200000\x1E10\x1Fares\xE9mer\x1E\x1D";

#[test]
fn a_record_keeps_the_encoding_that_was_named_to_its_reader() {
    let options = WriteOptions::new();
    for (format, options) in [
        (Format::Iso2709, options.encoding(Encoding::Utf8)),
        (Format::Marcxml, options),
        (Format::Json, options),
        (Format::Marcmaker, options),
        (Format::Line, options),
    ] {
        let written = |encoding: Option<Encoding>, options: WriteOptions| {
            let mut reader = Reader::builder().encoding(encoding).from_bytes(LATIN_1);
            let mut writer = Writer::with_options(Vec::new(), format, options);
            writer.write(&reader.next().unwrap().unwrap())?;
            writer.finish()
        };
        let expected = "resémer".as_bytes();
        let holds = |bytes: Vec<u8>| bytes.windows(expected.len()).any(|part| part == expected);
        assert!(holds(written(Some(Encoding::Latin1), options).unwrap()), "{format}");
        assert!(written(None, options).is_err(), "{format}");
        // The writer's own option comes first.
        let named = options.source_encoding(Encoding::Latin1);
        assert!(holds(written(Some(Encoding::Ascii), named).unwrap()), "{format}");
    }
}

#[test]
fn the_other_options_of_the_reader_for_text_hold_too() {
    let bytes = b"00051nam  2200037   4500245001300000\x1E10\x1Fa&#x4E2D;\x1E\x1D";
    for (refers, expected) in [(true, "中"), (false, "&#x4E2D;")] {
        let mut writer = Writer::new(Vec::new(), Format::JsonLines);
        let mut reader = Reader::builder().numeric_references(refers).from_bytes(bytes);
        writer.write(&reader.next().unwrap().unwrap()).unwrap();
        assert!(String::from_utf8(writer.finish().unwrap()).unwrap().contains(expected));
    }
    let mut reader = Reader::builder().encoding_errors(ErrorPolicy::Ignore).from_bytes(LATIN_1);
    let mut writer = Writer::new(Vec::new(), Format::JsonLines);
    let notes = writer.write(&reader.next().unwrap().unwrap()).unwrap();
    assert_eq!(notes.iter().map(|note| note.kind()).collect::<Vec<_>>(), [NoteKind::Undecodable]);
}

#[test]
fn a_file_is_in_its_place_after_the_commit_and_not_before() {
    let path = std::env::temp_dir().join(format!("tidemarc-writer-{}.xml", std::process::id()));
    let create = || Writer::create(&path, Format::Marcxml, WriteOptions::new()).unwrap();
    let mut writer = create();
    writer.write(&record_of(10)).unwrap();
    drop(writer);
    assert!(!path.exists());
    let mut writer = create();
    writer.write(&record_of(10)).unwrap();
    assert!(!path.exists());
    writer.commit().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(text.ends_with("</collection>\n"), "{text}");
}
