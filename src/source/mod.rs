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

pub(crate) use batch::Bytes;
pub(crate) use batch::RawBatch;
pub use batch::SharedBytes;
pub(crate) use chunk_reader::ChunkReader;
pub(crate) use file_id::FileId;
#[cfg(feature = "python")]
pub(crate) use in_use::WouldOverwrite;
pub(crate) use in_use::{Conflict, InUse, conflict_of, is_read};
#[cfg(any(feature = "python", feature = "formats"))]
pub(crate) use input::Arrival;
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
pub(crate) use transcode::{HEAD, Transcoded, Unit, declares_latin_1};

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
pub(crate) enum Fill {
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
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<Fill>;

    /// Returns the bytes that were read but are in no frame yet, framed as if the input ended here.
    /// It is for a source that failed permanently.
    fn finish(&mut self) -> Option<RawBatch>;

    /// Prepares for a thread of its own; see [`Input::stopper`].
    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        Ok(None)
    }

    /// Undoes [`stopper`](Self::stopper): there is no thread after all.
    fn unstop(&mut self) {}

    /// Sets whether a read may wait; see [`Input::set_waits`].
    fn set_waits(&mut self, _waits: bool) {}

    /// Returns true if another thread may do the reading. Python's files belong to their caller.
    fn may_change_thread(&self) -> bool {
        true
    }

    /// Returns the number of bytes that have been read so far.
    fn bytes_read(&self) -> u64;
}
