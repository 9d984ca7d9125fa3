//! When reading lets go of the GIL: for a wait, and for work that lasts longer than a thread keeps it.
//!
//! A batch takes some 20 µs. To let go of the GIL for it is nearly free while nobody else wants it; but a
//! busy thread that gets it keeps it for Python's switch interval, 5 ms. Two such threads made each batch
//! 500 times as slow as its work.

use pyo3::prelude::*;
use std::time::{Duration, Instant};

/// How long a thread keeps the GIL that others wait for; see `sys.getswitchinterval`.
const SWITCH_INTERVAL: Duration = Duration::from_millis(5);

/// A batch of so many bytes may take that long in any format, so its like is not tried with the GIL first.
const LARGE: usize = 1 << 20;

/// Decides by how long the step before took.
pub(super) struct Release {
    is_long: bool,
}

impl Release {
    pub(super) const fn new(chunk_size: usize) -> Self {
        Self { is_long: chunk_size >= LARGE }
    }

    /// Whether the next step is expected to last longer than a switch interval.
    pub(super) const fn is_long(&self) -> bool {
        self.is_long
    }

    /// Runs a step that does not wait, without the GIL if it is expected to be long.
    pub(super) fn run<R: Send>(&mut self, py: Python<'_>, step: impl FnOnce() -> R + Send) -> R {
        let timed = || {
            let start = Instant::now();
            (step(), start.elapsed())
        };
        let (result, took) = if self.is_long { py.detach(timed) } else { timed() };
        self.is_long = took > SWITCH_INTERVAL;
        result
    }
}
