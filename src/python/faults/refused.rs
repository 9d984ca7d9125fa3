//! The reason why a record cannot be written, with the record and the field.

use super::errors;
use crate::error::beginning;
use pyo3::{exceptions::PyTypeError, prelude::*, types::PyString};

/// The reason why a record or a field cannot be written.
pub(crate) enum Refused {
    /// ISO 2709 or the record's encoding cannot represent it.
    Unwritable(String),
    /// The same, and the option of a writer under which it is written.
    Avoidable(String, &'static str),
    /// An object of another type is in the place of text or of a field.
    WrongType(String),
    /// An exception of Python code, or of undecodable bytes: it is raised unchanged.
    Raised(PyErr),
}

impl From<PyErr> for Refused {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl Refused {
    /// Returns the exception that was raised, if any.
    pub(crate) fn raised(self) -> Option<PyErr> {
        match self {
            Self::Raised(error) => Some(error),
            Self::Unwritable(_) | Self::Avoidable(..) | Self::WrongType(_) => None,
        }
    }

    /// Makes the exception, with the place of the problem: the place of the record or, if it has
    /// none, its control number.
    pub(crate) fn at(
        self,
        py: Python<'_>,
        tag: Option<&str>,
        record: Option<&str>,
        control_number: Option<&str>,
    ) -> PyErr {
        let place = |reason: &str| {
            let number = match record {
                Some(record) => Some(format!("{record}: ")),
                None => control_number.map(|number| format!("(001 {}): ", beginning(number))),
            };
            let field = tag.map(|tag| format!("field {tag}: "));
            number.unwrap_or_default() + &field.unwrap_or_default() + reason
        };
        let (reason, advice) = match self {
            Self::Raised(error) => return error,
            Self::WrongType(reason) => return PyTypeError::new_err(place(&reason)),
            Self::Unwritable(reason) => (reason, String::new()),
            Self::Avoidable(reason, advice) => (reason, format!("; {advice}")),
        };
        let error = errors::exception(py, "WriteError", place(&reason) + &advice);
        let told = error.value(py);
        let told = told
            .setattr("reason", reason)
            .and_then(|()| told.setattr("tag", tag))
            .and_then(|()| told.setattr("control_number", control_number));
        told.map_or_else(|failure| failure, |()| error)
    }
}

/// Returns the object as text. `what` names it in the error if it is not text.
pub(crate) fn text_of<'a, 'py>(
    part: &'a Bound<'py, PyAny>,
    what: &str,
) -> Result<&'a Bound<'py, PyString>, Refused> {
    part.cast::<PyString>()
        .map_err(|_| Refused::WrongType(format!("{what} must be str, not {}", type_name(part))))
}

/// Returns the name of an object's class, with its module unless that is `builtins`.
pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().fully_qualified_name().map_or_else(|_| "?".into(), |name| name.to_string())
}
