//! The text of the records of a batch.

use super::batch::Batch;
use crate::{
    encoding::{RecordText, TextError},
    error::{Error, Position},
    record::{ErrorKind, Fault, Field, RecordRef, Severity},
};
use std::{cell::LazyCell, vec::Vec};

impl Batch {
    /// Returns the rule for the text of a record of this batch. The records of a text format are
    /// UTF-8 in the batch, whatever encoding the caller named.
    #[inline]
    pub(crate) fn text_of(&self, record: &RecordRef<'_>) -> RecordText {
        RecordText::of(record, self.text)
    }

    /// Returns a fault for each field of the entry's record that does not decode.
    pub(crate) fn undecodable(&self, at: usize) -> Vec<Error> {
        let entry = &self.entries()[at];
        let Some(record) = self.view_of(entry) else { return Vec::new() };
        let position = LazyCell::new(|| self.position_of(entry));
        let undecodable = self.text_of(&record).undecodable(&record);
        undecodable
            .map(|(field, error)| self.text_fault(&record, field, error, position.clone()))
            .collect()
    }

    /// Returns the fault of undecodable text in a field of the record at this position.
    fn text_fault(
        &self,
        record: &RecordRef<'_>,
        field: Field<'_>,
        error: TextError,
        position: Position,
    ) -> Error {
        let fault = Fault::new(ErrorKind::Encoding).with_severity(Severity::LostField);
        let fault = error.code().map_or(fault, |code| fault.in_subfield(code));
        let from = record.offset_of(field.as_bytes()) + error.offset();
        let location = (!self.is_text()).then(|| from..from + error.bytes().len());
        let position = Position { tag: Some(field.tag()), location, ..position };
        Error::with_cause(fault, position, *error.decode_error())
    }

    /// Returns the fault of undecodable text in the field with this index of the entry's record.
    #[cfg(any(feature = "columns", feature = "filter"))]
    pub(crate) fn text_fault_in(&self, at: usize, field: usize, error: TextError) -> Option<Error> {
        let entry = &self.entries()[at];
        let record = self.view_of(entry)?;
        let field = record.fields().nth(field)?;
        Some(self.text_fault(&record, field, error, self.position_of(entry)))
    }
}
