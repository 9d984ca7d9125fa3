//! Batches in order: quarantine, the limit on faults, the counts, the end.

use super::{
    current_input::CurrentInput,
    engine::{Delivery, Engine},
    quarantine::Quarantine,
    ranges::Ranges,
};
use crate::{
    compress::Progress,
    error::{Error, InputName, Position},
    parse::{Batch, Project, Stats, What},
    pipeline::NextBatch,
    record::{ErrorKind, Fault, Severity},
    source::{FileId, InUse, range::Reach},
};
use std::{boxed::Box, io, mem, sync::Arc, time::Duration, vec::Vec};

/// The next entry of a stream. A record or fault is given by its index in the current batch.
pub(crate) enum NextEntry {
    Record(usize),
    Fault(usize),
    Pending,
    End,
    Failed(io::Error),
}

/// Message of the error of a projection that comes too late.
const BEGUN: &str = "the reader was begun: use a new one that starts at its position";

/// A stream of batches: the engine, and the treatment of faults and padding.
///
/// An entry is *settled* when it was delivered: then it counts, and a fault goes to the quarantine.
/// Users of batches settle each batch whole ([`next`](Self::next)), and users of records one entry
/// after the other ([`step_in_batch`](Self::step_in_batch)).
pub(crate) struct Batches<P: Project = ()> {
    pub(crate) engine: Engine<P>,
    current: Option<Arc<Batch>>,
    /// The number of settled entries of the current batch.
    settled: usize,
    /// The output for the current batch, while settling it whole has to be tried again.
    unsettled: Option<P::Output>,
    /// Counts of the batches before the current one.
    pub(super) stats: Stats,
    /// The progress of the decompression, and the number of compressed bytes if it is known.
    progress: Arc<Progress>,
    compressed_total: Option<u64>,
    max_faults: u64,
    pub(super) input: CurrentInput,
    /// The quarantine, until it fails or the stream is over.
    pub(crate) quarantine: Option<Box<Quarantine>>,
    /// True if the quarantine has taken the next entry of the batch, but not yet written all of it.
    is_taken: bool,
    /// The files that are read, until no more is read from any of them.
    pub(super) files: Vec<InUse>,
    /// True if a fault or the quarantine ended the stream, or the current input, before its end.
    pub(super) cut_short: bool,
    /// True if the next input follows nevertheless.
    pub(super) goes_on: bool,
    /// The range that is read, if it is not the whole input.
    range: Option<Reach>,
    /// The error that keeps everything from being read, until it is returned.
    refused: Option<io::Error>,
    /// The error that ended a stream of whole batches, until it is taken.
    owed: Option<Error>,
}

impl<P: Project> Batches<P> {
    pub(crate) fn new(
        engine: Engine<P>,
        total_bytes: Option<u64>,
        start: u64,
        max_faults: Option<u64>,
    ) -> Self {
        let stats = Stats { total_bytes, start, inputs: 1, ..Stats::default() };
        let max_faults = max_faults.unwrap_or(u64::MAX);
        Self {
            engine,
            current: None,
            settled: 0,
            unsettled: None,
            stats,
            progress: Progress::new(),
            compressed_total: None,
            max_faults,
            input: CurrentInput::default(),
            quarantine: None,
            is_taken: false,
            files: Vec::new(),
            cut_short: false,
            goes_on: false,
            range: None,
            refused: None,
            owed: None,
        }
    }

    /// Sets the quarantine for skipped entries from now on. Does nothing if the stream is over:
    /// then an earlier quarantine at the same path is kept.
    ///
    /// # Errors
    /// If it would write over the input, or cannot be emptied.
    pub(crate) fn set_quarantine(&mut self, mut quarantine: Quarantine) -> io::Result<()> {
        if self.cut_short {
            return Ok(());
        }
        quarantine.begin(&self.files)?;
        if quarantine.has_padding() {
            self.engine.keep_padding();
        }
        self.quarantine = Some(Box::new(quarantine));
        Ok(())
    }

    /// Ends the stream. This error comes first, and then the end.
    pub(crate) fn refuse(&mut self, error: io::Error) {
        self.cut_short();
        self.refused = Some(error);
    }

    /// Sets the file that is read.
    pub(crate) fn of_file(mut self, file: Option<FileId>) -> Self {
        self.files = file.map(InUse::reading).into_iter().collect();
        self
    }

    /// Reads the ranges of the input at once, in place of its source.
    pub(crate) fn of_ranges(self, ranges: Ranges<P>) -> Self {
        Self { engine: self.engine.of_ranges(ranges), ..self }
    }

    /// Sets that the source reads a range of the input.
    pub(crate) fn of_range(self, range: Reach) -> Self {
        Self { range: Some(range), ..self }
    }

    /// Sets the progress of the decompression.
    pub(crate) fn with_progress(self, progress: Arc<Progress>) -> Self {
        Self { progress, ..self }
    }

    /// Sets the number of bytes of a compressed input, if it is known.
    pub(crate) fn of_compressed(self, compressed_total: Option<u64>) -> Self {
        Self { compressed_total, ..self }
    }

    /// Returns the files that are read.
    pub(crate) fn files(&self) -> Vec<FileId> {
        self.files.iter().map(|file| file.file().clone()).collect()
    }

    /// Returns the name of the current input.
    pub(crate) fn name(&self) -> Option<&InputName> {
        self.engine.name()
    }

    /// Returns the same stream with a projection. [`give_back`](Self::give_back) saves the memory
    /// of outputs.
    ///
    /// It is too late once a batch was read: then an error comes instead of the next one.
    pub(crate) fn project<Q: Project>(mut self, project: Q) -> Batches<Q> {
        if self.current.is_some() || self.stats.bytes() > 0 {
            self.refuse(io::Error::new(io::ErrorKind::InvalidInput, BEGUN));
        }
        Batches {
            stats: self.stats(),
            progress: self.progress,
            compressed_total: self.compressed_total,
            quarantine: self.quarantine,
            files: self.files,
            cut_short: self.cut_short,
            range: self.range,
            refused: self.refused,
            ..Batches::new(self.engine.project(project), None, 0, Some(self.max_faults))
        }
    }

    /// Takes an output back, to be filled again.
    pub(crate) fn give_back(&mut self, output: P::Output) {
        self.engine.give_back(output);
    }

    /// Returns the options by which the records' text is read.
    pub(crate) const fn text(&self) -> crate::encoding::TextOptions {
        self.engine.text
    }

    pub(crate) const fn current(&self) -> Option<&Arc<Batch>> {
        self.current.as_ref()
    }

    /// Returns the next record or fault of the current batch; `None` if the batch has no more.
    /// Waits for nothing.
    #[inline]
    pub(crate) fn step_in_batch(&mut self) -> Option<NextEntry> {
        if self.cut_short {
            return None;
        }
        while let Some(entry) = self.current.as_ref()?.entries().get(self.settled) {
            let at = self.settled;
            self.settled += 1;
            if let What::Record { .. } = entry.what {
                return Some(NextEntry::Record(at));
            }
            if let What::Unmatched { .. } = entry.what {
                continue;
            }
            if let Some(step) = self.pass_over(at) {
                return Some(step);
            }
        }
        None
    }

    /// Quarantines an entry that is not a record. A fault may end the stream.
    #[cold]
    fn pass_over(&mut self, at: usize) -> Option<NextEntry> {
        let batch = self.current.as_ref()?;
        let written = match &mut self.quarantine {
            Some(quarantine) if self.is_taken => quarantine.catch_up(),
            Some(quarantine) => quarantine.take(batch, at),
            None => Ok(()),
        };
        self.is_taken = written.as_ref().is_err_and(Quarantine::is_delay);
        match written {
            Err(error) if self.is_taken => {
                // The next step begins with this entry.
                self.settled = at;
                return Some(NextEntry::Failed(error));
            }
            Err(error) => {
                self.cut_short();
                self.quarantine = None;
                return Some(NextEntry::Failed(error));
            }
            Ok(()) => {}
        }
        let What::Fault(fault) = batch.entries()[at].what else { return None };
        self.input.faults += 1;
        if fault.severity() == Severity::Fatal || self.has_too_many_faults() {
            self.give_up_input();
        }
        Some(NextEntry::Fault(at))
    }

    /// Ends the stream before its input has ended.
    pub(super) fn cut_short(&mut self) {
        (self.cut_short, self.goes_on) = (true, false);
        self.files.clear();
    }

    const fn has_too_many_faults(&self) -> bool {
        self.input.faults > self.max_faults
    }

    /// Returns the error of the last fault that was delivered.
    pub(crate) fn error(&self, at: usize) -> Option<Error> {
        let batch = self.current.as_ref()?;
        let entry = &batch.entries()[at];
        let error = batch.error(at)?;
        if error.severity() == Severity::Fatal || !self.has_too_many_faults() {
            return Some(error);
        }
        let fault = Fault::new(ErrorKind::TooManyFaults);
        Some(Error::with_cause(fault, batch.position_of(entry), error))
    }

    /// Returns the next batch, settled whole. If a batch was begun step by step, its rest is
    /// skipped. Waits no longer than `patience`, or as long as it takes.
    ///
    /// A fault that ends the stream is in the last batch; after too many faults,
    /// [`next_whole`](Self::next_whole) has the error.
    pub(crate) fn next(&mut self, patience: Option<Duration>) -> NextBatch<Delivery<P::Output>> {
        if let Err(error) = self.settle() {
            return NextBatch::Failed(error);
        }
        if let (Some(output), Some(batch)) = (self.unsettled.take(), &self.current) {
            return NextBatch::Batch((Arc::clone(batch), output));
        }
        let turn = self.fetch(patience);
        let NextBatch::Batch((batch, output)) = turn else { return turn };
        match self.settle() {
            Ok(()) => NextBatch::Batch((batch, output)),
            Err(error) => {
                self.unsettled = self.is_taken.then_some(output);
                NextBatch::Failed(error)
            }
        }
    }

    /// Leaves the current batch, settled or not, for the next one.
    pub(crate) fn fetch(&mut self, patience: Option<Duration>) -> NextBatch<Delivery<P::Output>> {
        if self.cut_short {
            if !self.goes_on {
                return self.finish().map_or_else(NextBatch::Failed, |()| NextBatch::End);
            }
            (self.cut_short, self.goes_on) = (false, false);
        }
        self.leave_batch();
        self.engine.settled = self.stats.numbered();
        let mut turn = self.engine.next(patience);
        if let NextBatch::End = turn {
            self.files.clear();
            if let Err(error) = self.finish() {
                // Bytes that found no room are tried again, when the end is requested again.
                if Quarantine::is_delay(&error) {
                    return NextBatch::Failed(error);
                }
                turn = NextBatch::Failed(error);
            }
        }
        match &turn {
            NextBatch::Batch((batch, _)) => {
                let batch = Arc::clone(batch);
                if batch.raw.input != self.input.index() {
                    self.leave_input(batch.raw.input);
                }
                self.current = Some(batch);
            }
            // A file that was cut while it was read ends cleanly, but it is not whole.
            NextBatch::End => {
                self.leave_input(self.stats.inputs as u32);
                let is_whole = match &self.range {
                    Some(range) => range.is_reached(),
                    None => {
                        self.stats.total_bytes.is_none_or(|total| self.stats.position() >= total)
                    }
                };
                self.stats.complete = is_whole && !self.stats.failed && self.stats.unfinished == 0;
            }
            NextBatch::Failed(_) => self.stats.failed = true,
            NextBatch::Pending => {}
        }
        turn
    }

    fn leave_batch(&mut self) {
        if let Some(batch) = self.current.take() {
            self.stats.start = self.start_in(&batch);
            self.stats.add(&batch.stats_before(self.settled.min(batch.entries().len())));
            self.settled = 0;
        }
    }

    /// Returns the start: of a range it is that of the first item, once this is delivered.
    fn start_in(&self, batch: &Batch) -> u64 {
        if self.range.is_none() || self.stats.bytes() > 0 {
            return self.stats.start;
        }
        match batch.entries().first() {
            Some(first) if self.settled > 0 => batch.offset_of(first),
            // A batch without its records is settled whole, and begins with the first of them.
            None if batch.has_counts() => batch.offset(),
            _ => self.stats.start,
        }
    }

    /// Settles the rest of the current batch.
    ///
    /// # Errors
    /// If the quarantine cannot be written.
    fn settle(&mut self) -> io::Result<()> {
        if let Some(batch) = &self.current
            && batch.is_all_records()
            && !self.cut_short
        {
            self.settled = batch.entries().len();
            return Ok(());
        }
        while let Some(step) = self.step_in_batch() {
            match step {
                NextEntry::Failed(error) => return Err(error),
                // The items of the batch have the fault itself.
                NextEntry::Fault(at) if self.cut_short => {
                    let is_owed = |error: &Error| error.kind() == ErrorKind::TooManyFaults;
                    self.owed = self.error(at).filter(is_owed);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Moves to the next batch, settled whole, and returns its output; `None` at the end. Waits as
    /// long as it takes.
    ///
    /// # Errors
    /// The error that ended the stream in the batch before, and those of the source and the
    /// quarantine.
    pub(crate) fn next_whole(&mut self) -> Result<Option<P::Output>, Error> {
        if let Some(error) = self.owed.take() {
            return Err(error);
        }
        loop {
            match self.next(None) {
                NextBatch::Batch((_, output)) => return Ok(Some(output)),
                NextBatch::Pending => {}
                NextBatch::End => return Ok(None),
                NextBatch::Failed(error) => return Err(self.failure(error)),
            }
        }
    }

    /// Reads no more. The quarantine is still to be [finished](Self::finish).
    pub(crate) fn stop(&mut self) {
        // The quarantine has this entry, or will have it when it has room. So another reader begins
        // after it.
        self.settled += usize::from(mem::take(&mut self.is_taken));
        self.leave_batch();
        self.unsettled = None;
        self.engine.stop();
        self.cut_short();
    }

    /// Ends the reading here, and returns the counts.
    ///
    /// # Errors
    /// If the quarantine cannot be written.
    pub(crate) fn end(&mut self) -> Result<Stats, Error> {
        self.stop();
        self.finish().map_err(|error| self.failure(error))?;
        Ok(self.stats())
    }

    /// Writes the rest of the quarantine and drops it, so that a failure is reported once. Bytes
    /// that found no room stay for another call.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if let Some(error) = self.refused.take() {
            return Err(error);
        }
        let flushed = self.quarantine.as_mut().map_or(Ok(()), |quarantine| quarantine.flush());
        if !flushed.as_ref().is_err_and(Quarantine::is_delay) {
            self.quarantine = None;
        }
        flushed
    }

    /// Returns the error of a source or quarantine that failed.
    pub(crate) fn failure(&self, error: io::Error) -> Error {
        let position = Position {
            name: self.name().cloned(),
            offset: Some(self.offset()),
            ..Position::default()
        };
        Error::io(error, position)
    }

    /// Returns the counts of everything delivered, with the last step.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.stats;
        if let Some(batch) = &self.current {
            stats.start = self.start_in(batch);
            stats.add(&batch.stats_before(self.settled));
        }
        stats.compressed_bytes = self.progress.get();
        stats.compressed_total_bytes = self
            .compressed_total
            .filter(|&total| stats.compressed_bytes.is_some_and(|used| total >= used));
        // The length of a file that has grown is not known. Files of the kernel state none.
        stats.total_bytes = stats.total_bytes.filter(|&total| total >= stats.position());
        stats
    }
}
