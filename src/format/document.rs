//! A document as it is written: its beginning, its records, its end.

use super::{
    Format, Note, NoteKind, Overlong, WriteError, WriteErrorKind, WriteOptions, iso2709,
    iso2709_split, json, line, marcmaker, marcxml, recode::recoded, text::attempt,
};
use crate::{
    encoding::{Encoding, RecordText},
    record::{AsRecord, Record},
};
use std::mem;

/// The place that a record was appended to.
#[derive(Debug)]
pub(crate) enum Placement {
    /// The output.
    Output,
    /// None: ISO 2709 cannot hold the record, for this reason, and [`Overlong::Xml`] is set.
    Diverted(WriteError),
}

/// The bytes between two records of JSON.
const SEPARATOR: &[u8] = b",\n";

/// A document that is being written. The bytes that it appends must be written in this order,
/// without a gap.
#[derive(Debug)]
pub(crate) struct Document {
    format: Format,
    options: WriteOptions,
    /// True once the beginning of the document was appended, if the format has one.
    is_begun: bool,
    is_ended: bool,
}

impl Document {
    pub(crate) const fn new(format: Format, options: WriteOptions) -> Self {
        Self { format, options, is_begun: false, is_ended: false }
    }

    /// Creates a document for records that follow others. [`join`](Self::join) appends them to the
    /// whole one.
    pub(crate) const fn continued(format: Format, options: WriteOptions) -> Self {
        Self { format, options, is_begun: true, is_ended: false }
    }

    pub(crate) const fn format(&self) -> Format {
        self.format
    }

    pub(crate) const fn options(&self) -> &WriteOptions {
        &self.options
    }

    /// Sets the encoding of the records that follow, and returns the one before.
    pub(crate) const fn set_encoding(&mut self, encoding: Option<Encoding>) -> Option<Encoding> {
        mem::replace(&mut self.options.encoding, encoding)
    }

    pub(crate) const fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// Returns true once the end of the document was appended.
    pub(crate) const fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Sets whether the document has begun, after bytes that were appended could not be written.
    pub(crate) const fn set_begun(&mut self, is_begun: bool) {
        self.is_begun = is_begun;
    }

    /// Appends a record, after the beginning of the document or a separator. `text` is the rule for
    /// the text of the record, if its reader has one.
    ///
    /// # Errors
    /// Fails if the record cannot be written under these options. Nothing is then appended.
    pub(crate) fn record(
        &mut self,
        record: &impl AsRecord,
        text: Option<RecordText>,
        output: &mut Vec<u8>,
        notes: &mut Vec<Note>,
    ) -> Result<Placement, WriteError> {
        let (length, noted) = (output.len(), notes.len());
        if !self.is_begun {
            self.begin(output);
        } else {
            output.extend_from_slice(Self::separator(self.format));
        }
        let options = &self.options;
        let text = || text.unwrap_or_else(|| options.text_of(record));
        let placement = match self.format {
            Format::Iso2709 => match options.encoding_of(&text) {
                None => self.iso2709(record, output, notes),
                Some(encoding) => {
                    recoded(record, text(), encoding, options, notes).and_then(|recoded| {
                        match recoded {
                            Some(record) => self.iso2709(&record, output, notes),
                            None => self.iso2709(record, output, notes),
                        }
                    })
                }
            },
            Format::Marcxml => attempt(record, text(), options, output, notes, marcxml::element),
            Format::Json | Format::JsonLines => {
                attempt(record, text(), options, output, notes, json::object)
            }
            Format::Marcmaker => attempt(record, text(), options, output, notes, marcmaker::lines),
            Format::Line => attempt(record, text(), options, output, notes, line::lines),
        };
        if let Err(error) = placement {
            output.truncate(length);
            notes.truncate(noted);
            let is_diverted = self.format == Format::Iso2709
                && self.options.overlong == Overlong::Xml
                && is_overlong(&error);
            return if is_diverted { Ok(Placement::Diverted(error)) } else { Err(error) };
        }
        if self.format == Format::JsonLines {
            output.push(b'\n');
        }
        self.is_begun = true;
        Ok(Placement::Output)
    }

    fn iso2709(
        &self,
        record: &impl AsRecord,
        output: &mut Vec<u8>,
        notes: &mut Vec<Note>,
    ) -> Result<(), WriteError> {
        let error = match iso2709::write(record, output) {
            Ok(is_leader_changed) => {
                notes.extend(is_leader_changed.then(|| Note::new(NoteKind::LeaderLayout)));
                return Ok(());
            }
            Err(error) => error,
        };
        if self.options.overlong != Overlong::Split || !is_overlong(&error) {
            return Err(error);
        }
        let (records, split) = iso2709_split::split(&Record::copy_of(record))?;
        let mut is_leader_changed = false;
        for record in records {
            is_leader_changed |= iso2709::write(&record, output)?;
        }
        notes.extend(is_leader_changed.then(|| Note::new(NoteKind::LeaderLayout)));
        notes.extend(split);
        Ok(())
    }

    /// Appends records of a [continued](Self::continued) document, after the beginning of this one
    /// if they are its first. May take their buffer instead of a copy.
    pub(crate) fn join(&mut self, records: &mut Vec<u8>, output: &mut Vec<u8>) {
        if records.is_empty() {
            return;
        }
        if !self.is_begun {
            self.begin(output);
            self.is_begun = true;
            output.extend_from_slice(&records[Self::separator(self.format).len()..]);
        } else if output.is_empty() {
            mem::swap(records, output);
        } else {
            output.extend_from_slice(records);
        }
    }

    /// Appends the bytes before records of a [continued](Self::continued) document that are written
    /// elsewhere, without their first [`separator`](Self::separator).
    pub(crate) fn join_elsewhere(&mut self, output: &mut Vec<u8>) {
        if self.is_begun {
            output.extend_from_slice(Self::separator(self.format));
        } else {
            self.begin(output);
            self.is_begun = true;
        }
    }

    /// Returns the bytes before each record but the first.
    pub(crate) const fn separator(format: Format) -> &'static [u8] {
        match format {
            Format::Json => SEPARATOR,
            _ => b"",
        }
    }

    /// Appends the bytes before the first record.
    fn begin(&self, output: &mut Vec<u8>) {
        match self.format {
            Format::Marcxml if self.options.collection => marcxml::begin(&self.options, output),
            Format::Json => output.extend_from_slice(b"[\n"),
            _ => {}
        }
    }

    /// Appends the bytes after the last record. Without any record, the document is empty but
    /// valid.
    pub(crate) fn end(&mut self, output: &mut Vec<u8>) {
        if self.is_ended {
            return;
        }
        if !self.is_begun {
            self.begin(output);
        }
        (self.is_begun, self.is_ended) = (true, true);
        match self.format {
            Format::Marcxml if self.options.collection => marcxml::end(output),
            Format::Json => output.extend_from_slice(b"\n]\n"),
            _ => {}
        }
    }
}

/// Returns true if a record was refused because it is too long.
const fn is_overlong(error: &WriteError) -> bool {
    matches!(error.kind(), WriteErrorKind::FieldLength(_) | WriteErrorKind::RecordLength(_))
}
