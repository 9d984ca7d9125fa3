//! The whole pipeline: an I/O thread, jobs, and the consumer on the model's main thread.

use super::{BOUNDS, Hundred, Jobs, Last, SHARED, SOUND, Source, explore, finished, no_pool};
use crate::{
    framing::FrameKind,
    pipeline::{
        NextBatch,
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

fn start(source: Source, stage: Hundred, bounds: Bounds, spawn: Spawn) -> Running {
    let recycled = StdArc::clone(&source.recycled);
    let (pipeline, io_thread) = Pipeline::assemble(Box::new(source), stage, bounds, spawn);
    let io_thread = thread::spawn(move || io_thread.run());
    Running { pipeline, recycled, io_thread }
}

/// The same with two threads that both may read. The I/O thread reads from the beginning, or only
/// when the consumer calls it after the first batch.
fn start_shared(source: Source, is_called: bool, stage: Hundred, bounds: Bounds) -> Running {
    let recycled = StdArc::clone(&source.recycled);
    let (mut pipeline, io_thread) = Pipeline::assemble(Box::new(source), stage, bounds, no_pool());
    pipeline.set_wanted(is_called);
    let io_thread = thread::spawn(move || io_thread.run());
    Running { pipeline, recycled, io_thread }
}

/// Takes all there is: which batches, and how it ended.
fn drain(pipeline: &mut Pipeline<Hundred>) -> (Vec<u64>, io::Result<()>) {
    let mut offsets = Vec::new();
    loop {
        match pipeline.next(None) {
            NextBatch::Batch(work) => {
                offsets.push(finished(&work));
                pipeline.recycle(work.raw, work.output);
            }
            NextBatch::Pending => panic!("there is no hurry"),
            NextBatch::End => return (offsets, Ok(())),
            NextBatch::Failed(error) => {
                assert!(matches!(pipeline.next(None), NextBatch::End), "it is reported once");
                return (offsets, Err(error));
            }
        }
    }
}

/// Drains a pipeline, which must give all batches in order, and then the end.
fn gives_all(mut running: Running, batches: u64) {
    let (offsets, result) = drain(&mut running.pipeline);
    assert!(offsets.iter().copied().eq(0..batches));
    assert!(result.is_ok());
    running.io_thread.join().unwrap();
}

/// Drains a pipeline, which must give these batches, and then this end.
fn ends_with(mut running: Running, last: Last, expected: &[u64]) {
    let (offsets, result) = drain(&mut running.pipeline);
    assert_eq!(offsets, expected);
    match last {
        Last::End => result.unwrap(),
        Last::Error => assert_eq!(result.unwrap_err().kind(), io::ErrorKind::TimedOut),
        Last::Panic => assert_eq!(result.unwrap_err().kind(), io::ErrorKind::Other),
    }
    running.io_thread.join().unwrap();
}

/// Drains a pipeline, in which the second of two batches must be a fault.
fn second_is_a_fault(mut running: Running) {
    for offset in 0..2 {
        let NextBatch::Batch(work) = running.pipeline.next(None) else { panic!("no batch") };
        assert_eq!(finished(&work), offset);
        let is_fault = matches!(work.raw.frames()[0].kind, FrameKind::Fault(_));
        assert_eq!(is_fault, offset == 1);
    }
    assert!(matches!(running.pipeline.next(None), NextBatch::End));
    running.io_thread.join().unwrap();
}

/// Everything comes out once, in order, and then the end.
fn all_in_order(preemptions: Option<usize>, batches: u64, bounds: Bounds) {
    explore(preemptions, move || {
        let running =
            start(Source::new(batches, Last::End), SOUND, bounds, Jobs::default().spawn());
        gives_all(running, batches);
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
        ends_with(start(Source::new(1, last), SOUND, BOUNDS, no_pool()), last, expected);
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
        let mut running = start(Source::new(batches, Last::End), SOUND, bounds, jobs.spawn());
        for offset in 0..taken {
            let NextBatch::Batch(work) = running.pipeline.next(None) else { panic!("no batch") };
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
        second_is_a_fault(start(Source::new(2, Last::End), stage, BOUNDS, Jobs::default().spawn()));
    });
}

/// Old batches go back, and are used again or freed, but never twice.
#[test]
fn memory_goes_round() {
    explore(Some(2), || {
        let bounds = Bounds { depth: 1, ..BOUNDS };
        let mut running = start(Source::new(3, Last::End), SOUND, bounds, no_pool());
        let (offsets, _) = drain(&mut running.pipeline);
        assert_eq!(offsets, [0, 1, 2]);
        running.io_thread.join().unwrap();
        // The third is read after the first was taken, and may come before or after its return.
        assert!(*running.recycled.lock().unwrap() <= 2);
    });
}

/// Both threads read, and everything comes out once, in order.
fn both_read(preemptions: Option<usize>, batches: u64, waits_at: Option<u64>, bounds: Bounds) {
    for is_called in [false, true] {
        explore(preemptions, move || {
            let source = Source { waits_at, ..Source::new(batches, Last::End) };
            let running = start_shared(source, is_called, SOUND, bounds);
            gives_all(running, batches);
        });
    }
}

#[test]
fn feed_of_two_batches_in_order() {
    both_read(Some(2), 2, None, SHARED);
}

#[test]
fn feed_of_three_batches_in_order() {
    both_read(Some(2), 3, None, SHARED);
}

/// The I/O thread waits for room that the consumer makes.
#[test]
fn feed_without_room() {
    both_read(Some(2), 3, None, Bounds { depth: 1, ..SHARED });
    both_read(Some(2), 3, None, Bounds { budget: 1, ..SHARED });
}

/// A read that would have to wait is for the I/O thread, wherever that is at the time.
#[test]
fn feed_that_the_consumer_cannot_read() {
    both_read(Some(2), 2, Some(0), SHARED);
    both_read(Some(2), 2, Some(1), SHARED);
    both_read(Some(2), 1, Some(1), SHARED);
}

/// A job has the front ticket, or the consumer helps, while both read.
#[test]
fn feed_beside_a_job() {
    explore(Some(1), || {
        let bounds = Bounds { jobs: 1, ..SHARED };
        let (mut pipeline, io_thread) = Pipeline::assemble(
            Box::new(Source::new(3, Last::End)),
            SOUND,
            bounds,
            Jobs::default().spawn(),
        );
        pipeline.set_wanted(true);
        let io_thread = thread::spawn(move || io_thread.run());
        let (offsets, _) = drain(&mut pipeline);
        assert_eq!(offsets, [0, 1, 2]);
        io_thread.join().unwrap();
    });
}

/// The consumer sends the I/O thread to sleep and calls it again, at any moment.
#[test]
fn feed_while_the_reader_is_dismissed() {
    explore(Some(2), || {
        let source = Source { waits_at: Some(1), ..Source::new(2, Last::End) };
        let mut running = start_shared(source, true, SOUND, SHARED);
        running.pipeline.set_wanted(false);
        let (offsets, _) = drain(&mut running.pipeline);
        assert_eq!(offsets, [0, 1]);
        running.io_thread.join().unwrap();
    });
}

/// Either thread meets the end, and reports it after the batches.
#[test]
fn feed_that_ends() {
    for (last, expected) in
        [(Last::End, &[0][..]), (Last::Error, &[0, 1][..]), (Last::Panic, &[0][..])]
    {
        for is_called in [false, true] {
            explore(Some(3), move || {
                let running = start_shared(Source::new(1, last), is_called, SOUND, SHARED);
                ends_with(running, last, expected);
            });
        }
    }
}

/// The consumer is dropped while the I/O thread has the feed, parses, or sleeps: the thread ends,
/// and everything is freed.
#[test]
fn feed_abandoned() {
    for (is_called, taken) in [(false, 0), (true, 0), (false, 1), (true, 1)] {
        explore(Some(3), move || {
            let bounds = Bounds { depth: 1, ..SHARED };
            let source = Source::new(3, Last::End);
            let mut running = start_shared(source, is_called, SOUND, bounds);
            for offset in 0..taken {
                let NextBatch::Batch(work) = running.pipeline.next(None) else {
                    panic!("no batch")
                };
                assert_eq!(finished(&work), offset);
            }
            drop(running.pipeline);
            running.io_thread.join().unwrap();
        });
    }
}

/// A panic in the stage on either thread is a fault in its place.
#[test]
fn feed_and_a_panic_in_the_stage() {
    explore(Some(3), || {
        let stage = Hundred { panics_at: Some(1) };
        second_is_a_fault(start_shared(Source::new(2, Last::End), true, stage, SHARED));
    });
}
