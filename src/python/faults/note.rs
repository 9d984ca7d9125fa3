//! Changes and losses of a conversion.

use crate::format::Note as CoreNote;
use pyo3::{prelude::*, types::PyTuple};

/// A change that reading or writing a format made to a record, or content that other programs may
/// misread.
#[pyclass(frozen, eq, hash, module = "tidemarc")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Note(CoreNote);

/// Converts notes to a Python tuple.
pub(crate) fn tuple<'py>(py: Python<'py>, notes: &[CoreNote]) -> PyResult<Bound<'py, PyTuple>> {
    if notes.is_empty() {
        return Ok(PyTuple::empty(py));
    }
    let notes = notes.iter().map(|note| Bound::new(py, Note(*note)));
    PyTuple::new(py, notes.collect::<PyResult<Vec<_>>>()?)
}

#[pymethods]
impl Note {
    /// The short name of the change: `"coding_scheme"`, `"control_character"` …
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind().name()
    }

    /// The tag of the affected field, or None.
    #[getter]
    fn tag(&self) -> Option<String> {
        self.0.tag().map(|tag| tag.to_string())
    }

    /// The number of the affected field in the record, from 1, or None.
    #[getter]
    fn field(&self) -> Option<u32> {
        self.0.field()
    }

    /// True if content of the record is lost, or will not be read as it was.
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
