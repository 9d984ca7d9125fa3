//! One record a step, out of one batch after the other.

#[cfg(feature = "python")]
use super::engine::AroundParse;
use super::{
    batch::Batch,
    engine::{Engine, Turn},
    index::What,
    quarantine::{Quarantine, is_delay},
    stats::Stats,
};
use crate::{
    error::Error,
    record::{ErrorKind, Fault, Severity},
    source::{FileId, InUse},
};
#[cfg(feature = "python")]
use std::mem;
use std::{boxed::Box, io, sync::Arc, time::Duration};

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
    max_faults: u64,
    /// How many faults there were, in the current batch too.
    faults: u64,
    /// Until it fails, or the stream is over.
    quarantine: Option<Box<Quarantine>>,
    /// The quarantine has taken the next entry of the batch, and not yet written all of it.
    is_taken: bool,
    /// The file that is read, if it is one, until no more is read from it.
    file: Option<InUse>,
    /// A fault or the quarantine ended the stream before its input did.
    cut_short: bool,
    /// Why nothing can be read at all, if nobody was told yet.
    refused: Option<io::Error>,
    /// Why, where batches are lent and nobody was told yet.
    owed: Option<Error>,
}

impl Stream {
    pub(crate) fn new(
        engine: Engine,
        total_bytes: Option<u64>,
        start: u64,
        max_faults: Option<u64>,
    ) -> Self {
        let stats = Stats { total_bytes, start, ..Stats::default() };
        let max_faults = max_faults.unwrap_or(u64::MAX);
        Self {
            engine,
            current: None,
            next: 0,
            stats,
            max_faults,
            faults: 0,
            quarantine: None,
            is_taken: false,
            file: None,
            cut_short: false,
            refused: None,
            owed: None,
        }
    }

    /// From now on, what is passed over goes there.
    ///
    /// # Errors
    /// If it would write over the input, or cannot be emptied.
    pub(crate) fn set_quarantine(&mut self, mut quarantine: Quarantine) -> io::Result<()> {
        quarantine.begin(self.file())?;
        self.quarantine = Some(Box::new(quarantine));
        Ok(())
    }

    /// Instead of anything else this error comes, and then the end.
    pub(crate) fn refuse(&mut self, error: io::Error) {
        self.cut_short = true;
        self.file = None;
        self.refused = Some(error);
    }

    /// What is read is this file.
    pub(crate) fn of_file(mut self, file: Option<FileId>) -> Self {
        self.file = file.map(InUse::reading);
        self
    }

    /// Whether there is a quarantine of a path.
    #[cfg(feature = "python")]
    pub(crate) fn has_quarantine_files(&self) -> bool {
        self.quarantine.as_ref().is_some_and(|quarantine| quarantine.has_files())
    }

    /// The file that is read, if it is one.
    pub(crate) fn file(&self) -> Option<&FileId> {
        self.file.as_ref().map(InUse::file)
    }

    pub(crate) fn name(&self) -> Option<&Arc<str>> {
        self.engine.name()
    }

    /// See [`AroundParse`].
    #[cfg(feature = "python")]
    pub(crate) fn set_around_parse(&mut self, around_parse: AroundParse) {
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
        if self.cut_short {
            return None;
        }
        while let Some(entry) = self.current.as_ref()?.entries().get(self.next) {
            let at = self.next;
            self.next += 1;
            if let What::Record { .. } = entry.what {
                return Some(Step::Record(at));
            }
            if let Some(step) = self.pass_over(at) {
                return Some(step);
            }
        }
        None
    }

    /// What is no record is quarantined; if it is a fault it may end the stream.
    #[cold]
    fn pass_over(&mut self, at: usize) -> Option<Step> {
        let batch = self.current.as_ref()?;
        let written = match &mut self.quarantine {
            Some(quarantine) if self.is_taken => quarantine.catch_up(),
            Some(quarantine) => quarantine.take(batch, &batch.entries()[at]),
            None => Ok(()),
        };
        self.is_taken = written.as_ref().is_err_and(is_delay);
        match written {
            Err(error) if self.is_taken => {
                // The next step begins with this entry.
                self.next = at;
                return Some(Step::Failed(error));
            }
            Err(error) => {
                self.cut_short = true;
                self.file = None;
                self.quarantine = None;
                return Some(Step::Failed(error));
            }
            Ok(()) => {}
        }
        let What::Fault(fault) = batch.entries()[at].what else { return None };
        self.faults += 1;
        self.cut_short = fault.severity() == Severity::Fatal || self.has_too_many_faults();
        if self.cut_short {
            self.file = None;
        }
        Some(Step::Fault(at))
    }

    const fn has_too_many_faults(&self) -> bool {
        self.faults > self.max_faults
    }

    /// The error of the fault that was stepped on last.
    pub(crate) fn error(&self, at: usize) -> Option<Error> {
        let batch = self.current.as_ref()?;
        let entry = &batch.entries()[at];
        let error = batch.error(entry)?;
        if error.severity() == Severity::Fatal || !self.has_too_many_faults() {
            return Some(error);
        }
        let fault = Fault::new(ErrorKind::TooManyFaults);
        Some(Error::with_cause(fault, batch.place_of(entry), error))
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
        if self.cut_short {
            return self.finish().map_or_else(Turn::Failed, |()| Turn::End);
        }
        self.leave_batch();
        let mut turn = self.engine.next(patience);
        if let Turn::End = turn {
            self.file = None;
        }
        if let Turn::End = turn
            && let Err(error) = self.finish()
        {
            // What there was no room for is asked for again, at the end that comes then.
            if is_delay(&error) {
                return Turn::Failed(error);
            }
            turn = Turn::Failed(error);
        }
        match &turn {
            Turn::Batch(batch) => self.current = Some(Arc::clone(batch)),
            // A file that was cut while it was read ends cleanly, and all the same it is not whole.
            Turn::End => {
                let is_whole =
                    self.stats.total_bytes.is_none_or(|total| self.stats.position() >= total);
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

    /// Counts the whole current batch as delivered: it was lent as one. `Err` if what is to be
    /// quarantined could not be.
    pub(crate) fn pass_batch(&mut self) -> io::Result<()> {
        while let Some(step) = self.step_in_batch() {
            match step {
                Step::Failed(error) => return Err(error),
                // Among the items of the batch it is the fault that it is.
                Step::Fault(at) if self.cut_short => {
                    let is_owed = |error: &Error| error.kind() == ErrorKind::TooManyFaults;
                    self.owed = self.error(at).filter(is_owed);
                }
                _ => {}
            }
        }
        if !self.cut_short {
            self.next = self.current.as_ref().map_or(0, |batch| batch.entries().len());
        }
        Ok(())
    }

    /// The error that ended a stream of lent batches, once.
    pub(crate) const fn take_owed(&mut self) -> Option<Error> {
        self.owed.take()
    }

    /// Reads no more. The quarantine is still to be [finished](Self::finish).
    #[cfg(feature = "python")]
    pub(crate) fn stop(&mut self) {
        // The quarantine has this entry, or will have it when it has room: another reader begins after it.
        self.next += usize::from(mem::take(&mut self.is_taken));
        self.leave_batch();
        self.engine.stop();
        self.file = None;
        self.cut_short = true;
    }

    /// Writes out what the quarantine may still hold back, and lets go of it, so that whatever
    /// failed is told once. What there was no room for stays, for another call.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if let Some(error) = self.refused.take() {
            return Err(error);
        }
        let flushed = self.quarantine.as_mut().map_or(Ok(()), |quarantine| quarantine.flush());
        if !flushed.as_ref().is_err_and(is_delay) {
            self.quarantine = None;
        }
        flushed
    }

    /// What was delivered up to and with the last step.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.stats;
        if let Some(batch) = &self.current {
            stats.add(&batch.stats_before(self.next));
        }
        // A file that has grown has no known length any more; files of the kernel never told theirs.
        stats.total_bytes = stats.total_bytes.filter(|&total| total >= stats.position());
        stats
    }
}
