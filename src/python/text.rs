//! Python strings out of the bytes of a field.

use crate::encoding::{DecodeError, Encoding};
use pyo3::{prelude::*, types::PyString};

/// What Python's `str.strip()` leaves.
#[inline]
pub(super) fn strip(text: &str) -> &str {
    match text.as_bytes() {
        // The common case: neither end is, or begins, a blank of any kind.
        [b'!'..=b'~', .., b'!'..=b'~'] | [b'!'..=b'~'] => text,
        _ => text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)),
    }
}

/// The string that these bytes are. Strict, in one pass where the encoding is UTF-8.
#[inline]
pub(super) fn to_str<'py>(
    py: Python<'py>,
    bytes: &[u8],
    encoding: Encoding,
) -> Result<Bound<'py, PyString>, DecodeError> {
    if encoding == Encoding::Utf8
        && let Ok(text) = PyString::from_bytes(py, bytes)
    {
        return Ok(text);
    }
    encoding.decode(bytes).map(|text| PyString::new(py, &text))
}
