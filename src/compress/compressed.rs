//! The compressed bytes of an input.

use crate::source::{DEFAULT_CHUNK_SIZE, Input, ReadOutcome};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    vec::Vec,
};

/// The number of compressed bytes that were decompressed, of all inputs of a stream, shared by the
/// thread that reads and the one that reports it.
#[derive(Debug)]
pub(crate) struct Progress(AtomicU64);

/// Value of a [`Progress`] for an input that is not compressed.
const NOT_COMPRESSED: u64 = u64::MAX;

impl Progress {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(NOT_COMPRESSED)))
    }

    /// Notes that an input is compressed, of which this many bytes are not read. An earlier input
    /// may have been compressed too.
    fn begin(&self, skipped: u64) {
        // One thread at a time reads, and only it changes the number.
        if self.get().is_none() {
            self.0.store(skipped, Ordering::Relaxed);
        }
    }

    /// Returns the number; `None` if the input is not compressed, or that is not known yet.
    pub(crate) fn get(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|used| *used != NOT_COMPRESSED)
    }
}

/// Compressed bytes that were read, of which the first were used.
#[derive(Debug)]
pub(super) struct Compressed {
    /// The bytes from `start` to `end` are not used yet.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_end: bool,
    used: u64,
    progress: Arc<Progress>,
}

impl Compressed {
    pub(super) fn new(progress: Arc<Progress>) -> Self {
        Self::at(0, progress)
    }

    /// Creates a buffer for the bytes from an offset on. Those before count as used.
    pub(super) fn at(used: u64, progress: Arc<Progress>) -> Self {
        progress.begin(used);
        Self { buffer: Vec::new(), start: 0, end: 0, is_end: false, used, progress }
    }

    /// Returns the bytes that were read and not used.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Returns true once the input has ended; the rest is all there is.
    pub(super) const fn is_end(&self) -> bool {
        self.is_end
    }

    /// Returns the number of bytes that were used.
    pub(super) const fn used(&self) -> u64 {
        self.used
    }

    /// Reads more bytes after the rest, at most once, into a buffer of at least this size.
    pub(super) fn fill(&mut self, input: &mut impl Input, size: usize) -> io::Result<ReadOutcome> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.buffer.len() < size.max(self.end + 1) {
            self.buffer.resize(size.max(self.end + DEFAULT_CHUNK_SIZE), 0);
        }
        let outcome = input.read(&mut self.buffer[self.end..])?;
        if let ReadOutcome::Bytes(count) = outcome {
            self.end += count;
            self.is_end = count == 0;
        }
        Ok(outcome)
    }

    /// Uses this many bytes of the rest.
    pub(super) fn use_up(&mut self, count: usize) {
        self.pass_on(count);
        self.count(count);
    }

    /// Removes this many bytes from the rest. They are [counted](Self::count) when their data is
    /// delivered.
    pub(super) const fn pass_on(&mut self, count: usize) {
        self.start += count;
    }

    /// Counts bytes as used.
    pub(super) fn count(&mut self, count: usize) {
        self.used += count as u64;
        self.progress.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Puts bytes before the rest that were passed on and not used.
    pub(super) fn take_back(&mut self, mut bytes: Vec<u8>) {
        bytes.extend_from_slice(self.rest());
        (self.start, self.end) = (0, bytes.len());
        self.buffer = bytes;
    }
}
