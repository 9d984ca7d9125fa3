//! The whole pipeline: an I/O thread, jobs, and the consumer on the model's main thread.

use super::{BOUNDS, Hundred, Jobs, Last, SOUND, Source, explore, finished, no_pool};
use crate::{
    framing::FrameKind,
    pipeline::{
        Next,
        consumer::Pipeline,
        shared::{Bounds, Spawn},
    },
};
use loom::thread;
use std::{
    boxed::Box,
    io,
    sync::{Arc as StdArc, Mutex as StdMutex},
    vec::Vec,
};

struct Running {
    pipeline: Pipeline<Hundred>,
    recycled: StdArc<StdMutex<u64>>,
    io_thread: thread::JoinHandle<()>,
}

fn start(batches: u64, last: Last, stage: Hundred, bounds: Bounds, spawn: Spawn) -> Running {
    let (pipeline, io_thread) = Pipeline::assemble(stage, bounds, spawn);
    let recycled = StdArc::default();
    let source = Source { given: 0, batches, last, recycled: StdArc::clone(&recycled) };
    let io_thread = thread::spawn(move || io_thread.run(Box::new(source)));
    Running { pipeline, recycled, io_thread }
}

/// Takes all there is: which batches, and how it ended.
fn drain(pipeline: &mut Pipeline<Hundred>) -> (Vec<u64>, io::Result<()>) {
    let mut offsets = Vec::new();
    loop {
        match pipeline.next(None) {
            Next::Batch(work) => {
                offsets.push(finished(&work));
                pipeline.recycle(work.raw, work.output);
            }
            Next::Pending => panic!("there is no hurry"),
            Next::End(result) => {
                assert!(matches!(pipeline.next(None), Next::End(Ok(()))), "it is said once");
                return (offsets, result);
            }
        }
    }
}

/// Everything comes out once, in order, and then the end.
fn all_in_order(preemptions: Option<usize>, batches: u64, bounds: Bounds) {
    explore(preemptions, move || {
        let mut running = start(batches, Last::End, SOUND, bounds, Jobs::default().spawn());
        let (offsets, result) = drain(&mut running.pipeline);
        assert!(offsets.iter().copied().eq(0..batches));
        assert!(result.is_ok());
        running.io_thread.join().unwrap();
    });
}

#[test]
fn two_batches_in_order() {
    all_in_order(Some(2), 2, BOUNDS);
}

#[test]
fn three_batches_in_order() {
    all_in_order(Some(2), 3, BOUNDS);
}

#[test]
fn three_batches_and_two_jobs() {
    all_in_order(Some(1), 3, Bounds { depth: 3, jobs: 2, ..BOUNDS });
}

/// The ring is so short that the I/O thread has to wait for room, and to be woken.
#[test]
fn room_in_the_ring() {
    all_in_order(Some(2), 3, Bounds { depth: 1, ..BOUNDS });
}

/// Only one batch at a time may be in flight, although the ring has room.
#[test]
fn room_in_the_budget() {
    all_in_order(Some(2), 3, Bounds { budget: 1, ..BOUNDS });
}

/// The batches first, then what ended them.
fn ends_after_the_batches(last: Last, expected: &'static [u64]) {
    explore(Some(3), move || {
        let mut running = start(1, last, SOUND, BOUNDS, no_pool());
        let (offsets, result) = drain(&mut running.pipeline);
        assert_eq!(offsets, expected);
        match last {
            Last::End => result.unwrap(),
            Last::Error => assert_eq!(result.unwrap_err().kind(), io::ErrorKind::TimedOut),
            Last::Panic => assert_eq!(result.unwrap_err().kind(), io::ErrorKind::Other),
        }
        running.io_thread.join().unwrap();
    });
}

#[test]
fn end_is_clean() {
    ends_after_the_batches(Last::End, &[0]);
}

#[test]
fn end_by_an_error() {
    // With what the source still had when it failed.
    ends_after_the_batches(Last::Error, &[0, 1]);
}

#[test]
fn end_by_a_panic() {
    ends_after_the_batches(Last::Panic, &[0]);
}

/// The consumer goes after so many batches: the I/O thread ends, wherever it is, and nothing is
/// leaked, which loom checks of every `Arc`.
fn abandoned(preemptions: Option<usize>, taken: u64, batches: u64, bounds: Bounds) {
    explore(preemptions, move || {
        let jobs = Jobs::default();
        let mut running = start(batches, Last::End, SOUND, bounds, jobs.spawn());
        for offset in 0..taken {
            let Next::Batch(work) = running.pipeline.next(None) else { panic!("no batch") };
            assert_eq!(finished(&work), offset);
        }
        drop(running.pipeline);
        running.io_thread.join().unwrap();
        jobs.join();
    });
}

#[test]
fn abandoned_while_the_reader_waits_for_room() {
    abandoned(None, 0, 2, Bounds { depth: 1, ..BOUNDS });
    abandoned(Some(3), 1, 3, Bounds { depth: 1, ..BOUNDS });
}

#[test]
fn abandoned_while_a_job_runs() {
    abandoned(Some(3), 0, 2, BOUNDS);
    abandoned(Some(2), 1, 3, BOUNDS);
}

/// A panic in the stage, be it on the caller's thread or in a job, is a fault in its place.
#[test]
fn panic_in_the_stage() {
    explore(Some(2), || {
        let stage = Hundred { panics_at: Some(1) };
        let mut running = start(2, Last::End, stage, BOUNDS, Jobs::default().spawn());
        for offset in 0..2 {
            let Next::Batch(work) = running.pipeline.next(None) else { panic!("no batch") };
            assert_eq!(finished(&work), offset);
            let is_fault = matches!(work.raw.frames()[0].kind, FrameKind::Fault(_));
            assert_eq!(is_fault, offset == 1);
        }
        assert!(matches!(running.pipeline.next(None), Next::End(Ok(()))));
        running.io_thread.join().unwrap();
    });
}

/// Old batches go back, and are used again or freed, but never twice.
#[test]
fn memory_goes_round() {
    explore(Some(2), || {
        let bounds = Bounds { depth: 1, ..BOUNDS };
        let mut running = start(3, Last::End, SOUND, bounds, no_pool());
        let (offsets, _) = drain(&mut running.pipeline);
        assert_eq!(offsets, [0, 1, 2]);
        running.io_thread.join().unwrap();
        // The third is read after the first was taken, and may come before or after its return.
        assert!(*running.recycled.lock().unwrap() <= 2);
    });
}
