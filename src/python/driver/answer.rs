//! The answers of a stream: an item or a batch, or neither yet.

use crate::{
    parse::{Batch, Project},
    pipeline::NextBatch,
    stream::{Batches, NextEntry, Stream},
};
use std::{sync::Arc, time::Duration};

/// An answer of a stream.
pub(crate) trait Answer: Send {
    /// Returns the answer at the end.
    fn end() -> Self;
    /// Returns true if nothing came within the patience of the caller.
    fn is_pending(&self) -> bool;
    /// Returns true if this is a failure, which is raised even if the reader was closed meanwhile.
    fn is_failure(&self) -> bool;
}

macro_rules! answer {
    ($answer:ty $(, $item:ident)?) => {
        impl$(<$item: Send>)? Answer for $answer {
            fn end() -> Self {
                Self::End
            }

            fn is_pending(&self) -> bool {
                matches!(self, Self::Pending)
            }

            fn is_failure(&self) -> bool {
                matches!(self, Self::Failed(_))
            }
        }
    };
}

answer!(NextEntry);
answer!(NextBatch<(Arc<Batch>, T)>, T);

/// Returns the next record or fault, or that nothing came yet.
pub(crate) fn next_step(stream: &mut Stream, patience: Duration) -> NextEntry {
    stream.step(Some(patience))
}

/// Returns the next batch, or that nothing came yet.
pub(crate) fn next_batch<P: Project>(
    stream: &mut Batches<P>,
    patience: Duration,
) -> NextBatch<(Arc<Batch>, P::Output)> {
    stream.fetch(Some(patience))
}
