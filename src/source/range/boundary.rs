//! The search for the frame of ISO 2709 with which a range begins.
//!
//! The frames after an offset depend on the history of the framer only in that a frame begins
//! there. So the frames of the whole input can be found from inside it: the search looks back from
//! the start of the range, takes every offset at which the framer *may* have begun a frame, and
//! frames from all of them at once until all these histories have met. A frame of the whole input
//! begins at the place where they meet. If they do not meet before the start of the range, the
//! search looks back twice as far; at the start of the input there is one history only.
//!
//! The offsets to take are few. A frame that has a 0x1D before its last byte is no longer than
//! [`REACH`], and ends right after a 0x1D. So if the search begins right after a 0x1D, the next
//! frame of the whole input begins there, or after a later 0x1D within that reach: the frame before
//! it either ends with the first 0x1D, or contains it. `docs/scale.md` goes through the frames.

use super::{ReadAt, window::Window};
use crate::{
    framing::{Frame, FrameKind, Framer, PROBE_LENGTH, Step},
    record::{ErrorKind, RECORD_TERMINATOR},
};
use memchr::memchr_iter;
use std::{collections::BTreeSet, io};

/// Greatest length of a frame that has a 0x1D before its last byte: a record whose length is wrong
/// reaches as far as its base address (five digits), a starting position (five) and the length of a
/// field (four) can state together, and one byte more. All other such frames end by a stated length
/// or within the look-ahead of a count, both of five digits.
const REACH: usize = 99_999 + 99_999 + 9_999 + 1;

/// Number of bytes that any search may look back: a little more than the reach leaves room for the
/// histories to meet.
const LEAST: u64 = REACH as u64 + REACH as u64 / 4 + 1;

/// A place in a history of the framer: the offset at which it begins a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    offset: u64,
    /// True if the bytes there continue a fault that the limit on record length cut.
    is_continued: bool,
}

/// Returns the offset of the last frame of the whole input that begins at `cut` or before it. If
/// more of a fault follows that frame, the fault belongs to it, and the result is the offset after
/// the fault. `framer` is that of the whole input, from its start. Returns `None` if the search looks
/// farther than `most` bytes, forwards or backwards.
///
/// # Errors
/// Returns the errors of reading.
pub(crate) fn first_frame(
    input: &mut dyn ReadAt,
    framer: &Framer,
    cut: u64,
    most: u64,
) -> io::Result<Option<u64>> {
    let reach = REACH.min(framer.max_record_length());
    let probe = PROBE_LENGTH.min(framer.max_record_length()) as u64;
    let mut look_back = reach as u64 + reach as u64 / 4 + 1;
    loop {
        // The length of compressed data is known up to the first damage that was read.
        let length = input.length();
        if cut >= length {
            return Ok(Some(length));
        }
        if look_back > most.max(LEAST) {
            return Ok(None);
        }
        // The first frame of a foreign input is a part of it that ends anywhere.
        let Some(from) = cut.checked_sub(look_back).filter(|&from| from > probe) else {
            let start = Place { offset: 0, is_continued: false };
            return History::new(input, framer.clone()).follow(start, cut, most);
        };
        let mut history = History::new(input, framer.clone().inside());
        if let Some(meeting) = history.meet(from, reach as u64, cut)? {
            return history.follow(meeting, cut, most);
        }
        look_back = look_back.saturating_mul(2);
    }
}

/// Returns true if the input is a foreign one, which ends with its first frame. `framer` is that of
/// the whole input, from its start.
///
/// # Errors
/// Returns the errors of reading.
pub(crate) fn is_foreign(input: &mut dyn ReadAt, framer: &Framer) -> io::Result<bool> {
    let start = Place { offset: 0, is_continued: false };
    let first = History::new(input, framer.clone()).frame(start)?;
    Ok(first.is_some_and(|frame| match frame.kind {
        FrameKind::Fault(fault) => fault.kind() == ErrorKind::Foreign,
        _ => false,
    }))
}

/// A framer that moves forward through an input.
struct History<'i> {
    window: Window<'i>,
    framer: Framer,
}

impl<'i> History<'i> {
    const fn new(input: &'i mut dyn ReadAt, framer: Framer) -> Self {
        Self { window: Window::new(input), framer }
    }

    /// Returns the frame at a place. The places of successive calls must not decrease.
    fn frame(&mut self, place: Place) -> io::Result<Option<Frame>> {
        self.window.move_to(place.offset);
        self.framer.move_to(place.offset, place.is_continued);
        let mut wanted = 1;
        loop {
            let (bytes, at_end) = self.window.bytes(place.offset, wanted)?;
            match self.framer.next(bytes, at_end) {
                Step::Frame(frame) => return Ok(Some(frame)),
                Step::NeedMore(more) => wanted = more.max(bytes.len() + 1),
                Step::End => return Ok(None),
            }
        }
    }

    /// Returns the place after a frame at this one.
    fn after(&self, place: Place, frame: Frame) -> Place {
        let offset = place.offset + frame.length as u64;
        Place { offset, is_continued: self.framer.is_continued() }
    }

    /// Returns the place where all histories have met that may lead through the first 0x1D after
    /// `from`; `None` if there is none before the cut.
    fn meet(&mut self, from: u64, reach: u64, cut: u64) -> io::Result<Option<Place>> {
        let Some(terminator) = self.window.find(RECORD_TERMINATOR, from, cut)? else {
            return Ok(None);
        };
        let first = terminator + 1;
        self.window.move_to(first);
        let (bytes, _) = self.window.bytes(first, reach as usize)?;
        let bytes = &bytes[..bytes.len().min(reach as usize)];
        let others = memchr_iter(RECORD_TERMINATOR, bytes).map(|at| first + at as u64 + 1);
        let place = |offset| Place { offset, is_continued: false };
        let mut places: BTreeSet<Place> = others.map(place).collect();
        places.insert(place(first));
        while let Some(place) = places.pop_first().filter(|place| place.offset <= cut) {
            if places.is_empty() {
                return Ok(Some(place));
            }
            if let Some(frame) = self.frame(place)? {
                places.insert(self.after(place, frame));
            }
        }
        Ok(None)
    }

    /// Follows the history from this place to the cut. Returns the last offset of a frame at or
    /// before the cut, or, if the bytes there continue a fault, the offset after it. Returns `None`
    /// if it is more than `most` bytes away.
    fn follow(&mut self, start: Place, cut: u64, most: u64) -> io::Result<Option<u64>> {
        let mut place = start;
        loop {
            if place.offset.saturating_sub(cut) > most {
                return Ok(None);
            }
            let Some(frame) = self.frame(place)? else { return Ok(Some(place.offset)) };
            let next = self.after(place, frame);
            // A record may follow a fault that the limit cut, in place of more of it.
            let is_continued = place.is_continued && frame.kind == FrameKind::FaultContinued;
            if !is_continued && (place.offset >= cut || next.offset > cut && !next.is_continued) {
                return Ok(Some(place.offset));
            }
            place = next;
        }
    }
}
