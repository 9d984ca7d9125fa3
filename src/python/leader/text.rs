//! The text of a leader, and its parts.

use super::Leader;
use crate::{
    python::{
        gil::{
            gil_cell::{GilCell, GilValue},
            nesting::{ask, item, str_of},
        },
        objects::slice,
        pymarc::exceptions,
    },
    record::LEADER_LENGTH,
};
use pyo3::{
    exceptions::{PyIndexError, PyTypeError},
    intern,
    prelude::*,
    types::{PyInt, PySlice, PyString},
};

/// The text of a leader.
pub(crate) enum Text {
    /// 24 ASCII characters: the usual leader.
    Ascii([u8; LEADER_LENGTH]),
    /// Any other object that a program has put there.
    Other(Py<PyAny>),
}

impl GilValue for Text {
    fn share(&self, py: Python<'_>) -> Self {
        match self {
            Self::Ascii(bytes) => Self::Ascii(*bytes),
            Self::Other(text) => Self::Other(text.clone_ref(py)),
        }
    }
}

impl Leader {
    pub(crate) fn of(py: Python<'_>, bytes: &[u8; LEADER_LENGTH]) -> Self {
        Self(GilCell::new(if bytes.is_ascii() {
            Text::Ascii(*bytes)
        } else {
            Text::Other(PyString::new(py, &latin1(bytes)).into_any().unbind())
        }))
    }

    /// Returns the characters as a Python string, or the object that has replaced them.
    pub(crate) fn text<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self.0.get(py) {
            Text::Ascii(bytes) => PyString::new(py, &latin1(&bytes)).into_any(),
            Text::Other(text) => text.into_bound(py),
        }
    }

    pub(super) fn put(&self, text: &Bound<'_, PyAny>) {
        let ascii = text
            .cast::<PyString>()
            .ok()
            .and_then(|text| text.to_str().ok())
            .and_then(|text| text.as_bytes().try_into().ok().filter(|_| text.is_ascii()));
        let new = match ascii {
            Some(bytes) => Text::Ascii(bytes),
            None => Text::Other(text.clone().unbind()),
        };
        self.0.set(text.py(), new);
    }

    /// Writes an ASCII character to leader/09, as `coding_scheme = "a"` does.
    pub(crate) fn put_coding_scheme(&self, py: Python<'_>, byte: u8) -> PyResult<()> {
        if let Text::Ascii(mut bytes) = self.0.get(py) {
            bytes[9] = byte;
            self.0.set(py, Text::Ascii(bytes));
            return Ok(());
        }
        self.replace(9, PyString::new(py, &char::from(byte).to_string()).as_any())
    }

    fn replace(&self, at: usize, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        let after = at + value.len()?;
        if after > LEADER_LENGTH {
            let text = format!("{} is too long to be inserted at {at}", str_of(value)?);
            return Err(exceptions::new(py, "BadLeaderValue", (text,)));
        }
        let text = self.text(py);
        let before = item(&text, slice(py, None, Some(at))?)?;
        let rest = item(&text, slice(py, Some(after), None)?)?;
        self.put(&before.add(value)?.add(rest)?);
        Ok(())
    }

    pub(super) fn part<'py>(
        &self,
        py: Python<'py>,
        at: usize,
        length: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.0.get(py) {
            Text::Ascii(bytes) => {
                Ok(PyString::new(py, &latin1(&bytes[at..at + length])).into_any())
            }
            Text::Other(text) if length == 1 => item(text.bind(py), at),
            Text::Other(text) => item(text.bind(py), slice(py, Some(at), Some(at + length))?),
        }
    }

    pub(super) fn set_part(
        &self,
        at: usize,
        length: usize,
        complaint: &str,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if value.len()? != length {
            let text = format!("{complaint}, got {}", str_of(value)?);
            return Err(exceptions::new(value.py(), "BadLeaderValue", (text,)));
        }
        self.replace(at, value)
    }
}

/// Returns a character by its position, characters by a slice, or an attribute by its name.
pub(super) fn get_item<'py>(
    leader: &Bound<'py, Leader>,
    key: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    if key.is_instance_of::<PyInt>() || key.is_instance_of::<PySlice>() {
        return item(&leader.get().text(leader.py()), key);
    }
    let name = key.cast::<PyString>()?;
    ask(|| leader.getattr(name))
}

/// Writes characters from a position on, or sets an attribute.
pub(super) fn set_item(
    leader: &Bound<'_, Leader>,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = leader.py();
    let at = if key.is_instance_of::<PySlice>() {
        key.getattr(intern!(py, "start"))?
    } else if key.is_instance_of::<PyInt>() {
        key.clone()
    } else {
        let name = key.cast::<PyString>()?;
        return ask(|| leader.setattr(name, value));
    };
    if at.is_none() {
        return Err(PyTypeError::new_err(
            "'<' not supported between instances of 'NoneType' and 'int'",
        ));
    }
    let at: isize = at.extract()?;
    let at = usize::try_from(at).map_err(|_| PyIndexError::new_err("Position must be positive"))?;
    leader.get().replace(at, value)
}

/// Decodes byte by byte: a byte that is not ASCII, in a malformed leader, reads as Latin-1.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}
