//! The limits of a pipeline, and the lengths of input from which it pays.

/// The amount of work and memory in flight, and the input from which a second thread pays off.
///
/// The defaults suit the parse of ISO 2709, which takes about 15 µs for a batch. Work that takes
/// longer pays for a thread sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Batches in the order ring. With the one the caller is in, the one the I/O thread fills and
    /// two in limbo, this bounds the memory of a stream.
    pub(crate) depth: usize,
    /// Unclaimed batches for which a worker is woken; at least 2, see `Shared::claim`. Below it the
    /// caller parses sooner itself than a worker would wake.
    pub(crate) backlog: isize,
    /// Bytes of buffers in flight, beyond which the I/O thread waits. One batch may go beyond.
    pub(crate) budget: usize,
    /// Chunks, of the default size, that must be known to follow before a thread is started: to start
    /// one takes as long as to parse three, and a second thread saves a third of each that follows
    /// (`benches/design/start.py`).
    pub(crate) chunks_known: u64,
    /// Chunks that must have been read where the length is unknown: as many as make the start one
    /// tenth of the work if nothing follows.
    pub(crate) chunks_read: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 16, backlog: 4, budget: 4 << 20, chunks_known: 16, chunks_read: 32 }
    }
}

impl Limits {
    /// The limits for work of 500 ns a record and more, which takes longer than to wake a worker.
    #[must_use]
    pub fn expensive() -> Self {
        Self { backlog: 2, chunks_known: 4, chunks_read: 6, ..Self::default() }
    }
}
