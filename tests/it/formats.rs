//! Every format, read: what all of them have in common.

use crate::common::{
    corpus::{fixture, fixture_path, fixture_records},
    formats::{Given, TEXT, read, read_with, records, sample, write},
};
use std::io::{self, Read};
use tidemarc::{ErrorKind, OwnedField, Reader, Record, RecordRef, format::Format};

#[test]
fn every_format_gives_back_what_was_written_and_is_recognised() {
    let written: Vec<_> = ["one", "two", "three"].into_iter().map(sample).collect();
    for format in Format::ALL {
        let (bytes, notes) = write(&written, format);
        let losses: Vec<_> = notes.iter().filter(|note| note.is_loss()).collect();
        assert!(losses.is_empty(), "{format}: {losses:?}");
        assert_eq!(records(&bytes, format), written, "{format}");
        let detected = Format::detect(&bytes).unwrap();
        let expected = if format == Format::JsonLines { Format::Json } else { format };
        assert_eq!(detected, expected);
        assert_eq!(format.name().parse(), Ok(format));
    }
}

#[test]
fn the_fixtures_go_through_every_format_and_come_back_byte_for_byte() {
    let books = fixture_records("books.mrc");
    let views: Vec<_> = books.iter().map(|bytes| RecordRef::parse(bytes).unwrap()).collect();
    for format in Format::ALL {
        let (bytes, notes) = write(&views, format);
        assert!(notes.is_empty(), "{format}: {notes:?}");
        for (record, book) in records(&bytes, format).iter().zip(&books) {
            assert_eq!(record.to_iso2709().unwrap(), *book, "{format}");
        }
        assert_eq!(records(&bytes, format).len(), books.len());
    }
}

#[test]
fn the_typed_fixtures_are_what_was_built_of_them() {
    for name in ["books", "ascii"] {
        let typed = records(&fixture(&format!("{name}.mrk")), Format::Marcmaker);
        let built = fixture_records(&format!("{name}.mrc"));
        let built: Vec<_> =
            built.iter().map(|bytes| Record::from(RecordRef::parse(bytes).unwrap())).collect();
        assert_eq!(typed, built, "{name}");
    }
}

#[test]
fn the_format_is_told_by_the_first_bytes() {
    for (head, expected) in [
        (&b"\xEF\xBB\xBF<?xml version='1.0'?>"[..], Some(Format::Marcxml)),
        (b"  \n <record>", Some(Format::Marcxml)),
        (b"\xFF\xFE<\0?\0", Some(Format::Marcxml)),
        (b"\xFE\xFF\0<\0?", Some(Format::Marcxml)),
        (b"<\0c\0", Some(Format::Marcxml)),
        (b"\0<\0c", Some(Format::Marcxml)),
        (b"\n\n[", Some(Format::Json)),
        (b"{", Some(Format::Json)),
        (b"# comment\n=LDR  ", Some(Format::Marcmaker)),
        (b"\r\n=001  x", Some(Format::Marcmaker)),
        (b"00714cam a2200205 a 4500\r\n001 x", Some(Format::Line)),
        (b"\n00714cam a2200205 a 4500\n001 x", Some(Format::Line)),
        (b"     cam a2200205 a 4500\n001 x", Some(Format::Line)),
        (b"(Length implementation at offset 22)\n", Some(Format::Line)),
        (b"00714cam a2200205 a 4500001000300000", Some(Format::Iso2709)),
        (b"     nam a22        4500001000300000", Some(Format::Iso2709)),
        (b"\n00714cam a2200205 a 4500001000300000", Some(Format::Iso2709)),
        (b"", None),
        (b"  \n\n  ", None),
        (b"hello, world, this is a text of some length\n", None),
        (b"00714", None),
        (b"PK\x03\x04", None),
        (b"<!DOCTYPE html>\n<html>", None),
        (b"<HTML lang='en'>", None),
        (b"<", None),
        (b"00714cam a2200205 a 4500", None),
    ] {
        assert_eq!(Format::detect(head), expected, "{}", head.escape_ascii());
    }
}

#[test]
fn an_input_in_no_format_is_read_as_iso_2709_and_an_empty_one_is_empty() {
    let mut reader = Reader::from_bytes("hello");
    let error = reader.next().unwrap().unwrap_err();
    assert_eq!((error.raw(), error.record_number()), (&b"hello"[..], Some(1)));
    assert!(reader.next().is_none());
    assert_eq!(reader.format(), Some(Format::Iso2709));
    assert_eq!(Reader::from_bytes("").count(), 0);
    for format in Format::ALL {
        assert_eq!(read(b"", format), [], "{format}");
    }
    let missing = Reader::from_path("tests/no-such-file").unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
    assert_eq!(missing.input_name(), Some("tests/no-such-file"));
}

#[test]
fn a_path_is_read_in_its_format_and_faults_name_it() {
    for name in ["books.mrc", "books.mrk"] {
        let reader = Reader::from_path(fixture_path(name)).unwrap();
        assert_eq!(reader.filter_map(Result::ok).count(), 60, "{name}");
    }
    let path = std::env::temp_dir().join(format!("tidemarc-{}.xml", std::process::id()));
    std::fs::write(&path, "<record><leader>x</leader>").unwrap();
    let mut reader = Reader::from_path(&path).unwrap();
    let error = reader.next().unwrap().unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(error.input_name(), path.to_str());
    assert_eq!((error.kind(), error.record_number()), (ErrorKind::Truncation, Some(1)));
    assert!(reader.next().is_none());
}

/// A source that fails once in the middle.
struct Failing {
    parts: Vec<io::Result<Vec<u8>>>,
}

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.parts.is_empty() {
            return Ok(0);
        }
        let mut part = self.parts.remove(0)?;
        if part.len() > buffer.len() {
            self.parts.insert(0, Ok(part.split_off(buffer.len())));
        }
        buffer[..part.len()].copy_from_slice(&part);
        Ok(part.len())
    }
}

#[test]
fn a_failed_read_is_told_after_everything_that_was_read_before() {
    let written = [sample("one"), sample("two")];
    for format in TEXT {
        let (bytes, _) = write(&written, format);
        let (head, tail) = bytes.split_at(bytes.len() - 100);
        let failure = io::Error::from(io::ErrorKind::TimedOut);
        let parts = vec![Ok(head.to_vec()), Err(failure), Ok(tail.to_vec())];
        let reader = Reader::builder().format(format).from_reader(Failing { parts });
        let mut items: Vec<_> = reader.collect();
        assert_eq!(items[0].as_ref().unwrap().to_owned(), written[0], "{format}");
        let error = items.pop().unwrap().unwrap_err();
        assert_eq!(error.io_error().unwrap().kind(), io::ErrorKind::TimedOut, "{format}");
        // The bytes of the record that the failure cut off.
        let cut = match &items[1] {
            Ok(record) => record.raw().into_owned(),
            Err(error) => error.raw().to_vec(),
        };
        assert!(cut.ends_with(&head[head.len() - 20..]), "{format}");
    }
}

#[test]
fn cut_anywhere_everything_before_the_cut_is_given() {
    let written = [sample("one"), sample("two")];
    for format in TEXT {
        let (bytes, _) = write(&written, format);
        let builder = Reader::builder().format(format);
        for length in 0..bytes.len() {
            let reader = builder.from_bytes(bytes[..length].to_vec());
            let given = crate::common::formats::drain(reader);
            let records = given.iter().filter_map(Given::record);
            let whole = records.clone().zip(&written).take_while(|(one, other)| one == other);
            let (whole, records) = (whole.count(), records.count());
            let faults = given.len() - records;
            assert!(faults <= 1, "{format} {length}: {given:?}");
            match format {
                // Their end is marked: what is cut is a fault, and no record is made up.
                Format::Marcxml | Format::Json => {
                    let rest = bytes[length..].trim_ascii_start();
                    let is_cut = !rest.is_empty() && length > 0;
                    let has_bytes = |one: &Given| !matches!(one, Given::Fault { raw, kind, .. } if raw.is_empty() != (*kind == ErrorKind::Io));
                    assert!(given.iter().all(has_bytes), "{format} {length}: {given:?}");
                    assert_eq!(faults, usize::from(is_cut), "{format} {length}: {given:?}");
                    assert_eq!(whole, records, "{format} {length}");
                }
                // The end of a line ends an object, whatever follows.
                Format::JsonLines => assert_eq!(whole, records, "{format} {length}"),
                // A line that is cut is a shorter line; only the last record can be affected.
                _ => assert!(whole + 1 >= records, "{format} {length}: {given:?}"),
            }
            let ended = bytes[..length].windows(3).filter(|window| window == b"\n\n=").count();
            assert!(format != Format::Marcmaker || whole >= ended, "{length}");
        }
    }
}

#[test]
fn a_record_over_the_limit_is_a_fault_and_the_next_is_read() {
    let mut long = sample("long");
    let value = "x".repeat(5_000);
    long.push_field(OwnedField::data("520", *b"  ", [(b'a', &value)]).unwrap());
    let written = [sample("one"), long, sample("three")];
    let options = Reader::builder().max_record_length(2_000);
    for format in TEXT {
        let (bytes, _) = write(&written, format);
        let given = read_with(&bytes, format, options.clone());
        let read: Vec<_> = given.iter().filter_map(Given::record).collect();
        assert_eq!(read, [&written[0], &written[2]], "{format}");
        assert!(
            given.iter().any(|given| matches!(
                given,
                Given::Fault { kind: ErrorKind::OverLong, number: 2, .. }
            )),
            "{format}: {given:?}"
        );
    }
}

/// Gives a text, and then says that it read more than it had room for.
struct Boastful(&'static [u8]);

impl Read for Boastful {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Ok(buffer.len() + 1),
            count => Ok(count),
        }
    }
}

#[test]
fn a_source_that_says_it_read_more_than_it_had_room_for_fails_in_every_format() {
    let utf16 = b"\xFF\xFE<\0?\0x\0m\0l\0";
    for bytes in [&b""[..], b"=LDR  ", b"<?xml version='1.0'?>", b"[{\"leader\"", utf16, b"00063"] {
        for format in [None].into_iter().chain(Format::ALL.map(Some)) {
            let mut reader = Reader::builder().format(format).from_reader(Boastful(bytes));
            let error = reader
                .find_map(|item| item.err().filter(|error| error.kind() == ErrorKind::Io))
                .unwrap_or_else(|| panic!("{format:?} of {}", bytes.escape_ascii()));
            assert_eq!(error.reason(), "the source says it read more than it had room for");
        }
    }
}
