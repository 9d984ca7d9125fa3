//! From a source of bytes to batches of framed bytes: chunks, the carry, positions.
//!
//! What comes out is a [`RawBatch`]: a run of bytes and the frames that cover it. Nothing here
//! looks into a record.

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

/// The chunk size where none is given: 64 KiB, which stays in the second-level cache between the
/// read and the parse.
pub const DEFAULT_CHUNK_SIZE: usize = 64 << 10;

/// There is nothing here that a wait could be called off with.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Stopper;

/// What asking a source for a batch brought.
#[derive(Debug)]
pub(crate) enum Fill {
    /// At least one frame.
    Batch(RawBatch),
    /// Nothing yet: the source was not ready within its patience, or a long record is not complete.
    /// Ask again.
    Pending,
    /// The end of the input; every byte was in a batch.
    End,
}

/// A source of framed batches: what the I/O thread drives, or the caller's thread itself.
pub(crate) trait BatchSource: Send {
    /// The next batch. `spare` is an old batch whose memory may be used again.
    ///
    /// # Errors
    /// The error of the underlying read. Bytes that were read before it came are not lost: asking
    /// again goes on behind them, and [`finish`](Self::finish) frames them.
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<Fill>;

    /// What was read and is in no frame yet, framed as if the input ended here: for a source that
    /// failed for good.
    fn finish(&mut self) -> Option<RawBatch>;

    /// Prepares for a thread of its own; see [`Input::stopper`].
    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        Ok(None)
    }

    /// Takes [`stopper`](Self::stopper) back: there is no thread after all.
    fn unstop(&mut self) {}

    /// Says whether a read may wait; see [`Input::set_waits`].
    fn set_waits(&mut self, _waits: bool) {}

    /// Whether another thread may do the reading. Python's files belong to their caller.
    fn may_change_thread(&self) -> bool {
        true
    }

    /// How many bytes have been read so far.
    fn bytes_read(&self) -> u64;
}
