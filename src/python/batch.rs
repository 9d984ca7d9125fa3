//! The parts of a batch that records and fields in Python need, and batches for pickles.

use crate::{
    encoding::TextOptions,
    error::{InputName, Position},
    framing::{DEFAULT_MAX_RECORD_LENGTH, Frame, FrameKind},
    parse::{Batch, Index, Parse, What},
    record::{ErrorKind, FIELD_TERMINATOR, Fault, FieldSpan, Record, RecordRef},
    source::{Bytes, RawBatch},
};
use std::sync::Arc;

impl Batch {
    /// Returns the offset of a record in the [data](crate::parse::Parsed::data).
    #[inline]
    pub(crate) fn start_of(&self, at: u32) -> u32 {
        match &self.entries()[at as usize].what {
            What::Record { place, .. } => place.start,
            _ => 0,
        }
    }

    /// Returns the spans of a record's fields, from the start of the record.
    #[inline]
    pub(crate) fn spans_of(&self, at: u32) -> &[FieldSpan] {
        self.parsed().spans_of(&self.entries()[at as usize])
    }

    /// Returns the offset in the input of the bytes at `start` of the data. For a text format it is
    /// that of their record.
    pub(crate) fn offset_of_data(&self, at: u32, start: u32) -> u64 {
        if self.is_text() {
            return self.offset_of(&self.entries()[at as usize]);
        }
        self.raw.offset() + u64::from(start)
    }

    /// Returns the place of a record in words: input, number, offset and control number.
    pub(crate) fn place_of(&self, at: u32, control_number: Option<String>) -> String {
        let entry = &self.entries()[at as usize];
        let position = Position {
            name: self.name.clone(),
            record: Some(self.number_of(entry)),
            offset: Some(self.offset_of(entry)),
            control_number: control_number.map(Arc::from),
            ..Position::default()
        };
        position.to_string()
    }

    /// Makes a batch of one record of ISO 2709, which keeps its place in the input.
    ///
    /// # Errors
    /// If the bytes are not a record, and repair finds none in them.
    pub(crate) fn of_one(
        record: Vec<u8>,
        number: u64,
        offset: u64,
        name: Option<InputName>,
    ) -> Result<Self, Fault> {
        let kind = match RecordRef::parse(&record) {
            Ok(_) => FrameKind::Record,
            Err(fault) => FrameKind::Fault(fault),
        };
        let raw = RawBatch::of_frame(record, kind, offset, DEFAULT_MAX_RECORD_LENGTH);
        let parse = Parse { repairs: true, ..Parse::default() };
        let text = TextOptions::new();
        Self::of_one_record(raw, &parse, number, name, text).ok_or(match kind {
            FrameKind::Fault(fault) => fault,
            _ => Fault::new(ErrorKind::Directory),
        })
    }

    /// Makes a batch of one record as if it came from a text format, in which no field is too long.
    pub(crate) fn of_text(record: &Record, number: u64, offset: u64) -> Self {
        let mut bytes = record.leader().as_bytes().to_vec();
        let mut index = Index::default();
        index.is_text = true;
        for field in record.fields() {
            let (start, length) = (bytes.len() as u32, field.as_bytes().len() as u32);
            index.fields.push(FieldSpan::new(field.tag(), start, length));
            bytes.extend_from_slice(field.as_bytes());
            bytes.push(FIELD_TERMINATOR);
        }
        let (length, fields) = (bytes.len(), index.fields.len() as u32);
        index.push_entry(0, length, What::Record { place: 0..length as u32, fields: 0..fields });
        let raw = alone(bytes, Vec::new(), offset);
        let (name, text) = (None, TextOptions::new());
        Self { raw, index, first_number: number, earlier: None, name, text }
    }
}

fn alone(bytes: Vec<u8>, frames: Vec<Frame>, offset: u64) -> RawBatch {
    let bytes = Bytes::Owned { used: bytes.len(), buffer: bytes };
    RawBatch::new(bytes, frames, offset, DEFAULT_MAX_RECORD_LENGTH)
}
