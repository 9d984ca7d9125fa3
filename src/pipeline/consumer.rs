//! The consumer's side: batches in order. The consumer reads and parses whenever it would have to
//! wait otherwise.

use super::{
    feed::{End, Feed, FeedOutcome},
    pace::Pace,
    pool::{self, Without},
    producer::IoThread,
    ring::{Consumer, Producer, RingBuffer},
    shared::{Bounds, Shared, Spawn, Task},
    stage::{BROKEN, NextBatch, Stage, Work, run_caught},
    ticket::{Claim, Ticket},
};
use crate::{
    source::{BatchSource, Helpers, RawBatch, Stopper},
    sync::{Arc, Clock, Mutex, Ordering, SPINS, lock},
};
use std::{
    boxed::Box, collections::VecDeque, hint, io, mem, process, sync::OnceLock, thread,
    time::Duration,
};

/// Message of the error of a stream in a child of the process that started it.
const FORKED: &str = "the stream was begun before a fork, and its threads stayed with the parent";

/// The result of the consumer's attempt to read.
enum OwnRead<T> {
    /// The batch that comes after all batches in the order ring, which is empty.
    Batch(Work<T>),
    /// Something else can be done first.
    Again,
    /// The I/O thread has to do it, or has the feed.
    Wait,
}

/// A running pipeline, seen from the thread that takes the results. Dropping it stops the I/O
/// thread without waiting for it.
pub(crate) struct Pipeline<S: Stage> {
    pub(super) shared: Arc<Shared<S>>,
    order: Consumer<Arc<Ticket<S::Output>>>,
    returns: Producer<Work<S::Output>>,
    /// The last batch that came back while the consumer reads alone. Its memory is in the cache.
    old: Option<Work<S::Output>>,
    /// Tickets that are popped and not taken yet, in order. Each is claimed, the first by another
    /// thread.
    ahead: VecDeque<Arc<Ticket<S::Output>>>,
    /// True once the end or an error was returned.
    is_over: bool,
    stopper: Option<Stopper>,
    /// Bytes of a batch larger than the whole budget, which the caller has.
    held: usize,
    /// The process that has the threads.
    pub(super) process: u32,
    /// The shared `wanted`, which only the consumer changes.
    is_wanted: bool,
    clock: Clock,
    pace: Pace,
}

impl<S: Stage> Pipeline<S> {
    /// Starts an I/O thread on `source`. At most `threads` batches are parsed at once, the
    /// caller's included; `threads` is at least 2, because one thread needs no pipeline. If a parse
    /// takes only `parse_time`, workers may be of no use.
    ///
    /// # Errors
    /// The source, as it was, if the system has no thread or no descriptor left, or a fork is in
    /// progress.
    pub(crate) fn start(
        mut source: Box<dyn BatchSource>,
        stage: S,
        threads: usize,
        parse_time: Option<Duration>,
    ) -> Result<Self, Box<dyn BatchSource>> {
        let stopper = source.input().map_or(Ok(None), |input| input.stopper());
        let Ok(stopper) = stopper else { return Err(source) };
        if let Some(input) = source.input() {
            input.set_helpers(Some(helpers(threads)));
        }
        let is_shared = source.input().is_none_or(|input| input.may_be_shared());
        let bounds = stage.limits().bounds(threads, parse_time, is_shared);
        let (mut pipeline, io_thread) = Self::assemble(source, stage, bounds, spawn_on_pool());
        // Not moved into the thread at once: if the thread does not start, its closure is dropped.
        let parcel = Arc::new(Mutex::new(Some(io_thread)));
        let unpacked = Arc::clone(&parcel);
        let run = move || {
            let io_thread = lock(&unpacked).take();
            drop(unpacked);
            if let Some(io_thread) = io_thread {
                io_thread.run();
            }
        };
        let builder = thread::Builder::new().name("tidemarc-io".into());
        let thread = pool::apart_from_forks(|| builder.spawn(run));
        if !matches!(thread, Some(Ok(_)))
            && let Some(feed) = pipeline.shared.feed.take()
        {
            let mut source = feed.into_source();
            if let Some(input) = source.input() {
                input.unstop();
                input.set_helpers(None);
            }
            return Err(source);
        }
        pipeline.stopper = stopper;
        Ok(pipeline)
    }

    /// Creates the two sides, before anything runs.
    pub(super) fn assemble(
        source: Box<dyn BatchSource>,
        stage: S,
        bounds: Bounds,
        spawn: Spawn,
    ) -> (Self, IoThread<S>) {
        let (order_in, order) = RingBuffer::new(bounds.depth);
        // Twice as long, because it also has tickets that the consumer has claimed.
        let (work_in, work) = RingBuffer::new(2 * bounds.depth);
        let (returns, returned) = RingBuffer::new(bounds.depth);
        let feed = Feed::new(source, returned);
        let shared = Arc::new(Shared::new(stage, bounds, feed, work, spawn));
        let io_thread = IoThread { shared: Arc::clone(&shared), order: order_in, work: work_in };
        let process = process::id();
        let clock = Clock::start();
        let pipeline = Self {
            shared,
            order,
            returns,
            old: None,
            ahead: VecDeque::new(),
            is_over: false,
            stopper: None,
            held: 0,
            process,
            is_wanted: !bounds.is_shared,
            pace: Pace::new(clock.now()),
            clock,
        };
        (pipeline, io_thread)
    }

    /// Returns the next batch. Waits for it no longer than `patience`, or as long as it takes; if
    /// `patience` is zero, it checks for a while, and does not sleep.
    pub(crate) fn next(&mut self, patience: Option<Duration>) -> NextBatch<Work<S::Output>> {
        if self.is_over {
            return NextBatch::End;
        }
        let held = mem::take(&mut self.held);
        if held > 0 {
            self.shared.in_flight.fetch_sub(held, Ordering::Relaxed);
            if self.is_wanted {
                self.call_if_low();
            }
        }
        self.next_in_order(patience).unwrap_or_else(|error| {
            self.is_over = true;
            NextBatch::Failed(error)
        })
    }

    fn next_in_order(
        &mut self,
        patience: Option<Duration>,
    ) -> io::Result<NextBatch<Work<S::Output>>> {
        let mut may_read = self.shared.bounds.is_shared;
        loop {
            let Some(front) = self.ahead.pop_front().or_else(|| self.order.pop().ok()) else {
                // In this order: everything pushed before the end was reported is popped before it.
                if self.shared.has_ended() {
                    if self.order.slots() == 0 {
                        return self.end();
                    }
                    continue;
                }
                match self.read(&mut may_read)? {
                    OwnRead::Batch(mut work) => {
                        run_caught(&self.shared.stage, &mut work);
                        return self.land(work, true);
                    }
                    OwnRead::Again => continue,
                    OwnRead::Wait => {}
                }
                if self.shared.bounds.is_shared {
                    self.pace.needs_help(self.clock.now());
                }
                self.call();
                let (order, shared) = (&self.order, &*self.shared);
                let changed = || {
                    order.slots() > 0 || shared.has_ended() || may_read && shared.feed.is_there()
                };
                if !self.wait(patience, changed)? {
                    return Ok(NextBatch::Pending);
                }
                continue;
            };
            if let Some(mut work) = self.shared.claim(&front).and_then(Claim::keep) {
                run_caught(&self.shared.stage, &mut work);
                return self.land(work, false);
            }
            if let Some(work) = front.take_finished() {
                return self.land(work, false);
            }
            self.ahead.push_front(Arc::clone(&front));
            if self.help(&mut may_read)? {
                continue;
            }
            let (order, shared, may_help) = (&self.order, &*self.shared, self.may_help());
            let changed = || {
                let more = || order.slots() > 0 || may_read && shared.feed.is_there();
                front.is_ready() || may_help && more()
            };
            if !self.wait(patience, changed)? {
                return Ok(NextBatch::Pending);
            }
        }
    }

    /// Returns true if one more batch may be taken while another thread has the first. Each makes
    /// room for another in the ring, so there are few.
    fn may_help(&self) -> bool {
        let Bounds { depth, budget, .. } = self.shared.bounds;
        self.ahead.len() <= depth / 2 && self.shared.in_flight.load(Ordering::Relaxed) < budget
    }

    /// Parses the first batch that no thread has claimed, or reads one, instead of waiting for the
    /// batch that another thread has. Returns false if there is none.
    fn help(&mut self, may_read: &mut bool) -> io::Result<bool> {
        while self.may_help() {
            let claim = if let Ok(ticket) = self.order.pop() {
                let claim = self.shared.claim(&ticket);
                self.ahead.push_back(ticket);
                claim
            } else {
                match self.read(may_read)? {
                    OwnRead::Batch(work) => {
                        let (ticket, claim) = Ticket::claimed(work);
                        self.ahead.push_back(ticket);
                        Some(claim)
                    }
                    OwnRead::Again if self.order.slots() > 0 => None,
                    OwnRead::Again | OwnRead::Wait => return Ok(false),
                }
            };
            if let Some(claim) = claim {
                claim.finish(|work| run_caught(&self.shared.stage, work));
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the next batch, if the feed is free and the read needs no wait. If it would have to
    /// wait, `may_read` becomes false: that read is for the I/O thread.
    ///
    /// # Errors
    /// In a child of the process that started the stream: the source is the parent's, too.
    fn read(&mut self, may_read: &mut bool) -> io::Result<OwnRead<S::Output>> {
        let shared = &*self.shared;
        if !*may_read || !shared.feed.is_there() {
            return Ok(OwnRead::Wait);
        }
        self.check_process()?;
        let Some(feed) = shared.feed.take() else { return Ok(OwnRead::Wait) };
        // Everything that was read before is in the ring by now, and comes first.
        if self.order.slots() > 0 {
            shared.feed.put(feed);
            return Ok(OwnRead::Again);
        }
        let batch = match feed.read(false, &mut self.old) {
            FeedOutcome::Batch(work, feed) => {
                shared.feed.put(feed);
                Some(work)
            }
            FeedOutcome::Pending(feed) => {
                shared.feed.put(feed);
                *may_read = false;
                return Ok(OwnRead::Wait);
            }
            FeedOutcome::End(rest, end) => {
                shared.end(end);
                // The I/O thread has nothing more to do.
                shared.stop();
                rest
            }
        };
        Ok(batch.map_or(OwnRead::Again, |work| {
            shared.in_flight.fetch_add(work.memory, Ordering::Relaxed);
            OwnRead::Batch(work)
        }))
    }

    /// Checks for a while, then sleeps. Returns true if the condition holds.
    ///
    /// # Errors
    /// In a child of the process that has the threads, where no thread would make the condition
    /// true.
    fn wait(
        &self,
        patience: Option<Duration>,
        mut condition: impl FnMut() -> bool,
    ) -> io::Result<bool> {
        let mut spins = SPINS;
        while spins > 0 {
            if condition() {
                return Ok(true);
            }
            hint::spin_loop();
            spins -= 1;
        }
        if patience == Some(Duration::ZERO) {
            return Ok(condition());
        }
        self.check_process()?;
        Ok(self.shared.data.wait_until(patience, condition))
    }

    /// Checks that this is the process that has the threads. It costs a system call, so only a read
    /// and a wait do it.
    fn check_process(&self) -> io::Result<()> {
        if self.process == process::id() { Ok(()) } else { Err(io::Error::other(FORKED)) }
    }

    /// Gives an old batch's memory back, to be filled again.
    pub(crate) fn recycle(&mut self, raw: RawBatch, output: S::Output) {
        let mut old = Some(Work::new(raw, output));
        if !self.is_wanted {
            mem::swap(&mut self.old, &mut old);
        }
        if let Some(old) = old {
            // If the ring is full there is more spare memory than the stream needs.
            drop(self.returns.push(old));
        }
    }

    /// Takes a batch out of flight, which the consumer has read itself, or not.
    fn land(
        &mut self,
        work: Work<S::Output>,
        is_own: bool,
    ) -> io::Result<NextBatch<Work<S::Output>>> {
        let Bounds { budget, is_shared, .. } = self.shared.bounds;
        // The caller has the batch until it requests the next; one larger than the budget stays in
        // flight until then, so that not another of its size is made beside it.
        self.held = if work.memory > budget { work.memory } else { 0 };
        self.shared.in_flight.fetch_sub(work.memory - self.held, Ordering::Relaxed);
        if !is_shared || self.pace.count(self.clock.now(), is_own) {
            self.call_if_low();
        } else {
            self.set_wanted(false);
        }
        if work.is_broken {
            self.shared.stop();
            return Err(io::Error::other(BROKEN));
        }
        Ok(NextBatch::Batch(work))
    }

    /// Wakes the I/O thread if there is much room. Not at each batch, because a wake costs more than
    /// a batch.
    fn call_if_low(&mut self) {
        let Bounds { depth, budget, is_shared, .. } = self.shared.bounds;
        // A consumer that can read itself never runs out of work, so it calls later.
        let low = if is_shared { depth / 8 } else { depth / 2 };
        if self.order.slots() <= low && self.shared.in_flight.load(Ordering::Relaxed) <= budget / 2
        {
            self.call();
        }
    }

    /// Wakes the I/O thread if it sleeps and has something to read.
    pub(super) fn call(&mut self) {
        self.set_wanted(true);
        self.shared.space.notify();
    }

    /// Sets whether the I/O thread is to read ahead.
    pub(super) fn set_wanted(&mut self, wanted: bool) {
        if mem::replace(&mut self.is_wanted, wanted) != wanted {
            self.shared.set_wanted(wanted);
        }
    }

    fn end(&mut self) -> io::Result<NextBatch<Work<S::Output>>> {
        self.is_over = true;
        match self.shared.take_end() {
            None | Some(End::Clean) => Ok(NextBatch::End),
            Some(End::Failed(error)) => Err(error),
            Some(End::Vanished) => {
                Err(io::Error::other("the thread that reads the input panicked"))
            }
        }
    }
}

impl<S: Stage> Drop for Pipeline<S> {
    fn drop(&mut self) {
        if self.process == process::id() {
            self.shared.stop();
        } else {
            // After a fork there is no thread to stop here, and the parent's must go on: a mutex may
            // have been copied while it was locked, and the stopper is shared with the parent.
            mem::forget(self.stopper.take());
        }
    }
}

/// Returns the threads that help with the input of a stream: with the thread that reads, there are
/// `threads`.
fn helpers(threads: usize) -> Helpers {
    let spawn = spawn_on_pool();
    Helpers { count: threads.saturating_sub(1).max(1), spawn: std::sync::Arc::from(spawn) }
}

/// Hands tasks to the pool, which is taken when the first one comes. If there is none, the task is
/// dropped, and the other sides do its work.
fn spawn_on_pool() -> Spawn {
    let pool = OnceLock::new();
    Box::new(move |task: Task| {
        let found = match pool.get() {
            Some(found) => found,
            None => match pool::current() {
                Err(Without::Waiting) => return,
                found => pool.get_or_init(|| found.ok()),
            },
        };
        if let Some(pool) = found {
            pool.spawn_fifo(task);
        }
    })
}
