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
//! If the start of a range is not found, because it is far inside padding or other data, the rest of
//! the input is read as one range. It begins with the last frame of the range before it.
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
//! - When the consumer is dropped, so are all receivers, and every thread ends at its next batch.

use crate::{
    parse::{Index, ParseStage, Project},
    pipeline::{NextBatch, Work, apart_from_forks, run_guarded},
    source::{
        BatchSource, FillOutcome, RawBatch,
        range::{ByteRange, Reach},
    },
};
use std::{
    boxed::Box,
    collections::VecDeque,
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    string::ToString,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel},
    },
    thread,
    time::Duration,
    vec::Vec,
};

/// Opens the source of a range, on the thread that reads it: from the offset of a frame, or from one
/// that is searched. Returns `None` if that is too far away.
type OpenRange = Arc<dyn Fn(ByteRange, Option<u64>) -> io::Result<Opened> + Send + Sync>;

type Opened = Option<(Box<dyn BatchSource>, Reach)>;

/// Largest number of batches of a range that wait for their delivery.
pub(crate) const WAITING: usize = 64;

/// Largest number that wait if their records are not needed: these are the damaged ones, and
/// outputs.
const FEW_WAITING: usize = 8;

/// Message of the error for a projection that panics between two batches.
const PANICKED: &str = "the projection panicked while it merged its outputs";

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
    /// The range is read. The next one may begin with the frame at this offset.
    End(u64),
    /// The start of this range is not found.
    Unfound(ByteRange),
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
    /// The offset of a frame with which the next range may begin.
    next_begin: u64,
    /// The rest of the input, if it is read as one range.
    rest: Option<ByteRange>,
    /// True if undamaged padding is needed too.
    keeps_padding: bool,
    /// True once nobody wants more.
    is_over: Arc<AtomicBool>,
    spare: Spare<P>,
}

impl<P: Project> Drop for Ranges<P> {
    fn drop(&mut self) {
        // Nothing is passed on by this: a thread that sees it late only reads more in vain.
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// The ranges that nobody has begun.
struct Queue<P: Project> {
    left: VecDeque<ByteRange>,
    begun: Sender<Receiver<Message<P>>>,
    /// Number of ranges that were begun, and whose turn of delivery has not come.
    waiting: usize,
    /// Largest number of them: some more than are read, so that no thread waits for a slower one.
    most_waiting: usize,
    /// Largest number of batches of each that wait.
    batches: usize,
    /// Number of threads.
    threads: usize,
    /// The end of all ranges.
    end: Option<u64>,
}

/// A range that was begun, and the way for its batches.
struct Begun<P: Project> {
    range: ByteRange,
    /// The offset of a frame with which it begins, if that is known.
    begin: Option<u64>,
    sender: SyncSender<Message<P>>,
}

impl<P: Project> Queue<P> {
    /// Begins the next range. Returns `None` if there is none, or if too many wait for delivery.
    fn begin(&mut self) -> Option<Begun<P>> {
        if self.waiting >= self.most_waiting {
            return None;
        }
        let range = self.left.pop_front()?;
        let (sender, receiver) = sync_channel(self.batches);
        self.begun.send(receiver).ok()?;
        self.waiting += 1;
        Some(Begun { range, begin: None, sender })
    }
}

impl<P: Project> Ranges<P> {
    pub(crate) fn new(
        open: OpenRange,
        ranges: impl IntoIterator<Item = ByteRange>,
        at_once: usize,
    ) -> Self {
        let (sender, begun) = channel();
        let left: VecDeque<ByteRange> = ranges.into_iter().collect();
        let queue = Arc::new(Mutex::new(Queue {
            end: left.back().and_then(|last| last.end),
            left,
            begun: sender,
            waiting: 0,
            // Besides these, the front range may have batches.
            most_waiting: at_once + at_once / 2 - 1,
            batches: WAITING,
            threads: 0,
        }));
        Self {
            open,
            at_once,
            queue,
            begun,
            front: None,
            next_begin: 0,
            rest: None,
            keeps_padding: false,
            is_over: Arc::default(),
            spare: Spare::<P>::default(),
        }
    }

    /// Has undamaged padding delivered, also if no records are needed. To be called before the first
    /// batch.
    pub(super) fn keep_padding(&mut self) {
        self.keeps_padding = true;
    }

    /// Returns the same ranges with another projection, if none is read yet.
    pub(super) fn project<Q: Project>(self) -> Option<Ranges<Q>> {
        let mut queue = lock(&self.queue);
        let is_new = self.front.is_none() && queue.waiting == 0;
        let ranges = is_new.then(|| queue.left.drain(..).collect::<Vec<_>>())?;
        let (open, keeps_padding) = (Arc::clone(&self.open), self.keeps_padding);
        let mut ranges = Ranges::new(open, ranges, self.at_once);
        ranges.keeps_padding = keeps_padding;
        Some(ranges)
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
                Ok(Message::End(next_begin)) => {
                    (self.front, self.next_begin) = (None, next_begin);
                }
                Ok(Message::Unfound(range)) => {
                    self.front = None;
                    self.read_as_one(range);
                }
                Ok(Message::Failed(error)) => return NextBatch::Failed(error),
                Err(RecvTimeoutError::Timeout) => return NextBatch::Pending,
                Err(RecvTimeoutError::Disconnected) => {
                    return NextBatch::Failed(io::Error::other(VANISHED));
                }
            }
        }
    }

    /// Gives up the ranges from this one on, and reads them as one.
    fn read_as_one(&mut self, first: ByteRange) {
        let mut queue = lock(&self.queue);
        self.rest = Some(ByteRange { end: queue.end, ..first });
        queue.left.clear();
        // The threads of these ranges end when they send something.
        while self.begun.try_recv().is_ok() {}
        queue.waiting = 0;
    }

    /// Turns to the next range, and starts the threads that are missing.
    fn turn(&mut self, stage: &ParseStage<P>) -> io::Result<Turn> {
        let queue = Arc::clone(&self.queue);
        let mut queue = lock(&queue);
        if let Some(range) = self.rest {
            let (sender, receiver) = sync_channel(queue.batches);
            let begun = Begun { range, begin: Some(self.next_begin), sender };
            if !self.spawn(stage, move || Some(begun))? {
                return Ok(Turn::Fork);
            }
            (self.front, self.rest) = (Some(receiver), None);
            return Ok(Turn::Range);
        }
        if !stage.project.needs_records() {
            queue.batches = FEW_WAITING;
        }
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
            // No range is begun for a thread that cannot be started.
            let (give, take) = channel();
            if !self.spawn(stage, move || take.recv().ok())? {
                return Ok(false);
            }
            queue.threads += 1;
            if let Some(begun) = queue.begin() {
                drop(give.send(begun));
            }
        }
        Ok(true)
    }

    /// Starts a thread that reads a range first. Returns false if a fork is in progress.
    fn spawn(
        &self,
        stage: &ParseStage<P>,
        first: impl FnOnce() -> Option<Begun<P>> + Send + 'static,
    ) -> io::Result<bool> {
        let reading = Reading {
            open: Arc::clone(&self.open),
            queue: Arc::clone(&self.queue),
            stage: stage.clone(),
            keeps_padding: self.keeps_padding,
            is_over: Arc::clone(&self.is_over),
            spare: Arc::clone(&self.spare),
        };
        let thread = thread::Builder::new().name("tidemarc-range".to_string());
        match apart_from_forks(|| thread.spawn(move || reading.run(first()))) {
            Some(Ok(_)) => Ok(true),
            None => Ok(false),
            Some(Err(error)) => Err(error),
        }
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
    keeps_padding: bool,
    is_over: Arc<AtomicBool>,
    spare: Spare<P>,
}

impl<P: Project> Reading<P> {
    /// Reads this range and those after it, until there is none to begin, or nobody wants more.
    fn run(mut self, first: Option<Begun<P>>) {
        let mut next = first;
        while let Some(Begun { range, begin, sender }) = next.take() {
            self.stage.parse.range = Some(range);
            let message = match self.read(range, begin, &sender) {
                Ok(Ended::At(next_begin)) => Message::End(next_begin),
                Ok(Ended::Unfound) => Message::Unfound(range),
                Ok(Ended::Unwanted) => return,
                Err(error) => {
                    // The receiver is dropped when the stream ends early.
                    drop(sender.send(Message::Failed(error)));
                    return;
                }
            };
            // If there is none, the receiver of the end sees one thread less.
            next = self.begin();
            drop(sender.send(message));
        }
    }

    /// Begins a range. If there is none, this thread counts as ended.
    fn begin(&self) -> Option<Begun<P>> {
        let mut queue = lock(&self.queue);
        let begun = queue.begin();
        queue.threads = queue.threads.saturating_sub(usize::from(begun.is_none()));
        begun
    }

    fn read(
        &self,
        range: ByteRange,
        begin: Option<u64>,
        sender: &SyncSender<Message<P>>,
    ) -> io::Result<Ended> {
        let Some((mut source, reach)) = (self.open)(range, begin)? else {
            return Ok(Ended::Unfound);
        };
        let mut delivery = Delivery { reading: self, sender, counted: None, kept: None };
        loop {
            if self.is_over.load(Ordering::Relaxed) {
                return Ok(Ended::Unwanted);
            }
            let take = || lock(&self.spare).batches.pop();
            let (mut raw, output) = match delivery.kept.take().or_else(take) {
                Some((raw, output)) => (Some(raw), output),
                None => (None, Output::<P>::default()),
            };
            let filled = match source.fill(&mut raw) {
                Ok(FillOutcome::Batch(raw)) => delivery.parse(raw, output),
                Ok(FillOutcome::Pending) => Ok(true),
                Ok(FillOutcome::End) => {
                    let is_wanted = delivery.send_counted();
                    return Ok(if is_wanted { Ended::At(reach.last()) } else { Ended::Unwanted });
                }
                Err(error) => match source.finish() {
                    Some(rest) => delivery.parse(rest, output).and(Err(error)),
                    None => Err(error),
                },
            };
            match filled {
                Ok(true) => {}
                Ok(false) => return Ok(Ended::Unwanted),
                Err(error) => {
                    // The counts of the batches before come first.
                    delivery.send_counted();
                    return Err(error);
                }
            }
        }
    }
}

/// The end of the reading of a range.
enum Ended {
    /// The next range may begin with the frame at this offset.
    At(u64),
    /// The start is too far away.
    Unfound,
    /// Nobody wants more.
    Unwanted,
}

/// The batches of a range, on their way to the receiver.
struct Delivery<'a, P: Project> {
    reading: &'a Reading<P>,
    sender: &'a SyncSender<Message<P>>,
    /// The batch that stands for undamaged ones whose records are not needed.
    counted: Option<Work<Output<P>>>,
    /// The memory of the last of these, still in the cache.
    kept: Option<(RawBatch, Output<P>)>,
}

impl<P: Project> Delivery<'_, P> {
    /// Parses a batch and sends it. Returns false if nobody wants more.
    ///
    /// # Errors
    /// If the projection panics again and again.
    fn parse(&mut self, raw: RawBatch, output: Output<P>) -> io::Result<bool> {
        let Reading { stage, keeps_padding, .. } = self.reading;
        let mut work = Work::new(raw, output);
        run_guarded(stage, &mut work)?;
        if stage.project.needs_records() || !work.output.0.is_faultless(*keeps_padding) {
            return Ok(self.send_counted() && self.send(work));
        }
        let Work { raw, output: (index, mut output), .. } = work;
        let first = index.entries.first().map_or(0, |first| index.distance(first.start));
        let start = raw.offset() + first;
        if !self.merge(start, &index, &mut output)? {
            if !self.send_counted() {
                return Ok(false);
            }
            let next = lock(&self.reading.spare).outputs.pop().unwrap_or_default();
            let output = mem::replace(&mut output, next);
            let counts = (index.counts(), output);
            self.counted = Some(Work::new(raw.without_frames(start), counts));
        }
        self.kept = Some((raw, (index, output)));
        Ok(true)
    }

    /// Adds a batch, whose first item begins at `start`, to the counted ones before it. Returns false
    /// if that is not possible.
    ///
    /// # Errors
    /// If the projection panics.
    fn merge(&mut self, start: u64, index: &Index, output: &mut P::Output) -> io::Result<bool> {
        let Some(Work { raw, output: (counts, before), .. }) = &mut self.counted else {
            return Ok(false);
        };
        if !counts.may_add(index) {
            return Ok(false);
        }
        let project = &self.reading.stage.project;
        let merged = catch_unwind(AssertUnwindSafe(|| project.merge(before, output)));
        let is_merged = merged.map_err(|_| io::Error::other(PANICKED))?;
        if is_merged {
            // At the start of a range there may be batches of which nothing is in it.
            if counts.totals.bytes() == 0 {
                raw.offset = start;
            }
            counts.add_counts(index);
        }
        Ok(is_merged)
    }

    /// Sends the batch without records, if there is one.
    fn send_counted(&mut self) -> bool {
        self.counted.take().is_none_or(|work| self.send(work))
    }

    fn send(&self, work: Work<Output<P>>) -> bool {
        self.sender.send(Message::Batch(work)).is_ok()
    }
}
