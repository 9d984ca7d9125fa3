//! One record a step, out of one batch after the other.

#[cfg(feature = "python")]
use super::engine::AroundParse;
use super::{
    batch::Batch,
    engine::{Engine, Turn},
    index::What,
    stats::Stats,
};
use std::{io, sync::Arc, time::Duration};

/// What a step brought. Records and faults are told by their place in the current batch.
pub(crate) enum Step {
    Record(usize),
    Fault(usize),
    Pending,
    End,
    Failed(io::Error),
}

/// A stream of records and faults: the engine, and the place in the batch it gave last.
pub(crate) struct Stream {
    engine: Engine,
    current: Option<Arc<Batch>>,
    /// The next entry of the current batch.
    next: usize,
    /// Of the batches before the current one.
    stats: Stats,
}

impl Stream {
    pub(crate) fn new(engine: Engine, total_bytes: Option<u64>) -> Self {
        let stats = Stats { total_bytes, ..Stats::default() };
        Self { engine, current: None, next: 0, stats }
    }

    pub(crate) fn name(&self) -> Option<&Arc<str>> {
        self.engine.name()
    }

    /// See [`AroundParse`].
    #[cfg(feature = "python")]
    pub(crate) const fn set_around_parse(&mut self, around_parse: AroundParse) {
        self.engine.set_around_parse(around_parse);
    }

    /// See [`Engine::set_proves`].
    #[cfg(feature = "python")]
    pub(crate) const fn set_proves(&mut self) {
        self.engine.set_proves();
    }

    pub(crate) const fn current(&self) -> Option<&Arc<Batch>> {
        self.current.as_ref()
    }

    /// The next record or fault of the current batch; `None` if the batch has no more. Waits for
    /// nothing.
    #[inline]
    pub(crate) fn step_in_batch(&mut self) -> Option<Step> {
        let entries = self.current.as_ref()?.entries();
        while let Some(entry) = entries.get(self.next) {
            let at = self.next;
            self.next += 1;
            match entry.what {
                What::Record { .. } => return Some(Step::Record(at)),
                What::Fault(_) => return Some(Step::Fault(at)),
                What::FaultContinued | What::Padding => {}
            }
        }
        None
    }

    /// The next record or fault. Waits for it no longer than `patience`, or as long as it takes.
    pub(crate) fn step(&mut self, patience: Option<Duration>) -> Step {
        loop {
            if let Some(step) = self.step_in_batch() {
                return step;
            }
            match self.next_batch(patience) {
                // A batch may be all padding, and so may the rest of the input: whoever has patience
                // to lose is asked before the next one.
                Turn::Batch(_) if patience.is_some() => {
                    return self.step_in_batch().unwrap_or(Step::Pending);
                }
                Turn::Batch(_) => {}
                Turn::Pending => return Step::Pending,
                Turn::End => return Step::End,
                Turn::Failed(error) => return Step::Failed(error),
            }
        }
    }

    /// Leaves the current batch, whatever is left in it, for the next one.
    pub(crate) fn next_batch(&mut self, patience: Option<Duration>) -> Turn {
        self.leave_batch();
        let turn = self.engine.next(patience);
        match &turn {
            Turn::Batch(batch) => self.current = Some(Arc::clone(batch)),
            // A file that was cut while it was read ends cleanly, and all the same it is not whole.
            Turn::End => {
                let is_whole =
                    self.stats.total_bytes.is_none_or(|total| self.stats.bytes() >= total);
                self.stats.complete = is_whole && !self.stats.failed;
            }
            Turn::Failed(_) => self.stats.failed = true,
            Turn::Pending => {}
        }
        turn
    }

    fn leave_batch(&mut self) {
        if let Some(batch) = self.current.take() {
            self.stats.add(&batch.stats_before(self.next.min(batch.entries().len())));
            self.next = 0;
        }
    }

    /// Counts the whole current batch as delivered: it was lent as one.
    pub(crate) fn pass_batch(&mut self) {
        self.next = self.current.as_ref().map_or(0, |batch| batch.entries().len());
    }

    /// What was delivered up to and with the last step.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.stats;
        if let Some(batch) = &self.current {
            stats.add(&batch.stats_before(self.next));
        }
        // A file that has grown has no known length any more; files of the kernel never told theirs.
        stats.total_bytes = stats.total_bytes.filter(|&total| total >= stats.bytes());
        stats
    }
}
