//! The exceptions of an index.

use crate::{
    index::{Difference, IndexError},
    python::faults::errors::{self, exception, file_exception, filename},
};
use pyo3::{
    exceptions::{PyFileExistsError, PyValueError},
    prelude::*,
};

/// Makes the exception for an error of an index.
pub(super) fn to_exception(py: Python<'_>, error: IndexError) -> PyErr {
    let message = error.to_string();
    match error {
        IndexError::Io { path, error } => {
            file_exception(py, error, Some(filename(py, path.as_os_str())))
        }
        IndexError::Read(error) => errors::to_exception(py, &error),
        IndexError::Unsupported { .. } => PyValueError::new_err(message),
        IndexError::Exists { .. } => PyFileExistsError::new_err(message),
        IndexError::Stale { difference, .. } => {
            let raised = exception(py, "StaleIndexError", message);
            let set = set_difference(raised.value(py), difference);
            set.map_or_else(|failure| failure, |()| raised)
        }
        IndexError::NotAnIndex { .. } | IndexError::Version { .. } | IndexError::Damaged { .. } => {
            exception(py, "DamagedIndexError", message)
        }
    }
}

/// Sets the numbers of a difference as attributes.
fn set_difference(exception: &Bound<'_, PyAny>, difference: Difference) -> PyResult<()> {
    let (kind, indexed, found) = match difference {
        Difference::Length { indexed, found } => ("size", i128::from(indexed), i128::from(found)),
        Difference::Time { indexed, found } => ("time", indexed, found),
        Difference::Ends { indexed, found } => ("ends", i128::from(indexed), i128::from(found)),
        Difference::Record { number, offset } => {
            exception.setattr("record_number", number)?;
            exception.setattr("offset", offset)?;
            return exception.setattr("difference", "record");
        }
    };
    exception.setattr("difference", kind)?;
    exception.setattr("indexed", indexed)?;
    exception.setattr("found", found)
}
