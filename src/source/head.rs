//! The first bytes of an input, which are examined before they are read.

use super::{Input, ReadOutcome, make_room};
use std::{io, vec::Vec};

/// An input whose first bytes can be examined. They are read once, and kept until the user of the
/// input reads them.
///
/// It is an input over any other, so an input that converts another one, such as from UTF-16, can
/// consult the head of the bytes below it, and have its own result examined in turn.
#[derive(Debug)]
pub(crate) struct Peeked<I> {
    input: I,
    /// The first bytes, with room for more while they are examined.
    head: Vec<u8>,
    /// Number of bytes of the head that have arrived.
    length: usize,
    /// Number of these bytes that were read.
    taken: usize,
    /// True if the input ends after the head. It is not read again.
    is_end: bool,
}

impl<I: Input> Peeked<I> {
    pub(crate) const fn new(input: I) -> Self {
        Self { input, head: Vec::new(), length: 0, taken: 0, is_end: false }
    }

    /// Returns the first bytes of the input, as far as they have arrived.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head[..self.length]
    }

    /// Returns true if the input ends after the head.
    pub(crate) const fn is_end(&self) -> bool {
        self.is_end
    }

    /// Sets that the input ends here, because it failed.
    pub(crate) const fn end(&mut self) {
        self.is_end = true;
    }

    /// Reads at most this many bytes and adds them to the head. Returns false if there are none at
    /// the moment.
    ///
    /// # Errors
    /// Returns the error of the read. If there is no memory for the head, the input ends, and its
    /// bytes are given up.
    pub(crate) fn peek(&mut self, count: usize) -> io::Result<bool> {
        let room = self.length + count;
        // Twice as much if the bytes come in small pieces.
        if let Err(error) = make_room(&mut self.head, room, room + self.length) {
            (self.head, self.length, self.is_end) = (Vec::new(), 0, true);
            return Err(error);
        }
        match self.input.read(&mut self.head[self.length..room]) {
            Ok(ReadOutcome::Bytes(count)) => {
                self.length += count;
                self.is_end = count == 0;
                Ok(true)
            }
            Ok(ReadOutcome::Pending) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(error),
        }
    }
}

impl<I: Input> Input for Peeked<I> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        if self.taken == self.length {
            return if self.is_end { Ok(ReadOutcome::Bytes(0)) } else { self.input.read(buffer) };
        }
        let left = &self.head[self.taken..self.length];
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.taken += count;
        if self.taken == self.length {
            (self.head, self.length, self.taken) = (Vec::new(), 0, 0);
        }
        Ok(ReadOutcome::Bytes(count))
    }

    fn inner(&mut self) -> Option<&mut dyn Input> {
        Some(&mut self.input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Plain;

    #[test]
    fn a_head_is_read_once_and_given_again_before_the_rest() {
        let mut input = Peeked::new(Plain(&b"0123456789"[..]));
        assert!(input.peek(2).unwrap() && input.peek(3).unwrap());
        assert_eq!((input.head(), input.is_end()), (&b"01234"[..], false));
        let mut bytes = Vec::new();
        let mut buffer = [0; 4];
        loop {
            match input.read(&mut buffer).unwrap() {
                ReadOutcome::Bytes(0) => break,
                ReadOutcome::Bytes(count) => bytes.extend_from_slice(&buffer[..count]),
                ReadOutcome::Pending => unreachable!("a slice never waits"),
            }
        }
        assert_eq!(bytes, b"0123456789");
    }

    #[test]
    fn an_end_that_was_seen_is_not_requested_again() {
        /// Ends after one byte, and panics if it is read after its end.
        struct Once(usize);

        impl Input for Once {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
                self.0 += 1;
                assert!(self.0 <= 2, "read after its end");
                buffer[0] = b'<';
                Ok(ReadOutcome::Bytes(2 - self.0))
            }
        }

        let mut input = Peeked::new(Once(0));
        assert!(input.peek(8).unwrap() && input.peek(8).unwrap() && input.is_end());
        assert_eq!(input.read(&mut [0; 8]).unwrap(), ReadOutcome::Bytes(1));
        for _ in 0..2 {
            assert_eq!(input.read(&mut [0; 8]).unwrap(), ReadOutcome::Bytes(0));
        }
    }
}
