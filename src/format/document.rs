//! What a writer puts on its output: the beginning of a document, its records, its end.

use super::{
    Format, Note, Overlong, WriteError, WriteErrorKind, WriteOptions, iso2709, iso2709_split, json,
    line, marcmaker, marcxml, text::attempt,
};
use crate::{
    encoding::RecordText,
    record::{AsRecord, Record},
};
use std::mem;

/// Where a record went.
#[derive(Debug)]
pub(crate) enum Placement {
    /// Into the output.
    Output,
    /// Nowhere: ISO 2709 cannot hold it for this reason, and [`Overlong::Xml`] was asked for.
    Diverted(WriteError),
}

/// The bytes between two records of JSON.
const SEPARATOR: &[u8] = b",\n";

/// A document on its way out. What it appends is to be written in this order, without a gap.
#[derive(Debug)]
pub(crate) struct Document {
    format: Format,
    options: WriteOptions,
    /// Whether something was laid out: the beginning of a document, if it has one.
    is_begun: bool,
    is_ended: bool,
}

impl Document {
    pub(crate) const fn new(format: Format, options: WriteOptions) -> Self {
        Self { format, options, is_begun: false, is_ended: false }
    }

    /// A document that lays out records which follow others: [`join`](Self::join) puts them into a document.
    pub(crate) const fn continued(format: Format, options: WriteOptions) -> Self {
        Self { format, options, is_begun: true, is_ended: false }
    }

    pub(crate) const fn format(&self) -> Format {
        self.format
    }

    pub(crate) const fn options(&self) -> &WriteOptions {
        &self.options
    }

    pub(crate) const fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// Whether the end of the document was laid out.
    pub(crate) const fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Takes the word back that something was laid out: it was not written.
    pub(crate) const fn set_begun(&mut self, is_begun: bool) {
        self.is_begun = is_begun;
    }

    /// Appends a record, and what it takes before it. `text` is the rule by which the record was
    /// read, if a reader has settled it.
    ///
    /// # Errors
    /// If it cannot be written under these options. Nothing is appended then.
    pub(crate) fn record(
        &mut self,
        record: &impl AsRecord,
        text: Option<RecordText>,
        output: &mut Vec<u8>,
        notes: &mut Vec<Note>,
    ) -> Result<Placement, WriteError> {
        let length = output.len();
        if !self.is_begun {
            self.begin(output);
        } else if self.format == Format::Json {
            output.extend_from_slice(SEPARATOR);
        }
        let options = &self.options;
        let text = || text.unwrap_or_else(|| options.text_of(record));
        let placement = match self.format {
            Format::Iso2709 => self.iso2709(record, output, notes),
            Format::Marcxml => attempt(record, text(), options, output, notes, marcxml::element),
            Format::Json | Format::JsonLines => {
                attempt(record, text(), options, output, notes, json::object)
            }
            Format::Marcmaker => attempt(record, text(), options, output, notes, marcmaker::lines),
            Format::Line => attempt(record, text(), options, output, notes, line::lines),
        };
        if let Err(error) = placement {
            output.truncate(length);
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
        let Err(error) = iso2709::write(record, output) else { return Ok(()) };
        if self.options.overlong != Overlong::Split || !is_overlong(&error) {
            return Err(error);
        }
        let (records, split) = iso2709_split::split(&owned(record))?;
        for record in records {
            iso2709::write_record(&record, output)?;
        }
        notes.extend(split);
        Ok(())
    }

    /// Appends records that a [continued](Self::continued) document has laid out, and the beginning of
    /// the document if they are the first. May take their buffer instead of a copy.
    pub(crate) fn join(&mut self, records: &mut Vec<u8>, output: &mut Vec<u8>) {
        if records.is_empty() {
            return;
        }
        if !self.is_begun {
            self.begin(output);
            self.is_begun = true;
            let is_separated = self.format == Format::Json;
            output.extend_from_slice(&records[if is_separated { SEPARATOR.len() } else { 0 }..]);
        } else if output.is_empty() {
            mem::swap(records, output);
        } else {
            output.extend_from_slice(records);
        }
    }

    /// What stands before the first record.
    fn begin(&self, output: &mut Vec<u8>) {
        match self.format {
            Format::Marcxml if self.options.collection => marcxml::begin(&self.options, output),
            Format::Json => output.extend_from_slice(b"[\n"),
            _ => {}
        }
    }

    /// Appends what stands behind the last record. Without any record this is a document with none.
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

/// The record as an owned one.
fn owned(record: &impl AsRecord) -> Record {
    let fields = record.fields().map(|field| (field.tag(), field.as_bytes().to_vec()));
    Record::of_parts(*record.leader().as_bytes(), fields)
}

/// Whether a record was refused because it is too long.
const fn is_overlong(error: &WriteError) -> bool {
    matches!(error.kind(), WriteErrorKind::FieldLength(_) | WriteErrorKind::RecordLength(_))
}
