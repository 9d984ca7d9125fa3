//! The work on a batch, and its panics.

use super::Limits;
use crate::{
    framing::{Frame, FrameKind},
    record::{ErrorKind, Fault},
    source::RawBatch,
};
use std::{
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Turns a batch of raw bytes into something else, on any thread.
///
/// The reader's stage checks directories and lays out fields; another may build columns or write
/// output bytes. A stage must not wait for anything: its thread serves every stream of the process.
pub(crate) trait Stage: Send + Sync + 'static {
    /// The result for a batch. An old output is handed back to be filled again.
    type Output: Default + Send + 'static;

    /// Fills `output`, which may hold the result of an earlier batch, from `batch`.
    ///
    /// If this panics, it is called again for each frame alone to find the one at fault, and then
    /// for the whole batch, in which that frame is a fault of kind [`ErrorKind::Panic`]. If that
    /// panics as well, the stream ends with an error.
    fn run(&self, batch: &RawBatch, output: &mut Self::Output);

    /// The limits of a pipeline with this stage.
    fn limits(&self) -> Limits {
        Limits::default()
    }
}

/// A batch and its output.
pub(crate) struct Work<T> {
    pub(crate) raw: RawBatch,
    pub(crate) output: T,
    /// Bytes for which the batch counts while it is in flight.
    pub(super) memory: usize,
    /// True if the stage panicked again and again: the output means nothing.
    pub(super) is_broken: bool,
}

impl<T> Work<T> {
    pub(crate) fn new(raw: RawBatch, output: T) -> Self {
        let memory = raw.memory();
        Self { raw, output, memory, is_broken: false }
    }
}

/// The result of requesting a batch.
pub(crate) enum NextBatch<B> {
    /// The next batch, in the order of the input.
    Batch(B),
    /// No batch within the caller's patience. It may ask again.
    Pending,
    /// The end.
    End,
    /// The source failed; the source decides if asking again may help.
    Failed(io::Error),
}

/// Runs the stage on the caller's own thread; a panic becomes a fault at the frame that caused it.
///
/// # Errors
/// If the stage panics even on a batch in which every record is a fault.
#[inline]
pub(crate) fn run_guarded<S: Stage>(stage: &S, work: &mut Work<S::Output>) -> io::Result<()> {
    run_caught(stage, work);
    if work.is_broken { Err(io::Error::other(BROKEN)) } else { Ok(()) }
}

/// Message of the error for broken work.
pub(super) const BROKEN: &str = "the parse stage panicked, also on a batch of nothing but faults";

/// Runs the stage; a panic becomes a fault at the frame that caused it. Never unwinds: if nothing
/// helps, the work is marked as broken.
#[inline]
pub(super) fn run_caught<S: Stage>(stage: &S, work: &mut Work<S::Output>) {
    if !try_run(stage, &work.raw, &mut work.output) {
        // Other code may panic too, such as the access to shared bytes or the drop of an output.
        work.is_broken = catch(|| run_one_by_one(stage, work)) != Some(true);
    }
}

/// Runs `f`: `None` if it panics. The values that it was about to change must be valid all the same.
#[inline]
pub(super) fn catch<R>(f: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => Some(result),
        Err(payload) => {
            // Its drop could panic again, on a thread where nobody would catch it.
            mem::forget(payload);
            None
        }
    }
}

/// A stage knows that its output may hold anything; it must keep `&self` valid itself, as any code
/// does that threads share.
#[inline]
fn try_run<S: Stage>(stage: &S, raw: &RawBatch, output: &mut S::Output) -> bool {
    catch(|| stage.run(raw, output)).is_some()
}

/// Finds the frames at fault, and runs the stage on the batch without them: false if it still
/// panics.
#[cold]
fn run_one_by_one<S: Stage>(stage: &S, work: &mut Work<S::Output>) -> bool {
    renew(&mut work.output);
    let raw = &mut work.raw;
    let mut start = 0;
    for at in 0..raw.frames.len() {
        let frame = raw.frames[at];
        let alone = raw.alone(at, start);
        if !try_run(stage, &alone, &mut S::Output::default()) {
            raw.frames[at] = panicked(frame);
        }
        start += frame.length;
    }
    if try_run(stage, raw, &mut work.output) {
        return true;
    }
    // Each frame alone was fine, and all together are not: none of them can be trusted.
    renew(&mut work.output);
    for frame in &mut raw.frames {
        *frame = panicked(*frame);
    }
    try_run(stage, raw, &mut work.output)
}

/// Replaces a half-filled output, whose drop may panic.
fn renew<T: Default>(output: &mut T) {
    let _ = catch(|| drop(mem::take(output)));
}

/// Returns a fault in the place of a frame. A frame that does not count as a record or fault does not
/// become one, because all that follow would get other numbers.
const fn panicked(frame: Frame) -> Frame {
    let kind = match frame.kind {
        FrameKind::Padding
        | FrameKind::PaddingContinued
        | FrameKind::Descriptor
        | FrameKind::FaultContinued => frame.kind,
        FrameKind::Record | FrameKind::Fault(_) => FrameKind::Fault(Fault::new(ErrorKind::Panic)),
    };
    Frame { kind, length: frame.length }
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
