//! Any bytes in any text format: one byte a read gives what the whole gives, and what was read can
//! be written and read again, unless a note says that something cannot be held.
//!
//! The first byte of the input picks the format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Read};
use tidemarc::{
    Error, Reader, ReaderBuilder, Record, SharedRecord,
    encoding::{Encoding, detect},
    format::{Format, NoteKind, Writer},
};
use tidemarc_fuzz::is_archive;

const FORMATS: [Format; 4] = [Format::Marcxml, Format::Json, Format::Marcmaker, Format::Line];

/// A source that gives one byte a read.
struct Trickle(Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

/// Records, and faults by their text.
fn drain(reader: Reader) -> Vec<Result<Record, String>> {
    let owned = |item: Result<SharedRecord, Error>| match item {
        Ok(record) => Ok(record.to_owned()),
        Err(error) => Err(error.to_string()),
    };
    reader.map(owned).collect()
}

fn builder(format: Format) -> ReaderBuilder {
    Reader::builder().format(format).max_record_length(1_000)
}

/// Writes a record in a format, and reads it back.
fn round_trip(record: &Record, format: Format) {
    let mut writer = Writer::new(Vec::new(), format);
    let Ok(notes) = writer.write(record) else { return };
    // UNIMARC that becomes Unicode says so in 100 $a, with a note.
    let is_whole =
        notes.iter().all(|note| !note.is_loss() && note.kind() != NoteKind::CharacterSets);
    let written = writer.finish().expect("memory takes everything");
    let reader = Reader::builder().format(format).from_bytes(written);
    let again = drain(reader);
    let [Ok(again)] = &again[..] else { panic!("{format}: {record:?}: {again:?}") };
    // What is in MARC-8 becomes Unicode, and its bytes others.
    let is_plain = |bytes: &[u8]| bytes.is_ascii() && !bytes.contains(&0x1B);
    // UNIMARC states its encoding in 100 $a, whatever its leader has.
    let states_unicode =
        record.leader().is_utf8() && detect(record, None).encoding == Encoding::Utf8;
    let is_unicode =
        states_unicode || record.fields().iter().all(|field| is_plain(field.as_bytes()));
    if is_whole && is_unicode {
        assert_eq!(again.fields(), record.fields(), "{format}");
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let format = FORMATS[usize::from(*first) % FORMATS.len()];
    let whole = drain(builder(format).from_bytes(bytes.to_vec()));
    if !is_archive(bytes) {
        let trickle = Trickle(Cursor::new(bytes.to_vec()));
        let pieces = drain(builder(format).from_reader(trickle));
        assert_eq!(whole, pieces, "{format}");
    }
    for record in whole.into_iter().flatten() {
        for format in FORMATS {
            round_trip(&record, format);
        }
    }
    if let Some(format) = Format::detect(bytes) {
        assert_eq!(Ok(format), format.name().parse());
    }
});
