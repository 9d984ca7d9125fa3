//! What a conversion changed, or could not hold.

use crate::format::Note as CoreNote;
use pyo3::{prelude::*, types::PyTuple};

/// Something that a reader or writer of a format had to change about a record, or that the other
/// side may stumble over.
#[pyclass(frozen, eq, hash, module = "tidemarc")]
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Note(CoreNote);

/// Notes as Python has them.
pub(super) fn tuple<'py>(py: Python<'py>, notes: &[CoreNote]) -> PyResult<Bound<'py, PyTuple>> {
    if notes.is_empty() {
        return Ok(PyTuple::empty(py));
    }
    let notes = notes.iter().map(|note| Bound::new(py, Note(*note)));
    PyTuple::new(py, notes.collect::<PyResult<Vec<_>>>()?)
}

#[pymethods]
impl Note {
    /// What it says, as a short name: `"coding_scheme"`, `"control_character"` …
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind().name()
    }

    /// The tag of the field that it is about, or None.
    #[getter]
    fn tag(&self) -> Option<String> {
        self.0.tag().map(|tag| tag.to_string())
    }

    /// The ordinal of that field in the record, from 1, or None.
    #[getter]
    fn field(&self) -> Option<u32> {
        self.0.field()
    }

    /// Whether something of the record is gone, or will not be read as it was.
    #[getter]
    fn is_loss(&self) -> bool {
        self.0.is_loss()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<tidemarc.Note {}: {}>", self.0.kind().name(), self.0)
    }
}
