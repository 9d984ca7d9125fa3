//! A target that receives bytes: a path or a file object.

use super::{
    file_output::{self, write_all},
    path::{is_path, path_of},
    path_output::PathOutput,
};
use pyo3::prelude::*;

/// A target. A path that is not committed remains as it was; a file object has received what was
/// written.
pub(crate) enum Target<'py> {
    Path(PathOutput),
    /// A file object, and its name in messages.
    File(Bound<'py, PyAny>, &'static str),
}

impl<'py> Target<'py> {
    /// Opens a target. `name` is that of a file object in messages.
    ///
    /// # Errors
    /// If a path cannot be opened, or the object is not a binary file.
    pub(crate) fn open(target: &Bound<'py, PyAny>, name: &'static str) -> PyResult<Self> {
        if is_path(target)? {
            return Ok(Self::Path(PathOutput::create(target.py(), path_of(target)?)?));
        }
        file_output::check(target, "file", "a path or a binary file object")?;
        Ok(Self::File(target.clone(), name))
    }

    /// Writes all of these bytes.
    pub(crate) fn write(&mut self, py: Python<'_>, bytes: &[u8]) -> PyResult<()> {
        match self {
            Self::Path(output) => output.write(py, bytes),
            Self::File(file, name) => write_all(file, bytes, name).1,
        }
    }

    /// Ends a complete output.
    pub(crate) fn commit(self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Path(output) => output.commit(py),
            Self::File(file, _) => file_output::flush(&file),
        }
    }
}
