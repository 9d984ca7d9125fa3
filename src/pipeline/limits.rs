//! The limits of a pipeline, and the lengths of input from which it pays.

#[cfg(feature = "parallel")]
use super::shared::Bounds;
#[cfg(feature = "parallel")]
use std::time::Duration;

/// Time of the work that a worker is woken for, at least: twice what a wake may take.
#[cfg(feature = "parallel")]
const WORTH_A_WAKE: Duration = Duration::from_micros(100);

/// The amount of work and memory in flight, and the input from which a second thread pays off.
///
/// The defaults suit the parse of ISO 2709, which takes about 15 µs for a batch. Work that takes
/// longer pays for a thread sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Tickets in the order ring. With the batch that the caller has, the one that is being read and
    /// two resting ones, this bounds the memory of a stream.
    pub(crate) depth: usize,
    /// Number of unclaimed batches for which a worker is woken; at least 2, see `Shared::claim`. For
    /// fewer, the caller is done before the worker is awake.
    pub(crate) backlog: isize,
    /// Bytes of buffers in flight, beyond which the I/O thread waits. One batch may go beyond.
    pub(crate) budget: usize,
    /// Chunks, of the default size, that must be known to follow before a thread is started: the
    /// start takes as long as the parse of three, and a second thread saves a third of each that
    /// follows (`benches/design/start.py`).
    pub(crate) chunks_known: u64,
    /// Chunks that must have been read if the length is unknown: so many that the start is a tenth
    /// of the work if nothing follows.
    pub(crate) chunks_read: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 16, backlog: 4, budget: 4 << 20, chunks_known: 16, chunks_read: 32 }
    }
}

impl Limits {
    /// Returns the limits for work of 500 ns a record and more, which takes longer than the wake of
    /// a worker.
    #[must_use]
    pub fn expensive() -> Self {
        Self { backlog: 2, chunks_known: 4, chunks_read: 6, ..Self::default() }
    }

    /// Returns the bounds of one stream. At most `threads` batches are parsed at once: by the caller,
    /// the I/O thread, and jobs. If the shortest parse took only `parse_time`, there may have to be
    /// more batches for a worker, or no jobs at all.
    #[cfg(feature = "parallel")]
    pub(super) fn bounds(
        self,
        threads: usize,
        parse_time: Option<Duration>,
        is_shared: bool,
    ) -> Bounds {
        // Each job has a batch, and there is one more for each of them.
        let depth = self.depth.max(2 * threads);
        let mut bounds = Bounds {
            depth,
            backlog: self.backlog,
            jobs: threads.saturating_sub(2),
            budget: self.budget,
            is_shared,
        };
        if let Some(parse_time) = parse_time {
            let worth = WORTH_A_WAKE.as_nanos() / parse_time.as_nanos().max(1);
            bounds.backlog = isize::try_from(worth).unwrap_or(isize::MAX).max(2);
            if worth > self.depth as u128 {
                bounds.jobs = 0;
            }
        }
        bounds
    }
}
