//! What a reader does about a damaged record.

use super::choice::Choice;
use crate::{
    error::Error,
    python::faults::{errors::to_exception, fault::Fault},
};
use pyo3::{
    gc::{PyTraverseError, PyVisit},
    prelude::*,
};

/// The reader's `errors`.
pub(crate) enum OnFault {
    /// It raises, in its place.
    Raise,
    /// It is logged and passed over.
    Skip,
    /// A `Fault` stands in its place.
    Yield,
    /// A function of the user's is told of it, and may raise.
    Call(Py<PyAny>),
}

/// What was passed as the reader's `errors`.
pub(crate) enum Errors {
    Choice(Choice),
    Function(Py<PyAny>),
}

impl Errors {
    /// The default.
    pub(crate) fn strict() -> Self {
        Self::Choice(Choice::of("strict"))
    }

    /// What it asks for, and whether it asks for repair.
    ///
    /// # Errors
    /// If it is none of the words and no function.
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
    /// Whether what is passed over is told by nobody but the log.
    pub(crate) const fn skips(&self) -> bool {
        matches!(self, Self::Skip)
    }

    /// Whether what is passed over calls Python code, which may come back to the reader.
    pub(crate) const fn calls_out(&self) -> bool {
        matches!(self, Self::Skip | Self::Call(_))
    }

    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
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

/// Says something to the logger `tidemarc`.
pub(crate) fn log(py: Python<'_>, message: &str) -> PyResult<()> {
    let logger = py.import("logging")?.call_method1("getLogger", ("tidemarc",))?;
    logger.call_method1("warning", ("%s", message)).map(drop)
}
