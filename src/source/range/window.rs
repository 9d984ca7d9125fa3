//! A window on an input, which moves forward.

use super::ReadAt;
use crate::source::room::make_room;
use memchr::memchr;
use std::{io, vec::Vec};

/// Number of bytes that are read at once, at least.
const STEP: usize = 64 << 10;

/// The bytes of an input from an offset on, as far as they have been needed.
pub(super) struct Window<'i> {
    input: &'i mut dyn ReadAt,
    /// Offset of the first byte of the buffer.
    offset: u64,
    buffer: Vec<u8>,
    /// Number of bytes of the buffer that have been read.
    length: usize,
    at_end: bool,
}

impl<'i> Window<'i> {
    pub(super) const fn new(input: &'i mut dyn ReadAt) -> Self {
        Self { input, offset: 0, buffer: Vec::new(), length: 0, at_end: false }
    }

    /// Moves the window to begin at this offset. Bytes that it has already are not read again.
    pub(super) fn move_to(&mut self, offset: u64) {
        match offset.checked_sub(self.offset) {
            Some(skip) if skip <= self.length as u64 => {
                // The bytes move only if much room is gained, so that each moves seldom.
                if skip as usize >= self.length / 2 {
                    self.buffer.copy_within(skip as usize..self.length, 0);
                    self.length -= skip as usize;
                    self.offset = offset;
                }
            }
            _ => (self.offset, self.length, self.at_end) = (offset, 0, false),
        }
    }

    /// Returns the bytes from this offset on, at least this many unless the input ends before, and
    /// true if it ends after them. The offset is that of the window or a later one.
    pub(super) fn bytes(&mut self, offset: u64, count: usize) -> io::Result<(&[u8], bool)> {
        let start = (offset - self.offset) as usize;
        while self.length < start + count && !self.at_end {
            let missing = start + count - self.length;
            let room = self.length + missing.max(STEP);
            make_room(&mut self.buffer, room, room + self.length)?;
            let read = self
                .input
                .read_at(self.offset + self.length as u64, &mut self.buffer[self.length..room])?;
            self.at_end = self.length + read < room;
            self.length += read;
        }
        Ok((self.buffer.get(start..self.length).unwrap_or_default(), self.at_end))
    }

    /// Returns the offset of the first such byte from `from` to before `to`.
    pub(super) fn find(&mut self, byte: u8, from: u64, to: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        while at < to {
            self.move_to(at);
            let wanted = usize::try_from(to - at).unwrap_or(usize::MAX).min(STEP);
            let (bytes, _) = self.bytes(at, wanted)?;
            let bytes = &bytes[..bytes.len().min(wanted)];
            if let Some(found) = memchr(byte, bytes) {
                return Ok(Some(at + found as u64));
            }
            if bytes.is_empty() {
                break;
            }
            at += bytes.len() as u64;
        }
        Ok(None)
    }
}
