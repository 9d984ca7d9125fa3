//! The object for a fault: a bad span, a repair, or unusual data.

use super::errors::{cause_in_words, raw_bytes, to_exception};
use crate::{
    error::{Error, InputName, Position},
    python::pickle::{maker, real_offset},
    record::{self, ErrorKind, Severity, Tag},
};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyBytes, PyDict, PyTuple},
};
use std::{ffi::OsStr, path::Path, sync::Arc};

/// A bad span of the input, which `errors="yield"` returns in place of a record; or a repair or
/// unusual data in a record (`record.faults`).
///
/// Two faults are equal only if they are the same object. To compare their content, compare the
/// results of `to_dict()`.
#[pyclass(frozen, module = "tidemarc")]
pub(crate) struct Fault(Error);

/// The attributes in the result of `to_dict()`, in their order.
const ATTRIBUTES: [&str; 15] = [
    "code",
    "kind",
    "severity",
    "reason",
    "source",
    "number",
    "overall_number",
    "offset",
    "length",
    "location",
    "control_number",
    "tag",
    "entry",
    "subfield",
    "raw",
];

impl Fault {
    pub(crate) const fn new(error: Error) -> Self {
        Self(error)
    }
}

/// State of a pickled `Fault`: kind, severity, entry and subfield; name of the input, number,
/// offset, control number, tag, bytes; the range of the bytes at fault; the text of the cause, and
/// after too many faults the last fault; the number in all inputs.
type FaultState<'py> = (
    (String, String, u32, u8),
    Option<InputName>,
    Option<u64>,
    Option<u64>,
    Option<String>,
    Option<[u8; 3]>,
    Bound<'py, PyBytes>,
    (usize, usize),
    (Option<String>, Option<Bound<'py, PyTuple>>),
    Option<u64>,
);

fn parts<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyTuple>> {
    let location = error.location_in_raw();
    let last = error.last_fault().map(|last| parts(py, last)).transpose()?;
    (
        (
            error.kind().name(),
            error.severity().name(),
            error.entry().unwrap_or(0),
            error.subfield().unwrap_or(0),
        ),
        error.input_path().map(Path::as_os_str),
        error.record_number(),
        error.offset(),
        error.control_number(),
        error.tag().map(|tag| PyTuple::new(py, tag.as_bytes())).transpose()?,
        raw_bytes(py, error)?,
        (location.start, location.end),
        (cause_in_words(error), last),
        error.overall_number(),
    )
        .into_pyobject(py)
}

fn restore(parts: &Bound<'_, PyTuple>, is_last: bool) -> PyResult<Error> {
    let parts: FaultState<'_> = parts.extract()?;
    let (what, name, record, offset, control_number, tag, raw, (start, end), cause, overall) =
        parts;
    let (kind, severity, entry, subfield) = what;
    let (Some(kind), Some(severity)) =
        (ErrorKind::from_name(&kind), Severity::from_name(&severity))
    else {
        return Err(PyValueError::new_err(format!(
            "unknown kind of fault or severity: {kind:?}, {severity:?}"
        )));
    };
    let fault = record::Fault::in_entry(kind, entry).with_severity(severity).in_subfield(subfield);
    let raw = raw.as_bytes();
    let position = Position {
        name,
        record,
        overall,
        offset: offset.map(real_offset).transpose()?,
        control_number: control_number.map(Arc::from),
        tag: tag.map(Tag::new),
        location: Some(start.min(raw.len())..end.min(raw.len())),
        raw: raw.into(),
    };
    Ok(match cause {
        (_, Some(_)) if is_last => {
            return Err(PyValueError::new_err("the last of too many faults has no last itself"));
        }
        (_, Some(last)) => Error::with_cause(fault, position, restore(&last, true)?),
        (Some(words), None) => Error::with_cause(fault, position, words),
        (None, None) => Error::new(fault, position),
    })
}

/// Restores a `Fault` that was pickled or copied.
#[pyfunction]
pub(crate) fn _restore_fault(parts: &Bound<'_, PyTuple>) -> PyResult<Fault> {
    restore(parts, false).map(Fault)
}

#[pymethods]
impl Fault {
    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyTuple>,))> {
        let restore = maker(py, "_restore_fault")?;
        Ok((restore, (parts(py, &self.0)?,)))
    }

    /// The short name of the damaged part: `"record_length"`, `"directory"` …
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind().name()
    }

    /// The stable code of the kind, such as `"TM101"`; docs/faults.md explains it.
    #[getter]
    fn code(&self) -> &'static str {
        self.0.code()
    }

    /// The severity: `"information"`, `"repaired"`, `"lost_field"`, `"lost_record"` or `"fatal"`.
    #[getter]
    fn severity(&self) -> &'static str {
        self.0.severity().name()
    }

    /// The number of bytes in `raw`. For a span longer than `max_record_length`, the length of its
    /// first piece.
    #[getter]
    fn length(&self) -> u64 {
        self.0.length()
    }

    /// The offsets of the first byte at fault and of the byte after the last, from the start of the
    /// input; None if no particular bytes are at fault.
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

    /// Returns all attributes as a dict of plain values. `raw` is bytes, unlike in JSON.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(slf.py());
        for name in ATTRIBUTES {
            dict.set_item(name, slf.getattr(name)?)?;
        }
        Ok(dict)
    }

    /// Returns the same as one line of JSON, without `raw`: the line in the report of a quarantine.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// The last fault, if there were too many; otherwise None.
    #[getter]
    fn cause(&self) -> Option<Self> {
        self.0.last_fault().cloned().map(Self)
    }

    /// Returns the message, followed by a hex dump of the bytes at fault.
    fn detail(&self) -> String {
        self.0.detail()
    }

    /// The cause of the fault, without its position.
    #[getter]
    fn reason(&self) -> String {
        self.0.reason()
    }

    /// The name of the input, or None.
    #[getter]
    fn source(&self) -> Option<&OsStr> {
        self.0.input_path().map(Path::as_os_str)
    }

    /// The number of this fault among the records and faults of its input, from 1; None if the
    /// input itself failed.
    #[getter]
    fn number(&self) -> Option<u64> {
        self.0.record_number()
    }

    /// The number of this fault among the records and faults of all inputs, from 1; None if there is
    /// only one input.
    #[getter]
    fn overall_number(&self) -> Option<u64> {
        self.0.overall_number()
    }

    /// The offset of the span, in bytes from the start of the input.
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

    /// The number of the directory entry at fault, from 1, or None.
    #[getter]
    fn entry(&self) -> Option<u32> {
        self.0.fault().entry()
    }

    /// The bytes of the span. For a span longer than `max_record_length`, its first bytes.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        raw_bytes(py, &self.0)
    }

    /// Returns the exception that `errors="strict"` would have raised.
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
