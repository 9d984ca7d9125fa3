//! The I/O thread: reads ahead, hands out tickets, and parses where no worker would.

use super::{
    feed::{End, Feed, FeedOutcome},
    ring::Producer,
    shared::{Bounds, Shared},
    stage::{Stage, Work, catch, run_caught},
    ticket::Ticket,
};
use crate::sync::{Arc, Ordering, SPINS};
use std::{boxed::Box, hint};

pub(super) struct IoThread<S: Stage> {
    pub(super) shared: Arc<Shared<S>>,
    pub(super) order: Producer<Arc<Ticket<S::Output>>>,
    pub(super) work: Producer<Arc<Ticket<S::Output>>>,
}

impl<S: Stage> IoThread<S> {
    /// Reads the source to its end, or until the stream is stopped.
    pub(super) fn run(mut self) {
        // The end is reported in any case, after a panic too. By then the source is dropped: no
        // descriptor is open after the report.
        if let Some(end) = catch(|| self.drive()).unwrap_or(Some(End::Vanished)) {
            self.shared.end(end);
        }
        let shared = &self.shared;
        catch(|| drop(shared.feed.take()));
    }

    /// Returns the end of the source; `None` if the consumer needs no report.
    fn drive(&mut self) -> Option<End> {
        while let Some(feed) = self.take_feed() {
            match feed.read(true, &mut None) {
                FeedOutcome::Batch(work, feed) => self.push(work, Some(feed)),
                FeedOutcome::Pending(feed) => self.shared.feed.put(feed),
                FeedOutcome::End(rest, end) => {
                    if let Some(rest) = rest {
                        self.push(rest, None);
                    }
                    return Some(end);
                }
            }
        }
        None
    }

    /// Waits until a batch may be read, and takes the feed. Returns `None` if none ever may be.
    pub(super) fn take_feed(&self) -> Option<Box<Feed<S>>> {
        let shared = &*self.shared;
        let may_read = || shared.is_wanted() && self.has_room();
        loop {
            if shared.is_stopped() {
                return None;
            }
            if may_read() {
                if let Some(feed) = shared.feed.take() {
                    return Some(feed);
                }
                // The consumer has it, for no longer than it takes to read a batch.
                (0..SPINS).take_while(|_| !shared.feed.is_there()).for_each(|_| hint::spin_loop());
            }
            shared
                .space
                .wait_until(None, || shared.is_stopped() || may_read() && shared.feed.is_there());
        }
    }

    /// Returns true if a batch may go into flight. It still may when this thread has read it,
    /// because no other thread pushes.
    fn has_room(&self) -> bool {
        let shared = &*self.shared;
        // A batch larger than the whole budget goes when there is any left, so all of them go.
        self.order.slots() > 0 && shared.in_flight.load(Ordering::Relaxed) < shared.bounds.budget
    }

    /// Returns true if this thread is to parse the batch that it has just read, whose bytes are in
    /// the cache of its processor: that is, if all others have enough to do.
    fn keeps(&self) -> bool {
        let Bounds { depth, jobs, .. } = self.shared.bounds;
        if jobs > 0 {
            return self.shared.is_backlog(jobs as isize + 1);
        }
        depth - self.order.slots() >= (depth / 4).max(1)
    }

    /// Pushes a batch, for which there is room, and puts the feed back.
    pub(super) fn push(&mut self, work: Work<S::Output>, feed: Option<Box<Feed<S>>>) {
        let shared = Arc::clone(&self.shared);
        shared.in_flight.fetch_add(work.memory, Ordering::Relaxed);
        let claim = if self.keeps() {
            let (ticket, claim) = Ticket::claimed(work);
            self.push_in_order(ticket);
            Some(claim)
        } else {
            let is_offered = shared.bounds.jobs > 0 && self.has_room_for_job();
            let ticket = Arc::new(Ticket::new(work, is_offered));
            if is_offered {
                let pushed = self.work.push(Arc::clone(&ticket));
                assert!(pushed.is_ok(), "no other thread pushes");
                shared.count_queued();
            }
            self.push_in_order(ticket);
            None
        };
        // After the push: the next holder finds everything that was read before in the order ring.
        if let Some(feed) = feed {
            shared.feed.put(feed);
        }
        shared.data.notify();
        Shared::dispatch(&shared);
        if let Some(claim) = claim {
            claim.finish(|work| run_caught(&shared.stage, work));
            shared.data.notify();
        }
    }

    fn push_in_order(&mut self, ticket: Arc<Ticket<S::Output>>) {
        let pushed = self.order.push(ticket);
        assert!(pushed.is_ok(), "`has_room` found room, and no other thread pushes");
    }

    /// Returns true if the work ring has a free slot, which claimed tickets may have to make way
    /// for. If a job that has not begun to run has the baton, the ring may stay full of them. Then
    /// the consumer parses the batch.
    fn has_room_for_job(&self) -> bool {
        if self.work.slots() == 0 {
            self.shared.remove_claimed();
        }
        self.work.slots() > 0
    }
}
