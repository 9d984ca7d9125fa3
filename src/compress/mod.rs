//! Compressed inputs: gzip (BGZF too), zstd, bzip2 and xz.
//!
//! The compression is recognised by the first bytes of an input, never by its name. Each of these
//! formats joins any number of parts: the members of gzip (RFC 1952, section 2.2), the frames of
//! zstd (RFC 8878, section 3), the streams of bzip2 and xz. All of them are decompressed. Zeros
//! after a part are padding, as xz, tapes and tar leave them. Any other bytes after the last part
//! are an error.

#![forbid(unsafe_code)]

#[allow(dead_code, reason = "blocks are not yet located without decompressing them")]
pub(crate) mod bgzf;
#[cfg(feature = "index")]
pub(crate) mod block;
mod codec;
mod unpacked;
mod unpacker;

pub(crate) use unpacked::Unpacked;

use crate::{framing::signatures::packed::Compression, source::Recognise};

/// The function that recognises an input that will be decompressed.
pub(crate) const RECOGNISE: Option<Recognise> = Some(|head| Compression::of(head).is_some());

#[cfg(test)]
mod tests;
