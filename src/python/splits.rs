//! The splits of a file.

use super::{
    args::{choice::Choice, format_options},
    faults::errors::open_exception,
    io::path::path_of,
};
use crate::{framing::DEFAULT_MAX_RECORD_LENGTH, source::range::ByteRange};
use pyo3::{exceptions::PyValueError, prelude::*};

/// Returns ranges that cover a file, as pairs of offsets (start, end), for the option `range` of
/// `Reader` and `scan`.
///
/// The ranges have about the same length, at most `target_bytes` bytes. The file is not read,
/// except for the first bytes, which show its format; `format` is that of `Reader`. A file that
/// cannot be cut, because it is compressed or in MARCXML or JSON, is one range, (0, None).
///
/// Raises `OSError` if the file cannot be opened, or is not a regular file.
#[pyfunction]
#[pyo3(
    signature = (path, target_bytes, *, format=Choice::of("auto")),
    text_signature = "(path, target_bytes, *, format='auto')"
)]
pub(crate) fn splits(
    path: &Bound<'_, PyAny>,
    target_bytes: u64,
    format: Choice,
) -> PyResult<Vec<(u64, Option<u64>)>> {
    let py = path.py();
    if target_bytes == 0 {
        return Err(PyValueError::new_err("target_bytes must be at least 1, not 0"));
    }
    let path = path_of(path)?;
    let (controls, mnemonics) = (Choice::of("error"), Choice::of("all"));
    let limit = DEFAULT_MAX_RECORD_LENGTH as isize;
    let options = format_options::read_options(
        ("format", &format),
        &controls,
        &mnemonics,
        None,
        limit,
        None,
    )?;
    let splits = py.detach(|| options.splits_of_path(&path, target_bytes));
    let splits = splits.map_err(|error| open_exception(py, error, &path))?;
    Ok(splits.into_iter().map(|ByteRange { start, end }| (start, end)).collect())
}
