//! Threads that help the one that reads.

use std::{boxed::Box, fmt, sync::Arc};

/// A closure for another thread.
pub(crate) type Task = Box<dyn FnOnce() + Send>;

/// Threads to which an input may pass work, such as decompression.
#[derive(Clone)]
pub(crate) struct Helpers {
    /// The most tasks that run at once.
    pub(crate) count: usize,
    /// Starts a task on another thread, or drops it if there is none. The task must not wait.
    pub(crate) spawn: Arc<dyn Fn(Task) + Send + Sync>,
}

impl fmt::Debug for Helpers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Helpers").field("count", &self.count).finish_non_exhaustive()
    }
}
