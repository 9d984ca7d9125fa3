//! Losses of repaired records, for callers that receive no other report.

use crate::{
    error::Error,
    python::{args::on_fault::log, record::Record},
};
use pyo3::{
    gc::{PyTraverseError, PyVisit},
    prelude::*,
};
use std::sync::{Mutex, PoisonError};

/// The reporter of losses in delivered records to the log.
pub(crate) struct Losses {
    tells: bool,
    /// Records whose losses were being logged when the log raised. They are delivered next.
    kept: Mutex<Vec<Py<Record>>>,
}

impl Losses {
    pub(crate) const fn new(tells: bool) -> Self {
        Self { tells, kept: Mutex::new(Vec::new()) }
    }

    #[inline]
    pub(crate) const fn are_told(&self) -> bool {
        self.tells
    }

    /// Logs the losses of a record.
    ///
    /// # Errors
    /// Any exception of the log; the record is kept then.
    #[cold]
    pub(crate) fn tell(&self, record: &Bound<'_, Record>, lost: &[Error]) -> PyResult<()> {
        let py = record.py();
        let told = lost.iter().try_for_each(|error| log(py, &error.to_string()));
        told.inspect_err(|_| {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(0, record.clone().unbind());
        })
    }

    /// Passes the kept records to the garbage collector. It must not wait: a thread with the lock
    /// makes no Python object.
    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.kept.try_lock() {
            Ok(kept) => kept.iter().try_for_each(|record| visit.call(record)),
            Err(_) => Ok(()),
        }
    }

    /// Takes a record that was kept.
    #[inline(never)]
    pub(crate) fn take_kept<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop();
        kept.map(|record| record.into_bound(py).into_any())
    }
}
