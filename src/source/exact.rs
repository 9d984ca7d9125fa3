//! Reading no further than a record: how much to ask for, and when to look at it.

use crate::{
    framing::Framing,
    record::{LEADER_LENGTH, MAX_RECORD_LENGTH, RECORD_TERMINATOR},
};

/// What a reader that does not read ahead knows beside its buffer.
#[derive(Debug, Default)]
pub(super) struct Exact {
    /// The framing has seen this many bytes.
    shown: usize,
}

impl Exact {
    /// How many bytes the next read may bring, where `end` have come and the framing waits for
    /// `wanted`.
    pub(super) fn step(&self, framing: &impl Framing, end: usize, wanted: usize) -> Option<usize> {
        match wanted.saturating_sub(end) {
            // Nothing of the next record is here, and none is shorter than its leader.
            0 | 1 if framing.has_only_padding(end) => Some(LEADER_LENGTH),
            // The end of a damaged span is searched for, which is longer than any record: to read it
            // a byte at a time would cost more than it is worth.
            0 | 1 if end >= MAX_RECORD_LENGTH => None,
            0 => Some(1),
            missing => Some(missing),
        }
    }

    /// Whether the framing is to decide, now that the last `count` of these bytes have come.
    pub(super) fn is_time(
        &self,
        framing: &impl Framing,
        bytes: &[u8],
        count: usize,
        wanted: usize,
    ) -> bool {
        // A framing that asks for one byte more at each byte is searching, and would look at a long
        // directory each time. What ends the span, or the record in which the search finds the way
        // back, is this byte.
        let is_searching =
            self.shown > 0 && wanted == self.shown + 1 && !framing.has_only_padding(self.shown);
        !is_searching
            || bytes.len() >= MAX_RECORD_LENGTH
            || bytes[bytes.len() - count..].contains(&RECORD_TERMINATOR)
    }

    /// The framing has seen this many bytes, and found no frame in them.
    pub(super) const fn show(&mut self, shown: usize) {
        self.shown = shown;
    }
}
