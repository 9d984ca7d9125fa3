//! Writes records in any of the formats.

use super::{
    AsRecord, ConversionError, Format, Note, NoteKind, RecordWriterError, WriteOptions, iso2709,
    sheet::{Laid, Sheet},
};
use std::io;

/// Writes records in any of the formats, one after the other.
///
/// Each record is laid out in memory first and handed over in one call of
/// [`write_all`](io::Write::write_all), so that a record which cannot be written leaves nothing
/// behind, and the next can be. Give an [`OutputFile`](crate::OutputFile) for a file, call
/// [`finish`](Self::finish), since MARCXML and JSON have an end of their own, which a drop does not
/// write, and commit what it gives back.
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
    sheet: Sheet,
    /// What is on its way; kept for its capacity.
    buffer: Vec<u8>,
    notes: Vec<Note>,
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
        let sheet = Sheet::new(format, options);
        Self { output, sheet, buffer: Vec::new(), notes: Vec::new(), diverted: None }
    }

    /// Where records that are too long for ISO 2709 go, as MARCXML, under [`Overlong::Xml`](super::Overlong::Xml).
    /// Nothing is written there if there are none. It is flushed and then dropped: an
    /// [`OutputFile`](crate::OutputFile) would never be committed.
    #[must_use]
    pub fn divert_to(mut self, output: impl io::Write + Send + 'static) -> Self {
        let output: Box<dyn io::Write + Send> = Box::new(output);
        let writer = RecordWriter::with_options(output, Format::Marcxml, *self.sheet.options());
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
        let is_begun = self.sheet.is_begun();
        if self.sheet.record(record, None, &mut self.buffer, &mut self.notes)? == Laid::Diverted {
            return self.divert(record);
        }
        if let Err(error) = self.output.write_all(&self.buffer) {
            self.sheet.set_begun(is_begun);
            return Err(error.into());
        }
        Ok(&self.notes)
    }

    fn divert(&mut self, record: &impl AsRecord) -> Result<&[Note], RecordWriterError> {
        let Some(diverted) = &mut self.diverted else {
            let mut output = Vec::new();
            // It was refused before, and is again, with its reason.
            return match iso2709::write(record, &mut output) {
                Ok(()) => Ok(&[]),
                Err(error) => Err(ConversionError::from(error).into()),
            };
        };
        let notes = diverted.write(record)?;
        self.notes.push(Note::new(NoteKind::RecordDiverted));
        self.notes.extend_from_slice(notes);
        Ok(&self.notes)
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
        self.sheet.end(&mut self.buffer);
        self.output.write_all(&self.buffer)?;
        self.output.flush()?;
        if let Some(mut diverted) =
            self.diverted.take().filter(|diverted| diverted.sheet.is_begun())
        {
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
        self.sheet.format()
    }

    /// The output.
    #[must_use]
    pub const fn get_ref(&self) -> &W {
        &self.output
    }
}
