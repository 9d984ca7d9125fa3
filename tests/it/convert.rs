//! Conversion in the core: laid out on the workers, written in the order of the input.

use std::fs;
use tidemarc::{
    ConvertError, Converter, Reader, Writer, convert,
    encoding::ErrorPolicy,
    format::{Format, NoteKind, WriteOptions},
};

const FORMATS: [Format; 6] = [
    Format::Iso2709,
    Format::Marcxml,
    Format::Json,
    Format::JsonLines,
    Format::Marcmaker,
    Format::Line,
];

fn books() -> Vec<u8> {
    fs::read("tests/fixtures/books.mrc").unwrap()
}

/// The document that a loop over records and a writer make.
fn by_records(input: &[u8], format: Format) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), format);
    for record in Reader::from_bytes(input.to_vec()) {
        writer.write(&record.unwrap().view()).unwrap();
    }
    writer.finish().unwrap()
}

fn by_convert(input: &[u8], format: Format, threads: usize, chunk_size: usize) -> Vec<u8> {
    let reader = Reader::builder().threads(threads).chunk_size(chunk_size);
    let mut writer = Writer::new(Vec::new(), format);
    convert(reader.from_bytes(input.to_vec()), &mut writer).unwrap();
    writer.finish().unwrap()
}

#[test]
fn a_document_is_the_same_however_it_is_cut_and_on_any_number_of_threads() {
    let input = books().repeat(20);
    for format in FORMATS {
        let expected = by_records(&input, format);
        for (threads, chunk_size) in [(1, 65_536), (1, 700), (2, 700), (4, 3_000)] {
            let made = by_convert(&input, format, threads, chunk_size);
            assert!(made == expected, "{format:?}, {threads} threads, chunks of {chunk_size}");
        }
        assert_eq!(by_convert(b"", format, 2, 100), by_records(b"", format), "no record");
    }
}

#[test]
fn a_document_that_was_begun_goes_on() {
    for format in FORMATS {
        let mut writer = Writer::new(Vec::new(), format);
        convert(Reader::from_bytes(books()), &mut writer).unwrap();
        convert(Reader::from_bytes(books()), &mut writer).unwrap();
        assert!(writer.finish().unwrap() == by_records(&books().repeat(2), format), "{format:?}");
    }
}

/// Records and damage in turns.
fn damaged() -> Vec<u8> {
    let books = books();
    let first = &books[..books.iter().position(|byte| *byte == 0x1D).unwrap() + 1];
    let mut input = Vec::new();
    for at in 0..40 {
        input.extend_from_slice(first);
        if at % 10 == 9 {
            input.extend_from_slice(b"no record at all\x1D");
        }
    }
    input
}

#[test]
fn damage_ends_a_strict_conversion_at_its_place_and_is_reported_in_order_otherwise() {
    for (threads, chunk_size) in [(1, 65_536), (2, 500)] {
        let reader =
            || Reader::builder().threads(threads).chunk_size(chunk_size).from_bytes(damaged());
        let mut writer = Writer::new(Vec::new(), Format::Line);
        let error = convert(reader(), &mut writer).unwrap_err();
        let ConvertError::Read(error) = error else { panic!("{error}") };
        assert_eq!(error.record_number(), Some(11));
        let written = writer.finish().unwrap();
        assert_eq!(Reader::from_bytes(damaged()).take_while(Result::is_ok).count(), 10);
        let records = Reader::from_bytes(written);
        assert_eq!(records.count(), 10, "what was read before is written");

        let mut writer = Writer::new(Vec::new(), Format::Line);
        let mut numbers = Vec::new();
        let done = Converter::new()
            .skip(|skipped| match skipped {
                ConvertError::Read(error) => numbers.extend(error.record_number()),
                other => panic!("{other}"),
            })
            .run(reader(), &mut writer)
            .unwrap();
        assert_eq!(numbers, [11, 22, 33, 44]);
        assert_eq!((done.records(), done.faults(), done.refused()), (40, 4, 0));
    }
}

#[test]
fn too_many_faults_end_a_conversion_that_skips() {
    let reader = Reader::builder().max_faults(2).from_bytes(damaged());
    let mut writer = Writer::new(Vec::new(), Format::Line);
    let error = Converter::new().skip(|_| ()).run(reader, &mut writer).unwrap_err();
    let ConvertError::Read(error) = error else { panic!("{error}") };
    assert_eq!(error.kind(), tidemarc::ErrorKind::TooManyFaults);
}

#[test]
fn a_reader_that_was_begun_is_refused() {
    let mut reader = Reader::from_bytes(books());
    let first = reader.next().unwrap().unwrap();
    let mut writer = Writer::new(Vec::new(), Format::Line);
    let error = convert(reader, &mut writer).unwrap_err();
    assert!(error.to_string().contains("was begun"), "{error}");
    // The rest is converted by a reader of its own.
    let rest = Reader::builder().start(first.as_bytes().len() as u64).from_bytes(books());
    assert_eq!(convert(rest, &mut writer).unwrap().records(), 59);
}

/// A record whose text is not in its encoding.
fn undecodable() -> Vec<u8> {
    let mut input = damaged();
    input.truncate(input.iter().position(|byte| *byte == 0x1D).unwrap() + 1);
    input[9] = b'a';
    let at = input.iter().rposition(|byte| *byte == b'a').unwrap();
    input[at] = 0xFF;
    [&books()[..], &input, &books()].concat()
}

#[test]
fn a_record_that_the_format_cannot_hold_is_refused_by_its_number() {
    let read = || Reader::builder().threads(2).chunk_size(900).from_bytes(undecodable());
    let mut writer = Writer::new(Vec::new(), Format::Marcxml);
    let error = convert(read(), &mut writer).unwrap_err();
    assert!(matches!(error, ConvertError::Refused { record: 61, .. }), "{error}");
    assert!(error.to_string().starts_with("record 61, byte "), "{error}");

    let mut writer = Writer::new(Vec::new(), Format::Marcxml);
    let mut said = Vec::new();
    let done = Converter::new().skip(|error| said.push(error.to_string()));
    let done = done.run(read(), &mut writer).unwrap();
    assert_eq!((done.records(), done.refused(), said.len()), (120, 1, 1));

    let options = WriteOptions::new().encoding_errors(ErrorPolicy::Replace);
    let mut writer = Writer::with_options(Vec::new(), Format::Marcxml, options);
    let done = convert(read(), &mut writer).unwrap();
    let undecodable = done.notes().find(|(kind, _)| *kind == NoteKind::Undecodable);
    assert_eq!((done.records(), undecodable), (121, Some((NoteKind::Undecodable, 1))));
    assert!(done.losses() >= 1);
}

#[test]
fn a_conversion_reads_text_as_its_reader_does() {
    // "é" of ISO 8859-1 in a record that claims UTF-8.
    let record = crate::common::build::record(&[("001", b"x"), ("245", b"10\x1FaCaf\xE9")]);
    let written = |builder: tidemarc::ReaderBuilder| {
        let builder = builder.format(Format::Iso2709);
        let mut writer = Writer::new(Vec::new(), Format::Line);
        let converted = convert(builder.from_bytes(record.clone()), &mut writer);
        converted.map(|_| String::from_utf8(writer.finish().unwrap()).unwrap())
    };
    let latin = Reader::builder().encoding(tidemarc::encoding::Encoding::Latin1);
    assert!(written(latin).unwrap().contains("Caf\u{e9}"));
    assert!(written(Reader::builder()).is_err());
    let replaced = written(Reader::builder().encoding_errors(ErrorPolicy::Replace)).unwrap();
    assert!(replaced.contains("Caf\u{fffd}"));
}
