//! The bytes of a field that was read.

use super::Field;
use crate::{
    python::{batch_handle::BatchHandle, reading::Reading},
    record::{FieldSpan, Tag},
};
use pyo3::prelude::*;

/// Position of the bytes of a field that was read, not made by a program.
pub(super) struct Origin {
    pub(super) batch: Py<BatchHandle>,
    /// Number of the record's entry in the batch.
    pub(super) at: u32,
    /// Offset of the field's first byte from the start of the batch.
    pub(super) start: u32,
    /// Length of the field, without its terminator.
    length: u32,
    pub(super) tag: Tag,
    pub(super) reading: Reading,
}

impl Field {
    /// Makes the field at `span` of a record, the entry `at` of a batch.
    #[inline]
    pub(crate) fn of_record(
        batch: Py<BatchHandle>,
        at: u32,
        span: FieldSpan,
        reading: Reading,
    ) -> Self {
        let FieldSpan { start, length, .. } = span;
        let data = batch.get();
        let start = data.start_of(at) + start;
        let tag = span.tag();
        Self::empty(Some(Origin { batch, at, start, length, tag, reading }), tag.is_control())
    }

    /// Returns the bytes that the field had when it was read, and the way to decode them.
    #[inline(always)]
    pub(crate) fn bytes(&self) -> Option<(&[u8], Reading)> {
        let Origin { batch, start, length, reading, .. } = self.origin.as_ref()?;
        let start = *start as usize;
        Some((&batch.get().parsed().data()[start..start + *length as usize], *reading))
    }

    /// Returns true if the field was read as part of this entry of this batch.
    pub(crate) fn is_read_from(&self, batch: &Py<BatchHandle>, at: u32) -> bool {
        self.origin.as_ref().is_some_and(|own| own.batch.is(batch) && own.at == at)
    }

    /// Returns the tag that was read, unless another was set.
    #[inline]
    pub(crate) fn read_tag(&self, py: Python<'_>) -> Option<Tag> {
        if self.tag.is_some(py) { None } else { self.origin.as_ref().map(|origin| origin.tag) }
    }
}
