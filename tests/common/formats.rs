//! Helpers for the tests of the formats.

use std::io::{self, Read};
use tidemarc::{
    ErrorKind, OwnedField, Record,
    format::{AsRecord, Format, Note, ReadOptions, RecordReader, WriteOptions, Writer},
};

/// The text formats.
pub const TEXT: [Format; 5] =
    [Format::Marcxml, Format::Json, Format::JsonLines, Format::Marcmaker, Format::Line];

/// An item of a reader: a record with its notes, or the kind of the fault with its bytes; and the
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

/// A source that returns one byte for each read.
pub struct Trickle(pub io::Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}

/// Returns everything that a reader delivers.
pub fn drain(mut reader: RecordReader) -> Vec<Given> {
    let mut all = Vec::new();
    while let Some(item) = reader.next() {
        let (number, offset) = (reader.number(), reader.offset());
        all.push(match item {
            Ok(record) => Given::Record { record, notes: reader.notes().to_vec(), number, offset },
            Err(error) if error.kind() == ErrorKind::Io => {
                // The input ends too early, and no byte is left for a fault.
                let offset = error.offset().unwrap();
                let (kind, reason) = (error.kind(), error.reason());
                assert!(reason.starts_with("the input ends before"), "{error}");
                Given::Fault { kind, reason, raw: Vec::new(), number: 0, offset }
            }
            Err(error) => {
                assert_eq!(error.record_number(), Some(number), "{error}");
                assert_eq!(error.offset(), Some(offset), "{error}");
                let (kind, reason) = (error.kind(), error.reason());
                Given::Fault { kind, reason, raw: error.raw().to_vec(), number, offset }
            }
        });
    }
    all
}

/// Reads bytes in a format, at once and byte by byte. Both must have the same result.
pub fn read_with(bytes: &[u8], format: Format, options: ReadOptions) -> Vec<Given> {
    let builder = RecordReader::builder().format(format).options(options);
    let whole = drain(builder.from_bytes(bytes.to_vec()).unwrap());
    let trickle = Trickle(io::Cursor::new(bytes.to_vec()));
    let by_the_byte = drain(builder.from_reader(trickle).unwrap());
    assert_eq!(whole, by_the_byte, "one byte a read differs: {}", bytes.escape_ascii());
    whole
}

pub fn read(bytes: &[u8], format: Format) -> Vec<Given> {
    read_with(bytes, format, ReadOptions::new())
}

/// Returns the records of bytes without faults.
pub fn records(bytes: &[u8], format: Format) -> Vec<Record> {
    let given = read(bytes, format);
    let record = |given: &Given| given.record().cloned().unwrap_or_else(|| panic!("{given:?}"));
    given.iter().map(record).collect()
}

/// Writes records, and returns the notes on all of them.
pub fn write(records: &[impl AsRecord], format: Format) -> (Vec<u8>, Vec<Note>) {
    let mut writer = Writer::with_options(Vec::new(), format, WriteOptions::new());
    let mut notes = Vec::new();
    for record in records {
        notes.extend_from_slice(writer.write(record).unwrap());
    }
    (writer.finish().unwrap(), notes)
}

/// Makes a record with an example of everything that all formats can hold.
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
