//! A slot for one value, which any thread may put there and any thread may take.

use crate::sync::{AtomicPtr, Ordering};
use std::{boxed::Box, ptr};

/// A slot that has at most one value; `put` and `take` are one atomic exchange each.
///
/// Values change threads here, so they must be `Send`: an `AtomicPtr` would not demand it.
pub(super) struct Slot<T: Send>(AtomicPtr<T>);

impl<T: Send> Slot<T> {
    pub(super) fn new(value: Box<T>) -> Self {
        Self(AtomicPtr::new(Box::into_raw(value)))
    }

    /// Puts a value into the slot, which is empty: there is one baton, and one feed. (A value in
    /// it would be dropped.)
    pub(super) fn put(&self, value: Box<T>) {
        drop(self.exchange(Box::into_raw(value)));
    }

    /// Takes the value, if there is one.
    pub(super) fn take(&self) -> Option<Box<T>> {
        self.exchange(ptr::null_mut())
    }

    /// Returns true if there is a value, which another thread may take at any time.
    pub(super) fn is_there(&self) -> bool {
        !self.0.load(Ordering::Relaxed).is_null()
    }

    fn exchange(&self, new: *mut T) -> Option<Box<T>> {
        // Release: the thread that takes the new value sees what was done with it. Acquire: pairs
        // with that.
        let value = self.0.swap(new, Ordering::AcqRel);
        if value.is_null() {
            return None;
        }
        // SAFETY: the pointer came out of `Box::into_raw`, and the exchange gave it to us alone.
        Some(unsafe { Box::from_raw(value) })
    }
}

impl<T: Send> Drop for Slot<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}
