//! The parts of the framer that only a reader of chunks and its parse stage need.

use super::{Framer, Unfinished};
use crate::{
    framing::{Framing, Step},
    record::ErrorKind,
};

impl Framer {
    /// Sets that the bytes are not the start of an input.
    pub(crate) const fn inside(mut self) -> Self {
        self.start = u64::MAX;
        self
    }

    /// Moves to a place where a frame may begin, at the last place or after it. `is_continued` says
    /// that the bytes there continue a fault that the limit cut off.
    pub(crate) fn move_to(&mut self, offset: u64, is_continued: bool) {
        self.offset = offset;
        self.padding_seen_to = 0;
        self.unfinished = if is_continued { Unfinished::Continued } else { Unfinished::Nothing };
    }

    /// Returns true if the next bytes continue the last frame, a fault that the limit cut off.
    pub(crate) const fn is_continued(&self) -> bool {
        matches!(self.unfinished, Unfinished::Continued)
    }

    /// Takes back the record that [`next`](Self::next) just returned from these `bytes`, because a
    /// closer check found a fault in it, and returns the frame that stands there instead.
    ///
    /// The framer checks only the ends of a record. The entries of its directory and the ends of
    /// its fields are checked when the fields are indexed. If these are wrong, another record may
    /// have been joined into the middle of this one, and must not be lost.
    pub(crate) fn refuse(&mut self, bytes: &[u8], length: usize) -> Step {
        self.offset -= length as u64;
        let step = self.bad_span(
            &bytes[..bytes.len().min(self.limit)],
            true,
            ErrorKind::Directory,
            Some(length),
        );
        if let Step::Frame(frame) = step {
            self.offset += frame.length as u64;
        }
        step
    }
}

impl Framing for Framer {
    #[inline]
    fn next(&mut self, bytes: &[u8], at_end: bool) -> Step {
        self.next(bytes, at_end)
    }

    fn max_record_length(&self) -> usize {
        self.limit
    }

    fn has_only_padding(&self, length: usize) -> bool {
        length == 0 || self.padding_seen_to >= self.offset + length as u64
    }
}
