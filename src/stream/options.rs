//! The options of a reader.

use super::formats::FormatOptions;
use crate::{
    encoding::TextOptions,
    framing::DEFAULT_MAX_RECORD_LENGTH,
    parse::Choose,
    source::{DEFAULT_CHUNK_SIZE, range::ByteRange},
};
use std::{
    format,
    string::String,
    sync::{Arc, atomic::AtomicU64},
};

/// Largest number of bytes in a chunk, and in a record. Batches are indexed with 32 bits, so the
/// contents of a batch must stay well below 4 GiB.
pub(crate) const MOST_BYTES: usize = 1 << 30;

/// Largest number of parts that are read at once.
pub(crate) const MOST_PARTITIONS: usize = 256;

/// The options of a reader, with names that Python's keyword arguments share.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) threads: Option<usize>,
    pub(crate) chunk_size: usize,
    pub(crate) read_ahead: bool,
    /// True if a compressed input is decompressed.
    pub(crate) unpack: bool,
    /// The largest number of bytes for each byte of a compressed input.
    pub(crate) max_ratio: Option<u64>,
    pub(crate) max_record_length: usize,
    pub(crate) repair: bool,
    pub(crate) max_faults: Option<u64>,
    pub(crate) start: u64,
    /// The range to read; `None` for all bytes from `start` on.
    pub(crate) range: Option<ByteRange>,
    /// Largest number of parts of the input that are read at once.
    pub(crate) partitions: usize,
    pub(crate) text: TextOptions,
    pub(crate) formats: FormatOptions,
    /// The rule that chooses records, if not all are wanted.
    pub(crate) rule: Option<Arc<dyn Choose>>,
    /// Counter of the bytes that are read from a file.
    pub(crate) meter: Option<Arc<AtomicU64>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: None,
            chunk_size: DEFAULT_CHUNK_SIZE,
            read_ahead: true,
            unpack: true,
            max_ratio: None,
            max_record_length: DEFAULT_MAX_RECORD_LENGTH,
            repair: false,
            max_faults: None,
            start: 0,
            range: None,
            partitions: 1,
            text: TextOptions::new(),
            formats: Default::default(),
            rule: None,
            meter: None,
        }
    }
}

impl Options {
    /// Returns the largest number of batches that are parsed at once.
    pub(crate) fn threads(&self) -> usize {
        if !self.read_ahead {
            return 1;
        }
        #[cfg(feature = "parallel")]
        return self.threads.unwrap_or_else(crate::pipeline::threads);
        #[cfg(not(feature = "parallel"))]
        return self.threads.map_or(1, |_| 1);
    }

    /// Settles the format of a reader that does not read ahead: it is ISO 2709, the only one in
    /// which a record states its length.
    ///
    /// # Errors
    /// A message, if another format is named, if a start excludes a range or partitions, or if the
    /// range ends before it begins.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        if self.start > 0 && self.range.is_some() {
            return Err("a reader has a range or a start, not both".into());
        }
        if self.start > 0 && self.partitions > 1 {
            return Err("a reader has partitions or a start, not both".into());
        }
        if let Some(ByteRange { start, end: Some(end) }) = self.range
            && end < start
        {
            return Err(format!("the range begins at {start} and ends before it, at {end}"));
        }
        if self.read_ahead { Ok(()) } else { self.formats.settle_exact() }
    }
}
