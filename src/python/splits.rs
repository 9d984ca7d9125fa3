//! The splits of a file.

use super::{
    args::{choice::Choice, format_options::format_or_auto, number::within},
    faults::errors::open_exception,
    io::path::path_of,
};
use crate::{source::range::ByteRange, stream::Options};
use pyo3::prelude::*;

/// Returns ranges that cover a file, as pairs of offsets (start, end), for the option `range` of
/// `Reader` and `scan`.
///
/// The ranges have about the same length, at most `target_bytes` bytes, of a BGZF file after
/// decompression. The file is not read, except for the first bytes, which show its format, and the
/// headers of the blocks of BGZF; `format` is that of `Reader`. A file that cannot be cut, because it
/// is compressed in another way or in MARCXML or JSON, is one range, (0, None).
///
/// Raises `OSError` if the file cannot be opened, or is not a regular file.
#[pyfunction]
#[pyo3(
    signature = (path, target_bytes, *, format=Choice::of("auto")),
    text_signature = "(path, target_bytes, *, format='auto')"
)]
pub(crate) fn splits(
    path: &Bound<'_, PyAny>,
    target_bytes: isize,
    format: Choice,
) -> PyResult<Vec<(u64, Option<u64>)>> {
    let py = path.py();
    let target_bytes = within("target_bytes", target_bytes, 1..=isize::MAX)? as u64;
    let path = path_of(path)?;
    let mut options = Options::default();
    options.formats.format = format_or_auto("format", &format)?;
    let splits = py.detach(|| options.splits_of_path(&path, target_bytes));
    let splits = splits.map_err(|error| open_exception(py, error, &path))?;
    Ok(splits.into_iter().map(|ByteRange { start, end }| (start, end)).collect())
}
