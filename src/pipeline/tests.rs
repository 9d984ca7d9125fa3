//! The pipeline with the real rings and the real pool: what the models cannot have. They explore
//! few batches exhaustively; here are many, as the machine happens to interleave them.

use super::{
    NextBatch, Pipeline, Stage, Work, pool,
    shared::{Bounds, Spawn, Task},
};
use crate::{
    framing::{Frame, FrameKind},
    source::{BatchSource, Bytes, FillOutcome, Input, RawBatch, ReadOutcome},
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
    /// Every so many reads would have to wait; 0 for none.
    waits_at: u64,
    waits: bool,
}

impl Source {
    fn new(batches: u64, pace: u64) -> Box<Self> {
        Box::new(Self { given: 0, batches, pace, waits_at: 0, waits: true })
    }
}

impl BatchSource for Source {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<FillOutcome> {
        if self.given == self.batches {
            return Ok(FillOutcome::End);
        }
        if !self.waits && self.waits_at > 0 && self.given.is_multiple_of(self.waits_at) {
            return Ok(FillOutcome::Pending);
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

    fn input(&mut self) -> Option<&mut dyn Input> {
        Some(self)
    }

    fn bytes_read(&self) -> u64 {
        8 * self.given
    }
}

/// It decides about waits for its batches; no bytes are read.
impl Input for Source {
    fn read(&mut self, _: &mut [u8]) -> io::Result<ReadOutcome> {
        Ok(ReadOutcome::Pending)
    }

    fn set_waits(&mut self, waits: bool) {
        self.waits = waits;
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

/// Takes `take` of `batches` batches, holding the last two, and then drops everything.
fn stream(batches: u64, take: u64, paces: [u64; 3], bounds: Bounds, spawn: Spawn) {
    let [source_pace, stage_pace, consumer_pace] = paces;
    let runs = Arc::new(AtomicU64::new(0));
    let stage = Number { runs: Arc::clone(&runs), pace: stage_pace };
    let source =
        Box::new(Source { waits_at: source_pace * 3, ..*Source::new(batches, source_pace) });
    let (mut pipeline, io_thread) = Pipeline::assemble(source, stage, bounds, spawn);
    let io_thread = thread::spawn(move || io_thread.run());
    let mut resting = vec::Vec::new();
    for expected in 0..take {
        let NextBatch::Batch(work) = pipeline.next(None) else { panic!("{expected} is missing") };
        assert_eq!((work.raw.offset(), &*work.output), (expected, &[expected][..]));
        dawdle(expected * consumer_pace);
        resting.push(work);
        if resting.len() > 2 {
            let Work { raw, output, .. } = resting.remove(0);
            pipeline.recycle(raw, output);
        }
    }
    if take == batches {
        assert!(matches!(pipeline.next(None), NextBatch::End));
        assert_eq!(runs.load(Ordering::Relaxed), batches, "each batch went through the stage once");
    }
    drop(pipeline);
    io_thread.join().unwrap();
    // The stage goes with what the three sides share, and that when the last job is over.
    wait_for("the end of the last job", || Arc::strong_count(&runs) == 1);
}

fn bounds(jobs: usize) -> Bounds {
    Bounds { depth: 16, backlog: 4, jobs, budget: usize::MAX, is_shared: false }
}

/// The same, of a source that the consumer may read.
fn shared(jobs: usize) -> Bounds {
    Bounds { is_shared: true, ..bounds(jobs) }
}

fn real_pool() -> Spawn {
    let pool = pool::current().unwrap();
    Box::new(move |task: Task| pool.spawn_fifo(task))
}

#[test]
fn many_batches_come_out_once_and_in_order() {
    for bounds in [bounds(0), bounds(1), bounds(3), shared(0), shared(1), shared(3)] {
        for (at, paces) in
            [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]].iter().enumerate()
        {
            let short = Bounds { depth: 1 + at, backlog: 2, ..bounds };
            stream(2_000, 2_000, *paces, bounds, real_pool());
            stream(1_000, 1_000, *paces, short, real_pool());
            stream(1_000, 1_000, *paces, Bounds { budget: 40, ..bounds }, real_pool());
        }
    }
}

#[test]
fn streams_side_by_side_do_not_disturb_one_another() {
    thread::scope(|scope| {
        for pace in 0..8 {
            let bounds = if pace % 2 == 0 { bounds(3) } else { shared(1) };
            scope.spawn(move || stream(1_000, 1_000, [pace, 1, 7 - pace], bounds, real_pool()));
        }
    });
}

#[test]
fn a_stream_that_is_let_go_anywhere_frees_everything() {
    for taken in 0..300 {
        let bounds = if taken % 5 < 2 { bounds(2) } else { shared(taken as usize % 2) };
        stream(u64::MAX, taken, [taken % 2, taken % 3, 0], bounds, real_pool());
    }
}

#[test]
fn without_a_pool_the_caller_does_it_all() {
    let no_pool = || Box::new(|task: Task| drop(task));
    stream(2_000, 2_000, [0, 0, 1], bounds(3), no_pool());
    stream(2_000, 2_000, [0, 0, 1], shared(3), no_pool());
    stream(u64::MAX, 0, [0, 0, 0], bounds(3), no_pool());
}

/// A pool whose workers are busy elsewhere: the baton is away, the work ring fills with claimed
/// tickets, and the caller parses those that find no room.
#[test]
fn a_job_that_never_comes_to_run_holds_nothing_up() {
    let waiting = Arc::new(std::sync::Mutex::new(vec::Vec::<Task>::new()));
    let pool = Arc::clone(&waiting);
    let spawn = Box::new(move |task| pool.lock().unwrap().push(task));
    let runs = Arc::new(AtomicU64::new(0));
    let stage = Number { runs: Arc::clone(&runs), pace: 0 };
    let source = Source::new(1_000, 0);
    let (mut pipeline, io_thread) = Pipeline::assemble(source, stage, bounds(2), spawn);
    let io_thread = thread::spawn(move || io_thread.run());
    wait_for("a backlog", || !waiting.lock().unwrap().is_empty());
    for expected in 0..1_000 {
        let NextBatch::Batch(work) = pipeline.next(None) else { panic!("{expected} is missing") };
        assert_eq!(*work.output, [expected]);
    }
    io_thread.join().unwrap();
    // The job finds claimed tickets, starts no other, and alone has kept the stage.
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
    let source = Source::new(1, 0);
    let (mut pipeline, io_thread) =
        Pipeline::assemble(source, Broken(u64::MAX), bounds(1), real_pool());
    assert!(matches!(pipeline.next(Some(Duration::ZERO)), NextBatch::Pending));
    pipeline.process += 1;
    assert!(matches!(pipeline.next(Some(Duration::ZERO)), NextBatch::Pending), "that is no wait");
    let NextBatch::Failed(error) = pipeline.next(None) else { panic!("an error is due") };
    assert!(error.to_string().contains("before a fork"), "{error}");
    assert!(matches!(pipeline.next(None), NextBatch::End), "it is said once");
    drop(io_thread);
}

/// The child shares the position of the file with its parent, so it must not read.
#[test]
fn a_stream_of_another_process_is_not_read() {
    let stage = Broken(u64::MAX);
    let (mut pipeline, io_thread) =
        Pipeline::assemble(Source::new(2, 0), stage, shared(1), real_pool());
    assert!(matches!(pipeline.next(None), NextBatch::Batch(_)), "the caller reads");
    pipeline.process += 1;
    let NextBatch::Failed(error) = pipeline.next(Some(Duration::ZERO)) else {
        panic!("an error is due")
    };
    assert!(error.to_string().contains("before a fork"), "{error}");
    let source = pipeline.shared.feed.take().expect("nobody took the feed").into_source();
    assert_eq!(source.bytes_read(), 8);
    drop(io_thread);
}

/// Without an I/O thread that runs, the consumer has to read everything.
#[test]
fn the_caller_reads_what_nobody_else_reads() {
    for jobs in [0, 2] {
        let stage = Broken(u64::MAX);
        let (mut pipeline, io_thread) =
            Pipeline::assemble(Source::new(100, 0), stage, shared(jobs), real_pool());
        for expected in 0..100 {
            let NextBatch::Batch(work) = pipeline.next(None) else { panic!("{expected}") };
            assert_eq!(work.raw.offset(), expected);
        }
        assert!(matches!(pipeline.next(None), NextBatch::End));
        io_thread.run();
    }
}

/// Its threads cannot be started, which a pool may say by a panic; at first they can.
#[test]
fn a_pool_that_panics_costs_no_batch() {
    for good in 0..4 {
        let (pool, left) = (real_pool(), AtomicU64::new(good));
        let spawn = Box::new(move |task: Task| {
            let is_good =
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
            assert!(is_good.is_ok(), "no thread");
            pool(task);
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
    let no_pool: Spawn = Box::new(|task: Task| drop(task));
    let cases = [(bounds(1), real_pool()), (bounds(1), no_pool), (shared(0), real_pool())];
    for (bounds, spawn) in cases {
        let source = Source::new(u64::MAX, 0);
        let (mut pipeline, io_thread) = Pipeline::assemble(source, Broken(9), bounds, spawn);
        let io_thread = thread::spawn(move || io_thread.run());
        for _ in 0..9 {
            assert!(matches!(pipeline.next(None), NextBatch::Batch(_)));
        }
        let NextBatch::Failed(error) = pipeline.next(None) else { panic!("an error is due") };
        assert!(error.to_string().contains("panicked"), "{error}");
        assert!(matches!(pipeline.next(None), NextBatch::End), "nothing comes after it");
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
        let source = Source::new(6, 0);
        let (pipeline, io_thread) = Pipeline::assemble(source, Mined, bounds(2), real_pool());
        let shared = Arc::downgrade(&pipeline.shared);
        let io_thread = thread::spawn(move || io_thread.run());
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
    let spawn: Spawn = Box::new(|task: Task| drop(thread::spawn(task)));
    let bounds = Bounds { backlog: 2, ..bounds(1) };
    let stage = Second(Arc::clone(&begun));
    let (mut pipeline, io_thread) = Pipeline::assemble(Source::new(2, 0), stage, bounds, spawn);
    thread::spawn(move || io_thread.run()).join().unwrap();
    wait_for("the job", || begun.load(Ordering::Acquire) == 1);
    for expected in 0..2 {
        let NextBatch::Batch(work) = pipeline.next(None) else { panic!("{expected} is missing") };
        assert_eq!(work.raw.offset(), expected);
    }
    assert!(matches!(pipeline.next(None), NextBatch::End));
}
