//! The times at which reading releases the GIL: for a wait, and for work that lasts longer than a
//! thread keeps the GIL.
//!
//! A batch takes about 20 µs. Releasing the GIL for it is nearly free if no other thread wants it.
//! But a busy thread that gets the GIL keeps it for Python's switch interval, 5 ms. Two such
//! threads made each batch take 500 times as long as its work.

use pyo3::prelude::*;
use std::time::{Duration, Instant};

/// Time for which a thread keeps the GIL while others wait for it; see `sys.getswitchinterval`.
const SWITCH_INTERVAL: Duration = Duration::from_millis(5);

/// Chunk size from which a batch may take that long in any format. With it, even the first batch
/// runs without the GIL.
const LARGE: usize = 1 << 20;

/// The decision to release the GIL, by the duration of the last step.
pub(crate) struct Release {
    is_long: bool,
}

impl Release {
    pub(crate) const fn new(chunk_size: usize) -> Self {
        Self { is_long: chunk_size >= LARGE }
    }

    /// Returns true if the next step is expected to last longer than a switch interval.
    pub(crate) const fn is_long(&self) -> bool {
        self.is_long
    }

    /// Runs a step that does not wait; without the GIL if it is expected to be long.
    pub(crate) fn run<R: Send>(&mut self, py: Python<'_>, step: impl FnOnce() -> R + Send) -> R {
        let timed = || {
            let start = Instant::now();
            (step(), start.elapsed())
        };
        let (result, took) = if self.is_long { py.detach(timed) } else { timed() };
        self.is_long = took > SWITCH_INTERVAL;
        result
    }
}
