//! A run written as CSV to a path or a file object.

use super::run::Run;
use crate::{columns::Csv, python::io::target::Target};
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
    let mut output = Target::open(target, "the file")?;
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
