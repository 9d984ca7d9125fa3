//! The process in which an object was made.

use pyo3::{exceptions::PyRuntimeError, prelude::*};
use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Number of forks between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Counts a fork. Called in the child.
pub(crate) fn after_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// The process in which an object was made.
#[derive(Clone, Copy)]
pub(crate) struct Born {
    forks: u32,
    process: u32,
}

impl Born {
    pub(crate) fn now() -> Self {
        Self { forks: FORKS.load(Ordering::Relaxed), process: process::id() }
    }

    /// Returns true if Python has forked since. It costs one load.
    #[inline]
    pub(crate) fn is_before_fork(self) -> bool {
        self.forks != FORKS.load(Ordering::Relaxed)
    }

    /// Returns true if this is another process. It asks the system, which also knows the forks that
    /// bypass Python.
    pub(crate) fn is_in_another_process(self) -> bool {
        self.is_before_fork() || self.process != process::id()
    }
}

/// Makes the error for a reader of the parent, used in the child.
#[cold]
pub(crate) fn of_parent() -> PyErr {
    PyRuntimeError::new_err(
        "this reader was made before a fork, and its threads stayed with the parent: open a new one \
         in the child",
    )
}
