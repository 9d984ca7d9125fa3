//! One record a step, out of one batch after the other.

use super::batches::{Batches, NextEntry};
use crate::pipeline::NextBatch;
use std::time::Duration;

/// A stream of records and faults. The place in it is the number of settled entries of the batch.
pub(crate) type Stream = Batches<()>;

impl Stream {
    /// Returns the next record or fault. Waits no longer than `patience`, or as long as it takes.
    pub(crate) fn step(&mut self, patience: Option<Duration>) -> NextEntry {
        loop {
            if let Some(step) = self.step_in_batch() {
                return step;
            }
            match self.fetch(patience) {
                // A batch may be all padding, and so may the rest of the input. A caller whose
                // patience is limited decides before the next one.
                NextBatch::Batch(..) if patience.is_some() => {
                    return self.step_in_batch().unwrap_or(NextEntry::Pending);
                }
                NextBatch::Batch(..) => {}
                NextBatch::Pending => return NextEntry::Pending,
                NextBatch::End => return NextEntry::End,
                NextBatch::Failed(error) => return NextEntry::Failed(error),
            }
        }
    }
}
