//! Where a record that was read stands, and what its bytes are.

use crate::{
    python::{batch_handle::BatchHandle, field::Field, reading::Reading},
    record::{FieldSpan, RecordRef},
};
use pyo3::prelude::*;

/// Where a record that was read stands.
pub(super) struct Origin {
    pub(super) batch: Py<BatchHandle>,
    /// Which entry of the batch.
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

    /// Whether the bytes are those of a damaged record.
    #[inline]
    pub(super) fn is_repaired(&self) -> bool {
        self.batch.get().is_noted(self.at as usize)
    }

    /// Whether the bytes that were read are no sound record of ISO 2709: those of a text format, or of
    /// a damaged record.
    #[inline]
    pub(super) fn is_laid_out(&self) -> bool {
        self.is_text() || self.is_repaired()
    }

    /// Whether the record comes from a text format.
    #[inline]
    pub(super) fn is_text(&self) -> bool {
        self.batch.get().is_text()
    }

    /// A new object for the field at `span`.
    #[inline]
    pub(super) fn field(&self, py: Python<'_>, span: FieldSpan) -> Field {
        Field::of_record(self.batch.clone_ref(py), self.at, span, self.reading)
    }
}
