//! Python strings from the bytes of a field.

use super::{gil::nesting::str_of, reading::Reading};
use crate::encoding::TextError;
use pyo3::{
    intern,
    prelude::*,
    types::{PyList, PyString},
};

/// Strips text as Python's `str.strip()` does.
#[inline]
pub(crate) fn strip(text: &str) -> &str {
    match text.as_bytes() {
        // This is the common case: there is no blank of any kind at either end.
        [b'!'..=b'~', .., b'!'..=b'~'] | [b'!'..=b'~'] => text,
        _ => text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)),
    }
}

/// Returns true if an object of any type is equal to one of these strings.
#[inline]
pub(crate) fn is_one_of(object: &Bound<'_, PyAny>, texts: &[&str]) -> PyResult<bool> {
    if let Ok(object) = object.cast_exact::<PyString>() {
        return Ok(object.to_str().is_ok_and(|object| texts.contains(&object)));
    }
    for text in texts {
        if object.eq(text)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes the string of a control field's bytes. It decodes strictly, and UTF-8 in one pass.
#[inline]
pub(crate) fn to_str<'py>(
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

/// A string made of pieces, most of which Rust can represent. A Python string may also contain half
/// of a surrogate pair, as `utf8_handling="surrogateescape"` makes them; then Python joins the
/// pieces.
pub(crate) struct Pieces<'py> {
    py: Python<'py>,
    text: String,
    /// Pieces before `text`, once there was a piece that Rust cannot represent.
    before: Option<Bound<'py, PyList>>,
}

impl<'py> Pieces<'py> {
    pub(crate) fn new(py: Python<'py>, text: String) -> Self {
        Self { py, text, before: None }
    }

    #[inline]
    pub(crate) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends `str(object)`.
    pub(crate) fn push(&mut self, object: &Bound<'py, PyAny>) -> PyResult<()> {
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

    /// Returns the string without blanks at its ends.
    pub(crate) fn finish_stripped(self) -> PyResult<Bound<'py, PyAny>> {
        if self.before.is_none() {
            return Ok(PyString::new(self.py, strip(&self.text)).into_any());
        }
        let py = self.py;
        self.finish()?.call_method0(intern!(py, "strip"))
    }

    pub(crate) fn finish(self) -> PyResult<Bound<'py, PyString>> {
        let text = PyString::new(self.py, &self.text);
        let Some(before) = self.before else { return Ok(text) };
        before.append(text)?;
        let joined =
            PyString::new(self.py, "").call_method1(intern!(self.py, "join"), (before,))?;
        Ok(joined.cast_into()?)
    }
}
