//! The pipeline with the real rings and the real pool: what the models cannot have. They explore
//! few batches exhaustively; here are many, as the machine happens to interleave them.

use super::{
    Next, Pipeline, Stage, Work, pool,
    shared::{Bounds, Job, Spawn},
};
use crate::{
    framing::{Frame, FrameKind},
    source::{BatchSource, Bytes, FillOutcome, RawBatch},
};
use std::{
    boxed::Box,
    hint, io,
    string::ToString,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
    vec,
};

/// Gives so many batches of one record, told by their offsets, at an uneven pace.
struct Source {
    given: u64,
    batches: u64,
    pace: u64,
}

impl BatchSource for Source {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<FillOutcome> {
        if self.given == self.batches {
            return Ok(FillOutcome::End);
        }
        dawdle(self.given * self.pace);
        let (mut buffer, mut frames) =
            spare.take().map_or_else(Default::default, RawBatch::into_parts);
        buffer.resize(8, 0);
        buffer.copy_from_slice(&self.given.to_le_bytes());
        frames.push(Frame { kind: FrameKind::Record, length: 8 });
        self.given += 1;
        let bytes = Bytes::Owned { buffer, used: 8 };
        Ok(FillOutcome::Batch(RawBatch::new(bytes, frames, self.given - 1, 8)))
    }

    fn finish(&mut self) -> Option<RawBatch> {
        None
    }

    fn bytes_read(&self) -> u64 {
        8 * self.given
    }
}

/// Takes up to some microseconds, told by a number but hard to foresee.
fn dawdle(seed: u64) {
    for _ in 0..seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54 {
        hint::spin_loop();
    }
}

/// Reads the number that a batch holds, at an uneven pace, and counts its runs.
struct Number {
    runs: Arc<AtomicU64>,
    pace: u64,
}

impl Stage for Number {
    type Output = vec::Vec<u64>;

    fn run(&self, batch: &RawBatch, output: &mut Self::Output) {
        dawdle(batch.offset() * self.pace + 1);
        output.clear();
        output.push(u64::from_le_bytes(batch.bytes().try_into().unwrap()));
        self.runs.fetch_add(1, Ordering::Relaxed);
    }
}

fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} does not come");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Takes `take` of `batches` batches, holding on to the last two, and then lets go of it all.
fn stream(batches: u64, take: u64, paces: [u64; 3], bounds: Bounds, spawn: Spawn) {
    let [source_pace, stage_pace, consumer_pace] = paces;
    let runs = Arc::new(AtomicU64::new(0));
    let stage = Number { runs: Arc::clone(&runs), pace: stage_pace };
    let (mut pipeline, io_thread) = Pipeline::assemble(stage, bounds, spawn);
    let source = Source { given: 0, batches, pace: source_pace };
    let io_thread = thread::spawn(move || io_thread.run(Box::new(source)));
    let mut limbo = vec::Vec::new();
    for expected in 0..take {
        let Next::Batch(work) = pipeline.next(None) else { panic!("{expected} is missing") };
        assert_eq!((work.raw.offset(), &*work.output), (expected, &[expected][..]));
        dawdle(expected * consumer_pace);
        limbo.push(work);
        if limbo.len() > 2 {
            let Work { raw, output, .. } = limbo.remove(0);
            pipeline.recycle(raw, output);
        }
    }
    if take == batches {
        assert!(matches!(pipeline.next(None), Next::End(Ok(()))));
        assert_eq!(runs.load(Ordering::Relaxed), batches, "each batch went through the stage once");
    }
    drop(pipeline);
    io_thread.join().unwrap();
    // The stage goes with what the three sides share, and that when the last job is over.
    wait_for("the end of the last job", || Arc::strong_count(&runs) == 1);
}

fn bounds(jobs: usize) -> Bounds {
    Bounds { depth: 16, backlog: 4, jobs, budget: usize::MAX }
}

fn real_pool() -> Spawn {
    let pool = pool::current().unwrap();
    Box::new(move |job: Job| pool.spawn_fifo(job))
}

#[test]
fn many_batches_come_out_once_and_in_order() {
    for jobs in [1, 3] {
        for (at, paces) in
            [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]].iter().enumerate()
        {
            let short = Bounds { depth: 1 + at, backlog: 2, ..bounds(jobs) };
            stream(2_000, 2_000, *paces, bounds(jobs), real_pool());
            stream(1_000, 1_000, *paces, short, real_pool());
            stream(1_000, 1_000, *paces, Bounds { budget: 40, ..bounds(jobs) }, real_pool());
        }
    }
}

#[test]
fn streams_side_by_side_do_not_disturb_one_another() {
    thread::scope(|scope| {
        for pace in 0..8 {
            scope.spawn(move || stream(1_000, 1_000, [pace, 1, 7 - pace], bounds(3), real_pool()));
        }
    });
}

#[test]
fn a_stream_that_is_let_go_anywhere_frees_everything() {
    for taken in 0..300 {
        stream(u64::MAX, taken, [taken % 2, taken % 3, 0], bounds(2), real_pool());
    }
}

#[test]
fn without_a_pool_the_caller_does_it_all() {
    let no_pool = || Box::new(|job: Job| drop(job));
    stream(2_000, 2_000, [0, 0, 1], bounds(3), no_pool());
    stream(u64::MAX, 0, [0, 0, 0], bounds(3), no_pool());
}

/// A pool whose workers are busy elsewhere: the baton is away, the work ring fills with husks, and
/// what does not fit in is the caller's.
#[test]
fn a_job_that_never_comes_to_run_holds_nothing_up() {
    let waiting = Arc::new(std::sync::Mutex::new(vec::Vec::<Job>::new()));
    let pool = Arc::clone(&waiting);
    let spawn = Box::new(move |job| pool.lock().unwrap().push(job));
    let runs = Arc::new(AtomicU64::new(0));
    let stage = Number { runs: Arc::clone(&runs), pace: 0 };
    let (mut pipeline, io_thread) = Pipeline::assemble(stage, bounds(2), spawn);
    let io_thread = thread::spawn(move || {
        io_thread.run(Box::new(Source { given: 0, batches: 1_000, pace: 0 }));
    });
    wait_for("a backlog", || !waiting.lock().unwrap().is_empty());
    for expected in 0..1_000 {
        let Next::Batch(work) = pipeline.next(None) else { panic!("{expected} is missing") };
        assert_eq!(*work.output, [expected]);
    }
    io_thread.join().unwrap();
    // The job finds husks, starts no other, and was the one thing that kept the stage.
    let jobs = std::mem::take(&mut *waiting.lock().unwrap());
    assert_eq!(jobs.len(), 1);
    drop(pipeline);
    jobs.into_iter().for_each(|job| job());
    assert!(waiting.lock().unwrap().is_empty());
    assert_eq!(Arc::strong_count(&runs), 1);
}

/// A process that was forked without any hook of ours has the stream and not its threads.
#[test]
fn a_stream_of_another_process_fails_instead_of_waiting() {
    let (mut pipeline, io_thread) = Pipeline::assemble(Broken(u64::MAX), bounds(1), real_pool());
    assert!(matches!(pipeline.next(Some(Duration::ZERO)), Next::Pending));
    pipeline.process += 1;
    assert!(matches!(pipeline.next(Some(Duration::ZERO)), Next::Pending), "that is no wait");
    let Next::End(Err(error)) = pipeline.next(None) else { panic!("an error is due") };
    assert!(error.to_string().contains("before a fork"), "{error}");
    assert!(matches!(pipeline.next(None), Next::End(Ok(()))), "it is said once");
    drop(io_thread);
}

/// Its threads cannot be started, which a pool may say by a panic; at first they can.
#[test]
fn a_pool_that_panics_costs_no_batch() {
    for good in 0..4 {
        let (pool, left) = (real_pool(), AtomicU64::new(good));
        let spawn = Box::new(move |job: Job| {
            let is_good =
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
            assert!(is_good.is_ok(), "no thread");
            pool(job);
        });
        stream(1_000, 1_000, [0, 1, 1], bounds(2), spawn);
    }
}

/// Panics at one batch whatever stands in it.
struct Broken(u64);

impl Stage for Broken {
    type Output = ();

    fn run(&self, batch: &RawBatch, (): &mut ()) {
        assert_ne!(batch.offset(), self.0, "the stage cannot stand this one");
    }
}

#[test]
fn a_broken_stage_ends_the_stream_with_an_error_in_its_place() {
    for spawn in [real_pool(), Box::new(|job: Job| drop(job))] {
        let (mut pipeline, io_thread) = Pipeline::assemble(Broken(9), bounds(1), spawn);
        let source = Source { given: 0, batches: u64::MAX, pace: 0 };
        let io_thread = thread::spawn(move || io_thread.run(Box::new(source)));
        for _ in 0..9 {
            assert!(matches!(pipeline.next(None), Next::Batch(_)));
        }
        let Next::End(Err(error)) = pipeline.next(None) else { panic!("an error is due") };
        assert!(error.to_string().contains("panicked"), "{error}");
        assert!(matches!(pipeline.next(None), Next::End(Ok(()))), "nothing comes after it");
        io_thread.join().unwrap();
    }
}

/// An output that cannot be dropped without a panic, while the stage is running.
#[derive(Default)]
struct Bomb(u64);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(self.0 == 0 || thread::panicking(), "bang");
    }
}

struct Mined;

impl Stage for Mined {
    type Output = Bomb;

    fn run(&self, batch: &RawBatch, output: &mut Bomb) {
        thread::sleep(Duration::from_millis(1));
        output.0 = batch.offset() + 1;
    }
}

/// The last to hold a batch may be a job, which then must not take the process down.
#[test]
fn an_output_whose_drop_panics_does_not_abort() {
    for _ in 0..10 {
        let (pipeline, io_thread) = Pipeline::assemble(Mined, bounds(2), real_pool());
        let shared = Arc::downgrade(&pipeline.shared);
        let source = Source { given: 0, batches: 6, pace: 0 };
        let io_thread = thread::spawn(move || io_thread.run(Box::new(source)));
        io_thread.join().unwrap();
        // Rings drop what they hold one after the other, and the caller's thread is ours to lose.
        thread::spawn(move || drop(pipeline)).join().unwrap_or_default();
        wait_for("the end of the last job", || shared.strong_count() == 0);
    }
}

/// Waits at the first batch until the second is done.
struct Second(Arc<AtomicU64>);

impl Stage for Second {
    type Output = ();

    fn run(&self, batch: &RawBatch, (): &mut ()) {
        if batch.offset() == 0 {
            self.0.fetch_add(1, Ordering::Release);
            wait_for("the second batch", || self.0.load(Ordering::Acquire) == 2);
        } else {
            self.0.fetch_add(1, Ordering::Release);
        }
    }
}

#[test]
fn the_caller_parses_the_next_batch_while_a_worker_has_the_first() {
    let begun = Arc::new(AtomicU64::new(0));
    let spawn: Spawn = Box::new(|job: Job| drop(thread::spawn(job)));
    let bounds = Bounds { backlog: 2, ..bounds(1) };
    let (mut pipeline, io_thread) = Pipeline::assemble(Second(Arc::clone(&begun)), bounds, spawn);
    let source = Source { given: 0, batches: 2, pace: 0 };
    thread::spawn(move || io_thread.run(Box::new(source))).join().unwrap();
    wait_for("the job", || begun.load(Ordering::Acquire) == 1);
    for expected in 0..2 {
        let Next::Batch(work) = pipeline.next(None) else { panic!("{expected} is missing") };
        assert_eq!(work.raw.offset(), expected);
    }
    assert!(matches!(pipeline.next(None), Next::End(Ok(()))));
}
