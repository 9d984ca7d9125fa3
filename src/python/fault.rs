//! What stands in the place of a record.

use super::errors::to_exception;
use crate::error::Error;
use pyo3::{prelude::*, types::PyBytes};

/// A span of the input that is no record, as `errors="yield"` gives it.
#[pyclass(frozen, module = "tidemarc")]
pub(super) struct Fault(Error);

impl Fault {
    pub(super) const fn new(error: Error) -> Self {
        Self(error)
    }
}

#[pymethods]
impl Fault {
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

    /// The bytes of the span.
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
