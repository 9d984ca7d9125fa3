//! The I/O thread: reads, frames, hands out tickets.

use super::{
    ring::{Consumer, Producer},
    shared::{End, Shared},
    stage::{Stage, Work, catch},
    ticket::Ticket,
};
use crate::{
    source::{BatchSource, FillOutcome, RawBatch},
    sync::{Arc, Ordering},
};
use std::{boxed::Box, vec::Vec};

pub(super) struct IoThread<S: Stage> {
    pub(super) shared: Arc<Shared<S>>,
    pub(super) order: Producer<Arc<Ticket<S::Output>>>,
    pub(super) work: Producer<Arc<Ticket<S::Output>>>,
    pub(super) returned: Consumer<Work<S::Output>>,
    /// Outputs of old batches, to be filled again.
    pub(super) outputs: Vec<S::Output>,
}

impl<S: Stage> IoThread<S> {
    /// Reads the source to its end, or until it is told to stop.
    pub(super) fn run(mut self, source: Box<dyn BatchSource>) {
        // The end is said whatever happens, a panic in the source's `read` or drop included. The
        // source is gone by then: after the end is said, no descriptor is open any more.
        let end = catch(|| self.drive(source)).unwrap_or(End::Vanished);
        self.shared.end(end);
    }

    fn drive(&mut self, mut source: Box<dyn BatchSource>) -> End {
        let mut spare = None;
        while self.wait_for_room() {
            if spare.is_none()
                && let Ok(Work { raw, output, .. }) = self.returned.pop()
            {
                spare = Some(raw);
                self.outputs.push(output);
            }
            match source.fill(&mut spare) {
                Ok(FillOutcome::Batch(raw)) => self.push(raw),
                Ok(FillOutcome::Pending) => {}
                Ok(FillOutcome::End) => return End::Clean,
                Err(error) => {
                    if let Some(rest) = source.finish() {
                        self.push(rest);
                    }
                    return End::Failed(error);
                }
            }
        }
        // Nobody listens.
        End::Clean
    }

    /// Waits until a batch may go into flight: false if it never may, because nobody listens.
    pub(super) fn wait_for_room(&self) -> bool {
        let shared = &*self.shared;
        // A batch larger than the whole budget goes when there is any left, so all of them go.
        let has_room = || {
            self.order.slots() > 0
                && shared.in_flight.load(Ordering::Relaxed) < shared.bounds.budget
        };
        if !has_room() {
            shared.space.wait_until(None, || shared.is_stopped() || has_room());
        }
        !shared.is_stopped()
    }

    /// Makes a ticket and puts it into both rings. There is room in the order ring.
    pub(super) fn push(&mut self, raw: RawBatch) {
        let work = Work::new(raw, self.outputs.pop().unwrap_or_default());
        self.shared.in_flight.fetch_add(work.memory, Ordering::Relaxed);
        if self.work.slots() == 0 {
            self.shared.clear_husks();
        }
        // If a job that has not come to run holds the baton, the ring may stay full of husks. Then
        // the caller parses this one.
        let is_offered = self.work.slots() > 0;
        let ticket = Arc::new(Ticket::new(work, is_offered));
        if is_offered {
            let pushed = self.work.push(Arc::clone(&ticket));
            assert!(pushed.is_ok(), "nobody else pushes");
            self.shared.count_queued();
        }
        let pushed = self.order.push(ticket);
        assert!(pushed.is_ok(), "`wait_for_room` found room, and nobody else pushes");
        self.shared.data.notify();
        Shared::dispatch(&self.shared);
    }
}
