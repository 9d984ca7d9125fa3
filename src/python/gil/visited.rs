//! A Python object that a class of ours holds, visible to the garbage collector.

use pyo3::{
    exceptions::PyValueError,
    gc::{PyTraverseError, PyVisit},
    prelude::*,
};
use std::sync::{Mutex, PoisonError};

/// A source or a target. It may hold the reader or writer that holds it.
pub(crate) struct Visited(Mutex<Option<Py<PyAny>>>);

impl Visited {
    pub(crate) const fn new(object: Py<PyAny>) -> Self {
        Self(Mutex::new(Some(object)))
    }

    /// Makes a holder without an object.
    pub(crate) const fn empty() -> Self {
        Self(Mutex::new(None))
    }

    /// Passes the object to the garbage collector. It must not wait: a thread with the lock only
    /// changes a reference count.
    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.0.try_lock() {
            Ok(object) => visit.call(&*object),
            Err(_) => Ok(()),
        }
    }

    /// Drops the object, which nobody can reach any more.
    pub(crate) fn clear(&self) {
        let object = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(object);
    }

    pub(crate) fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let object = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let object = object.as_ref().map(|object| object.bind(py).clone());
        object.ok_or_else(|| PyValueError::new_err("the object that it held was garbage-collected"))
    }
}
