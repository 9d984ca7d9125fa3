//! Reading: from a source of bytes to batches of framed bytes, with chunks, the carry and
//! positions.
//!
//! The result is a [`RawBatch`]: a run of bytes and the frames that cover it. This module does not
//! examine the inside of a record.

mod batch;
mod chunk_reader;
mod exact;
mod file;
mod file_id;
#[cfg(feature = "formats")]
mod head;
mod in_use;
mod input;
mod open;
#[cfg(unix)]
mod poll;
mod room;
mod slice_reader;
#[cfg(unix)]
mod stop;
#[cfg(feature = "formats")]
mod transcode;
#[cfg_attr(not(feature = "formats"), expect(dead_code, reason = "only text is converted"))]
mod unit;

pub(crate) use batch::Bytes;
pub(crate) use batch::RawBatch;
pub use batch::SharedBytes;
pub(crate) use chunk_reader::ChunkReader;
pub(crate) use file_id::FileId;
#[cfg(feature = "formats")]
pub(crate) use head::Peeked;
#[cfg(feature = "python")]
pub(crate) use in_use::WouldOverwrite;
pub(crate) use in_use::{Conflict, InUse, conflict_of, is_read};
#[cfg(any(feature = "python", feature = "formats"))]
pub(crate) use input::ReadOutcome;
pub(crate) use input::{Input, PassOver, Plain};
#[cfg(feature = "python")]
pub(crate) use open::open_file;
pub(crate) use open::{Opened, open_path};
#[cfg(feature = "formats")]
pub(crate) use room::{long_capacity, make_room};
pub(crate) use slice_reader::SliceReader;
#[cfg(unix)]
pub(crate) use stop::Stopper;
#[cfg(feature = "formats")]
pub(crate) use transcode::Transcoded;
pub(crate) use unit::Unit;

use std::io;

/// The default chunk size: 64 KiB, which stays in the second-level cache between the read and the
/// parse.
pub const DEFAULT_CHUNK_SIZE: usize = 64 << 10;

/// A stopper for systems on which no wait can be interrupted.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Stopper;

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
