//! Several ranges of one input that are read at once, each on a thread of its own, and delivered in
//! order.
//!
//! Each thread reads, frames and parses its range, so nothing is shared but the order. The batches
//! are numbered when they are delivered, as those of any other stream.

use crate::{
    parse::{Index, ParseStage, Project},
    pipeline::{NextBatch, Work, apart_from_forks, run_guarded},
    source::{BatchSource, FillOutcome, RawBatch, range::ByteRange},
};
use std::{
    boxed::Box,
    collections::VecDeque,
    io,
    string::ToString,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
    vec::Vec,
};

/// Opens the source of a range, on the thread that reads it.
type OpenRange = Arc<dyn Fn(ByteRange) -> io::Result<Box<dyn BatchSource>> + Send + Sync>;

/// Largest number of batches of a range that wait for their delivery.
pub(crate) const WAITING: usize = 64;

/// Message of the error for a thread that has vanished.
const VANISHED: &str = "the thread that read a range has vanished";

type Output<P> = (Index, <P as Project>::Output);

/// Memory of old batches, for all threads.
type Spare<P> = Arc<Mutex<Vec<(RawBatch, Output<P>)>>>;

/// A message of a thread.
#[allow(clippy::large_enum_variant, reason = "nearly every message is a batch")]
enum Message<P: Project> {
    Batch(Work<Output<P>>),
    /// The range is read.
    End,
    Failed(io::Error),
}

/// The ranges of an input, in order.
pub(crate) struct Ranges<P: Project> {
    open: OpenRange,
    /// The ranges without a thread.
    left: VecDeque<ByteRange>,
    /// Largest number of ranges that are read at once.
    at_once: usize,
    /// The ranges that are read, in order.
    begun: VecDeque<Receiver<Message<P>>>,
    spare: Spare<P>,
}

impl<P: Project> Ranges<P> {
    pub(crate) fn new(
        open: OpenRange,
        ranges: impl IntoIterator<Item = ByteRange>,
        at_once: usize,
    ) -> Self {
        let left = ranges.into_iter().collect();
        Self { open, left, at_once, begun: VecDeque::new(), spare: Spare::<P>::default() }
    }

    /// Returns the same ranges with another projection, if none is read yet.
    pub(super) fn project<Q: Project>(self) -> Option<Ranges<Q>> {
        self.begun.is_empty().then(|| Ranges::new(self.open, self.left, self.at_once))
    }

    /// Returns the next batch. Waits no longer than `patience`, or as long as it takes.
    pub(super) fn next(
        &mut self,
        stage: &ParseStage<P>,
        patience: Option<Duration>,
    ) -> NextBatch<Work<Output<P>>> {
        loop {
            if let Err(error) = self.begin(stage) {
                return NextBatch::Failed(error);
            }
            let Some(front) = self.begun.front() else {
                return if self.left.is_empty() { NextBatch::End } else { NextBatch::Pending };
            };
            let message = match patience {
                Some(patience) => front.recv_timeout(patience),
                None => front.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(Message::Batch(work)) => return NextBatch::Batch(work),
                Ok(Message::End) => drop(self.begun.pop_front()),
                Ok(Message::Failed(error)) => return NextBatch::Failed(error),
                Err(RecvTimeoutError::Timeout) => return NextBatch::Pending,
                Err(RecvTimeoutError::Disconnected) => {
                    return NextBatch::Failed(io::Error::other(VANISHED));
                }
            }
        }
    }

    /// Starts a thread for each range that may be read now, unless a fork is in progress.
    fn begin(&mut self, stage: &ParseStage<P>) -> io::Result<()> {
        while self.begun.len() < self.at_once
            && let Some(&range) = self.left.front()
        {
            let (sender, receiver) = sync_channel(WAITING);
            let (open, spare, mut stage) =
                (Arc::clone(&self.open), Arc::clone(&self.spare), stage.clone());
            stage.parse.range = Some(range);
            let name = "tidemarc-range".to_string();
            let read = move || read(&open, range, &stage, &sender, &spare);
            match apart_from_forks(|| thread::Builder::new().name(name).spawn(read)) {
                Some(Ok(_)) => {}
                None => return Ok(()),
                // The ranges that have a thread come first; then this one is tried again.
                Some(Err(_)) if !self.begun.is_empty() => return Ok(()),
                Some(Err(error)) => return Err(error),
            }
            self.left.pop_front();
            self.begun.push_back(receiver);
        }
        Ok(())
    }

    /// Takes the memory of a batch, to be used again.
    pub(super) fn recycle(&self, raw: RawBatch, output: Output<P>) {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        // No more than once were in use: a thread takes from here before it makes more.
        if spare.len() < self.at_once * WAITING {
            spare.push((raw, output));
        }
    }
}

/// Reads a range to its end, or until nobody wants more.
fn read<P: Project>(
    open: &OpenRange,
    range: ByteRange,
    stage: &ParseStage<P>,
    sender: &SyncSender<Message<P>>,
    spare: &Spare<P>,
) {
    // The receiver is dropped when the stream ends early.
    let _ = match read_all(open, range, stage, sender, spare) {
        Ok(()) => sender.send(Message::End),
        Err(error) => sender.send(Message::Failed(error)),
    };
}

fn read_all<P: Project>(
    open: &OpenRange,
    range: ByteRange,
    stage: &ParseStage<P>,
    sender: &SyncSender<Message<P>>,
    spare: &Spare<P>,
) -> io::Result<()> {
    let mut source = open(range)?;
    let take = || spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let parse = |raw, output| {
        let mut work = Work::new(raw, output);
        run_guarded(stage, &mut work)?;
        Ok::<_, io::Error>(sender.send(Message::Batch(work)).is_ok())
    };
    loop {
        let (mut raw, output) = match take() {
            Some((raw, output)) => (Some(raw), output),
            None => (None, Output::<P>::default()),
        };
        match source.fill(&mut raw) {
            Ok(FillOutcome::Batch(raw)) => {
                if !parse(raw, output)? {
                    return Ok(());
                }
            }
            Ok(FillOutcome::Pending) => {}
            Ok(FillOutcome::End) => return Ok(()),
            Err(error) => {
                if let Some(rest) = source.finish() {
                    parse(rest, output)?;
                }
                return Err(error);
            }
        }
    }
}
