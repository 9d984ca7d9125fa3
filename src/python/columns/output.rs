//! A file that a library of Python writes, and that replaces the one at its path when it is complete.

use crate::python::{gil::exclusive::Exclusive, io::path_output::PathOutput};
use pyo3::{exceptions::PyValueError, prelude::*, types::PyBytes};
use std::path::PathBuf;

/// Message of the `RuntimeError` on re-entrant use.
const REENTRANT: &str = "the file was written again from inside its own signal handler";

/// A file object for libraries that write to one. Only `commit` puts the file in its place.
#[pyclass(frozen, module = "tidemarc._tidemarc", name = "_Output")]
pub(crate) struct Output(Exclusive<Option<PathOutput>>);

impl Output {
    pub(super) fn create(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        Ok(Self(Exclusive::new(Some(PathOutput::create(py, path)?), REENTRANT)))
    }
}

#[pymethods]
impl Output {
    /// Takes all of these bytes, and returns their number.
    fn write(&self, bytes: &Bound<'_, PyAny>) -> PyResult<usize> {
        let py = bytes.py();
        // pyarrow passes `bytes`, and buffers of its own.
        let bytes = py.get_type::<PyBytes>().call1((bytes,))?.cast_into::<PyBytes>()?;
        let mut output = self.0.enter(py)?;
        output.will_be_observed();
        let Some(output) = &mut *output else {
            return Err(PyValueError::new_err("the file is closed"));
        };
        output.write(py, bytes.as_bytes())?;
        Ok(bytes.as_bytes().len())
    }

    /// Does nothing: `commit` writes all that is buffered.
    const fn flush(&self) {}

    /// Does nothing: the end of the library's work is not yet that of the file.
    const fn close(&self) {}

    #[getter]
    fn closed(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.0.enter(py)?.is_none())
    }

    /// Puts the complete file in its place.
    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        self.taken(py)?.map_or(Ok(()), |output| output.commit(py))
    }

    /// Removes the new file: the one at the path is unchanged.
    fn abandon(&self, py: Python<'_>) -> PyResult<()> {
        self.taken(py).map(|output| drop(output.map(|output| output.abandon(py))))
    }
}

impl Output {
    fn taken(&self, py: Python<'_>) -> PyResult<Option<PathOutput>> {
        Ok(self.0.enter(py)?.take())
    }
}
