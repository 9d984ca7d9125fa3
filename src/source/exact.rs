//! Reading no further than one record: the length of each read, and the time to frame.

use crate::{
    framing::Framing,
    record::{LEADER_LENGTH, MAX_RECORD_LENGTH, RECORD_TERMINATOR},
};

/// The state, besides the buffer, of a reader that does not read ahead.
#[derive(Debug, Default)]
pub(super) struct Exact {
    /// Number of bytes that the framing has seen.
    shown: usize,
}

impl Exact {
    /// Returns the number of bytes that the next read may bring, if `end` have arrived and the
    /// framing waits for `wanted`.
    pub(super) fn step(&self, framing: &impl Framing, end: usize, wanted: usize) -> Option<usize> {
        match wanted.saturating_sub(end) {
            // Nothing of the next record has arrived, and no record is shorter than its leader.
            0 | 1 if framing.has_only_padding(end) => Some(LEADER_LENGTH),
            // The search is for the end of a damaged span that is longer than any record. Reading
            // it byte by byte would cost too much.
            0 | 1 if end >= MAX_RECORD_LENGTH => None,
            0 => Some(1),
            missing => Some(missing),
        }
    }

    /// Returns true if the framing should decide now, after the last `count` of these bytes have
    /// arrived.
    pub(super) fn is_time(
        &self,
        framing: &impl Framing,
        bytes: &[u8],
        count: usize,
        wanted: usize,
    ) -> bool {
        // A framing that needs one more byte after each byte is searching, and would examine a long
        // directory each time. The span, or the record that ends the search, ends in this byte.
        let is_searching =
            self.shown > 0 && wanted == self.shown + 1 && !framing.has_only_padding(self.shown);
        !is_searching
            || bytes.len() >= MAX_RECORD_LENGTH
            || bytes[bytes.len() - count..].contains(&RECORD_TERMINATOR)
    }

    /// Records that the framing has seen this many bytes, and found no frame in them.
    pub(super) const fn show(&mut self, shown: usize) {
        self.shown = shown;
    }
}
