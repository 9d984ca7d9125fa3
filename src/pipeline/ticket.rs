//! A ticket: the place of one batch in the order, and the way from raw to finished.

use super::stage::Work;
use crate::sync::{AtomicU32, Ordering, cell::UnsafeCell};

/// Raw, and nobody's.
const QUEUED: u32 = 0;
/// Somebody's, who alone may touch the work.
const CLAIMED: u32 = 1;
/// Finished; the work is the consumer's.
const READY: u32 = 2;

/// One batch on its way through the stage. Both rings hold it; whoever claims it runs the stage.
pub(super) struct Ticket<T> {
    state: AtomicU32,
    /// Whether it went into the work ring too.
    is_offered: bool,
    work: UnsafeCell<Option<Work<T>>>,
}

// SAFETY: `work` is touched only by who won the exchange QUEUED -> CLAIMED, and, after that one
// stored READY with Release, by who won the exchange READY -> CLAIMED with Acquire. So it is moved
// between threads, and never used by two at once.
unsafe impl<T> Sync for Ticket<T> where Work<T>: Send {}

impl<T> Ticket<T> {
    pub(super) fn new(work: Work<T>, is_offered: bool) -> Self {
        let work = UnsafeCell::new(Some(work));
        Self { state: AtomicU32::new(QUEUED), is_offered, work }
    }

    /// Takes the raw work, if nobody has.
    pub(super) fn claim(&self) -> Option<Work<T>> {
        // The work itself needs no ordering here: the ring that brought the ticket published it.
        // Release on success and Acquire on failure are for who finds a husk: it sees that the
        // tickets which the same claimer took earlier have been counted off (`Shared::claim`).
        self.state.compare_exchange(QUEUED, CLAIMED, Ordering::AcqRel, Ordering::Acquire).ok()?;
        // SAFETY: we won the exchange; nobody else touches the work until we store READY.
        self.work.with_mut(|work| unsafe { (*work).take() })
    }

    /// Gives the finished work back. Only for who has claimed it.
    pub(super) fn fulfil(&self, finished: Work<T>) {
        debug_assert_eq!(self.state.load(Ordering::Relaxed), CLAIMED);
        // SAFETY: we claimed the ticket and have not stored READY yet.
        self.work.with_mut(|work| unsafe { *work = Some(finished) });
        // Release: the consumer's Acquire of READY sees the finished work.
        self.state.store(READY, Ordering::Release);
    }

    pub(super) const fn is_offered(&self) -> bool {
        self.is_offered
    }

    pub(super) fn is_ready(&self) -> bool {
        self.state.load(Ordering::Relaxed) == READY
    }

    pub(super) fn is_queued(&self) -> bool {
        self.state.load(Ordering::Relaxed) == QUEUED
    }

    /// Takes the finished work, if it is there.
    pub(super) fn take_finished(&self) -> Option<Work<T>> {
        // Acquire: pairs with the Release of `fulfil`.
        self.state.compare_exchange(READY, CLAIMED, Ordering::Acquire, Ordering::Relaxed).ok()?;
        // SAFETY: the worker is done with it since it stored READY, and we won the exchange.
        self.work.with_mut(|work| unsafe { (*work).take() })
    }
}
