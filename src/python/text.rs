//! Python strings out of the bytes of a field.

use super::{nesting::str_of, reading::Reading};
use crate::encoding::TextError;
use pyo3::{
    intern,
    prelude::*,
    types::{PyList, PyString},
};

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
) -> Result<Bound<'py, PyString>, TextError> {
    if reading.is_utf8()
        && let Ok(text) = PyString::from_bytes(py, bytes)
    {
        return Ok(text);
    }
    reading.text(bytes, true).map(|text| PyString::new(py, &text))
}

/// A string put together of pieces, most of them text that Rust can look at. A string of Python's
/// may also hold half a surrogate pair, as `utf8_handling="surrogateescape"` makes them; then Python
/// joins the pieces.
pub(super) struct Pieces<'py> {
    py: Python<'py>,
    text: String,
    /// What came before `text`, once there was something that Rust cannot hold.
    before: Option<Bound<'py, PyList>>,
}

impl<'py> Pieces<'py> {
    pub(super) fn new(py: Python<'py>, text: String) -> Self {
        Self { py, text, before: None }
    }

    #[inline]
    pub(super) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends what `str(object)` gives.
    pub(super) fn push(&mut self, object: &Bound<'py, PyAny>) -> PyResult<()> {
        let piece = str_of(object)?;
        if let Ok(text) = piece.to_str() {
            self.text.push_str(text);
            return Ok(());
        }
        let before = match &self.before {
            Some(before) => before,
            None => self.before.insert(PyList::empty(self.py)),
        };
        before.append(std::mem::take(&mut self.text))?;
        before.append(piece)
    }

    pub(super) fn finish(self) -> PyResult<Bound<'py, PyString>> {
        let text = PyString::new(self.py, &self.text);
        let Some(before) = self.before else { return Ok(text) };
        before.append(text)?;
        let joined =
            PyString::new(self.py, "").call_method1(intern!(self.py, "join"), (before,))?;
        Ok(joined.cast_into()?)
    }
}
