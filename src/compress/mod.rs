//! Compressed inputs (gzip, BGZF, zstd, bzip2, xz and zip) and outputs (gzip, BGZF and zstd).
//!
//! The compression of an input is recognised by its first bytes, never by its name. Each of these
//! formats joins any number of parts: the members of gzip (RFC 1952, section 2.2), the frames of
//! zstd (RFC 8878, section 3), the streams of bzip2 and xz. All of them are decompressed. Zeros
//! after a part are padding, as xz, tapes and tar leave them. Any other bytes after the last part
//! are an error.
//!
//! An output is compressed by a [`Packer`], between the document and the file.

#![forbid(unsafe_code)]

mod ahead;
mod archive;
pub(crate) mod bgzf;
#[cfg(feature = "index")]
pub(crate) mod block;
mod blocks;
mod blocks_at;
pub(crate) mod chain;
mod codec;
mod compressed;
mod compression;
mod held;
mod known;
mod marks;
mod packer;
mod ratio;
#[cfg(feature = "cli")]
mod seen;
mod unit;
mod unpacked;
mod unpacker;
mod zip;

pub(crate) use archive::{ArchivedFile, files_in_archive, files_in_memory};
pub(crate) use blocks::BlockPacker;
pub(crate) use blocks_at::BlocksAt;
pub(crate) use chain::BlockPlace;
pub(crate) use compressed::Progress;
pub(crate) use compression::without_compression;
pub use compression::{Compression, UnknownCompression};
pub(crate) use marks::Blocks;
pub(crate) use packer::Packer;
pub(crate) use ratio::Ratio;
#[cfg(feature = "cli")]
pub(crate) use seen::{SEEN, compression_of};
pub(crate) use unpacked::Unpacked;

use crate::{framing::signatures::packed, source::Recognise};

/// The function that recognises an input that will be decompressed.
pub(crate) const RECOGNISE: Option<Recognise> =
    Some(|head| packed::Compression::of(head).is_some());

#[cfg(test)]
mod tests;
