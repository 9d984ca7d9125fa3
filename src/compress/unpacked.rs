//! An input that is decompressed if it is compressed.

use super::{Progress, Ratio, chain::BlockPlace, unpacker::Unpacker};
use crate::{
    framing::signatures::packed::Compression,
    source::{Helpers, Input, Peeked, ReadOutcome},
};
use std::{boxed::Box, io, sync::Arc};

/// An input over another one, whose bytes are decompressed if the first of them show that they are
/// compressed. The bytes of all other inputs are passed on.
#[derive(Debug)]
pub(crate) struct Unpacked<I> {
    input: Peeked<I>,
    state: State,
    ratio: Ratio,
    progress: Arc<Progress>,
    helpers: Option<Helpers>,
}

#[derive(Debug)]
enum State {
    /// Too few bytes have arrived.
    Unknown,
    Plain,
    Packed(Box<Unpacker>),
    /// Nothing of the input can be read.
    Over,
}

/// Message of the error for an archive whose directory cannot be reached.
const NO_SEEK: &str = "a zip archive can be read only from a path, a descriptor of a file, or \
    bytes, because its directory is at its end";

impl<I: Input> Unpacked<I> {
    /// Creates an input that begins at the first byte of the one below. It is an error if its data
    /// goes beyond the ratio.
    pub(crate) fn new(input: I, ratio: Ratio, progress: Arc<Progress>) -> Self {
        let (input, state) = (Peeked::new(input), State::Unknown);
        Self { input, state, ratio, progress, helpers: None }
    }

    /// Creates an input of a BGZF file that begins at this place.
    pub(crate) fn at_block(
        input: I,
        place: BlockPlace,
        ratio: Ratio,
        progress: Arc<Progress>,
    ) -> Self {
        let unpacker = Unpacker::at_block(place, ratio, Arc::clone(&progress), None);
        let state = State::Packed(Box::new(unpacker));
        Self { state, ..Self::new(input, ratio, progress) }
    }

    /// Creates an input that passes on all bytes, compressed or not.
    pub(crate) fn plain(input: I) -> Self {
        let ratio = Ratio::new(None);
        Self { state: State::Plain, ..Self::new(input, ratio, Progress::new()) }
    }
}

impl<I: Input> Input for Unpacked<I> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        loop {
            match &mut self.state {
                State::Plain => return self.input.read(buffer),
                State::Over => return Ok(ReadOutcome::Bytes(0)),
                State::Packed(unpacker) => return unpacker.read(&mut self.input, buffer),
                State::Unknown => {
                    let head = self.input.head();
                    match Compression::of(head) {
                        Some(Compression::Zip) => {
                            self.input.end();
                            self.state = State::Over;
                            return Err(io::Error::new(io::ErrorKind::Unsupported, NO_SEEK));
                        }
                        Some(kind) => {
                            let Self { ratio, progress, helpers, .. } = self;
                            let progress = Arc::clone(progress);
                            let unpacker = Unpacker::new(kind, *ratio, progress, helpers.take());
                            self.state = State::Packed(Box::new(unpacker));
                        }
                        None if self.input.is_end() || !Compression::may_begin(head) => {
                            self.state = State::Plain;
                        }
                        None => {}
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

    fn set_waits(&mut self, waits: bool) {
        self.input.set_waits(waits);
        if let State::Packed(unpacker) = &mut self.state {
            unpacker.set_waits(waits);
        }
    }

    /// Passes the helpers to the decompressor, if a read below does not wait for long: while it
    /// waits for more blocks, those before them are not delivered.
    fn set_helpers(&mut self, helpers: Option<Helpers>) {
        let helpers = helpers.filter(|_| self.input.may_be_shared());
        match &mut self.state {
            State::Packed(unpacker) => unpacker.set_helpers(helpers),
            State::Unknown => self.helpers = helpers,
            State::Plain | State::Over => {}
        }
    }
}
