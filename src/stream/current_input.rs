//! The input whose records are being delivered.

use crate::source::Inputs;
use std::mem;

/// The input whose records are being delivered: the only one of its stream, or one of several.
#[derive(Debug, Default)]
pub(super) struct CurrentInput {
    /// Its index.
    index: u32,
    /// Number of bytes of the inputs before.
    begin: u64,
    /// Number of its faults so far, with those of the current batch.
    pub(super) faults: u64,
    /// True if a fault ended it before its end.
    is_given_up: bool,
}

impl CurrentInput {
    /// Returns the offset in it of a position in the stream.
    pub(super) const fn offset(&self, position: u64) -> u64 {
        position - self.begin
    }

    /// Notes that a fault ends it.
    pub(super) const fn give_up(&mut self) {
        self.is_given_up = true;
    }

    /// Leaves it at this position of the stream for the input with the index `next`. Returns the
    /// number of inputs between the two that were shorter than they were in the beginning.
    pub(super) fn leave(&mut self, position: u64, inputs: &Inputs, next: u32) -> u64 {
        let mut read = position - mem::replace(&mut self.begin, position);
        let mut is_known = mem::take(&mut self.is_given_up);
        let mut short = 0;
        for input in &inputs.all[self.index as usize..next as usize] {
            let is_short = input.length.is_some_and(|length| read < length);
            short += u64::from(is_short && !is_known);
            // An input without a batch in between has no bytes.
            (read, is_known) = (0, false);
        }
        (self.index, self.faults) = (next, 0);
        short
    }

    pub(super) const fn index(&self) -> u32 {
        self.index
    }
}
