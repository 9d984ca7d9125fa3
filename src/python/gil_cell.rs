//! State of a frozen Python class that changes, a whole value at a time.
//!
//! PyO3's own borrow flags would do, but they are atomic operations at each call, and they turn into
//! exceptions when Python code runs in the middle of a method and comes back to the same object: a
//! user's `__eq__`, a finalizer. Here nothing stays borrowed, so there is nothing to come back to.

use pyo3::{
    gc::{PyTraverseError, PyVisit},
    prelude::*,
};
use std::{cell::UnsafeCell, mem};

/// A value that can be copied by nothing but reference counts and bytes, so that no Python code can
/// run in the middle.
pub(super) trait Held {
    /// Another handle on the same thing.
    fn held(&self, py: Python<'_>) -> Self;
}

impl<T> Held for Option<Py<T>> {
    #[inline]
    fn held(&self, py: Python<'_>) -> Self {
        self.as_ref().map(|object| object.clone_ref(py))
    }
}

impl<const N: usize> Held for [u8; N] {
    #[inline]
    fn held(&self, _: Python<'_>) -> Self {
        *self
    }
}

macro_rules! held_by_copy {
    ($($plain:ty),*) => {$(
        impl Held for $plain {
            #[inline]
            fn held(&self, _: Python<'_>) -> Self {
                *self
            }
        }
    )*};
}

held_by_copy!(bool, u8, u32, usize);

/// A value that is read by taking a copy and changed by putting another in its place, with the GIL
/// held for the moment that takes.
pub(super) struct GilCell<T>(UnsafeCell<T>);

// SAFETY: `get` and `set` take a token that proves the GIL, which one thread at a time has (the
// module is for builds of Python with one), and neither lets go of it, nor runs Python code, while
// it looks at the value.
unsafe impl<T: Send> Sync for GilCell<T> {}

impl<T: Held> GilCell<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    #[inline]
    pub(super) fn get(&self, py: Python<'_>) -> T {
        // SAFETY: we have the GIL, and `held` runs no Python code, so nobody changes the value.
        unsafe { &*self.0.get() }.held(py)
    }

    #[inline]
    pub(super) fn set(&self, _: Python<'_>, value: T) {
        // SAFETY: we have the GIL, and nobody keeps a reference to the value.
        let old = mem::replace(unsafe { &mut *self.0.get() }, value);
        // Only now, when the cell is in order: the drop may run a finalizer.
        drop(old);
    }
}

impl<T> GilCell<T> {
    /// The value, of a cell that nobody else can reach.
    #[inline]
    pub(super) const fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// Shows the value to the garbage collector.
    pub(super) fn traverse(
        &self,
        look: impl FnOnce(&T) -> Result<(), PyTraverseError>,
    ) -> Result<(), PyTraverseError> {
        // SAFETY: the collector has the GIL and keeps it, does not run in the middle of `get` or `set`,
        // which make no Python object, and runs no Python code while it counts.
        look(unsafe { &*self.0.get() })
    }
}

impl<T> GilCell<Option<Py<T>>> {
    /// Whether something is there; costs no reference count.
    #[inline]
    pub(super) fn is_some(&self, _: Python<'_>) -> bool {
        // SAFETY: we have the GIL; the look runs no Python code.
        unsafe { &*self.0.get() }.is_some()
    }

    /// Shows what is there to the garbage collector.
    pub(super) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.traverse(|object| visit.call(object))
    }
}
