//! Sources of batches.

use super::{Input, RawBatch};
use std::io;

/// The result of requesting a batch from a source.
#[derive(Debug)]
pub(crate) enum FillOutcome {
    /// A batch with at least one frame.
    Batch(RawBatch),
    /// Nothing yet: the source was not ready in time, or a long record is not complete. Try again.
    Pending,
    /// The end of the input; every byte was in a batch.
    End,
}

/// A source of framed batches, used by the I/O thread or by the caller's thread.
pub(crate) trait BatchSource: Send {
    /// Returns the next batch. The memory of `spare`, an old batch, may be used again.
    ///
    /// # Errors
    /// Returns the error of the underlying read. Bytes that were read before the error are not
    /// lost: the next call continues after them, and [`finish`](Self::finish) frames them.
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<FillOutcome>;

    /// Returns the bytes that were read but are in no frame yet, framed as if the input ended here.
    /// It is for a source that failed permanently.
    fn finish(&mut self) -> Option<RawBatch>;

    /// Returns the input that is read, which decides about threads and waits. A source in memory
    /// has none.
    fn input(&mut self) -> Option<&mut dyn Input> {
        None
    }

    /// Returns the number of bytes that have been read so far.
    fn bytes_read(&self) -> u64;
}
