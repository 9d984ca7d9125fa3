//! The source that reads one range.

use super::ByteRange;
use crate::{
    framing::{Frame, FrameKind},
    source::{BatchSource, FillOutcome, Input, RawBatch},
};
use std::{
    boxed::Box,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A source that returns the frames of another one that have items in a range, and ends after them.
///
/// A frame that begins before the range and ends in it is returned too, if the parse may find an
/// item inside it: the index keeps the items that begin in the range. More of a fault or of padding
/// belongs where that began.
pub(crate) struct RangeSource {
    source: Box<dyn BatchSource>,
    range: ByteRange,
    /// True if the parse may find an item inside a frame, as in ISO 2709.
    looks_inside: bool,
    /// True if the input is decompressed, so that its data may end with damage.
    is_packed: bool,
    /// The error to return after the frames before it.
    failed: Option<io::Error>,
    reach: Reach,
    place: Place,
}

/// The place of the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Inside,
    After,
}

impl RangeSource {
    /// Creates a source of the frames of a range. `source` begins with a frame of the whole input at
    /// the start of the range or before it. `reach` receives the offset up to which the input was
    /// framed.
    pub(crate) fn new(
        source: Box<dyn BatchSource>,
        range: ByteRange,
        looks_inside: bool,
        is_packed: bool,
        reach: &Reach,
    ) -> Self {
        let is_empty = range.end.is_some_and(|end| end <= range.start);
        let place = if is_empty { Place::After } else { Place::Before };
        if is_empty {
            // There is nothing to reach.
            reach.advance(u64::MAX);
        }
        let reach = reach.clone();
        Self { source, range, looks_inside, is_packed, failed: None, reach, place }
    }

    /// Returns true if the frame from `start` to `end` is returned.
    fn keeps(&mut self, kind: FrameKind, start: u64, end: u64) -> bool {
        if matches!(kind, FrameKind::FaultContinued | FrameKind::PaddingContinued) {
            return self.place == Place::Inside;
        }
        self.place = match start {
            _ if self.range.ends_by(start) => Place::After,
            _ if start >= self.range.start => Place::Inside,
            _ => Place::Before,
        };
        if self.place != Place::After {
            self.reach.last.store(start, Ordering::Release);
        }
        let has_inside = matches!(kind, FrameKind::Record | FrameKind::Fault(_));
        match self.place {
            Place::Before => self.looks_inside && has_inside && end > self.range.start,
            Place::Inside => true,
            Place::After => false,
        }
    }

    /// Returns the part of a batch that is returned, if there is any.
    fn part(&mut self, batch: RawBatch) -> Option<RawBatch> {
        let mut at = batch.offset();
        let (mut frames, mut bytes) = (0..0, 0..0);
        for (number, &Frame { kind, length }) in batch.frames().iter().enumerate() {
            let start = (at - batch.offset()) as usize;
            if self.keeps(kind, at, at + length as u64) {
                if frames.is_empty() {
                    (frames.start, bytes.start) = (number, start);
                }
                (frames.end, bytes.end) = (number + 1, start + length);
            }
            at += length as u64;
            if self.place == Place::After {
                break;
            }
            if kind == FrameKind::Record && self.range.ends_by(at) {
                self.place = Place::After;
                break;
            }
        }
        self.reach.advance(at);
        (!frames.is_empty()).then(|| batch.part(frames, bytes))
    }

    /// Ends the data with damage. If a frame before the damage begins after the range, the error is
    /// one of a later range.
    fn end_with(&mut self, error: io::Error) -> io::Result<FillOutcome> {
        let rest = self.source.finish().and_then(|rest| self.part(rest));
        self.failed = (self.place != Place::After).then_some(error);
        match rest {
            Some(batch) => Ok(FillOutcome::Batch(batch)),
            None => self.failed.take().map_or(Ok(FillOutcome::End), Err),
        }
    }
}

impl BatchSource for RangeSource {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<FillOutcome> {
        if self.place == Place::After {
            return Ok(FillOutcome::End);
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        match self.source.fill(spare) {
            Ok(FillOutcome::Batch(batch)) => {
                Ok(self.part(batch).map_or(FillOutcome::Pending, FillOutcome::Batch))
            }
            // An error of the system may be another one next time.
            Err(error) if self.is_packed && error.raw_os_error().is_none() => self.end_with(error),
            other => other,
        }
    }

    fn finish(&mut self) -> Option<RawBatch> {
        if self.place == Place::After {
            return None;
        }
        let rest = self.source.finish()?;
        self.part(rest)
    }

    fn input(&mut self) -> Option<&mut dyn Input> {
        self.source.input()
    }

    fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }
}

/// The end of a range, as a stream over the range sees it.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    end: u64,
    reached: Arc<AtomicU64>,
    /// Offset of the last frame that begins before the end of the range.
    last: Arc<AtomicU64>,
}

impl Reach {
    /// Creates the end of a range of which nothing is framed.
    pub(crate) fn new(end: u64) -> Self {
        Self { end, reached: Arc::default(), last: Arc::default() }
    }

    /// Sets the offset of the first frame of the source.
    pub(crate) fn begin(&self, offset: u64) {
        self.last.store(offset, Ordering::Release);
        self.advance(offset);
    }

    /// Returns an offset from which a source may begin for the range after this one: that of the
    /// last frame that begins before it, which may contain its start.
    pub(crate) fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// Sets the offset up to which the input was framed or passed over.
    pub(crate) fn advance(&self, offset: u64) {
        self.reached.store(offset, Ordering::Release);
    }

    /// Returns true if the input was framed up to the end of the range.
    pub(crate) fn is_reached(&self) -> bool {
        self.reached.load(Ordering::Acquire) >= self.end
    }
}

/// A source without any frame, for a range that contains nothing.
pub(crate) struct NoSource;

impl BatchSource for NoSource {
    fn fill(&mut self, _: &mut Option<RawBatch>) -> io::Result<FillOutcome> {
        Ok(FillOutcome::End)
    }

    fn finish(&mut self) -> Option<RawBatch> {
        None
    }

    fn bytes_read(&self) -> u64 {
        0
    }
}
