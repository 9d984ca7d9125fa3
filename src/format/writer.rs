//! Writes records in any of the formats.

use super::{
    AsRecord, ConversionError, Format, Note, NoteKind, Overlong, RecordWriterError, WriteOptions,
    iso2709, iso2709_split, json, line, marcmaker, marcxml, view::sealed::Sealed as _,
};
use std::io;

/// Writes records in any of the formats, one after the other.
///
/// Each record is laid out in memory first and handed over in one call of
/// [`write_all`](io::Write::write_all), so that a record which cannot be written leaves nothing
/// behind, and the next can be. Give a [`BufWriter`](io::BufWriter) for a file, and call
/// [`finish`](Self::finish): MARCXML and JSON have an end of their own, which a drop does not write.
///
/// ```
/// use tidemarc::format::{Format, RecordReader, RecordWriter};
///
/// let mut writer = RecordWriter::new(Vec::new(), Format::Marcxml);
/// for record in RecordReader::from_path("tests/fixtures/books.mrc")? {
///     for note in writer.write(&record?)? {
///         eprintln!("{note}");
///     }
/// }
/// let xml = writer.finish()?;
/// assert_eq!(RecordReader::from_bytes(xml)?.count(), 60);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RecordWriter<W> {
    output: W,
    format: Format,
    options: WriteOptions,
    /// What is on its way; kept for its capacity.
    buffer: Vec<u8>,
    notes: Vec<Note>,
    /// Whether something was written: the beginning of a document, if it has one.
    is_begun: bool,
    /// Where records go that are too long for ISO 2709.
    diverted: Option<Box<RecordWriter<Box<dyn io::Write + Send>>>>,
}

impl<W: io::Write> RecordWriter<W> {
    /// A writer to `output`, with everything at its default.
    #[must_use]
    pub fn new(output: W, format: Format) -> Self {
        Self::with_options(output, format, WriteOptions::new())
    }

    /// A writer to `output`.
    #[must_use]
    pub const fn with_options(output: W, format: Format, options: WriteOptions) -> Self {
        Self {
            output,
            format,
            options,
            buffer: Vec::new(),
            notes: Vec::new(),
            is_begun: false,
            diverted: None,
        }
    }

    /// Where records that are too long for ISO 2709 go, as MARCXML, under [`Overlong::Xml`].
    /// Nothing is written there if there are none.
    #[must_use]
    pub fn divert_to(mut self, output: impl io::Write + Send + 'static) -> Self {
        let output: Box<dyn io::Write + Send> = Box::new(output);
        let writer = RecordWriter::with_options(output, Format::Marcxml, self.options);
        self.diverted = Some(Box::new(writer));
        self
    }

    /// Writes a record, and tells what the format could not hold and what was changed about it.
    ///
    /// # Errors
    /// If the record cannot be written under these options, after which the output is as it was
    /// and the next record can be written; and those of the output, after which part of the record
    /// may have been written.
    pub fn write(&mut self, record: &impl AsRecord) -> Result<&[Note], RecordWriterError> {
        self.buffer.clear();
        self.notes.clear();
        let is_first = !self.is_begun;
        if is_first {
            self.begin();
        } else if self.format == Format::Json {
            self.buffer.extend_from_slice(b",\n");
        }
        if !self.lay_out(record)? {
            return Ok(&self.notes);
        }
        self.output.write_all(&self.buffer)?;
        self.is_begun = true;
        Ok(&self.notes)
    }

    /// Lays out a record in the buffer; `false` if it went elsewhere.
    fn lay_out(&mut self, record: &impl AsRecord) -> Result<bool, RecordWriterError> {
        let Self { options, buffer, notes, .. } = self;
        match self.format {
            Format::Iso2709 => return self.lay_out_iso2709(record),
            Format::Marcxml => marcxml::write_record(record, options, buffer, notes)?,
            Format::Json => json::write_record(record, options, buffer, notes)?,
            Format::JsonLines => {
                json::write_record(record, options, buffer, notes)?;
                buffer.push(b'\n');
            }
            Format::Marcmaker => marcmaker::write_record(record, options, buffer, notes)?,
            Format::Line => line::write_record(record, options, buffer, notes)?,
        }
        Ok(true)
    }

    fn lay_out_iso2709(&mut self, record: &impl AsRecord) -> Result<bool, RecordWriterError> {
        let Err(error) = record.write_iso2709(&mut self.buffer) else { return Ok(true) };
        let is_overlong = matches!(
            error.kind(),
            iso2709::WriteErrorKind::FieldLength | iso2709::WriteErrorKind::RecordLength
        );
        match (self.options.overlong, &mut self.diverted) {
            (Overlong::Split, _) if is_overlong => {
                let (records, notes) =
                    iso2709_split::split(&record.to_record()).map_err(ConversionError::from)?;
                for record in records {
                    record.write_iso2709(&mut self.buffer).map_err(ConversionError::from)?;
                }
                self.notes.extend(notes);
                Ok(true)
            }
            (Overlong::Xml, Some(diverted)) if is_overlong => {
                let notes = diverted.write(record)?;
                self.notes.push(Note::new(NoteKind::RecordDiverted));
                self.notes.extend_from_slice(notes);
                Ok(false)
            }
            _ => Err(ConversionError::from(error).into()),
        }
    }

    /// What stands before the first record.
    fn begin(&mut self) {
        match self.format {
            Format::Marcxml if self.options.collection => {
                marcxml::begin(&self.options, &mut self.buffer);
            }
            Format::Json => self.buffer.extend_from_slice(b"[\n"),
            _ => {}
        }
    }

    /// Writes what stands behind the last record, flushes, and gives the output back. Without any
    /// record this is a document with none.
    ///
    /// # Errors
    /// Those of the outputs.
    pub fn finish(mut self) -> Result<W, RecordWriterError> {
        self.close()?;
        Ok(self.output)
    }

    /// The same, and keeps the writer, which is not to be used any more.
    ///
    /// # Errors
    /// Those of the outputs.
    pub fn close(&mut self) -> Result<(), RecordWriterError> {
        self.buffer.clear();
        if !self.is_begun {
            self.begin();
        }
        self.is_begun = true;
        match self.format {
            Format::Marcxml if self.options.collection => marcxml::end(&mut self.buffer),
            Format::Json => self.buffer.extend_from_slice(b"\n]\n"),
            _ => {}
        }
        self.output.write_all(&self.buffer)?;
        self.output.flush()?;
        if let Some(mut diverted) = self.diverted.take().filter(|diverted| diverted.is_begun) {
            diverted.close()?;
        }
        Ok(())
    }

    /// Flushes the output.
    ///
    /// # Errors
    /// Those of the output.
    pub fn flush(&mut self) -> Result<(), RecordWriterError> {
        Ok(self.output.flush()?)
    }

    /// The format.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The output.
    #[must_use]
    pub const fn get_ref(&self) -> &W {
        &self.output
    }
}
