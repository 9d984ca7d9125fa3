//! The reports of a reader besides its items: the log, a function of the caller, a warning at the
//! end.

use super::Reader;
use crate::{error::escaped, python::record::Record};
use pyo3::prelude::*;
use std::{cell::RefCell, ffi::CString, sync::atomic::Ordering};

thread_local! {
    /// The readers that are logging a fault, on this thread.
    static LOGGING: RefCell<Vec<*const Reader>> = const { RefCell::new(Vec::new()) };
}

impl Reader {
    /// Calls the log or a function of the caller. No thread is inside the driver then, since the
    /// handler may wait for another thread that reads. But the handler itself must not read: it
    /// would take the items that its own `next()` is about to find.
    #[cold]
    pub(super) fn outside<R>(&self, tell: impl FnOnce() -> R) -> R {
        LOGGING.with_borrow_mut(|readers| readers.push(self));
        let told = tell();
        LOGGING.with_borrow_mut(Vec::pop);
        told
    }

    /// Logs the losses of a record that is about to be delivered.
    #[inline(never)]
    pub(super) fn tell_losses(&self, record: &Bound<'_, Record>) -> PyResult<()> {
        let lost = record.get().lost();
        if lost.is_empty() { Ok(()) } else { self.outside(|| self.losses.tell(record, &lost)) }
    }

    /// Warns once, at the end, if damaged records were skipped.
    #[cold]
    pub(super) fn say_how_much_was_skipped(&self, py: Python<'_>) -> PyResult<()> {
        if !self.on_fault.skips() {
            return Ok(());
        }
        let counts = self.driver.counts(py);
        let Some(losses) = counts.losses() else { return Ok(()) };
        if self.has_said.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let name =
            self.driver.title().map_or_else(String::new, |name| format!("{}: ", escaped(name)));
        let message = format!("{name}{losses}; see Reader.summary()");
        self.outside(|| {
            let category = py.import("tidemarc.errors")?.getattr("SkippedWarning")?;
            PyErr::warn(py, &category, &CString::new(message)?, 1)
        })
    }

    /// Returns true if this thread is inside [`outside`](Self::outside), further up its stack.
    pub(super) fn is_logging(&self) -> bool {
        LOGGING.with_borrow(|readers| readers.contains(&std::ptr::from_ref(self)))
    }
}
