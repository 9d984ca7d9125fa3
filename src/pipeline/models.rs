//! The interleavings of the pipeline's parts and of the whole, explored by loom. A time-out could
//! hide a lost wake, so nothing here has one: a thread that sleeps for ever is a failure.
//!
//! `docs/concurrency.md` says what is modelled, what is not, and how to run it.

mod parts;
mod whole;

use super::{
    shared::{Bounds, Spawn, Task},
    stage::{Stage, Work},
};
use crate::{
    framing::{Frame, FrameKind},
    source::{BatchSource, Bytes, FillOutcome, Input, RawBatch, ReadOutcome},
};
use loom::thread;
use std::{
    io, panic,
    sync::{Arc as StdArc, Mutex as StdMutex},
    vec,
    vec::Vec,
};

/// Explores every interleaving, or those in which threads are interrupted at most so many times
/// where they could have gone on. `LOOM_MAX_PREEMPTIONS` raises the bound.
fn explore(preemptions: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    let wished = builder.preemption_bound.unwrap_or(0);
    builder.preemption_bound = preemptions.map(|bound| bound.max(wished));
    builder.max_branches = 10_000;
    builder.check(model);
}

const BOUNDS: Bounds =
    Bounds { depth: 2, backlog: 2, jobs: 1, budget: usize::MAX, is_shared: false };

/// Two threads only, and both may read.
const SHARED: Bounds = Bounds { jobs: 0, is_shared: true, ..BOUNDS };

/// A batch of one record of one byte, told by its offset.
fn batch(offset: u64) -> RawBatch {
    let bytes = Bytes::Owned { buffer: vec![0], used: 1 };
    RawBatch::new(bytes, vec![Frame { kind: FrameKind::Record, length: 1 }], offset, 1)
}

/// The end of a [`Source`], after its batches.
#[derive(Clone, Copy)]
enum Last {
    End,
    Error,
    Panic,
}

/// A source of so many batches.
struct Source {
    given: u64,
    batches: u64,
    last: Last,
    /// The batch that the consumer cannot read without a wait.
    waits_at: Option<u64>,
    waits: bool,
    /// The number of batches that came in old memory.
    recycled: StdArc<StdMutex<u64>>,
}

impl Source {
    fn new(batches: u64, last: Last) -> Self {
        Self { given: 0, batches, last, waits_at: None, waits: true, recycled: StdArc::default() }
    }
}

impl BatchSource for Source {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<FillOutcome> {
        if !self.waits && self.waits_at == Some(self.given) {
            return Ok(FillOutcome::Pending);
        }
        if self.given < self.batches {
            self.given += 1;
            *self.recycled.lock().unwrap() += u64::from(spare.take().is_some());
            return Ok(FillOutcome::Batch(batch(self.given - 1)));
        }
        match self.last {
            Last::End => Ok(FillOutcome::End),
            Last::Error => Err(io::ErrorKind::TimedOut.into()),
            // Past the panic hook, which would print.
            Last::Panic => panic::resume_unwind(std::boxed::Box::new(())),
        }
    }

    fn finish(&mut self) -> Option<RawBatch> {
        Some(batch(self.batches))
    }

    fn input(&mut self) -> Option<&mut dyn Input> {
        Some(self)
    }

    fn bytes_read(&self) -> u64 {
        self.given
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

/// Adds 100 to the offset, or panics at one.
struct Hundred {
    panics_at: Option<u64>,
}

const SOUND: Hundred = Hundred { panics_at: None };

impl Stage for Hundred {
    type Output = u64;

    fn run(&self, batch: &RawBatch, output: &mut u64) {
        // A retry sees the fault that the panic became.
        let is_record = batch.frames()[0].kind == FrameKind::Record;
        if is_record && self.panics_at == Some(batch.offset()) {
            panic::resume_unwind(std::boxed::Box::new(()));
        }
        *output = batch.offset() + 100;
    }
}

/// Checks that the work went through the stage exactly once, and says which batch it is.
fn finished(work: &Work<u64>) -> u64 {
    assert_eq!(work.output, work.raw.offset() + 100);
    work.raw.offset()
}

/// A pool in which each job is a thread of its own, and can be waited for.
#[derive(Clone, Default)]
struct Jobs(StdArc<StdMutex<Vec<thread::JoinHandle<()>>>>);

impl Jobs {
    fn spawn(&self) -> Spawn {
        let jobs = self.clone();
        std::boxed::Box::new(move |task: Task| {
            let handle = thread::spawn(task);
            jobs.0.lock().unwrap().push(handle);
        })
    }

    /// Waits for all jobs, also for those that jobs start. Says how many there were.
    fn join(&self) -> usize {
        let mut count = 0;
        loop {
            let Some(job) = self.0.lock().unwrap().pop() else { return count };
            job.join().unwrap();
            count += 1;
        }
    }
}

/// The pool could not be started.
fn no_pool() -> Spawn {
    std::boxed::Box::new(|task: Task| drop(task))
}
