//! What the three sides of a pipeline share, and how work finds a worker.

use super::{
    ring::Consumer,
    signal::Signal,
    slot::Slot,
    stage::{Stage, catch, run_caught},
    ticket::{Claim, Ticket},
};
use crate::sync::{Arc, AtomicBool, AtomicIsize, AtomicUsize, Mutex, Ordering, fence, lock};
use std::{boxed::Box, io};

/// The tickets that wait for a worker. Who holds it, the baton, may pop.
pub(super) type Baton<T> = Consumer<Arc<Ticket<T>>>;

/// A closure for the pool.
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// Hands a job to the pool, or drops it where there is none.
pub(super) type Spawn = Box<dyn Fn(Job) + Send + Sync>;

/// How the last message came about.
#[derive(Debug)]
pub(super) enum End {
    /// The source said so.
    Clean,
    /// The source failed.
    Failed(io::Error),
    /// The I/O thread went away without a word: it panicked.
    Vanished,
}

/// The bounds of one stream: the [`Limits`](super::Limits) of its stage, and its number of jobs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Tickets in the order ring.
    pub(super) depth: usize,
    /// How many unclaimed tickets are worth a worker; at least 2, see [`Shared::claim`].
    pub(super) backlog: isize,
    /// Jobs in the pool; the caller's own parse comes on top.
    pub(super) jobs: usize,
    /// Bytes in flight.
    pub(super) budget: usize,
}

pub(super) struct Shared<S: Stage> {
    pub(super) stage: S,
    pub(super) bounds: Bounds,
    /// The baton, while no job holds it.
    baton: Slot<Baton<S::Output>>,
    /// Tickets in the work ring that nobody has claimed yet. A ticket is counted after it was
    /// pushed and counted off after it was claimed, so for moments it may be below zero.
    queued: AtomicIsize,
    /// Jobs in the pool.
    running: AtomicUsize,
    spawn: Spawn,
    /// The consumer waits for: a ticket in the order ring, the front ticket ready, or the end.
    pub(super) data: Signal,
    /// The I/O thread waits for: room in the order ring and in the budget, or stop.
    pub(super) space: Signal,
    /// Bytes of buffers between the I/O thread and the consumer.
    pub(super) in_flight: AtomicUsize,
    stop: AtomicBool,
    ended: AtomicBool,
    end: Mutex<Option<End>>,
}

impl<S: Stage> Shared<S> {
    pub(super) fn new(stage: S, bounds: Bounds, baton: Baton<S::Output>, spawn: Spawn) -> Self {
        Self {
            stage,
            bounds,
            baton: Slot::new(Box::new(baton)),
            queued: AtomicIsize::new(0),
            running: AtomicUsize::new(0),
            spawn,
            data: Signal::new(),
            space: Signal::new(),
            in_flight: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            end: Mutex::new(None),
        }
    }

    /// Nobody listens any more.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.space.notify();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Says the end. Everything pushed before it is seen by who sees it.
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

    /// Counts a ticket that was pushed into the work ring; [`dispatch`](Self::dispatch) must follow.
    pub(super) fn count_queued(&self) {
        self.queued.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes a ticket's raw work, if nobody has.
    ///
    /// The ticket is counted off after the claim, so at most one that the caller has claimed is
    /// still counted when a job finds it a husk. That is why a backlog is at least 2: a job that finds
    /// nothing but husks never starts another for the same husks.
    pub(super) fn claim(&self, ticket: &Arc<Ticket<S::Output>>) -> Option<Claim<S::Output>> {
        let claim = Ticket::claim(ticket)?;
        if ticket.is_offered() {
            self.queued.fetch_sub(1, Ordering::Relaxed);
        }
        Some(claim)
    }

    /// Throws away the husks at the front of the work ring, if no job is at it: tickets that the
    /// caller has claimed itself. It claims in order, so behind the first sound one there are none.
    pub(super) fn clear_husks(&self) {
        if let Some(mut baton) = self.baton.take() {
            while baton.peek().is_ok_and(|ticket| !ticket.is_queued()) {
                drop(baton.pop());
            }
            self.baton.put(baton);
        }
    }

    /// Whether a job would have work and room. Not whether the baton is there.
    pub(super) fn wants_job(&self) -> bool {
        self.queued.load(Ordering::Relaxed) >= self.bounds.backlog
            && self.running.load(Ordering::Relaxed) < self.bounds.jobs
            && !self.is_stopped()
    }

    /// Starts a job if there is a backlog, room in the pool, and an idle baton.
    ///
    /// Who makes one of the three true calls this afterwards. It fences and then looks at all of
    /// them, so the one whose fence comes last sees what the others did, and starts the job: no
    /// wake is lost.
    pub(super) fn dispatch(this: &Arc<Self>) {
        fence(Ordering::SeqCst);
        while this.wants_job() {
            let Some(baton) = this.baton.take() else { return };
            // Once more: only who holds the baton starts jobs, and the baton brings what its last
            // holder claimed and started. So this look is not overtaken by another.
            if this.wants_job() {
                let before = this.running.fetch_add(1, Ordering::Relaxed);
                debug_assert!(before < this.bounds.jobs, "more jobs than may be");
                let held = Held { baton: Some(baton), shared: Arc::clone(this) };
                // A pool that panics is as good as none: the job is dropped, which puts the baton back.
                catch(|| (this.spawn)(Box::new(move || held.run())));
                return;
            }
            this.baton.put(baton);
            fence(Ordering::SeqCst);
        }
    }
}

/// A job: the baton on its way, and a place among the running.
struct Held<S: Stage> {
    /// `None` as soon as the job runs.
    baton: Option<Box<Baton<S::Output>>>,
    shared: Arc<Shared<S>>,
}

impl<S: Stage> Held<S> {
    fn run(mut self) {
        let shared = &self.shared;
        let Some(mut baton) = self.baton.take() else { return };
        let mut claimed = None;
        while claimed.is_none()
            && !shared.is_stopped()
            && let Ok(ticket) = baton.pop()
        {
            // `None` if the caller was faster; the ticket is a husk.
            claimed = shared.claim(&ticket);
        }
        shared.baton.put(baton);
        if let Some(claim) = claimed {
            // Pass the baton on before the work, so that a backlog finds every worker.
            Shared::dispatch(shared);
            claim.finish(|work| run_caught(&shared.stage, work));
        }
    }
}

impl<S: Stage> Drop for Held<S> {
    fn drop(&mut self) {
        if self.baton.is_none() {
            // After the claim's drop, however that came about.
            self.shared.data.notify();
        }
        self.shared.running.fetch_sub(1, Ordering::Relaxed);
        match self.baton.take() {
            None => Shared::dispatch(&self.shared),
            // It never ran: there is no pool, and the caller does it all. To dispatch here would
            // end up here again.
            Some(baton) => self.shared.baton.put(baton),
        }
    }
}
