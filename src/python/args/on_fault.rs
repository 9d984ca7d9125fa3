//! The reader's `errors`: its answer to a damaged record.

use super::choice::Choice;
use crate::{
    error::Error,
    python::faults::{errors::to_exception, fault::Fault},
};
use pyo3::{
    gc::{PyTraverseError, PyVisit},
    prelude::*,
};

/// The answer to a fault.
pub(crate) enum OnFault {
    /// Its exception is raised.
    Raise,
    /// It is logged, and the reader goes on.
    Skip,
    /// A `Fault` is returned in place of a record.
    Yield,
    /// A function of the caller receives the `Fault`, and may raise.
    Call(Py<PyAny>),
}

/// The argument `errors`, before it is checked.
pub(crate) enum Errors {
    Choice(Choice),
    Function(Py<PyAny>),
}

impl Errors {
    /// Returns the default.
    pub(crate) fn strict() -> Self {
        Self::Choice(Choice::of("strict"))
    }

    /// Returns the answer to a fault, and true if the argument requests repair.
    ///
    /// # Errors
    /// If the argument is neither one of the words nor a function.
    pub(crate) fn meant(self) -> PyResult<(OnFault, bool)> {
        match self {
            Self::Function(function) => Ok((OnFault::Call(function), false)),
            Self::Choice(word) => {
                let words = "'strict', 'skip', 'yield', 'repair' or a function";
                word.one_of("errors", words, |word| match word {
                    "strict" => Some((OnFault::Raise, false)),
                    "skip" => Some((OnFault::Skip, false)),
                    "yield" => Some((OnFault::Yield, false)),
                    "repair" => Some((OnFault::Skip, true)),
                    _ => None,
                })
            }
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Errors {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if object.is_callable() {
            return Ok(Self::Function(object.to_owned().unbind()));
        }
        object.extract().map(Self::Choice)
    }
}

impl OnFault {
    /// Returns true if only the log reports faults.
    pub(crate) const fn skips(&self) -> bool {
        matches!(self, Self::Skip)
    }

    /// Returns true if a fault calls Python code, which may use the reader again.
    pub(crate) const fn calls_out(&self) -> bool {
        matches!(self, Self::Skip | Self::Call(_))
    }

    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Call(function) => visit.call(function),
            _ => Ok(()),
        }
    }

    /// Returns the item to deliver in place of the fault; `None` if the reader goes on.
    ///
    /// # Errors
    /// The fault's own exception, or an exception of the log or of the function.
    #[cold]
    pub(crate) fn meet<'py>(
        &self,
        py: Python<'py>,
        error: Error,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self {
            Self::Raise => Err(to_exception(py, &error)),
            Self::Skip => log(py, &error.to_string()).map(|()| None),
            Self::Yield => Ok(Some(Bound::new(py, Fault::new(error))?.into_any())),
            Self::Call(function) => function.bind(py).call1((Fault::new(error),)).map(|_| None),
        }
    }
}

/// Logs a warning to the logger `tidemarc`.
pub(crate) fn log(py: Python<'_>, message: &str) -> PyResult<()> {
    let logger = py.import("logging")?.call_method1("getLogger", ("tidemarc",))?;
    logger.call_method1("warning", ("%s", message)).map(drop)
}
