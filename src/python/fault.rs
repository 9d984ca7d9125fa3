//! What stands in the place of a record.

use super::errors::to_exception;
use crate::error::Error;
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};

/// A span of the input that is no record, as `errors="yield"` gives it; or what was repaired in a
/// record, or is unusual in it (`record.faults`).
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

    /// The stable code of the kind, under which docs/faults.md explains it: `"TM101"`.
    #[getter]
    fn code(&self) -> &'static str {
        self.0.code()
    }

    /// What it costs: `"information"`, `"repaired"`, `"lost_field"`, `"lost_record"` or `"fatal"`.
    #[getter]
    fn severity(&self) -> &'static str {
        self.0.severity().name()
    }

    /// How many bytes there are of the span, or of the record.
    #[getter]
    fn length(&self) -> u64 {
        self.0.length()
    }

    /// The first byte at fault and the one behind the last, in bytes from the start of the input;
    /// None where no bytes in particular are at fault.
    #[getter]
    fn location(&self) -> Option<(u64, u64)> {
        let location = self.0.location();
        (!location.is_empty()).then_some((location.start, location.end))
    }

    /// The code of the subfield at fault, or None.
    #[getter]
    fn subfield(&self) -> Option<String> {
        self.0.subfield().map(|code| char::from(code).to_string())
    }

    /// All that is known, as a dictionary of plain values; `raw` is bytes.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("code", self.code())?;
        dict.set_item("kind", self.kind())?;
        dict.set_item("severity", self.severity())?;
        dict.set_item("reason", self.reason())?;
        dict.set_item("source", self.source())?;
        dict.set_item("number", self.number())?;
        dict.set_item("offset", self.offset())?;
        dict.set_item("length", self.length())?;
        dict.set_item("location", self.location())?;
        dict.set_item("control_number", self.control_number())?;
        dict.set_item("tag", self.tag())?;
        dict.set_item("entry", self.entry())?;
        dict.set_item("subfield", self.subfield())?;
        dict.set_item("raw", self.raw(py))?;
        Ok(dict)
    }

    /// The message, and under it the bytes at fault as a hex dump.
    fn detail(&self) -> String {
        self.0.detail()
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
