//! A place for one thing, which anyone may leave there and anyone may take.

use crate::sync::{AtomicPtr, Ordering};
use std::{boxed::Box, ptr};

/// Holds at most one value; `put` and `take` are one atomic exchange each.
///
/// Values change threads here, so they must be `Send`: an `AtomicPtr` would not ask.
pub(super) struct Slot<T: Send>(AtomicPtr<T>);

impl<T: Send> Slot<T> {
    pub(super) fn new(value: Box<T>) -> Self {
        Self(AtomicPtr::new(Box::into_raw(value)))
    }

    /// Leaves a value. The slot must be empty: there is one baton, and who puts it had taken it.
    pub(super) fn put(&self, value: Box<T>) {
        // Release: who takes the value sees what was done with it.
        let old = self.0.swap(Box::into_raw(value), Ordering::AcqRel);
        debug_assert!(old.is_null(), "the slot was full");
    }

    /// Takes the value, if one is there.
    pub(super) fn take(&self) -> Option<Box<T>> {
        // Acquire: pairs with the Release of `put`.
        let value = self.0.swap(ptr::null_mut(), Ordering::AcqRel);
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
