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

    /// Leaves a value. One that was there is dropped; the baton never is, for there is one.
    pub(super) fn put(&self, value: Box<T>) {
        drop(self.exchange(Box::into_raw(value)));
    }

    /// Takes the value, if one is there.
    pub(super) fn take(&self) -> Option<Box<T>> {
        self.exchange(ptr::null_mut())
    }

    fn exchange(&self, new: *mut T) -> Option<Box<T>> {
        // Release: who takes the new value sees what was done with it. Acquire: pairs with that.
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
