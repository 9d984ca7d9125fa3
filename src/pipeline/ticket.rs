//! A ticket: the place of one batch in the order, and the way from raw to finished.

use super::stage::Work;
use crate::sync::{Arc, AtomicU32, Ordering, cell::UnsafeCell};

/// The work is raw, and any thread may claim it.
const QUEUED: u32 = 0;
/// One thread has the work, and it alone may touch it.
const CLAIMED: u32 = 1;
/// The work is finished, and the consumer may take it.
const READY: u32 = 2;

/// One batch on its way through the stage. The thread that claims it runs the stage.
pub(super) struct Ticket<T> {
    state: AtomicU32,
    /// True if the work ring has the ticket too.
    is_offered: bool,
    work: UnsafeCell<Option<Work<T>>>,
}

// SAFETY: `work` is touched only by the claimer, which alone won the exchange QUEUED -> CLAIMED or
// made the ticket, and, after that one stored READY with Release, by the thread that won the
// exchange READY -> CLAIMED with Acquire. So it is moved between threads, and never used by two at
// once.
unsafe impl<T> Sync for Ticket<T> where Work<T>: Send {}

impl<T> Ticket<T> {
    pub(super) fn new(work: Work<T>, is_offered: bool) -> Self {
        let work = UnsafeCell::new(Some(work));
        Self { state: AtomicU32::new(QUEUED), is_offered, work }
    }

    /// Creates a ticket that its creator has claimed.
    pub(super) fn claimed(work: Work<T>) -> (Arc<Self>, Claim<T>) {
        let state = AtomicU32::new(CLAIMED);
        let ticket = Arc::new(Self { state, is_offered: false, work: UnsafeCell::new(None) });
        let claim = Claim { ticket: Arc::clone(&ticket), work: Some(work), is_finished: false };
        (ticket, claim)
    }

    /// Takes the raw work, if no thread has taken it.
    pub(super) fn claim(this: &Arc<Self>) -> Option<Claim<T>> {
        // The work itself needs no ordering here: the ring that brought the ticket published it.
        // Release on success and Acquire on failure are for the job that finds a claimed ticket: it
        // sees that the tickets which the same claimer took before are counted off
        // (`Shared::claim`).
        this.state.compare_exchange(QUEUED, CLAIMED, Ordering::AcqRel, Ordering::Acquire).ok()?;
        // SAFETY: we won the exchange; no other thread touches the work until we store READY.
        let work = this.work.with_mut(|work| unsafe { (*work).take() })?;
        Some(Claim { ticket: Arc::clone(this), work: Some(work), is_finished: false })
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
        // Acquire: pairs with the Release of a claim's end.
        self.state.compare_exchange(READY, CLAIMED, Ordering::Acquire, Ordering::Relaxed).ok()?;
        // SAFETY: the claimer has not touched it since it stored READY, and we won the exchange.
        self.work.with_mut(|work| unsafe { (*work).take() })
    }
}

/// The work of a ticket, while its claimer has it. There is at most one for each ticket.
///
/// It ends in one of two ways: the consumer [keeps](Self::keep) it, or its drop puts it back into
/// the ticket, for the consumer. Work that was not [finished](Self::finish) by then, because of a
/// panic, is broken: the stream ends with an error in its place, and no thread waits for it in
/// vain.
pub(super) struct Claim<T> {
    ticket: Arc<Ticket<T>>,
    /// `None` once it is kept.
    work: Option<Work<T>>,
    is_finished: bool,
}

impl<T> Claim<T> {
    /// Puts the work back after `run` has worked on it.
    pub(super) fn finish(mut self, run: impl FnOnce(&mut Work<T>)) {
        if let Some(work) = &mut self.work {
            run(work);
            self.is_finished = true;
        }
    }

    /// Takes the work out. The ticket stays claimed.
    pub(super) fn keep(mut self) -> Option<Work<T>> {
        self.work.take()
    }
}

impl<T> Drop for Claim<T> {
    fn drop(&mut self) {
        let Some(mut work) = self.work.take() else { return };
        work.is_broken |= !self.is_finished;
        // SAFETY: we claimed the ticket and have not stored READY yet.
        self.ticket.work.with_mut(|place| unsafe { *place = Some(work) });
        // Release: the consumer's Acquire of READY sees the finished work.
        self.ticket.state.store(READY, Ordering::Release);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::{Ticket, Work};
    use crate::source::{Bytes, RawBatch};
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::Arc,
        vec::Vec,
    };

    fn ticket() -> Arc<Ticket<u8>> {
        let bytes = Bytes::Owned { buffer: Vec::new(), used: 0 };
        Arc::new(Ticket::new(Work::new(RawBatch::new(bytes, Vec::new(), 0, 1), 0), true))
    }

    #[test]
    fn a_claim_that_a_panic_ends_fulfils_its_ticket_as_broken() {
        let ticket = ticket();
        let claim = Ticket::claim(&ticket).unwrap();
        assert!(Ticket::claim(&ticket).is_none() && !ticket.is_ready());
        catch_unwind(AssertUnwindSafe(|| claim.finish(|_| panic!("of no stage")))).unwrap_err();
        assert!(ticket.take_finished().unwrap().is_broken);
        assert!(ticket.take_finished().is_none());
    }

    #[test]
    fn a_claim_is_finished_or_kept() {
        let finished = ticket();
        Ticket::claim(&finished).unwrap().finish(|work| work.output = 7);
        let work = finished.take_finished().unwrap();
        assert_eq!((work.output, work.is_broken), (7, false));
        let (born_claimed, claim) =
            Ticket::claimed(Ticket::claim(&ticket()).unwrap().keep().unwrap());
        assert!(Ticket::claim(&born_claimed).is_none() && !born_claimed.is_ready());
        claim.finish(|work| work.output = 8);
        assert_eq!(born_claimed.take_finished().unwrap().output, 8);
        let kept = ticket();
        assert!(!Ticket::claim(&kept).unwrap().keep().unwrap().is_broken);
        assert!(!kept.is_ready() && Ticket::claim(&kept).is_none());
    }
}
