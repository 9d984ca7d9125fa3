//! The bytes of an input that are being looked at: read in pieces, dropped from the front.

use std::io::{self, Read};

/// How much is asked for in one read.
const CHUNK: usize = 64 << 10;

/// `consumed <= end <= data.len()`: what stands before `consumed` has been dropped, what follows
/// up to `end` is the window, and behind that is room.
#[derive(Debug)]
pub(super) struct Window<R> {
    source: R,
    data: Vec<u8>,
    consumed: usize,
    end: usize,
    is_end: bool,
}

impl<R: Read> Window<R> {
    pub(super) const fn new(source: R) -> Self {
        Self { source, data: Vec::new(), consumed: 0, end: 0, is_end: false }
    }

    pub(super) const fn source(&self) -> &R {
        &self.source
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.data[self.consumed..self.end]
    }

    /// Whether no more bytes will come.
    pub(super) const fn is_end(&self) -> bool {
        self.is_end
    }

    pub(super) const fn drop_front(&mut self, count: usize) {
        self.consumed += count;
    }

    /// Reads once, and takes what comes.
    ///
    /// # Errors
    /// Those of the source. The window is as it was, and asking again reads on.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        let is_short = self.data.len() - self.end < CHUNK / 2;
        if is_short && self.consumed > 0 {
            self.data.copy_within(self.consumed..self.end, 0);
            (self.consumed, self.end) = (0, self.end - self.consumed);
        }
        if self.data.len() - self.end < CHUNK / 2 {
            // Twice as much for a record longer than a chunk, or copying would cost a square.
            self.data.resize(CHUNK.max(2 * self.data.len()), 0);
        }
        let read = loop {
            match self.source.read(&mut self.data[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.end += read;
        self.is_end = read == 0;
        Ok(())
    }
}
