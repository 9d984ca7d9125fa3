//! The position of a record that was read, and the kind of its bytes.

use crate::{
    encoding,
    error::{Error, InputName},
    format::Note,
    parse::entry::Entry,
    python::{batch_handle::BatchHandle, faults::fault::Fault, field::Field, reading::Reading},
    record::{FieldSpan, RecordRef, Severity},
};
use pyo3::{prelude::*, types::PyList};

/// The position of a record that was read.
pub(super) struct Origin {
    pub(super) batch: Py<BatchHandle>,
    /// Number of the entry in the batch.
    pub(super) at: u32,
    pub(super) reading: Reading,
}

impl Origin {
    #[inline]
    pub(super) fn view(&self) -> RecordRef<'_> {
        self.batch.get().record_at(self.at as usize)
    }

    #[inline]
    fn entry(&self) -> &Entry {
        &self.batch.get().entries()[self.at as usize]
    }

    #[inline]
    pub(super) fn spans(&self) -> &[FieldSpan] {
        self.batch.get().spans_of(self.at)
    }

    /// Returns the bytes of the record in the input; for a text format they are in UTF-8.
    pub(super) fn bytes(&self) -> &[u8] {
        self.batch.get().bytes_of(self.entry())
    }

    /// Returns the number of the record in the input, from 1.
    pub(super) fn number(&self) -> u64 {
        self.batch.get().number_of(self.entry())
    }

    /// Returns the number of the record in all inputs, from 1.
    pub(super) fn overall_number(&self) -> u64 {
        self.batch.get().overall_number_of(self.entry())
    }

    /// Returns the offset of the record from the start of the input.
    pub(super) fn offset(&self) -> u64 {
        self.batch.get().offset_of(self.entry())
    }

    /// Returns the name of the input.
    pub(super) fn name(&self) -> Option<&InputName> {
        self.batch.get().name.as_ref()
    }

    /// Returns the changes that reading the record from a text format made.
    pub(super) fn notes(&self) -> &[Note] {
        self.batch.get().notes_of(self.at as usize)
    }

    /// Returns the repairs that were made when the record was read, and the unusual data in it.
    pub(super) fn faults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let faults = self.batch.get().faults_of(self.at as usize).into_iter();
        let faults = faults.map(|error| Bound::new(py, Fault::new(error)));
        PyList::new(py, faults.collect::<PyResult<Vec<_>>>()?)
    }

    /// Returns a fault for each field whose bytes do not decode.
    pub(super) fn undecodable<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let faults = match self.reading {
            Reading::Native(_) => self.batch.get().undecodable(self.at as usize),
            Reading::Utf8 | Reading::Marc8 => Vec::new(),
        };
        PyList::new(py, faults.into_iter().map(Fault::new))
    }

    /// Returns the content in the input that the record has lost.
    pub(super) fn lost(&self) -> Vec<Error> {
        if !self.is_repaired() {
            return Vec::new();
        }
        let mut lost = self.batch.get().faults_of(self.at as usize);
        lost.retain(|error| error.severity() == Severity::LostField);
        lost
    }

    /// Returns the reason for the record's encoding, in words. A record of pymarc has none: as in
    /// pymarc, the options of the reader come first, then leader/09.
    pub(super) fn encoding_reason(&self) -> Option<String> {
        let Reading::Native(text) = self.reading else { return None };
        Some(encoding::detect(&self.view(), text.named()).why.to_string())
    }

    /// Returns true if the bytes are those of a damaged record.
    #[inline]
    pub(super) fn is_repaired(&self) -> bool {
        self.batch.get().is_noted(self.at as usize)
    }

    /// Returns true if the original bytes are not a sound record of ISO 2709, but those of a text
    /// format or of a damaged record.
    #[inline]
    pub(super) fn is_laid_out(&self) -> bool {
        self.is_text() || self.is_repaired()
    }

    /// Returns true if the record comes from a text format.
    #[inline]
    pub(super) fn is_text(&self) -> bool {
        self.batch.get().is_text()
    }

    /// Makes a new object for the field at `span`.
    #[inline]
    pub(super) fn field(&self, py: Python<'_>, span: FieldSpan) -> Field {
        Field::of_record(self.batch.clone_ref(py), self.at, span, self.reading)
    }
}
