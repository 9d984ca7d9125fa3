//! The consumer's side: batches in order, with the caller helping out.

use super::{
    limits::Limits,
    pool::{self, Without},
    producer::IoThread,
    ring::{Consumer, Producer, RingBuffer},
    shared::{Bounds, End, Job, Shared, Spawn},
    stage::{BROKEN, Stage, Work, run_caught},
    ticket::{Claim, Ticket},
};
use crate::{
    source::{BatchSource, RawBatch, Stopper},
    sync::{Arc, Mutex, Ordering, SPINS, lock},
};
use std::{
    boxed::Box, collections::VecDeque, hint, io, mem, process, sync::OnceLock, thread,
    time::Duration, vec::Vec,
};

/// What a stream says in a child of the process that began it.
const FORKED: &str = "the stream was begun before a fork, and its threads stayed with the parent";

/// What asking for a batch brought.
pub(crate) enum Next<T> {
    /// The next batch, in the order of the input.
    Batch(Work<T>),
    /// Nothing within the caller's patience. Ask again.
    Pending,
    /// The end; an error if the source failed. Said once; afterwards the end is clean.
    End(io::Result<()>),
}

/// A running pipeline, seen from the thread that takes the results. Dropping it stops the I/O
/// thread without waiting for it.
pub(crate) struct Pipeline<S: Stage> {
    pub(super) shared: Arc<Shared<S>>,
    order: Consumer<Arc<Ticket<S::Output>>>,
    returns: Producer<Work<S::Output>>,
    /// Tickets that are popped and not taken yet. Each is claimed, the first by a worker.
    ahead: VecDeque<Arc<Ticket<S::Output>>>,
    /// The end was said, or something came that no batch may follow.
    is_over: bool,
    stopper: Option<Stopper>,
    /// Bytes of a batch larger than the whole budget, which the caller has.
    held: usize,
    /// The process that has the threads.
    pub(super) process: u32,
}

impl<S: Stage> Pipeline<S> {
    /// Starts an I/O thread on `source`. At most `threads` batches are parsed at once, the
    /// caller's included; `threads` is at least 2, because one thread needs no pipeline.
    ///
    /// # Errors
    /// The source, as it was, if the system has no thread or no descriptor left, or a fork is under
    /// way.
    pub(crate) fn start(
        mut source: Box<dyn BatchSource>,
        stage: S,
        threads: usize,
    ) -> Result<Self, Box<dyn BatchSource>> {
        let stopper = source.input().map_or(Ok(None), |input| input.stopper());
        let Ok(stopper) = stopper else { return Err(source) };
        let Limits { depth, backlog, budget, .. } = stage.limits();
        let bounds = Bounds { depth, backlog, jobs: threads - 1, budget };
        let (mut pipeline, io_thread) = Self::assemble(stage, bounds, spawn_on_pool());
        // Not moved into the thread at once: with a thread that does not start it would be gone.
        let parcel = Arc::new(Mutex::new(Some(source)));
        let unpacked = Arc::clone(&parcel);
        let run = move || {
            let source = lock(&unpacked).take();
            drop(unpacked);
            if let Some(source) = source {
                io_thread.run(source);
            }
        };
        let builder = thread::Builder::new().name("tidemarc-io".into());
        let thread = pool::apart_from_forks(|| builder.spawn(run));
        if !matches!(thread, Some(Ok(_))) {
            // Nobody else has it: the closure went with the thread that was none.
            if let Some(mut source) = lock(&parcel).take() {
                if let Some(input) = source.input() {
                    input.unstop();
                }
                return Err(source);
            }
        }
        pipeline.stopper = stopper;
        Ok(pipeline)
    }

    /// The two sides, before anything runs.
    pub(super) fn assemble(stage: S, bounds: Bounds, spawn: Spawn) -> (Self, IoThread<S>) {
        let (order_in, order) = RingBuffer::new(bounds.depth);
        // Twice as long: it also holds husks, tickets that the caller has claimed itself.
        let (work_in, work) = RingBuffer::new(2 * bounds.depth);
        let (returns, returned) = RingBuffer::new(bounds.depth);
        let shared = Arc::new(Shared::new(stage, bounds, work, spawn));
        let io_thread = IoThread {
            shared: Arc::clone(&shared),
            order: order_in,
            work: work_in,
            returned,
            outputs: Vec::new(),
        };
        let process = process::id();
        let pipeline = Self {
            shared,
            order,
            returns,
            ahead: VecDeque::new(),
            is_over: false,
            stopper: None,
            held: 0,
            process,
        };
        (pipeline, io_thread)
    }

    /// The next batch. Waits for it no longer than `patience`, or as long as it takes; if that is no
    /// time it looks for a while, and does not sleep.
    pub(crate) fn next(&mut self, patience: Option<Duration>) -> Next<S::Output> {
        if self.is_over {
            return Next::End(Ok(()));
        }
        let held = mem::take(&mut self.held);
        if held > 0 {
            self.shared.in_flight.fetch_sub(held, Ordering::Relaxed);
            self.shared.space.notify();
        }
        loop {
            let Some(front) = self.ahead.pop_front().or_else(|| self.order.pop().ok()) else {
                let (order, shared) = (&self.order, &*self.shared);
                // In this order: what was pushed before the end was said is popped before it.
                if shared.has_ended() {
                    if order.slots() == 0 {
                        return self.end();
                    }
                    continue;
                }
                match self.wait(patience, || order.slots() > 0 || shared.has_ended()) {
                    Ok(true) => continue,
                    Ok(false) => return Next::Pending,
                    Err(error) => return self.lost(error),
                }
            };
            if let Some(mut work) = self.shared.claim(&front).and_then(Claim::keep) {
                run_caught(&self.shared.stage, &mut work);
                return self.land(work);
            }
            if let Some(work) = front.take_finished() {
                return self.land(work);
            }
            self.ahead.push_front(Arc::clone(&front));
            if self.help() {
                continue;
            }
            let (order, has_room) = (&self.order, self.may_help());
            match self.wait(patience, || front.is_ready() || has_room && order.slots() > 0) {
                Ok(true) => {}
                Ok(false) => return Next::Pending,
                Err(error) => return self.lost(error),
            }
        }
    }

    /// True if one more ticket may be popped while a worker has the first. Each makes room for another
    /// in the ring, so there are few: those that all workers may have, and some more.
    fn may_help(&self) -> bool {
        let Bounds { depth, jobs, .. } = self.shared.bounds;
        self.ahead.len() <= (jobs + 3).min(depth / 2)
    }

    /// Parses the first batch that nobody has claimed, instead of waiting for the one that a worker
    /// has: false if there is none.
    fn help(&mut self) -> bool {
        while self.may_help()
            && let Ok(ticket) = self.order.pop()
        {
            let claim = self.shared.claim(&ticket);
            self.ahead.push_back(ticket);
            if let Some(claim) = claim {
                claim.finish(|work| run_caught(&self.shared.stage, work));
                return true;
            }
        }
        false
    }

    /// Looks for a while, then sleeps. Says whether the condition holds.
    ///
    /// # Errors
    /// In a child of the process that has the threads, where nobody would bring the condition about. Only
    /// a wait asks for that, which costs a system call.
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
        if self.process != process::id() {
            return Err(io::Error::other(FORKED));
        }
        Ok(self.shared.data.wait_until(patience, condition))
    }

    /// The threads are in another process.
    #[cold]
    fn lost(&mut self, error: io::Error) -> Next<S::Output> {
        self.is_over = true;
        Next::End(Err(error))
    }

    /// Gives an old batch's memory back to the I/O thread.
    pub(crate) fn recycle(&mut self, raw: RawBatch, output: S::Output) {
        // If the ring is full there is more spare memory than the stream needs.
        drop(self.returns.push(Work::new(raw, output)));
    }

    /// A batch has left the flight: the I/O thread may have room again.
    fn land(&mut self, work: Work<S::Output>) -> Next<S::Output> {
        let Bounds { depth, budget, .. } = self.shared.bounds;
        // The caller has the batch until it asks for the next; one larger than the budget stays in
        // flight for so long, so that not another of its size is made beside it.
        self.held = if work.memory > budget { work.memory } else { 0 };
        let landed = work.memory - self.held;
        let before = self.shared.in_flight.fetch_sub(landed, Ordering::Relaxed);
        // Not at each pop: a wake costs more than a batch.
        if self.order.slots() <= depth / 2 && before - landed <= budget / 2 {
            self.shared.space.notify();
        }
        if work.is_broken {
            self.is_over = true;
            self.shared.stop();
            return Next::End(Err(io::Error::other(BROKEN)));
        }
        Next::Batch(work)
    }

    fn end(&mut self) -> Next<S::Output> {
        self.is_over = true;
        Next::End(match self.shared.take_end() {
            None | Some(End::Clean) => Ok(()),
            Some(End::Failed(error)) => Err(error),
            Some(End::Vanished) => {
                Err(io::Error::other("the thread that reads the input panicked"))
            }
        })
    }
}

impl<S: Stage> Drop for Pipeline<S> {
    fn drop(&mut self) {
        if self.process == process::id() {
            self.shared.stop();
        } else {
            // After a fork there is no thread to stop here, and the parent's is not to be: a lock
            // may have been copied while it was held, and the stopper is shared with the parent.
            mem::forget(self.stopper.take());
        }
    }
}

/// Hands jobs to the pool, which is asked for when the first one comes. Where there is none the job
/// is dropped, and the caller does its work.
fn spawn_on_pool() -> Spawn {
    let pool = OnceLock::new();
    Box::new(move |job: Job| {
        let found = match pool.get() {
            Some(found) => found,
            None => match pool::current() {
                Err(Without::Waiting) => return,
                found => pool.get_or_init(|| found.ok()),
            },
        };
        if let Some(pool) = found {
            pool.spawn_fifo(job);
        }
    })
}
