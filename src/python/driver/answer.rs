//! The answers of a stream.

use crate::{
    parse::Project,
    stream::{Batches, Step, Stream, Turn},
};
use std::time::Duration;

/// An answer of a stream that may have to be asked again.
pub(crate) trait Answer: Send {
    /// What stands for the end.
    fn end() -> Self;
    /// Whether nothing came within the patience of the caller.
    fn is_pending(&self) -> bool;
    /// Whether this is a failure, to be told even if the reader was closed meanwhile.
    fn is_failure(&self) -> bool;
}

impl Answer for Step {
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

impl<T: Send> Answer for Turn<T> {
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

/// The next record or fault, or a word that there is none yet.
pub(crate) fn next_step(stream: &mut Stream, patience: Duration) -> Step {
    stream.step(Some(patience))
}

/// The next batch, or a word that there is none yet.
pub(crate) fn next_batch<P: Project>(
    stream: &mut Batches<P>,
    patience: Duration,
) -> Turn<P::Output> {
    stream.fetch(Some(patience))
}
