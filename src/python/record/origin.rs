//! The position of a record that was read, and the kind of its bytes.

use crate::{
    python::{batch_handle::BatchHandle, field::Field, reading::Reading},
    record::{FieldSpan, RecordRef},
};
use pyo3::prelude::*;

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
    pub(super) fn spans(&self) -> &[FieldSpan] {
        let batch = self.batch.get();
        batch.spans_of(&batch.entries()[self.at as usize])
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
