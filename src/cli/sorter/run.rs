//! Sorted runs in a temporary file.
//!
//! An item is the length of its key and of its value, four bytes each, then the key and the value.

use crate::output::Scratch;
use std::{io, ops::Range};

/// Number of bytes before the key of an item.
pub(super) const HEAD: usize = 8;

/// Number of bytes that are written at once.
const AT_ONCE: usize = 256 << 10;

/// Returns the bytes before the key of an item.
///
/// # Errors
/// Fails if the key or the value is 4 GiB long or longer.
pub(super) fn head(key: &[u8], value: &[u8]) -> io::Result<[u8; HEAD]> {
    let length = |bytes: &[u8]| {
        u32::try_from(bytes.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))
    };
    let mut head = [0; HEAD];
    head[..4].copy_from_slice(&length(key)?.to_le_bytes());
    head[4..].copy_from_slice(&length(value)?.to_le_bytes());
    Ok(head)
}

/// Returns the lengths of the key and the value of an item; `None` if its first bytes are not all
/// there.
fn lengths(bytes: &[u8]) -> Option<(usize, usize)> {
    let (key, rest) = bytes.split_first_chunk()?;
    let value = rest.first_chunk()?;
    Some((u32::from_le_bytes(*key) as usize, u32::from_le_bytes(*value) as usize))
}

/// Returns the key and the value of an item, which is at the start of the bytes.
pub(super) fn parts(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (key, value) = lengths(bytes).unwrap_or_default();
    let end = HEAD + key;
    (&bytes[HEAD..end], &bytes[end..end + value])
}

/// Writes items to the end of a temporary file.
pub(crate) struct RunWriter<'s> {
    scratch: &'s mut Scratch,
    start: u64,
    buffer: Vec<u8>,
}

impl<'s> RunWriter<'s> {
    pub(crate) fn new(scratch: &'s mut Scratch) -> Self {
        let start = scratch.length();
        Self { scratch, start, buffer: Vec::with_capacity(AT_ONCE) }
    }

    /// Writes the next item.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(crate) fn push(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let length = HEAD + key.len() + value.len();
        if self.buffer.len() + length > AT_ONCE {
            self.write()?;
        }
        self.buffer.extend_from_slice(&head(key, value)?);
        self.buffer.extend_from_slice(key);
        self.buffer.extend_from_slice(value);
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        self.scratch.append(&self.buffer)?;
        self.buffer.clear();
        self.buffer.shrink_to(AT_ONCE);
        Ok(())
    }

    /// Writes everything, and returns the place of the run.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(crate) fn finish(mut self) -> io::Result<Range<u64>> {
        self.write()?;
        Ok(self.start..self.scratch.length())
    }
}

/// Reads the items of a run.
pub(crate) struct RunReader {
    /// The bytes of the temporary file that are still to be read.
    rest: Range<u64>,
    buffer: Vec<u8>,
    /// The current item, as a part of the buffer.
    item: Range<usize>,
    /// Number of bytes that are read at once.
    at_once: usize,
}

impl RunReader {
    pub(crate) fn new(place: Range<u64>, at_once: usize) -> Self {
        Self { rest: place, buffer: Vec::new(), item: 0..0, at_once }
    }

    /// Moves to the next item. Returns false at the end.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(crate) fn advance(&mut self, scratch: &Scratch) -> io::Result<bool> {
        let start = self.item.end;
        self.item = start..start;
        if self.buffer.len() - start < HEAD && !self.fill(scratch, HEAD)? {
            return Ok(false);
        }
        let (key, value) = lengths(&self.buffer[self.item.start..]).unwrap_or_default();
        let length = HEAD + key + value;
        if self.buffer.len() - self.item.start < length && !self.fill(scratch, length)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.item.end = self.item.start + length;
        Ok(true)
    }

    /// Reads more bytes, until there are at least so many from the current item on. Returns false
    /// if the run has no more.
    fn fill(&mut self, scratch: &Scratch, least: usize) -> io::Result<bool> {
        self.buffer.drain(..self.item.start);
        self.item = 0..0;
        let there = self.buffer.len();
        let left = usize::try_from(self.rest.end - self.rest.start).unwrap_or(usize::MAX);
        let more = left.min(self.at_once.max(least) - there);
        self.buffer.resize(there + more, 0);
        scratch.read(&mut self.buffer[there..], self.rest.start)?;
        self.rest.start += more as u64;
        Ok(self.buffer.len() >= least)
    }

    /// Returns the key and the value of the current item.
    pub(crate) fn item(&self) -> (&[u8], &[u8]) {
        parts(&self.buffer[self.item.clone()])
    }
}
