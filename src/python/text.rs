//! Python strings out of the bytes of a field.

use super::{native_text::Undecodable, reading::Reading};
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

/// The string that a control field's bytes are. Strict, in one pass where they are UTF-8.
#[inline]
pub(super) fn to_str<'py>(
    py: Python<'py>,
    bytes: &[u8],
    reading: Reading,
) -> Result<Bound<'py, PyString>, Undecodable> {
    if reading.is_utf8()
        && let Ok(text) = PyString::from_bytes(py, bytes)
    {
        return Ok(text);
    }
    reading.text(bytes, true).map(|text| PyString::new(py, &text))
}
