//! The state that the sides of a pipeline share, and the start of jobs.

use super::{
    feed::{End, Feed},
    ring::Consumer,
    signal::Signal,
    slot::Slot,
    stage::{Stage, catch, run_caught},
    ticket::{Claim, Ticket},
};
use crate::sync::{Arc, AtomicBool, AtomicIsize, AtomicUsize, Mutex, Ordering, fence, lock};
use std::boxed::Box;

/// The right to pop the work ring: its consumer end.
pub(super) type Baton<T> = Consumer<Arc<Ticket<T>>>;

/// A closure for the pool.
pub(super) type Task = Box<dyn FnOnce() + Send>;

/// Hands a task to the pool, or drops it if there is none.
pub(super) type Spawn = Box<dyn Fn(Task) + Send + Sync>;

/// The bounds of one stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Tickets in the order ring.
    pub(super) depth: usize,
    /// Number of unclaimed tickets for which a worker is woken; at least 2, see [`Shared::claim`].
    pub(super) backlog: isize,
    /// Jobs in the pool, besides the parses of the consumer and the I/O thread.
    pub(super) jobs: usize,
    /// Bytes in flight.
    pub(super) budget: usize,
    /// True if the consumer may read the source itself.
    pub(super) is_shared: bool,
}

pub(super) struct Shared<S: Stage> {
    pub(super) stage: S,
    pub(super) bounds: Bounds,
    /// The feed, while no thread reads.
    pub(super) feed: Slot<Feed<S>>,
    /// The baton, while no job has it.
    baton: Slot<Baton<S::Output>>,
    /// Number of unclaimed tickets in the work ring. A ticket is counted after it was pushed and
    /// counted off after it was claimed, so for moments the number may be below zero.
    queued: AtomicIsize,
    /// Jobs in the pool.
    running: AtomicUsize,
    spawn: Spawn,
    /// Wakes the consumer: for a ticket in the order ring, a free feed, the front ticket, the end.
    pub(super) data: Signal,
    /// Wakes the I/O thread: for room, a free feed, the wish of the consumer, and stop.
    pub(super) space: Signal,
    /// True while the consumer wants the I/O thread to read ahead.
    wanted: AtomicBool,
    /// Bytes of the buffers that are read and not yet taken by the consumer.
    pub(super) in_flight: AtomicUsize,
    stop: AtomicBool,
    ended: AtomicBool,
    end: Mutex<Option<End>>,
}

impl<S: Stage> Shared<S> {
    pub(super) fn new(
        stage: S,
        bounds: Bounds,
        feed: Box<Feed<S>>,
        baton: Baton<S::Output>,
        spawn: Spawn,
    ) -> Self {
        Self {
            stage,
            bounds,
            feed: Slot::new(feed),
            baton: Slot::new(Box::new(baton)),
            queued: AtomicIsize::new(0),
            running: AtomicUsize::new(0),
            spawn,
            data: Signal::new(),
            space: Signal::new(),
            wanted: AtomicBool::new(!bounds.is_shared),
            in_flight: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            end: Mutex::new(None),
        }
    }

    /// Tells the other sides that the consumer needs them no more.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.space.notify();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Reports the end. A thread that sees it sees everything that was pushed before.
    pub(super) fn end(&self, end: End) {
        *lock(&self.end) = Some(end);
        self.ended.store(true, Ordering::Release);
        self.data.notify();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    pub(super) fn take_end(&self) -> Option<End> {
        lock(&self.end).take()
    }

    /// Returns true while the consumer wants the I/O thread to read ahead.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Sets whether the I/O thread is to read ahead. A thread that is not wanted goes to sleep after
    /// its batch, until a notification of `space` finds it wanted again.
    pub(super) fn set_wanted(&self, wanted: bool) {
        self.wanted.store(wanted, Ordering::Relaxed);
    }

    /// Counts a ticket that was pushed into the work ring; [`dispatch`](Self::dispatch) must follow.
    pub(super) fn count_queued(&self) {
        self.queued.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes a ticket's raw work, if no thread has taken it.
    ///
    /// The ticket is counted off after the claim, so at most one ticket that the consumer has
    /// claimed is still counted when a job finds it. Therefore a backlog is at least 2: a job that
    /// finds only claimed tickets never starts another for them.
    pub(super) fn claim(&self, ticket: &Arc<Ticket<S::Output>>) -> Option<Claim<S::Output>> {
        let claim = Ticket::claim(ticket)?;
        if ticket.is_offered() {
            self.queued.fetch_sub(1, Ordering::Relaxed);
        }
        Some(claim)
    }

    /// Removes the tickets at the front of the work ring that the consumer has claimed, if the baton
    /// is idle. The consumer claims in order, so there are none after the first unclaimed one.
    pub(super) fn remove_claimed(&self) {
        if let Some(mut baton) = self.baton.take() {
            while baton.peek().is_ok_and(|ticket| !ticket.is_queued()) {
                drop(baton.pop());
            }
            self.baton.put(baton);
        }
    }

    /// Returns true if there is a backlog, and of at least this many tickets.
    pub(super) fn is_backlog(&self, least: isize) -> bool {
        self.queued.load(Ordering::Relaxed) >= self.bounds.backlog.max(least)
    }

    /// Returns true if a job would have work and room, whether or not the baton is idle.
    pub(super) fn wants_job(&self) -> bool {
        self.running.load(Ordering::Relaxed) < self.bounds.jobs
            && self.is_backlog(0)
            && !self.is_stopped()
    }

    /// Starts a job if there is a backlog, room in the pool, and an idle baton.
    ///
    /// A thread that makes one of the three true calls this afterwards. It fences and then checks
    /// all three, so the thread whose fence comes last sees what the others did, and starts the
    /// job: no wake is lost.
    pub(super) fn dispatch(this: &Arc<Self>) {
        fence(Ordering::SeqCst);
        while this.wants_job() {
            let Some(baton) = this.baton.take() else { return };
            // Only the holder of the baton starts jobs, and the baton brings all that its last
            // holder claimed and started. So no other check comes in between.
            if this.wants_job() {
                let before = this.running.fetch_add(1, Ordering::Relaxed);
                debug_assert!(before < this.bounds.jobs, "more jobs than allowed");
                let job = Job { baton: Some(baton), shared: Arc::clone(this) };
                // A panic of the pool drops the job, as if there were no pool, and its drop puts
                // the baton back.
                catch(|| (this.spawn)(Box::new(move || job.run())));
                return;
            }
            this.baton.put(baton);
            fence(Ordering::SeqCst);
        }
    }
}

/// One run of a worker, counted in `running`.
struct Job<S: Stage> {
    /// The baton, until the job runs.
    baton: Option<Box<Baton<S::Output>>>,
    shared: Arc<Shared<S>>,
}

impl<S: Stage> Job<S> {
    fn run(mut self) {
        let shared = &self.shared;
        let Some(mut baton) = self.baton.take() else { return };
        let mut claimed = None;
        while claimed.is_none()
            && !shared.is_stopped()
            && let Ok(ticket) = baton.pop()
        {
            // `None` if the consumer was faster.
            claimed = shared.claim(&ticket);
        }
        shared.baton.put(baton);
        if let Some(claim) = claimed {
            // The baton goes on before the work begins, so that a backlog finds every worker.
            Shared::dispatch(shared);
            claim.finish(|work| run_caught(&shared.stage, work));
        }
    }
}

impl<S: Stage> Drop for Job<S> {
    fn drop(&mut self) {
        if self.baton.is_none() {
            // After the drop of the claim, even if a panic dropped it.
            self.shared.data.notify();
        }
        self.shared.running.fetch_sub(1, Ordering::Relaxed);
        match self.baton.take() {
            None => Shared::dispatch(&self.shared),
            // The job never ran: there is no pool, and the other sides parse everything. To
            // dispatch here would end up here again.
            Some(baton) => self.shared.baton.put(baton),
        }
    }
}
