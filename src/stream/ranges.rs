//! Several ranges of one input that are read at once, each on a thread of its own, and delivered in
//! order.
//!
//! Each thread reads, frames and parses its range, so nothing is shared but the order. The batches
//! are numbered when they are delivered, as those of any other stream.
//!
//! A range is begun with a channel for its batches, in order, under one lock; the receivers of these
//! channels go to the consumer in the same order. A thread that has read its range begins the next
//! one itself, unless too many wait for their delivery: then it ends, and the consumer starts
//! another when there is room.
//!
//! Nobody waits for ever:
//!
//! - The consumer waits for the front range alone. That range was begun, so a thread reads it, which
//!   waits for nothing but room in the channel of the range.
//! - A thread of another range waits for room until its range is the front one. All ranges before it
//!   were begun before it, so by the first point they end.
//! - If no range is begun and some are left, no thread reads: each thread reads a range that is
//!   begun, and takes the next one, or itself from the count, before it sends the end of its range.
//!   So the consumer starts a thread.
//! - When the consumer is dropped, so are all receivers, and every thread ends at its next message.

use crate::{
    parse::{Index, ParseStage, Project},
    pipeline::{NextBatch, Work, apart_from_forks, run_guarded},
    source::{BatchSource, FillOutcome, RawBatch, range::ByteRange},
};
use std::{
    boxed::Box,
    collections::VecDeque,
    io, mem,
    string::ToString,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel},
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
type Spare<P> = Arc<Mutex<Memory<P>>>;

struct Memory<P: Project> {
    batches: Vec<(RawBatch, Output<P>)>,
    /// The outputs for batches without records.
    outputs: Vec<P::Output>,
}

impl<P: Project> Default for Memory<P> {
    fn default() -> Self {
        Self { batches: Vec::new(), outputs: Vec::new() }
    }
}

/// A message of a thread.
#[allow(clippy::large_enum_variant, reason = "nearly every message is a batch")]
enum Message<P: Project> {
    Batch(Work<Output<P>>),
    /// The range is read.
    End,
    Failed(io::Error),
}

/// The result of turning to the next range.
enum Turn {
    Range,
    /// A thread cannot be started yet.
    Fork,
    End,
}

/// The ranges of an input, in order.
pub(crate) struct Ranges<P: Project> {
    open: OpenRange,
    /// Largest number of ranges that are read at once.
    at_once: usize,
    queue: Arc<Mutex<Queue<P>>>,
    /// The batches of the ranges that were begun, in order.
    begun: Receiver<Receiver<Message<P>>>,
    /// The range whose batches are delivered.
    front: Option<Receiver<Message<P>>>,
    spare: Spare<P>,
}

/// The ranges that nobody has begun.
struct Queue<P: Project> {
    left: VecDeque<ByteRange>,
    begun: Sender<Receiver<Message<P>>>,
    /// Number of ranges that were begun, and whose turn of delivery has not come.
    waiting: usize,
    /// Largest number of them: some more than are read, so that no thread waits for a slower one.
    most_waiting: usize,
    /// Number of threads.
    threads: usize,
}

/// A range that was begun, and the way for its batches.
type Begun<P> = (ByteRange, SyncSender<Message<P>>);

impl<P: Project> Queue<P> {
    /// Begins the next range. Returns `None` if there is none, or if too many wait for delivery.
    fn begin(&mut self) -> Option<Begun<P>> {
        if self.waiting >= self.most_waiting {
            return None;
        }
        let range = self.left.pop_front()?;
        let (sender, receiver) = sync_channel(WAITING);
        self.begun.send(receiver).ok()?;
        self.waiting += 1;
        Some((range, sender))
    }
}

impl<P: Project> Ranges<P> {
    pub(crate) fn new(
        open: OpenRange,
        ranges: impl IntoIterator<Item = ByteRange>,
        at_once: usize,
    ) -> Self {
        let (sender, begun) = channel();
        let queue = Arc::new(Mutex::new(Queue {
            left: ranges.into_iter().collect(),
            begun: sender,
            waiting: 0,
            most_waiting: at_once + at_once / 2,
            threads: 0,
        }));
        Self { open, at_once, queue, begun, front: None, spare: Spare::<P>::default() }
    }

    /// Returns the same ranges with another projection, if none is read yet.
    pub(super) fn project<Q: Project>(self) -> Option<Ranges<Q>> {
        let mut queue = lock(&self.queue);
        let is_new = self.front.is_none() && queue.waiting == 0;
        is_new.then(|| Ranges::new(Arc::clone(&self.open), queue.left.drain(..), self.at_once))
    }

    /// Returns the next batch. Waits no longer than `patience`, or as long as it takes.
    pub(super) fn next(
        &mut self,
        stage: &ParseStage<P>,
        patience: Option<Duration>,
    ) -> NextBatch<Work<Output<P>>> {
        loop {
            let Some(front) = &self.front else {
                match self.turn(stage) {
                    Ok(Turn::Range) => continue,
                    Ok(Turn::Fork) => return NextBatch::Pending,
                    Ok(Turn::End) => return NextBatch::End,
                    Err(error) => return NextBatch::Failed(error),
                }
            };
            let message = match patience {
                Some(patience) => front.recv_timeout(patience),
                None => front.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(Message::Batch(work)) => return NextBatch::Batch(work),
                Ok(Message::End) => self.front = None,
                Ok(Message::Failed(error)) => return NextBatch::Failed(error),
                Err(RecvTimeoutError::Timeout) => return NextBatch::Pending,
                Err(RecvTimeoutError::Disconnected) => {
                    return NextBatch::Failed(io::Error::other(VANISHED));
                }
            }
        }
    }

    /// Turns to the next range, and starts the threads that are missing.
    fn turn(&mut self, stage: &ParseStage<P>) -> io::Result<Turn> {
        let queue = Arc::clone(&self.queue);
        let mut queue = lock(&queue);
        let started = self.start(&mut queue, stage);
        let Ok(front) = self.begun.try_recv() else {
            return match started? {
                true => Ok(Turn::End),
                false => Ok(Turn::Fork),
            };
        };
        self.front = Some(front);
        queue.waiting -= 1;
        // There is room for one more range now. The ranges that have a thread come first; then the
        // start of a thread that failed is tried again.
        drop(self.start(&mut queue, stage));
        Ok(Turn::Range)
    }

    /// Starts the threads that are missing. Returns false if a fork is in progress.
    fn start(&self, queue: &mut Queue<P>, stage: &ParseStage<P>) -> io::Result<bool> {
        while queue.threads < self.at_once
            && queue.waiting < queue.most_waiting
            && !queue.left.is_empty()
        {
            let reading = Reading {
                open: Arc::clone(&self.open),
                queue: Arc::clone(&self.queue),
                stage: stage.clone(),
                spare: Arc::clone(&self.spare),
            };
            let thread = thread::Builder::new().name("tidemarc-range".to_string());
            // No range is begun for a thread that cannot be started.
            let (give, take) = channel();
            match apart_from_forks(|| thread.spawn(move || reading.run(take.recv().ok()))) {
                Some(Ok(_)) => queue.threads += 1,
                None => return Ok(false),
                Some(Err(error)) => return Err(error),
            }
            if let Some(begun) = queue.begin() {
                drop(give.send(begun));
            }
        }
        Ok(true)
    }

    /// Takes the memory of a batch, to be used again.
    pub(super) fn recycle(&self, raw: RawBatch, output: Output<P>) {
        let mut spare = lock(&self.spare);
        // No more than once were in use: a thread takes from here before it makes more.
        let most = self.at_once * WAITING;
        if raw.frames().is_empty() {
            if spare.outputs.len() < most {
                spare.outputs.push(output.1);
            }
        } else if spare.batches.len() < most {
            spare.batches.push((raw, output));
        }
    }
}

fn lock<T>(memory: &Mutex<T>) -> MutexGuard<'_, T> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The reading of one range after the other, on a thread.
struct Reading<P: Project> {
    open: OpenRange,
    queue: Arc<Mutex<Queue<P>>>,
    stage: ParseStage<P>,
    spare: Spare<P>,
}

impl<P: Project> Reading<P> {
    /// Reads this range and those after it, until there is none to begin, or nobody wants more.
    fn run(mut self, first: Option<Begun<P>>) {
        let mut next = first;
        while let Some((range, sender)) = next.take() {
            self.stage.parse.range = Some(range);
            match self.read(range, &sender) {
                Ok(true) => {
                    // If there is none, the receiver of the end sees one thread less.
                    next = self.begin();
                    // The receiver is dropped when the stream ends early.
                    drop(sender.send(Message::End));
                }
                Ok(false) => {}
                Err(error) => drop(sender.send(Message::Failed(error))),
            }
        }
    }

    /// Begins a range. If there is none, this thread counts as ended.
    fn begin(&self) -> Option<Begun<P>> {
        let mut queue = lock(&self.queue);
        let begun = queue.begin();
        queue.threads -= usize::from(begun.is_none());
        begun
    }

    /// Reads a range. Returns false if nobody wants more.
    fn read(&self, range: ByteRange, sender: &SyncSender<Message<P>>) -> io::Result<bool> {
        let mut source = (self.open)(range)?;
        let (stage, spare) = (&self.stage, &self.spare);
        let mut delivery = Delivery { stage, sender, spare, counted: None, kept: None };
        loop {
            let take = || lock(spare).batches.pop();
            let (mut raw, output) = match delivery.kept.take().or_else(take) {
                Some((raw, output)) => (Some(raw), output),
                None => (None, Output::<P>::default()),
            };
            match source.fill(&mut raw) {
                Ok(FillOutcome::Batch(raw)) => {
                    if !delivery.parse(raw, output)? {
                        return Ok(false);
                    }
                }
                Ok(FillOutcome::Pending) => {}
                Ok(FillOutcome::End) => return Ok(delivery.send_counted()),
                Err(error) => {
                    if let Some(rest) = source.finish() {
                        delivery.parse(rest, output)?;
                    }
                    delivery.send_counted();
                    return Err(error);
                }
            }
        }
    }
}

/// The batches of a range, on their way to the receiver.
struct Delivery<'a, P: Project> {
    stage: &'a ParseStage<P>,
    sender: &'a SyncSender<Message<P>>,
    spare: &'a Spare<P>,
    /// The batch that stands for undamaged ones whose records are not needed.
    counted: Option<Work<Output<P>>>,
    /// The memory of the last of these, still in the cache.
    kept: Option<(RawBatch, Output<P>)>,
}

impl<P: Project> Delivery<'_, P> {
    /// Parses a batch and sends it. Returns false if nobody wants more.
    fn parse(&mut self, raw: RawBatch, output: Output<P>) -> io::Result<bool> {
        let mut work = Work::new(raw, output);
        run_guarded(self.stage, &mut work)?;
        if self.stage.project.needs_records() || !work.output.0.is_faultless() {
            return Ok(self.send_counted() && self.send(work));
        }
        let Work { raw, output: (index, mut output), .. } = work;
        let project = &self.stage.project;
        let merge = |before: &mut Work<Output<P>>| project.merge(&mut before.output.1, &mut output);
        if !self.counted.as_mut().is_some_and(merge) {
            if !self.send_counted() {
                return Ok(false);
            }
            let next = lock(self.spare).outputs.pop().unwrap_or_default();
            let output = mem::replace(&mut output, next);
            self.counted = Some(Work::new(raw.without_frames(), (index.emptied(), output)));
        }
        if let Some(counted) = &mut self.counted {
            counted.output.0.add_counts(&index);
        }
        self.kept = Some((raw, (index, output)));
        Ok(true)
    }

    /// Sends the batch without records, if there is one.
    fn send_counted(&mut self) -> bool {
        self.counted.take().is_none_or(|work| self.send(work))
    }

    fn send(&self, work: Work<Output<P>>) -> bool {
        self.sender.send(Message::Batch(work)).is_ok()
    }
}
