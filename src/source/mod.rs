//! Reading: from a source of bytes to batches of framed bytes, with chunks, the carry and
//! positions.
//!
//! The result is a [`RawBatch`]: a run of bytes and the frames that cover it. This module does not
//! examine the inside of a record.

mod batch;
#[cfg_attr(
    not(feature = "parallel"),
    allow(dead_code, reason = "no source moves to another thread")
)]
mod batch_source;
#[cfg(not(feature = "formats"))]
#[path = "charset_none.rs"]
mod charset;
#[cfg(feature = "formats")]
mod charset;
#[cfg_attr(not(feature = "formats"), expect(dead_code, reason = "no input is read at once"))]
mod chunk_reader;
mod exact;
mod file;
mod file_id;
#[cfg(feature = "formats")]
mod head;
#[cfg_attr(not(feature = "compress"), allow(dead_code, reason = "nothing is decompressed"))]
mod helpers;
pub(crate) mod in_use;
#[cfg_attr(
    not(feature = "parallel"),
    allow(dead_code, reason = "no source moves to another thread")
)]
mod input;
#[cfg_attr(
    not(feature = "parallel"),
    allow(dead_code, reason = "no source moves to another thread")
)]
mod inputs;
mod listing;
mod memory;
mod metered;
pub(crate) mod open;
mod pattern;
#[cfg(unix)]
mod poll;
#[cfg_attr(not(feature = "index"), expect(dead_code, reason = "only the index reads exactly"))]
pub(crate) mod positioned;
pub(crate) mod range;
mod room;
mod slice_reader;
#[cfg(unix)]
#[cfg_attr(
    not(feature = "parallel"),
    allow(dead_code, reason = "no source moves to another thread")
)]
mod stop;
#[cfg(feature = "formats")]
mod transcode;
#[cfg_attr(not(feature = "formats"), expect(dead_code, reason = "only text is converted"))]
mod unit;

pub(crate) use batch::Bytes;
pub(crate) use batch::RawBatch;
pub use batch::SharedBytes;
pub(crate) use batch_source::{BatchSource, FillOutcome};
#[cfg(feature = "formats")]
pub(crate) use charset::unread_encoding;
pub(crate) use chunk_reader::ChunkReader;
pub(crate) use file_id::{FileId, FileVersion};
#[cfg(feature = "formats")]
pub(crate) use head::Peeked;
pub(crate) use helpers::Helpers;
pub(crate) use in_use::{Conflict, InUse, conflict_of, is_read};
pub(crate) use input::{Input, PassOver, Plain, ReadOutcome};
pub(crate) use inputs::{InputSequence, Inputs, NamedInput};
#[cfg(any(feature = "compress", feature = "index"))]
pub(crate) use listing::INDEX_SUFFIX;
pub use listing::files;
#[cfg(feature = "python")]
pub(crate) use listing::{Listed, list};
pub(crate) use memory::Memory;
pub(crate) use metered::Metered;
pub(crate) use open::{Opened, Recognise, open_path};
#[cfg(feature = "formats")]
pub(crate) use room::{long_capacity, make_room};
pub(crate) use slice_reader::SliceReader;
#[cfg(unix)]
pub(crate) use stop::Stopper;
#[cfg(feature = "formats")]
pub(crate) use transcode::Transcoded;
pub(crate) use unit::{Converted, Unit};

/// The default chunk size: 64 KiB, which stays in the second-level cache between the read and the
/// parse.
pub const DEFAULT_CHUNK_SIZE: usize = 64 << 10;

/// A stopper for systems on which no wait can be interrupted.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Stopper;
