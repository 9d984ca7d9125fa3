//! What a reader does about a damaged record.

use super::{errors::to_exception, fault::Fault};
use crate::error::Error;
use pyo3::{
    exceptions::PyValueError,
    gc::{PyTraverseError, PyVisit},
    prelude::*,
    types::PyString,
};

/// The reader's `errors`.
pub(super) enum OnFault {
    /// It raises, in its place.
    Raise,
    /// It is logged and passed over.
    Skip,
    /// A `Fault` stands in its place.
    Yield,
    /// A function of the user's is told of it, and may raise.
    Call(Py<PyAny>),
}

impl OnFault {
    /// The default.
    pub(super) const fn strict() -> (Self, bool) {
        (Self::Raise, false)
    }

    /// What `errors` asks for, and whether it asks for repair.
    ///
    /// # Errors
    /// If it is none of the words and nothing that can be called.
    pub(super) fn new(errors: &Bound<'_, PyAny>) -> PyResult<(Self, bool)> {
        if let Ok(word) = errors.cast::<PyString>() {
            match word.to_str().unwrap_or_default() {
                "strict" => return Ok(Self::strict()),
                "skip" => return Ok((Self::Skip, false)),
                "yield" => return Ok((Self::Yield, false)),
                "repair" => return Ok((Self::Skip, true)),
                _ => {}
            }
        } else if errors.is_callable() {
            return Ok((Self::Call(errors.clone().unbind()), false));
        }
        Err(PyValueError::new_err(format!(
            "errors must be 'strict', 'skip', 'yield', 'repair' or a function, not {}",
            errors.repr()?
        )))
    }

    /// Whether what is passed over is told by nobody but the log.
    pub(super) const fn skips(&self) -> bool {
        matches!(self, Self::Skip)
    }

    /// Whether what is passed over calls Python code, which may come back to the reader.
    pub(super) const fn calls_out(&self) -> bool {
        matches!(self, Self::Skip | Self::Call(_))
    }

    pub(super) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Call(function) => visit.call(function),
            _ => Ok(()),
        }
    }

    /// What comes in the place of the fault; `None` if nothing does.
    ///
    /// # Errors
    /// The fault's own exception, or what the log or the function raises.
    #[cold]
    pub(super) fn meet<'py>(
        &self,
        py: Python<'py>,
        error: Error,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self {
            Self::Raise => Err(to_exception(py, &error)),
            Self::Skip => warn(py, &error.to_string()).map(|()| None),
            Self::Yield => Ok(Some(Bound::new(py, Fault::new(error))?.into_any())),
            Self::Call(function) => function.bind(py).call1((Fault::new(error),)).map(|_| None),
        }
    }
}

/// Says something to the logger `tidemarc`.
pub(super) fn warn(py: Python<'_>, message: &str) -> PyResult<()> {
    let logger = py.import("logging")?.call_method1("getLogger", ("tidemarc",))?;
    logger.call_method1("warning", ("%s", message)).map(drop)
}
