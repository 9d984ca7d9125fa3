//! Calls to Python where an exception may be pending: in a drop.

use pyo3::{panic::PanicException, prelude::*};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An exception that is set aside; it is pending again after this is dropped.
///
/// Python drops objects while an exception passes through a frame. Python code that is called then
/// must find no pending exception, since it would treat it as its own. The code that raised it must
/// find it again.
pub(crate) struct Aside<'py> {
    py: Python<'py>,
    pending: Option<PyErr>,
}

impl<'py> Aside<'py> {
    /// Sets aside the pending exception.
    pub(crate) fn set(py: Python<'py>) -> Self {
        // A panic that passes through Python as an exception continues where it is taken, and a
        // drop must not panic.
        let taken = catch_unwind(AssertUnwindSafe(|| PyErr::take(py)));
        let pending = taken.unwrap_or_else(|panic| {
            let message = panic.downcast::<String>().map_or_else(|_| String::new(), |text| *text);
            Some(PanicException::new_err(message))
        });
        Self { py, pending }
    }

    /// Returns true if an exception was pending.
    pub(crate) const fn is_pending(&self) -> bool {
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
