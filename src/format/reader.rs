//! Reads records in any of the formats.

use super::{AutoSource, Format, Note, ReadOptions, Wish, draft::ParseError};
use crate::{
    error::{Error, Place},
    framing::Framer,
    reader::{Options, Step, Stream},
    record::Record,
    source::{DEFAULT_CHUNK_SIZE, Input, Opened, Plain, open_path},
};
use std::{
    fmt,
    io::{Cursor, Read},
    path::Path,
    sync::Arc,
};

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
    stream: Stream,
    format: Format,
    /// What is said of the last record.
    notes: Vec<Note>,
    number: u64,
    offset: u64,
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
        &self.notes
    }

    /// The number of the last record, from 1. Faults have a number of their own.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Where the last record begins, in bytes from the start of the input.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }
}

impl Iterator for RecordReader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.notes.clear();
        loop {
            let step = self.stream.step(None);
            let (Step::Record(at) | Step::Fault(at)) = step else {
                match step {
                    Step::Pending => continue,
                    Step::Failed(error) => {
                        let name = self.stream.name().cloned();
                        let offset = Some(self.stream.stats().bytes());
                        let place = Place { name, offset, ..Place::default() };
                        return Some(Err(Error::io(error, place)));
                    }
                    _ => return None,
                }
            };
            let batch = self.stream.current()?;
            let entry = &batch.entries()[at];
            (self.number, self.offset) = (batch.number_of(entry), batch.offset_of(entry));
            let Some(view) = batch.view_of(entry) else { return batch.error(entry).map(Err) };
            self.notes.extend_from_slice(batch.notes_of(entry));
            return Some(Ok(Record::from(view)));
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
        let Opened { input, length, file, .. } = open_path(path, 0).map_err(|error| {
            let name = Some(Arc::clone(&name));
            Error::io(error, Place { name, ..Place::default() })
        })?;
        let mut reader = self.begin(input, length, Some(name))?;
        reader.stream = reader.stream.of_file(file);
        Ok(reader)
    }

    /// A reader of anything that reads. Its first bytes are read here; after the first chunks its
    /// `read` is called on a thread of its own.
    ///
    /// # Errors
    /// If the first read fails, or if no format was named and the first bytes show none.
    pub fn from_reader(&self, source: impl Read + Send + 'static) -> Result<RecordReader, Error> {
        self.begin(Plain(source), None, None)
    }

    /// A reader of bytes in memory.
    ///
    /// # Errors
    /// If no format was named and the first bytes show none.
    pub fn from_bytes(
        &self,
        bytes: impl AsRef<[u8]> + Send + Sync + 'static,
    ) -> Result<RecordReader, Error> {
        let length = bytes.as_ref().len() as u64;
        self.begin(Plain(Cursor::new(bytes)), Some(length), None)
    }

    fn begin(
        &self,
        input: impl Input + 'static,
        length: Option<u64>,
        name: Option<Arc<str>>,
    ) -> Result<RecordReader, Error> {
        let wish = Wish {
            format: self.format,
            options: self.options,
            chunk_size: DEFAULT_CHUNK_SIZE,
            framer: Framer::with_max_record_length(self.options.max_record_length),
            found: Arc::default(),
        };
        let options = Options {
            controls: self.options.controls,
            max_record_length: self.options.max_record_length,
            found: Arc::clone(&wish.found),
            ..Options::default()
        };
        let mut source = AutoSource::new(input, wish);
        let place = Place { name: name.clone(), ..Place::default() };
        let format = source.find().map_err(|error| Error::io(error, place))?.map_err(|head| {
            let error = ParseError::syntax("the first bytes are those of no known format");
            error.at(name.clone(), 1, 0, None, head[..].into())
        })?;
        let stream = options.stream_of(Box::new(source), length, true, name);
        Ok(RecordReader { stream, format, notes: Vec::new(), number: 0, offset: 0 })
    }
}

static_assertions::assert_impl_all!(RecordReader: Send);
