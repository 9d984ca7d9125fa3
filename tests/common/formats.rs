//! What the tests of the formats share.

use std::io::{self, Read};
use tidemarc::{
    Error, ErrorKind, OwnedField, Reader, ReaderBuilder, Record, SharedRecord,
    format::{AsRecord, Format, Note, WriteOptions, Writer},
};

/// The formats that are text.
pub const TEXT: [Format; 5] =
    [Format::Marcxml, Format::Json, Format::JsonLines, Format::Marcmaker, Format::Line];

/// What a reader gave: a record with its notes, or the kind of the fault with its bytes; and the
/// number and the offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    Record { record: Record, notes: Vec<Note>, number: u64, offset: u64 },
    Fault { kind: ErrorKind, reason: String, raw: Vec<u8>, number: u64, offset: u64 },
}

impl Given {
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Record { record, .. } => Some(record),
            Self::Fault { .. } => None,
        }
    }
}

/// A source that gives one byte a read.
pub struct Trickle(pub io::Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

/// Everything that a reader gives.
pub fn drain(reader: impl Iterator<Item = Result<SharedRecord, Error>>) -> Vec<Given> {
    let given = |item: Result<SharedRecord, Error>| match item {
        Ok(record) => {
            let (number, offset) = (record.number(), record.offset());
            let notes = record.notes().to_vec();
            Given::Record { record: record.to_owned(), notes, number, offset }
        }
        Err(error) if error.kind() == ErrorKind::Io => {
            // The input ends where it should not, and no byte is left for a fault.
            let offset = error.offset().unwrap();
            let (kind, reason) = (error.kind(), error.reason());
            assert!(reason.starts_with("the input ends before"), "{error}");
            Given::Fault { kind, reason, raw: Vec::new(), number: 0, offset }
        }
        Err(error) => {
            let (number, offset) = (error.record_number().unwrap(), error.offset().unwrap());
            let (kind, reason) = (error.kind(), error.reason());
            Given::Fault { kind, reason, raw: error.raw().to_vec(), number, offset }
        }
    };
    reader.map(given).collect()
}

/// Reads bytes in a format; whole and by the byte, which must be the same.
pub fn read_with(bytes: &[u8], format: Format, builder: ReaderBuilder) -> Vec<Given> {
    let builder = builder.format(format);
    let whole = drain(builder.from_bytes(bytes.to_vec()));
    let trickle = Trickle(io::Cursor::new(bytes.to_vec()));
    let by_the_byte = drain(builder.from_reader(trickle));
    assert_eq!(whole, by_the_byte, "one byte a read differs: {}", bytes.escape_ascii());
    whole
}

pub fn read(bytes: &[u8], format: Format) -> Vec<Given> {
    read_with(bytes, format, Reader::builder())
}

/// The records of bytes that have no fault.
pub fn records(bytes: &[u8], format: Format) -> Vec<Record> {
    let given = read(bytes, format);
    let record = |given: &Given| given.record().cloned().unwrap_or_else(|| panic!("{given:?}"));
    given.iter().map(record).collect()
}

/// Writes records, and gives the notes on all of them.
pub fn write(records: &[impl AsRecord], format: Format) -> (Vec<u8>, Vec<Note>) {
    let mut writer = Writer::with_options(Vec::new(), format, WriteOptions::new());
    let mut notes = Vec::new();
    for record in records {
        notes.extend_from_slice(writer.write(record).unwrap());
    }
    (writer.finish().unwrap(), notes)
}

/// A record with something of everything that every format can hold.
pub fn sample(control_number: &str) -> Record {
    Record::builder()
        .leader(*b"00000cam a2200000 i 4500")
        .control("001", control_number)
        .control("008", "250608r20031813enk      b    000 1 eng d")
        .data("020", *b"  ", [(b'a', "9780141439518 :"), (b'c', "$5.95 {or} £4 \\ \"x\"")])
        .data("245", *b"10", [(b'a', "Crime & <punishment> / "), (b'c', " Фёдор Достоевский 𝄞.")])
        .data("500", *b"  ", [(b'a', "First"), (b'a', ""), (b'b', "twice"), (b'a', "again")])
        .data("490", *b"1 ", [(b'a', "= after its number")])
        .data("500", *b"  ", [(b'a', "Order is kept: 500 after 490.")])
        .field(OwnedField::data("999", *b"ff", [] as [(u8, &str); 0]).unwrap())
        .build()
        .unwrap()
}
