//! Conversion from one format to another. Workers lay out the records; they are written in the
//! order of the input.

mod layout;

use crate::{
    encoding::TextOptions,
    error::Error,
    format::{Format, NoteKind, WriteError, Writer},
    parse::Stats,
    reader::Reader,
};
pub(crate) use layout::{Layout, Part};
use std::{boxed::Box, error, fmt, io, string::String, vec::Vec};

/// The counts of a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    records: u64,
    faults: u64,
    refused: u64,
    notes: Vec<(NoteKind, u64)>,
    losses: u64,
    stats: Stats,
    from: Format,
    to: Format,
}

impl Conversion {
    pub(crate) fn new(to: Format) -> Self {
        Self {
            records: 0,
            faults: 0,
            refused: 0,
            notes: Vec::new(),
            losses: 0,
            stats: Stats::default(),
            from: Format::Iso2709,
            to,
        }
    }

    /// Sets the format that was read. It is known once a batch was read, or the end of the input.
    pub(crate) const fn read_as(&mut self, format: Option<Format>) {
        if let Some(format) = format {
            self.from = format;
        }
    }

    /// Adds the counts of a batch that was written.
    pub(crate) fn add(&mut self, part: &Part) {
        self.records += part.records;
        self.faults += part.faults;
        self.refused += part.refused;
        self.losses += part.losses;
        for &(kind, count) in &part.notes {
            layout::add_note(&mut self.notes, kind, count);
        }
    }

    /// Returns the counts of the reader. If the conversion ended early, they may include records
    /// that were not written.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// Returns the number of records written.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Returns the number of damaged records of the source, which were skipped.
    #[must_use]
    pub const fn faults(&self) -> u64 {
        self.faults
    }

    /// Returns the number of records that the target's format cannot hold, which were skipped.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// Returns the kinds of [`Note`](crate::format::Note) on the written records, with their
    /// numbers.
    pub fn notes(&self) -> impl Iterator<Item = (NoteKind, u64)> + '_ {
        self.notes.iter().copied()
    }

    /// Returns the number of notes that report a [loss](crate::format::Note::is_loss).
    #[must_use]
    pub const fn losses(&self) -> u64 {
        self.losses
    }

    /// Returns the format that was read: of several inputs, that of the last. An input in which no
    /// format is recognised, such as an empty one, is read as ISO 2709.
    #[must_use]
    pub const fn from_format(&self) -> Format {
        self.from
    }

    /// Returns the format that was written.
    #[must_use]
    pub const fn to_format(&self) -> Format {
        self.to
    }
}

/// The reason why a conversion ends early, or skips a record.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConvertError {
    /// The source failed, or a record of it is damaged.
    Read(Error),
    /// The target's format cannot hold the record with this number.
    Refused {
        /// The record's number in the input, from 1.
        record: u64,
        /// The place of the record in words: input, number, offset and control number.
        place: String,
        /// The reason.
        error: WriteError,
    },
    /// The output failed.
    Write(WriteError),
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::Refused { place, error, .. } => write!(f, "{place}: {error}"),
            Self::Write(error) => error.fmt(f),
        }
    }
}

impl error::Error for ConvertError {
    /// Returns the cause of the error whose message this one has.
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Read(error) => error.source(),
            Self::Refused { error, .. } | Self::Write(error) => error.source(),
        }
    }
}

/// Converts all records of a reader, strictly; see [`Converter`].
///
/// ```
/// use tidemarc::{Reader, Writer, convert, format::Format};
///
/// let mut writer = Writer::new(Vec::new(), Format::Marcxml);
/// let done = convert(Reader::from_path("tests/fixtures/books.mrc")?, &mut writer)?;
/// assert_eq!((done.records(), done.losses()), (60, 0));
/// assert_eq!((done.from_format(), done.to_format()), (Format::Iso2709, Format::Marcxml));
/// let xml = writer.finish()?;
/// assert!(xml.ends_with(b"</collection>\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Returns the errors of [`Converter::run`].
pub fn convert<W: io::Write>(
    reader: Reader,
    writer: &mut Writer<W>,
) -> Result<Conversion, ConvertError> {
    Converter::new().run(reader, writer)
}

/// A conversion of all records of a [`Reader`], which writes them to a [`Writer`].
///
/// The records are laid out on the threads of the reader, each batch right after it was parsed, and
/// written on the caller's thread in the order of the input. The result does not depend on the
/// number of threads. The writer's options apply. Output in BGZF is compressed on these threads too,
/// output in gzip or zstd on the caller's.
///
/// ```
/// use tidemarc::{Converter, Reader, Writer, format::Format};
///
/// let mut skipped = Vec::new(); let mut writer = Writer::new(Vec::new(), Format::JsonLines); let
/// reader = Reader::from_path("tests/fixtures/books-damaged.mrc")?; let done =
/// Converter::new().skip(|error| skipped.push(error.to_string())).run(reader, &mut writer)?;
/// writer.finish()?; assert_eq!((done.records(), done.faults(), done.refused(), skipped.len()),
/// (56, 4, 1, 5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Converter<'a> {
    text: Option<TextOptions>,
    skip: Option<Box<dyn FnMut(ConvertError) + 'a>>,
}

impl<'a> Converter<'a> {
    /// Creates a conversion with all defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the options for reading the bytes of ISO 2709 as text. Default: those of the reader or,
    /// if it has none, those of the writer.
    #[must_use]
    pub const fn text(mut self, text: TextOptions) -> Self {
        self.text = Some(text);
        self
    }

    /// Skips damaged records, and records that the target's format cannot hold. `report` receives
    /// each of them in order, as [`ConvertError::Read`] or [`ConvertError::Refused`].
    ///
    /// Default: the first of them ends the conversion.
    #[must_use]
    pub fn skip(mut self, report: impl FnMut(ConvertError) + 'a) -> Self {
        self.skip = Some(Box::new(report));
        self
    }

    /// Converts all records of a reader from which nothing was read yet. The document is not ended:
    /// call [`Writer::finish`] or [`Writer::commit`] afterwards.
    ///
    /// # Errors
    /// Fails if something was read from the reader before, or if the source, its quarantine or the
    /// output fails. Without [`skip`](Self::skip), also fails at the first record that is damaged or
    /// that the target's format cannot hold. The records before it are written.
    pub fn run<W: io::Write>(
        mut self,
        reader: Reader,
        writer: &mut Writer<W>,
    ) -> Result<Conversion, ConvertError> {
        let mut done = Conversion::new(writer.format());
        let mut layout = Layout::new(&reader, writer, self.skip.is_none());
        layout.text = self.text.or(layout.text);
        let mut batches = reader.project(layout);
        while let Some((batch, part)) = batches.next_batch().map_err(ConvertError::Read)? {
            part.write(writer).map_err(ConvertError::Write)?;
            done.add(part);
            for skipped in part.take_skipped(batch) {
                match &mut self.skip {
                    Some(report) => report(skipped),
                    None => return Err(skipped),
                }
            }
        }
        done.read_as(batches.format());
        done.stats = batches.stats();
        Ok(done)
    }
}

impl fmt::Debug for Converter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Converter")
            .field("text", &self.text)
            .field("skips", &self.skip.is_some())
            .finish()
    }
}
