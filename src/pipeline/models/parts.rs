//! Each part by itself.

use super::{BOUNDS, Hundred, Last, SOUND, Source, batch, explore, finished};
use crate::{
    pipeline::{
        NextBatch,
        consumer::Pipeline,
        models::{Jobs, no_pool},
        producer::IoThread,
        ring::RingBuffer,
        shared::{Bounds, Spawn},
        signal::Signal,
        slot::Slot,
        stage::{Work, run_caught},
        ticket::Ticket,
    },
    sync::{Arc, AtomicUsize, Ordering},
};
use loom::thread;
use std::boxed::Box;

/// Two want it: one gets it, and what it fulfils is taken once, whole.
#[test]
fn ticket_is_claimed_once_and_taken_once() {
    explore(Some(3), || {
        let ticket = Arc::new(Ticket::new(Work::new(batch(7), 0), true));
        let claimed = Arc::new(AtomicUsize::new(0));
        let signal = Arc::new(Signal::new());
        let claim = {
            let (ticket, claimed, signal) = (ticket.clone(), claimed.clone(), signal.clone());
            move || {
                if let Some(claim) = Ticket::claim(&ticket) {
                    claimed.fetch_add(1, Ordering::Relaxed);
                    claim.finish(|work| run_caught(&SOUND, work));
                    signal.notify();
                }
            }
        };
        let others = [thread::spawn(claim.clone()), thread::spawn(claim)];
        assert!(signal.wait_until(None, || ticket.is_ready()));
        assert_eq!(ticket.take_finished().map(|work| finished(&work)), Some(7));
        assert!(ticket.take_finished().is_none() && Ticket::claim(&ticket).is_none());
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(claimed.load(Ordering::Relaxed), 1);
    });
}

/// Three take and put: the value is with one at a time, and there at the end.
#[test]
fn slot_gives_its_value_to_one() {
    explore(None, || {
        let slot = Arc::new(Slot::new(Box::new(AtomicUsize::new(0))));
        let pass = {
            let slot = slot.clone();
            move || {
                let Some(value) = slot.take() else { return 0 };
                // Two steps without ordering: right only if nobody else has the value, and if we
                // see what was done with it before.
                let before = value.load(Ordering::Relaxed);
                value.store(before + 1, Ordering::Relaxed);
                slot.put(value);
                1
            }
        };
        let others = [thread::spawn(pass.clone()), thread::spawn(pass.clone())];
        let passes = pass() + others.map(|other| other.join().unwrap()).iter().sum::<usize>();
        let value = slot.take().expect("who took it put it back");
        assert_eq!(value.load(Ordering::Relaxed), passes);
    });
}

/// The ring alone, one slot long, so that each side waits for the other.
#[test]
fn signal_between_push_and_pop() {
    explore(Some(4), || {
        let (mut producer, mut consumer) = RingBuffer::new(1);
        let signals = Arc::new((Signal::new(), Signal::new()));
        let other = {
            let signals = signals.clone();
            thread::spawn(move || {
                for value in 0..2 {
                    // Here the stand-in for `take_feed`.
                    if producer.slots() == 0 {
                        signals.1.wait_until(None, || producer.slots() > 0);
                    }
                    producer.push(value).unwrap();
                    signals.0.notify();
                }
            })
        };
        for value in 0..2 {
            assert!(signals.0.wait_until(None, || consumer.slots() > 0));
            assert_eq!(consumer.pop().unwrap(), value);
            signals.1.notify();
        }
        other.join().unwrap();
    });
}

/// Two wake one: the notification of one does not swallow that of the other.
#[test]
fn signal_from_two_sides() {
    explore(Some(3), || {
        let shared = Arc::new((Signal::new(), AtomicUsize::new(0), AtomicUsize::new(0)));
        let others = [1, 2].map(|side| {
            let shared = shared.clone();
            thread::spawn(move || {
                let flag = if side == 1 { &shared.1 } else { &shared.2 };
                flag.store(1, Ordering::Release);
                shared.0.notify();
            })
        });
        let both =
            || shared.1.load(Ordering::Acquire) == 1 && shared.2.load(Ordering::Acquire) == 1;
        assert!(shared.0.wait_until(None, both));
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}

/// The two sides of a stream whose batches the model makes itself.
fn assemble(bounds: Bounds, spawn: Spawn) -> (Pipeline<Hundred>, IoThread<Hundred>) {
    Pipeline::assemble(Box::new(Source::new(0, Last::End)), SOUND, bounds, spawn)
}

/// The consumer takes nothing, and the last event may be a push: in the end there is no backlog
/// that a worker could have.
fn no_job_is_lost(preemptions: Option<usize>, batches: u64, jobs: usize) {
    explore(preemptions, move || {
        let pool = Jobs::default();
        let bounds = Bounds { depth: 4, jobs, ..BOUNDS };
        let (pipeline, mut io_thread) = assemble(bounds, pool.spawn());
        for offset in 0..batches {
            io_thread.push(Work::new(batch(offset), 0), None);
        }
        assert!(pool.join() > 0);
        assert!(!pipeline.shared.wants_job());
    });
}

#[test]
fn baton_with_one_job_at_once() {
    no_job_is_lost(Some(4), 3, 1);
}

/// Long enough for a second look that fails: two dispatch at once, and the job that one of them
/// started comes and goes while the other has the baton.
#[test]
fn baton_while_jobs_come_and_go() {
    no_job_is_lost(Some(3), 4, 1);
}

#[test]
fn baton_with_two_jobs_at_once() {
    no_job_is_lost(Some(2), 4, 2);
}

/// The consumer claims meanwhile, and its tickets are removed from the work ring.
#[test]
fn baton_with_claimed_tickets() {
    explore(Some(2), || {
        let pool = Jobs::default();
        let bounds = Bounds { depth: 1, ..BOUNDS };
        let (mut pipeline, mut io_thread) = assemble(bounds, pool.spawn());
        let other = thread::spawn(move || {
            let mut offset = 0;
            while offset < 3
                && let Some(feed) = io_thread.take_feed()
            {
                io_thread.push(Work::new(batch(offset), 0), Some(feed));
                offset += 1;
            }
        });
        for offset in 0..3 {
            let NextBatch::Batch(work) = pipeline.next(None) else { panic!("no batch") };
            assert_eq!(finished(&work), offset);
        }
        other.join().unwrap();
        pool.join();
        assert!(!pipeline.shared.wants_job());
    });
}

/// A pool that drops its jobs leaves the baton where it was.
#[test]
fn baton_without_a_pool() {
    explore(None, || {
        let (pipeline, mut io_thread) = assemble(BOUNDS, no_pool());
        io_thread.push(Work::new(batch(0), 0), None);
        io_thread.push(Work::new(batch(1), 0), None);
        assert!(pipeline.shared.wants_job());
    });
}
