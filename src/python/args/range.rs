//! The argument `range`.

use super::number::not_negative;
use crate::{framing::MAX_OFFSET, source::range::ByteRange};
use pyo3::{exceptions::PyTypeError, prelude::*};

/// Returns the range that a pair of offsets states, of which the second may be None.
///
/// # Errors
/// If it is not a pair, or an offset is not an integer within its limits.
pub(crate) fn range_of(value: &Bound<'_, PyAny>) -> PyResult<Option<ByteRange>> {
    if value.is_none() {
        return Ok(None);
    }
    let Ok((start, end)) = value.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>() else {
        return Err(PyTypeError::new_err(format!(
            "range must be a pair of offsets, (start, end), not {}",
            value.repr()?
        )));
    };
    let start = not_negative("the start of the range", &start, MAX_OFFSET)?;
    let end = match end.is_none() {
        true => None,
        false => Some(not_negative("the end of the range", &end, MAX_OFFSET)?),
    };
    Ok(Some(ByteRange { start, end }))
}
