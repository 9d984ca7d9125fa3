//! Calling Python where an exception may be pending: in a drop.

use pyo3::{panic::PanicException, prelude::*};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An exception that is set aside, and pending again when this is dropped.
///
/// Python drops objects while an exception passes through a frame. Code that calls Python then must
/// find none pending, or takes it for its own; and whoever raised it must find it again.
pub(super) struct Aside<'py> {
    py: Python<'py>,
    pending: Option<PyErr>,
}

impl<'py> Aside<'py> {
    /// Sets aside what is pending.
    pub(super) fn set(py: Python<'py>) -> Self {
        // A panic that passes through Python as an exception goes on where it is taken, and a drop
        // is no place for that.
        let taken = catch_unwind(AssertUnwindSafe(|| PyErr::take(py)));
        let pending = taken.unwrap_or_else(|panic| {
            let message = panic.downcast::<String>().map_or_else(|_| String::new(), |text| *text);
            Some(PanicException::new_err(message))
        });
        Self { py, pending }
    }

    /// Whether an exception was pending.
    pub(super) const fn is_pending(&self) -> bool {
        self.pending.is_some()
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.take() {
            pending.restore(self.py);
        }
    }
}
