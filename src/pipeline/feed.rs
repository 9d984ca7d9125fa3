//! The feed: the source of a stream, and the memory that its batches are read into.

use super::{
    ring::Consumer,
    stage::{Stage, Work, catch},
};
use crate::source::{BatchSource, FillOutcome, RawBatch};
use std::{boxed::Box, io, vec::Vec};

/// The reason why a source gives no more batches.
#[derive(Debug)]
pub(super) enum End {
    /// The source reported its end.
    Clean,
    /// The source failed.
    Failed(io::Error),
    /// A thread panicked in the source, or the I/O thread ended without a report.
    Vanished,
}

/// The right to read. One thread at a time has it: the I/O thread or the consumer.
pub(super) struct Feed<S: Stage> {
    source: Box<dyn BatchSource>,
    returned: Consumer<Work<S::Output>>,
    /// An old batch, to be filled again.
    spare: Option<RawBatch>,
    /// Outputs of old batches, to be filled again.
    outputs: Vec<S::Output>,
}

/// The result of a read.
pub(super) enum FeedOutcome<S: Stage> {
    Batch(Work<S::Output>, Box<Feed<S>>),
    /// Nothing yet.
    Pending(Box<Feed<S>>),
    /// The end, after a last batch if there is one. The source is dropped.
    End(Option<Work<S::Output>>, End),
}

impl<S: Stage> Feed<S> {
    pub(super) fn new(
        source: Box<dyn BatchSource>,
        returned: Consumer<Work<S::Output>>,
    ) -> Box<Self> {
        Box::new(Self { source, returned, spare: None, outputs: Vec::new() })
    }

    /// Returns the source.
    pub(super) fn into_source(self) -> Box<dyn BatchSource> {
        self.source
    }

    /// Reads and frames the next batch, perhaps into `old` memory. Never unwinds: a panic in the
    /// source is the end.
    pub(super) fn read(
        mut self: Box<Self>,
        waits: bool,
        old: &mut Option<Work<S::Output>>,
    ) -> FeedOutcome<S> {
        let read = move || {
            if let Some(input) = self.source.input() {
                input.set_waits(waits);
            }
            self.take_old_batch(old);
            match self.source.fill(&mut self.spare) {
                Ok(FillOutcome::Batch(raw)) => FeedOutcome::Batch(self.work(raw), self),
                Ok(FillOutcome::Pending) => FeedOutcome::Pending(self),
                Ok(FillOutcome::End) => FeedOutcome::End(None, End::Clean),
                Err(error) => {
                    let rest = self.source.finish().map(|raw| self.work(raw));
                    FeedOutcome::End(rest, End::Failed(error))
                }
            }
        };
        catch(read).unwrap_or(FeedOutcome::End(None, End::Vanished))
    }

    fn take_old_batch(&mut self, old: &mut Option<Work<S::Output>>) {
        if self.spare.is_none()
            && let Some(Work { raw, output, .. }) = old.take().or_else(|| self.returned.pop().ok())
        {
            self.spare = Some(raw);
            self.outputs.push(output);
        }
    }

    fn work(&mut self, raw: RawBatch) -> Work<S::Output> {
        Work::new(raw, self.outputs.pop().unwrap_or_default())
    }
}
