//! The place of a record that was read, for messages.

use super::Record;
use crate::{
    error::shown,
    format::{WriteError, WriteErrorKind},
    python::{faults::refused::Refused, gil::nesting::str_of},
    record::Tag,
};
use pyo3::{exceptions::PyKeyError, prelude::*};

impl Record {
    /// Returns input, number, offset and control number of a record that tidemarc read.
    #[cold]
    fn place(&self, py: Python<'_>) -> Option<String> {
        let origin = self.origin.as_ref().filter(|_| self.is_native(py))?;
        // A field object for the control number would only be made for this message.
        let control_number = match self.read_view(py, false) {
            Some((view, _)) => view.control_number().map(shown),
            None => self.control_number_in_words(py),
        };
        Some(origin.batch.get().place_of(origin.at, control_number))
    }

    /// Makes the `KeyError` for a tag that the record does not have. pymarc's has no message.
    #[cold]
    pub(super) fn no_field(&self, tag: &Bound<'_, PyAny>) -> PyErr {
        let Some(place) = self.place(tag.py()) else { return PyKeyError::new_err(()) };
        match str_of(tag) {
            Ok(tag) => PyKeyError::new_err(format!("{place}: no field {tag}")),
            Err(error) => error,
        }
    }

    /// Makes the exception for a record that cannot be written.
    #[cold]
    pub(super) fn refused(&self, py: Python<'_>, refused: Refused, tag: Option<&str>) -> PyErr {
        let place = self.place(py);
        refused.at(py, tag, place.as_deref(), self.control_number_in_words(py).as_deref())
    }

    /// Makes the exception for an error of the format's writer.
    #[cold]
    pub(crate) fn unwritable(&self, py: Python<'_>, error: &WriteError) -> PyErr {
        let (reason, tag) = (error.kind().to_string(), error.tag());
        let refused = match advice(error.kind()) {
            Some(advice) => Refused::Avoidable(reason, advice),
            None => Refused::Unwritable(reason),
        };
        self.refused(py, refused, tag.as_ref().and_then(Tag::as_str))
    }
}

/// Returns the options of a `Writer` under which a record is written nevertheless.
pub(crate) const fn advice(kind: &WriteErrorKind) -> Option<&'static str> {
    Some(match kind {
        WriteErrorKind::FieldLength(_) | WriteErrorKind::RecordLength(_) => {
            "overlong=\"split\" or \"xml\" writes it"
        }
        WriteErrorKind::ControlCharacter(_) => "controls=\"skip\" or \"replace\" writes the rest",
        WriteErrorKind::Undecodable(_) | WriteErrorKind::Unencodable(_) => {
            "encoding_errors=\"replace\" writes the rest"
        }
        _ => return None,
    })
}
