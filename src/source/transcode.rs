//! XML and JSON in encodings other than UTF-8, converted to UTF-8 while they are read.
//!
//! UTF-16 is recognised by its byte order mark or by its first character, ISO 8859-1 by the XML
//! declaration (XML 1.0, section 4.3.3 and appendix F). All other bytes are passed on unchanged,
//! and invalid UTF-8 in them is found when a record is parsed.

use super::{DEFAULT_CHUNK_SIZE, Input, Peeked, ReadOutcome, Unit, make_room};
use std::{io, vec::Vec};

/// An input whose bytes are converted to UTF-8.
#[derive(Debug)]
pub(crate) struct Transcoded<R> {
    inner: R,
    unit: Unit,
    /// Bytes that were read and are not converted yet: less than a code unit or a pair of them,
    /// except for the first bytes of the input.
    pending: Vec<u8>,
    /// UTF-8 that did not fit the caller's buffer.
    ready: Vec<u8>,
    taken: usize,
}

/// Smallest number of bytes for one read: a pair of code units.
const LEAST: usize = 4;

impl<R> Transcoded<R> {
    /// Creates an input that returns the bytes unchanged.
    pub(crate) const fn plain(inner: R) -> Self {
        Self { inner, unit: Unit::Byte, pending: Vec::new(), ready: Vec::new(), taken: 0 }
    }

    /// Converts the pending bytes to UTF-8, as far as they are complete.
    fn convert(&mut self, is_end: bool) {
        let used = self.unit.append_utf8(&self.pending, is_end, &mut self.ready);
        self.pending.drain(..used);
    }
}

impl<I: Input> Transcoded<Peeked<I>> {
    /// Creates an input for an XML document, whose head shows the encoding.
    pub(crate) fn xml(inner: Peeked<I>) -> Self {
        Self { unit: Unit::of_xml(inner.head()), ..Self::plain(inner) }
    }
}

impl<I: Input> Input for Transcoded<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        if self.unit == Unit::Byte {
            return self.inner.read(buffer);
        }
        while self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            let length = self.pending.len();
            let room = length + buffer.len().clamp(LEAST, DEFAULT_CHUNK_SIZE);
            make_room(&mut self.pending, room, room)?;
            let arrived = self.inner.read(&mut self.pending[length..]);
            let count = if let Ok(ReadOutcome::Bytes(count)) = arrived { count } else { 0 };
            self.pending.truncate(length + count);
            if let ReadOutcome::Pending = arrived? {
                return Ok(ReadOutcome::Pending);
            }
            let is_end = count == 0;
            self.convert(is_end);
            if is_end && self.ready.is_empty() {
                return Ok(ReadOutcome::Bytes(0));
            }
        }
        let count = buffer.len().min(self.ready.len() - self.taken);
        buffer[..count].copy_from_slice(&self.ready[self.taken..self.taken + count]);
        self.taken += count;
        Ok(ReadOutcome::Bytes(count))
    }

    fn unit(&self) -> Unit {
        self.unit
    }

    fn inner(&mut self) -> Option<&mut dyn Input> {
        Some(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Plain;

    #[test]
    fn a_large_chunk_takes_no_more_memory_than_its_buffer() {
        let utf16: Vec<u8> =
            "a\u{20AC}".repeat(1 << 20).encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut input = Transcoded {
            unit: Unit::Utf16 { is_little: false },
            ..Transcoded::plain(Plain(&utf16[..]))
        };
        let mut buffer = std::vec![0; 8 << 20];
        let mut count = 0;
        loop {
            match input.read(&mut buffer[count..]).unwrap() {
                ReadOutcome::Bytes(0) => break,
                ReadOutcome::Bytes(more) => count += more,
                ReadOutcome::Pending => unreachable!("a slice never waits"),
            }
            assert!(input.pending.capacity() + input.ready.capacity() < 1 << 20);
        }
        assert!(buffer[..count] == *"a\u{20AC}".repeat(1 << 20).as_bytes());
    }
}
