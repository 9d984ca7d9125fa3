//! State of a frozen Python class that changes by replacing a whole value.
//!
//! PyO3's own borrow flags would be correct, but they are atomic operations at each call. They also
//! become exceptions when Python code (a program's `__eq__`, a finalizer) runs inside a method and
//! calls the same object. Here nothing remains borrowed, so such calls are harmless.

use pyo3::{
    gc::{PyTraverseError, PyVisit},
    prelude::*,
};
use std::{cell::UnsafeCell, mem};

/// A value that is copied by reference counts and bytes alone, so that no Python code can run
/// during the copy.
pub(crate) trait GilValue {
    /// Returns another handle to the same value.
    fn share(&self, py: Python<'_>) -> Self;
}

impl<T> GilValue for Option<Py<T>> {
    #[inline]
    fn share(&self, py: Python<'_>) -> Self {
        self.as_ref().map(|object| object.clone_ref(py))
    }
}

macro_rules! gil_value_by_copy {
    ($($plain:ty),*) => {$(
        impl GilValue for $plain {
            #[inline]
            fn share(&self, _: Python<'_>) -> Self {
                *self
            }
        }
    )*};
}

gil_value_by_copy!(bool, u8, u32, u64);

/// A value that is read by a copy and changed by a replacement, while the GIL is held.
pub(crate) struct GilCell<T>(UnsafeCell<T>);

// SAFETY: `get` and `set` take a token that proves the GIL, which one thread at a time has (the
// module is for builds of Python with one). Neither releases it or runs Python code while it uses
// the value.
unsafe impl<T: Send> Sync for GilCell<T> {}

impl<T: GilValue> GilCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    #[inline]
    pub(crate) fn get(&self, py: Python<'_>) -> T {
        // SAFETY: we have the GIL, and `share` runs no Python code, so nobody changes the value.
        unsafe { &*self.0.get() }.share(py)
    }

    #[inline]
    pub(crate) fn set(&self, _: Python<'_>, value: T) {
        // SAFETY: we have the GIL, and nobody keeps a reference to the value.
        let old = mem::replace(unsafe { &mut *self.0.get() }, value);
        // The old value is dropped last, when the cell is consistent: the drop may run a finalizer.
        drop(old);
    }
}

impl<T> GilCell<T> {
    /// Returns the value of a cell that nobody else can reach.
    #[inline]
    pub(crate) const fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// Passes the value to the garbage collector.
    pub(crate) fn traverse(
        &self,
        look: impl FnOnce(&T) -> Result<(), PyTraverseError>,
    ) -> Result<(), PyTraverseError> {
        // SAFETY: the collector has the GIL and keeps it. It does not run inside `get` or `set`,
        // which make no Python object, and it runs no Python code while it counts.
        look(unsafe { &*self.0.get() })
    }
}

impl<T> GilCell<Option<Py<T>>> {
    /// Returns true if there is a value; does not change a reference count.
    #[inline]
    pub(crate) fn is_some(&self, _: Python<'_>) -> bool {
        // SAFETY: we have the GIL; `is_some` runs no Python code.
        unsafe { &*self.0.get() }.is_some()
    }

    /// Returns the object, and makes it if there is none. Python code that runs meanwhile, such as a
    /// finalizer, may set another: then that one is returned.
    #[inline]
    pub(crate) fn get_or_make<'py>(
        &self,
        py: Python<'py>,
        make: impl FnOnce() -> PyResult<Bound<'py, T>>,
    ) -> PyResult<Bound<'py, T>> {
        if let Some(object) = self.get(py) {
            return Ok(object.into_bound(py));
        }
        let made = make()?;
        if let Some(object) = self.get(py) {
            return Ok(object.into_bound(py));
        }
        self.set(py, Some(made.clone().unbind()));
        Ok(made)
    }

    /// Passes the object, if any, to the garbage collector.
    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.traverse(|object| visit.call(object))
    }
}
