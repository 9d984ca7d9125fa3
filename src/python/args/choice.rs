//! Options whose value is one of a few words.

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::PyString,
};

/// The argument for such an option.
pub(crate) enum Choice {
    Text(String),
    /// Any other object, as its `repr`.
    Other(String),
}

impl Choice {
    pub(crate) fn of(word: &str) -> Self {
        Self::Text(word.to_owned())
    }

    /// Returns the result of `find` for the word.
    ///
    /// # Errors
    /// If `find` returns nothing; the message names the option and the words.
    pub(crate) fn one_of<T>(
        &self,
        option: &str,
        words: &str,
        find: impl FnOnce(&str) -> Option<T>,
    ) -> PyResult<T> {
        match self {
            Self::Text(word) => find(word).ok_or_else(|| {
                PyValueError::new_err(format!("{option} must be {words}, not {word:?}"))
            }),
            Self::Other(shown) => {
                Err(PyTypeError::new_err(format!("{option} must be {words}, not {shown}")))
            }
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Choice {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.cast::<PyString>() {
            Ok(word) => Ok(Self::Text(word.to_string_lossy().into_owned())),
            Err(_) => Ok(Self::Other(object.repr()?.to_string())),
        }
    }
}
