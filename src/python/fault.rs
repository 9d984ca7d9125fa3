//! What stands in the place of a record.

use super::errors::to_exception;
use crate::{
    error::{Error, Place},
    record::{self, ErrorKind, Tag},
};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyBytes, PyTuple},
};
use std::sync::Arc;

/// A span of the input that is no record, as `errors="yield"` gives it.
#[pyclass(frozen, module = "tidemarc")]
pub(super) struct Fault(Error);

impl Fault {
    pub(super) const fn new(error: Error) -> Self {
        Self(error)
    }
}

/// What a pickle of a `Fault` holds: kind, entry, name of the input, number, offset, control number,
/// tag, bytes.
type Parts = (
    String,
    Option<u32>,
    Option<String>,
    Option<u64>,
    Option<u64>,
    Option<String>,
    Option<[u8; 3]>,
    Vec<u8>,
);

/// Makes a `Fault` again that was pickled or copied.
#[pyfunction]
pub(super) fn _restore_fault(parts: Parts) -> PyResult<Fault> {
    let (kind, entry, name, record, offset, control_number, tag, raw) = parts;
    let kind = ErrorKind::from_name(&kind)
        .ok_or_else(|| PyValueError::new_err(format!("no kind of fault: {kind:?}")))?;
    let fault = entry.map_or(record::Fault::new(kind), |at| record::Fault::in_entry(kind, at));
    let place = Place {
        name: name.map(Arc::from),
        record,
        offset,
        control_number,
        tag: tag.map(Tag::new),
        raw,
    };
    Ok(Fault(Error::new(fault, place)))
}

#[pymethods]
impl Fault {
    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyTuple>,))> {
        let restore = py.import("tidemarc._tidemarc")?.getattr("_restore_fault")?;
        let parts = (
            self.kind(),
            self.entry(),
            self.source(),
            self.number(),
            self.offset(),
            self.control_number(),
            self.0.tag().map(|tag| PyTuple::new(py, tag.as_bytes())).transpose()?,
            self.raw(py),
        );
        Ok((restore, (parts.into_pyobject(py)?,)))
    }

    /// What is broken, as a short name: `"record_length"`, `"directory"` …
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind().name()
    }

    /// What is wrong, without the place.
    #[getter]
    fn reason(&self) -> String {
        self.0.reason()
    }

    /// The name of the input, or None.
    #[getter]
    fn source(&self) -> Option<&str> {
        self.0.input_name()
    }

    /// The number of this fault among the records and faults of the input, from 1.
    #[getter]
    fn number(&self) -> Option<u64> {
        self.0.record_number()
    }

    /// Where the span begins, in bytes from the start of the input.
    #[getter]
    fn offset(&self) -> Option<u64> {
        self.0.offset()
    }

    /// The control number (001), if it could be read.
    #[getter]
    fn control_number(&self) -> Option<&str> {
        self.0.control_number()
    }

    /// The tag of the field at fault, or None.
    #[getter]
    fn tag(&self) -> Option<String> {
        self.0.tag().map(|tag| tag.to_string())
    }

    /// The ordinal of the directory entry at fault, from 1, or None.
    #[getter]
    fn entry(&self) -> Option<u32> {
        self.0.fault().entry()
    }

    /// The bytes of the span: of one that is longer than `max_record_length`, the first of them.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.raw())
    }

    /// The exception that `errors="strict"` would have raised.
    fn exception<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        to_exception(py, &self.0).into_value(py).into_bound(py).into_any()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<tidemarc.Fault {}: {}>", self.0.kind().name(), self.0)
    }
}
