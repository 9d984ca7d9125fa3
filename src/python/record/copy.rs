//! Copies and pickles of a record.

use super::{Fields, Manner, Origin, Record};
use crate::{
    error::{Error, Place as ErrorPlace},
    format::iso2709,
    python::{
        batch_handle::BatchHandle, errors::to_exception, field::Reduced, reading::Reading,
        restore::real_offset,
    },
    reader::Batch,
    record::LaidOut,
};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyBytes, PyTuple},
};
use std::sync::Arc;

/// The bytes of a record, its number, its offset, the name of its input, and how it is read.
pub(in crate::python) type Place = (Vec<u8>, u64, u64, Option<String>, u8);

impl Origin {
    /// The record as ISO 2709, if it can be that.
    fn iso2709<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        if !self.is_text() {
            return Some(PyBytes::new(py, self.view().as_bytes()));
        }
        let mut bytes = Vec::new();
        iso2709::write(&LaidOut(self.view()), &mut bytes).ok()?;
        Some(PyBytes::new(py, &bytes))
    }
}

impl Record {
    /// A record that stands alone, in a batch of its own.
    pub(super) fn of_place(
        py: Python<'_>,
        (raw, number, offset, source, reading): &Place,
    ) -> PyResult<Self> {
        let name = source.as_deref().map(Arc::from);
        let reading = Reading::from_code(*reading)
            .ok_or_else(|| PyValueError::new_err("no such way of reading"))?;
        let batch = Batch::of_one(raw.clone(), *number, real_offset(*offset)?, name)
            .map_err(|fault| to_exception(py, &Error::new(fault, ErrorPlace::default())))?;
        let batch = BatchHandle::new(py, Arc::new(batch))?;
        Ok(Self::read(batch, 0, reading, Manner::NATIVE_RECORD))
    }

    pub(super) fn reduced<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let (py, record) = (slf.py(), slf.get());
        let place = record.origin.as_ref().and_then(|origin| {
            let source = record.source().map(str::to_owned);
            let raw = origin.iso2709(py)?;
            Some((raw, record.number(), record.offset(), source, origin.reading.code()))
        });
        // What ISO 2709 cannot hold goes as the objects that it is made of; and a leader out of text
        // need not say what ISO 2709 says.
        let is_text = record.origin.as_ref().is_some_and(Origin::is_text);
        let fields = match record.fields.get(py) {
            Fields::Untouched if !is_text || place.is_some() => None,
            Fields::Untouched | Fields::Some(_) | Fields::List(_) => Some(record.list(py)?),
        };
        let leader = match is_text {
            true => Some(record.leader(py)?.unbind()),
            false => record.leader.get(py),
        };
        let restore = py.import("tidemarc._types")?.getattr("restore_record")?;
        let manner = record.manner.get(py);
        let parts: Bound<'py, PyTuple> =
            (slf.get_type(), place, (leader, fields, manner)).into_pyobject(py)?;
        let attributes = slf.getattr_opt("__dict__")?.unwrap_or_else(|| py.None().into_bound(py));
        Ok((restore, parts, attributes))
    }
}
