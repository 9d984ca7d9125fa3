//! Reads records in any of the formats.

use super::{
    Format, Note, ReadOptions,
    draft::ParseError,
    kind::SNIFF_LENGTH,
    syntax::Syntax,
    text_reader::TextReader,
    transcode::{HEAD, Source},
};
use crate::{
    error::{Error, Place},
    reader::Reader,
    record::Record,
    source::{Arrival, Input, Opened, open_path},
};
use std::{
    fmt,
    io::{self, Cursor, Read},
    path::Path,
    sync::Arc,
};

type AnySource = io::Chain<Cursor<Vec<u8>>, Box<dyn Read + Send>>;

/// Reads records one after the other, in the order of the input, whatever format they are in.
///
/// A damaged record is an `Err` in its place, with its number and the byte at which it begins, and
/// the records after it follow. Memory is bounded by the longest record accepted. For ISO 2709 this
/// is [`Reader`](crate::Reader), whose records are copied here: use it by itself where speed
/// matters.
///
/// Values of text formats are UTF-8, and leader/09 says so if they are not all ASCII; what had to
/// be changed about a record is told by [`notes`](Self::notes).
///
/// ```
/// use tidemarc::format::{Format, RecordReader};
///
/// let mut reader = RecordReader::from_path("tests/fixtures/books.mrk")?;
/// assert_eq!(reader.format(), Format::Marcmaker);
/// let first = reader.next().unwrap()?;
/// assert_eq!(first.control_number(), Some(&b"tm000001"[..]));
/// assert_eq!(reader.count(), 59);
/// # Ok::<(), tidemarc::Error>(())
/// ```
pub struct RecordReader {
    inner: Inner,
    format: Format,
}

enum Inner {
    Iso2709 { reader: Box<Reader>, number: u64, offset: u64 },
    Text(Box<TextReader<AnySource>>),
}

/// Makes a [`RecordReader`].
///
/// ```
/// use tidemarc::format::{Controls, Format, ReadOptions, RecordReader};
///
/// let json = r#"{"leader": "00000nam a2200000   4500", "fields": [{"001": "ocm1\u001f"}]}"#;
/// let options = ReadOptions::new().controls(Controls::Skip);
/// let reader = RecordReader::builder().format(Format::Json).options(options);
/// let mut reader = reader.from_bytes(json)?;
/// assert_eq!(reader.next().unwrap()?.control_number(), Some(&b"ocm1"[..]));
/// assert_eq!(reader.notes().len(), 1);
/// # Ok::<(), tidemarc::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct RecordReaderBuilder {
    format: Option<Format>,
    options: ReadOptions,
}

impl RecordReader {
    /// A builder, to name the format and set options.
    #[must_use]
    pub fn builder() -> RecordReaderBuilder {
        RecordReaderBuilder::default()
    }

    /// A reader of a file, FIFO or device, in the format that its first bytes show.
    ///
    /// # Errors
    /// Those of [`RecordReaderBuilder::from_path`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().from_path(path)
    }

    /// A reader of anything that reads, in the format that its first bytes show.
    ///
    /// # Errors
    /// Those of [`RecordReaderBuilder::from_reader`].
    pub fn from_reader(source: impl Read + Send + 'static) -> Result<Self, Error> {
        Self::builder().from_reader(source)
    }

    /// A reader of bytes in memory, in the format that the first of them show.
    ///
    /// # Errors
    /// Those of [`RecordReaderBuilder::from_reader`].
    pub fn from_bytes(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Result<Self, Error> {
        Self::builder().from_bytes(bytes)
    }

    /// The format that is read.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// What had to be changed about the last record. Empty for ISO 2709, and after a fault.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        match &self.inner {
            Inner::Iso2709 { .. } => &[],
            Inner::Text(reader) => reader.notes(),
        }
    }

    /// The number of the last record, from 1. Faults have a number of their own.
    #[must_use]
    pub fn number(&self) -> u64 {
        match &self.inner {
            Inner::Iso2709 { number, .. } => *number,
            Inner::Text(reader) => reader.count(),
        }
    }

    /// Where the last record begins, in bytes from the start of the input.
    #[must_use]
    pub fn offset(&self) -> u64 {
        match &self.inner {
            Inner::Iso2709 { offset, .. } => *offset,
            Inner::Text(reader) => reader.last_offset(),
        }
    }
}

impl Iterator for RecordReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.inner {
            Inner::Text(reader) => reader.next(),
            Inner::Iso2709 { reader, number, offset } => {
                let item = reader.next()?;
                match &item {
                    Ok(record) => (*number, *offset) = (record.number(), record.offset()),
                    Err(error) => {
                        *number = error.record_number().unwrap_or(*number);
                        *offset = error.offset().unwrap_or(*offset);
                    }
                }
                Some(item.map(|record| record.to_owned()))
            }
        }
    }
}

impl fmt::Debug for RecordReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordReader")
            .field("format", &self.format)
            .field("number", &self.number())
            .finish_non_exhaustive()
    }
}

impl RecordReaderBuilder {
    /// The format. Without it the first bytes decide: see [`Format::sniff`].
    #[must_use]
    pub const fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// How text formats are read, and the longest record accepted in any format.
    #[must_use]
    pub const fn options(mut self, options: ReadOptions) -> Self {
        self.options = options;
        self
    }

    /// A reader of a file, FIFO or device. Its first bytes are read here.
    ///
    /// # Errors
    /// If the path cannot be opened or read, or is a directory, or if no format was named and the
    /// first bytes show none.
    pub fn from_path(&self, path: impl AsRef<Path>) -> Result<RecordReader, Error> {
        let path = path.as_ref();
        let name: Arc<str> = path.display().to_string().into();
        if self.format == Some(Format::Iso2709) {
            return self.iso2709().from_path(path).map(RecordReader::of_iso2709);
        }
        let place = || Place { name: Some(Arc::clone(&name)), ..Place::default() };
        let Opened { input, length } =
            open_path(path, 0).map_err(|error| Error::io(error, place()))?;
        let source = Box::new(Patient(input));
        let (format, head) = self.look_at(source, place())?;
        if format == Format::Iso2709 && length.is_some() {
            return self.iso2709().from_path(path).map(RecordReader::of_iso2709);
        }
        Ok(self.of_format(format, head, Some(name)))
    }

    /// A reader of anything that reads. Its first bytes are read here.
    ///
    /// # Errors
    /// If the first read fails, or if no format was named and the first bytes show none.
    pub fn from_reader(&self, source: impl Read + Send + 'static) -> Result<RecordReader, Error> {
        let (format, source) = self.look_at(Box::new(source), Place::default())?;
        Ok(self.of_format(format, source, None))
    }

    /// A reader of bytes in memory.
    ///
    /// # Errors
    /// If no format was named and the first bytes show none.
    pub fn from_bytes(
        &self,
        bytes: impl AsRef<[u8]> + Send + Sync + 'static,
    ) -> Result<RecordReader, Error> {
        self.from_reader(Cursor::new(bytes))
    }

    fn iso2709(&self) -> crate::ReaderBuilder {
        Reader::builder().max_record_length(self.options.max_record_length)
    }

    fn of_format(&self, format: Format, source: AnySource, name: Option<Arc<str>>) -> RecordReader {
        let options = &self.options;
        let is_xml = format == Format::Marcxml;
        let Some(syntax) = Syntax::of(format) else {
            return RecordReader::of_iso2709(self.iso2709().from_reader(source));
        };
        let head = source.get_ref().0.get_ref().clone();
        let source = if is_xml { Source::xml(source, &head) } else { Source::plain(source) };
        let reader = TextReader::new(source, syntax, *options, name);
        RecordReader { inner: Inner::Text(Box::new(reader)), format }
    }

    /// Reads as much as it takes to know the format, and the encoding of XML.
    fn look_at(
        &self,
        mut source: Box<dyn Read + Send>,
        place: Place,
    ) -> Result<(Format, AnySource), Error> {
        let mut head = Vec::new();
        let mut is_end = false;
        let format = loop {
            let format = self.format.or_else(|| Format::sniff(&head));
            let is_known = match format {
                Some(Format::Marcxml) => is_declared(&head),
                Some(_) => true,
                None => head.len() >= SNIFF_LENGTH,
            };
            if is_known || is_end {
                break format;
            }
            match read_some(&mut *source, &mut head) {
                Ok(more) => is_end = !more,
                Err(error) => return Err(Error::io(error, place)),
            }
        };
        // An empty input is one of every format.
        let format = format.or((head.trim_ascii().is_empty()).then_some(Format::Iso2709));
        let Some(format) = format else {
            let error = ParseError::syntax("the first bytes are those of no known format");
            return Err(error.at(place.name, 1, 0, None, &head));
        };
        Ok((format, Cursor::new(head).chain(source)))
    }
}

impl RecordReader {
    fn of_iso2709(reader: Reader) -> Self {
        let inner = Inner::Iso2709 { reader: Box::new(reader), number: 0, offset: 0 };
        Self { inner, format: Format::Iso2709 }
    }
}

/// Whether an XML declaration is there to its end, or will not come.
pub(super) fn is_declared(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    head.len() >= HEAD
        || (head.len() >= 4
            && (memchr::memmem::find(head, b"?>").is_some()
                || !(b"<?xml".starts_with(text) || text.starts_with(b"<?xml"))))
}

/// Reads once and appends; `false` at the end.
fn read_some(source: &mut dyn Read, to: &mut Vec<u8>) -> io::Result<bool> {
    let length = to.len();
    to.resize(length + SNIFF_LENGTH, 0);
    let read = loop {
        match source.read(&mut to[length..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    to.truncate(length + read.as_ref().map_or(0, |read| *read));
    Ok(read? > 0)
}

/// An input that is asked until it has something.
struct Patient(Box<dyn Input>);

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Arrival::Bytes(count) = self.0.read(buffer)? {
                return Ok(count);
            }
        }
    }
}

static_assertions::assert_impl_all!(RecordReader: Send);
