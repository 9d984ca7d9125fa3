//! Copies and pickles of a field.

use super::{Field, Origin, Reduced};
use crate::{
    python::{batch_handle::BatchHandle, reading::Reading, restore::real_offset},
    reader::Batch,
    record::Tag,
};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyBytes, PyString, PyTuple},
};
use std::sync::Arc;

/// A field that was read: tag, bytes, how they are read, number of the record, offset of the bytes.
pub(in crate::python) type Raw = (Py<PyString>, Vec<u8>, u8, u64, u64);

/// What was made or changed of a field: indicators, subfields, data.
pub(super) type Parts = (Option<Py<PyAny>>, Option<Py<PyAny>>, Option<Py<PyAny>>);

impl Field {
    /// Whether the bytes that were read, if any were, say all that there is to say.
    fn is_unchanged(&self, py: Python<'_>) -> PyResult<bool> {
        let Some(origin) = &self.origin else { return Ok(false) };
        Ok(origin.tag.is_control() == self.is_control(py)
            && (self.is_pristine(py) || self.says_the_same(py)?)
            && self.tag(py).eq(origin.tag.as_str().unwrap_or_default())?)
    }

    /// What was set or handed out, which the bytes do not say or no longer.
    fn changed_parts(&self, py: Python<'_>) -> PyResult<Parts> {
        if self.origin.is_some() {
            return Ok((self.indicators.get(py), self.subfields.get(py), self.data.get(py)));
        }
        let has_list = !self.is_control(py) || self.subfields.is_some(py);
        let list = has_list.then(|| self.live_list(py)).transpose()?;
        let unbound = |part: Option<Bound<'_, PyAny>>| part.map(Bound::unbind);
        Ok((unbound(self.indicators_of(py)?), unbound(list), unbound(self.data(py)?)))
    }

    /// A field that stands alone, in a record of its own, with the number of the record it was
    /// read in and its place in the input.
    pub(super) fn of_bytes(
        py: Python<'_>,
        (tag, bytes, reading, number, offset): &Raw,
    ) -> PyResult<Self> {
        let failed = |error: &dyn std::fmt::Display| PyValueError::new_err(error.to_string());
        let tag = Tag::try_from(tag.bind(py).to_str()?).map_err(|error| failed(&error))?;
        let reading = Reading::from_code(*reading)
            .ok_or_else(|| PyValueError::new_err("no such way of reading"))?;
        let (bytes_length, offset) = (bytes.len(), real_offset(*offset)?);
        let record = crate::record::Record::of_parts(
            *crate::record::Record::new().leader().as_bytes(),
            [(tag, bytes.clone())],
        );
        let Ok(record) = record.to_iso2709() else {
            // Out of text, and longer than ISO 2709 can say.
            let batch = BatchHandle::new(py, Arc::new(Batch::of_text(&record, *number, offset)))?;
            let span = batch.get().spans_of(&batch.get().entries()[0])[0];
            return Ok(Self::of_record(batch, 0, span, reading));
        };
        // The field is the only one, behind leader, entry and terminator.
        let base = (record.len() - bytes_length - 2) as u64;
        let batch = Batch::of_one(record, *number, offset.saturating_sub(base), None)
            .map_err(|fault| failed(&fault))?;
        let span = batch.spans_of(&batch.entries()[0])[0];
        Ok(Self::of_record(BatchHandle::new(py, Arc::new(batch))?, 0, span, reading))
    }

    pub(super) fn reduced<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let (py, field) = (slf.py(), slf.get());
        let restore = py.import("tidemarc._types")?.getattr("restore_field")?;
        let raw = match (field.bytes(), &field.origin) {
            (Some((bytes, reading)), Some(Origin { batch, at, start, tag, .. })) => {
                let batch = batch.get();
                let number = batch.number_of(&batch.entries()[*at as usize]);
                let offset = batch.offset_of_data(&batch.entries()[*at as usize], *start);
                Some((tag.as_str(), PyBytes::new(py, bytes), reading.code(), number, offset))
            }
            _ => None,
        };
        let parts = match field.is_unchanged(py)? {
            true => py.None().into_bound(py),
            false => {
                let parts = field.changed_parts(py)?;
                (field.tag(py), field.is_control(py), parts).into_pyobject(py)?.into_any()
            }
        };
        let arguments: Bound<'py, PyTuple> = (slf.get_type(), raw, parts).into_pyobject(py)?;
        let attributes = slf.getattr_opt("__dict__")?.unwrap_or_else(|| py.None().into_bound(py));
        Ok((restore, arguments, attributes))
    }
}
