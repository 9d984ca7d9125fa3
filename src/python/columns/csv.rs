//! A run written as CSV to a path or a file object.

use super::run::Run;
use crate::{
    columns::Csv,
    python::io::{
        file_output::{self, write_all},
        path::{is_path, path_of},
        path_output::PathOutput,
    },
};
use pyo3::prelude::*;

/// Writes the batches of a run. If an exception is raised, a file at a path is unchanged, and a file
/// object has received the rows before.
///
/// # Errors
/// Those of the run and of the target.
pub(super) fn write(
    csv: &Csv,
    has_header: bool,
    mut run: Run,
    target: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = target.py();
    let mut output = Output::open(target)?;
    let mut bytes = Vec::new();
    if has_header {
        csv.header(&run.schema(), &mut bytes)?;
    }
    while let Some(batch) = run.next(py)? {
        py.detach(|| csv.rows(&batch, &mut bytes))?;
        output.write(py, &bytes)?;
        bytes.clear();
    }
    output.write(py, &bytes)?;
    output.commit(py)
}

/// The target. A path that is not committed remains as it was.
enum Output<'a, 'py> {
    Path(PathOutput),
    File(&'a Bound<'py, PyAny>),
}

impl<'a, 'py> Output<'a, 'py> {
    fn open(target: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        if is_path(target)? {
            return PathOutput::create(target.py(), path_of(target)?).map(Self::Path);
        }
        file_output::check(target, "file", "a path or a binary file object")?;
        Ok(Self::File(target))
    }

    fn write(&mut self, py: Python<'_>, bytes: &[u8]) -> PyResult<()> {
        match self {
            Self::Path(output) => output.write(py, bytes),
            Self::File(file) => write_all(file, bytes, "the file").1,
        }
    }

    fn commit(self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Path(output) => output.commit(py),
            Self::File(file) => file_output::flush(file),
        }
    }
}
