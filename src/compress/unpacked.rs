//! An input that is decompressed if it is compressed.

use super::unpacker::Unpacker;
use crate::{
    framing::signatures::packed::Compression,
    source::{Input, Peeked, ReadOutcome},
};
use std::{boxed::Box, io};

/// An input over another one, whose bytes are decompressed if the first of them show that they are
/// compressed. The bytes of all other inputs are passed on.
#[derive(Debug)]
pub(crate) struct Unpacked<I> {
    input: Peeked<I>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Too few bytes have arrived.
    Unknown,
    Plain,
    Packed(Box<Unpacker>),
}

impl<I: Input> Unpacked<I> {
    /// Creates an input that begins at the first byte of the one below.
    pub(crate) const fn new(input: I) -> Self {
        Self { input: Peeked::new(input), state: State::Unknown }
    }

    /// Creates an input that passes on all bytes, compressed or not.
    pub(crate) const fn plain(input: I) -> Self {
        Self { input: Peeked::new(input), state: State::Plain }
    }
}

impl<I: Input> Input for Unpacked<I> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        loop {
            match &mut self.state {
                State::Plain => return self.input.read(buffer),
                State::Packed(unpacker) => return unpacker.read(&mut self.input, buffer),
                State::Unknown => {
                    let head = self.input.head();
                    if let Some(kind) = Compression::of(head) {
                        self.state = State::Packed(Box::new(Unpacker::new(kind)));
                    } else if self.input.is_end() || !Compression::may_begin(head) {
                        self.state = State::Plain;
                    }
                }
            }
            if let State::Unknown = self.state
                && !self.input.peek(buffer.len())?
            {
                return Ok(ReadOutcome::Pending);
            }
        }
    }

    fn inner(&mut self) -> Option<&mut dyn Input> {
        Some(&mut self.input)
    }
}
