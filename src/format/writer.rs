//! The writer for every format.

use super::{
    AsRecord, Format, Note, NoteKind, Overlong, WriteError, WriteOptions,
    document::{Document, Placement},
};
use crate::{
    OutputFile,
    compress::{Compression, Packer},
};
use std::{io, path::Path};

/// A writer of records in any of the formats.
///
/// Each record is first laid out in memory, and then written by one call of
/// [`write_all`](io::Write::write_all). So a record that is refused leaves nothing in the output,
/// and the next one can be written. Call [`finish`](Self::finish) at the end: documents of MARCXML
/// and JSON have an end, which a drop does not write. For a file, use [`create`](Self::create) and
/// [`commit`](Self::commit).
///
/// A [`RecordRef`](crate::RecordRef) of ISO 2709 is written to ISO 2709 byte for byte, without a
/// copy of its fields.
///
/// The output may be compressed: see [`WriteOptions::compression`].
///
/// ```
/// use tidemarc::{Reader, Writer, format::Format};
///
/// let mut writer = Writer::new(Vec::new(), Format::Marcxml);
/// for record in Reader::from_path("tests/fixtures/books.mrc")? {
///     for note in writer.write(&record?)? {
///         eprintln!("{note}");
///     }
/// }
/// let xml = writer.finish()?;
/// assert_eq!(Reader::from_bytes(xml).count(), 60);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Writer<W> {
    output: W,
    /// The compressor between the document and the output, if there is one.
    packer: Option<Packer>,
    document: Document,
    /// The bytes to write next; kept for its capacity.
    buffer: Vec<u8>,
    notes: Vec<Note>,
    /// The writer for records that are too long for ISO 2709.
    diverted: Option<Box<Writer<Box<dyn io::Write + Send>>>>,
}

impl<W: io::Write> Writer<W> {
    /// Creates a writer to `output`, with the default options.
    #[must_use]
    pub fn new(output: W, format: Format) -> Self {
        Self::with_options(output, format, WriteOptions::new())
    }

    /// Creates a writer to `output`.
    #[must_use]
    pub const fn with_options(output: W, format: Format, options: WriteOptions) -> Self {
        let packer = match options.compression {
            Some(Some(compression)) => Some(Packer::new(compression, options.compression_level)),
            _ => None,
        };
        let document = Document::new(format, options);
        Self { output, packer, document, buffer: Vec::new(), notes: Vec::new(), diverted: None }
    }

    /// Sets the output for records that are too long for ISO 2709: as MARCXML, under
    /// [`Overlong::Xml`]. Nothing is written there if there are none. The output is flushed and
    /// then dropped, so an [`OutputFile`](crate::OutputFile) would never be committed.
    /// A [compression](WriteOptions::compression) of the options applies to it too.
    #[must_use]
    pub fn divert_to(mut self, output: impl io::Write + Send + 'static) -> Self {
        let output: Box<dyn io::Write + Send> = Box::new(output);
        let writer = Writer::with_options(output, Format::Marcxml, *self.document.options());
        self.diverted = Some(Box::new(writer));
        self
    }

    /// Writes a record, and returns notes on the content that the format could not hold or that was
    /// changed.
    ///
    /// # Errors
    /// Fails if the record cannot be written under these options; the output is then unchanged, and
    /// the next record can be written. Returns errors of the output, after which part of the record
    /// may have been written.
    pub fn write(&mut self, record: &impl AsRecord) -> Result<&[Note], WriteError> {
        self.buffer.clear();
        self.notes.clear();
        let is_begun = self.document.is_begun();
        let placement = self.document.record(record, None, &mut self.buffer, &mut self.notes)?;
        if let Placement::Diverted(refusal) = placement {
            return self.divert(record, refusal);
        }
        self.put(is_begun)?;
        Ok(&self.notes)
    }

    /// Writes the buffer. If that fails, the document is begun only if it was before.
    fn put(&mut self, was_begun: bool) -> Result<(), WriteError> {
        let written = match &mut self.packer {
            None => self.output.write_all(&self.buffer),
            // Bytes that the output has not taken come first, so nothing is lost or written twice.
            Some(packer) if packer.is_full() => {
                packer.write_out(&mut self.output).and_then(|()| packer.push(&self.buffer))
            }
            Some(packer) => packer.push(&self.buffer),
        };
        if let Err(error) = written {
            self.document.set_begun(was_begun);
            return Err(error.into());
        }
        Ok(())
    }

    /// Writes blocks of records that were compressed with [`block_level`](Self::block_level), after
    /// the bytes before them.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(crate) fn join_blocks(&mut self, blocks: &[u8]) -> Result<(), WriteError> {
        self.buffer.clear();
        let is_begun = self.document.is_begun();
        self.document.join_elsewhere(&mut self.buffer);
        self.put(is_begun)?;
        Ok(self.packer.as_mut().map_or(Ok(()), |packer| packer.push_blocks(blocks))?)
    }

    /// Returns the level for blocks of BGZF that the threads of a conversion compress.
    pub(crate) fn block_level(&self) -> Option<u8> {
        self.packer.as_ref().and_then(Packer::block_level)
    }

    /// Writes records that were laid out with [`options_here`](Self::options_here), and the
    /// diverted ones to the second output. May take the buffers.
    ///
    /// # Errors
    /// Returns errors of the outputs.
    pub(crate) fn join(
        &mut self,
        records: &mut Vec<u8>,
        diverted: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        self.buffer.clear();
        let is_begun = self.document.is_begun();
        self.document.join(records, &mut self.buffer);
        self.put(is_begun)?;
        match &mut self.diverted {
            Some(writer) if !diverted.is_empty() => writer.join(diverted, &mut Vec::new()),
            _ => Ok(()),
        }
    }

    /// Returns the options that hold for this writer: without a second output, records that are too
    /// long are refused.
    pub(crate) const fn options_here(&self) -> WriteOptions {
        let options = *self.document.options();
        match (options.overlong, &self.diverted) {
            (Overlong::Xml, None) => options.overlong(Overlong::Error),
            _ => options,
        }
    }

    fn divert(
        &mut self,
        record: &impl AsRecord,
        refusal: WriteError,
    ) -> Result<&[Note], WriteError> {
        let Some(diverted) = &mut self.diverted else { return Err(refusal) };
        let notes = diverted.write(record)?;
        self.notes.push(Note::new(NoteKind::RecordDiverted));
        self.notes.extend_from_slice(notes);
        Ok(&self.notes)
    }

    /// Writes the end of the document, flushes, and returns the output. Without any record, the
    /// document is empty but valid.
    ///
    /// # Errors
    /// Returns errors of the outputs.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.close()?;
        Ok(self.output)
    }

    /// Does the same without returning the output. The writer must not be used afterwards.
    ///
    /// # Errors
    /// Returns errors of the outputs.
    pub fn close(&mut self) -> Result<(), WriteError> {
        self.buffer.clear();
        self.document.end(&mut self.buffer);
        match &mut self.packer {
            None => self.output.write_all(&self.buffer)?,
            Some(packer) => {
                packer.push(&self.buffer)?;
                packer.finish()?;
                packer.write_out(&mut self.output)?;
            }
        }
        self.output.flush()?;
        if let Some(mut diverted) =
            self.diverted.take().filter(|diverted| diverted.document.is_begun())
        {
            diverted.close()?;
        }
        Ok(())
    }

    /// Flushes the output. If it is compressed, all records written so far can then be read from
    /// it; frequent flushes make it longer.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        if let Some(packer) = &mut self.packer {
            packer.flush()?;
            packer.write_out(&mut self.output)?;
        }
        Ok(self.output.flush()?)
    }

    /// Returns the format.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.document.format()
    }

    /// Returns the compression of the output.
    #[must_use]
    pub fn compression(&self) -> Option<Compression> {
        self.packer.as_ref().map(Packer::kind)
    }

    /// Returns the output.
    #[must_use]
    pub const fn get_ref(&self) -> &W {
        &self.output
    }
}

impl Writer<OutputFile> {
    /// Creates a writer to a path. [`commit`](Self::commit) replaces a regular file in one step.
    /// With `None` in place of a format, the suffix of the path decides ([`Format::of_path`]). A
    /// path such as `books.xml.gz` is compressed ([`Compression::of_path`]) unless the options
    /// specify otherwise.
    ///
    /// ```
    /// use tidemarc::{Reader, Writer, format::{Format, WriteOptions}};
    ///
    /// let path = std::env::temp_dir().join("tidemarc-created.xml");
    /// let mut writer = Writer::create(&path, None, WriteOptions::new())?;
    /// assert_eq!(writer.format(), Format::Marcxml);
    /// for record in Reader::from_path("tests/fixtures/books.mrc")? {
    ///     writer.write(&record?)?;
    /// }
    /// writer.commit()?;
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`OutputFile::create`]. Without a format, also returns the error of
    /// [`Format::of_path`], as an [`InvalidInput`](io::ErrorKind::InvalidInput) error. Returns an
    /// error of this kind for a level that the compression does not have, and an
    /// [`Unsupported`](io::ErrorKind::Unsupported) one for a compression without the Cargo feature
    /// `compress`. The file is then not touched.
    pub fn create(
        path: impl AsRef<Path>,
        format: impl Into<Option<Format>>,
        options: WriteOptions,
    ) -> Result<Self, WriteError> {
        let of_path = || {
            let invalid = |unknown| io::Error::new(io::ErrorKind::InvalidInput, unknown);
            Format::of_path(&path).map_err(invalid)
        };
        let format = format.into().map_or_else(of_path, Ok)?;
        let compression = options.compression.unwrap_or_else(|| Compression::of_path(&path));
        let packer = compression.map(|kind| Packer::new(kind, options.compression_level));
        packer.as_ref().map_or(Ok(()), Packer::check)?;
        let writer = Self::with_options(OutputFile::create(&path)?, format, options);
        Ok(Self { packer, ..writer })
    }

    /// Ends the document and puts the file in its place. Without this call, a regular file keeps
    /// its old contents.
    ///
    /// # Errors
    /// Returns the errors of [`finish`](Self::finish) and [`OutputFile::commit`].
    pub fn commit(self) -> Result<(), WriteError> {
        Ok(self.finish()?.commit()?)
    }
}
