//! The framer, which turns bytes into frames.

mod bad_span;
#[cfg(feature = "std")]
mod for_reader;

use super::{
    counted::Count,
    descriptor::{self, Found},
    frame::{Frame, FrameKind, Step},
    padding,
    plausible::{Length, Plausibility, leader_alone, long_leader, plausible_leader},
    proof::{Verdict, prove},
    search::Search,
    signatures::{PROBE_LENGTH, recognise},
};
use crate::record::{ErrorKind, Fault, MIN_RECORD_LENGTH};

/// The default limit on the length of a record: 16 MiB. ISO 2709 itself ends at 99,999 bytes; the
/// rest is room for records that exceed it and for the search after a damaged one.
pub const DEFAULT_MAX_RECORD_LENGTH: usize = 16 << 20;

/// The greatest offset at which reading can begin. No file has a greater one, and offsets counted
/// from it stay within 64 bits.
pub(crate) const MAX_OFFSET: u64 = i64::MAX as u64;

/// A framer cuts an input into records, faults and padding.
///
/// The framer keeps positions, never bytes. Show it the bytes that have arrived and are in no frame
/// yet, take the frame off the front, then show it the rest.
///
/// ```
/// use tidemarc::framing::{Frame, FrameKind, Framer, Step};
///
/// let input = b"00063nam a2200049   4500001000600000245000700006\x1eocm01\x1e10\x1faHi\x1e\x1d\n";
/// let mut framer = Framer::new();
/// let mut rest = &input[..];
/// let mut kinds = Vec::new();
/// loop {
///     match framer.next(rest, true) {
///         Step::Frame(Frame { kind, length }) => {
///             kinds.push((kind, length));
///             rest = &rest[length..];
///         }
///         Step::NeedMore(_) => unreachable!("the end was announced"),
///         Step::End => break,
///     }
/// }
/// assert_eq!(kinds, [(FrameKind::Record, 63), (FrameKind::Padding, 1)]);
/// ```
#[derive(Debug, Clone)]
pub struct Framer {
    limit: usize,
    /// True if the spans must be those that a repair needs.
    repairs: bool,
    /// Offset at which a foreign input can begin: its first byte, or nowhere if these bytes are not
    /// the start of an input.
    start: u64,
    /// Offset of the next frame in the input.
    offset: u64,
    search: Search,
    count: Count,
    /// Offset up to which the run of padding at `offset` was seen, in bytes from the start of the
    /// input. Without it, a long run would be searched again with every piece that arrives.
    padding_seen_to: u64,
    unfinished: Unfinished,
}

/// The earlier findings about the bytes at the front.
#[derive(Debug, Clone, Copy)]
enum Unfinished {
    Nothing,
    /// They continue the previous frame, a fault that the limit cut off.
    Continued,
    /// They are not a sound record, for this reason and with this stated length. More bytes were
    /// needed to find the end of the bad span; repeating the proof with every piece that arrives
    /// would take time.
    Refuted {
        kind: ErrorKind,
        stated: Option<usize>,
    },
}

impl Default for Framer {
    fn default() -> Self {
        Self::new()
    }
}

impl Framer {
    /// Creates a framer at the start of an input, with the default limit on record length.
    #[must_use]
    pub fn new() -> Self {
        Self::with_max_record_length(DEFAULT_MAX_RECORD_LENGTH)
    }

    /// Creates a framer with a limit on the length of a record, in bytes (at least 26, the shortest
    /// record).
    ///
    /// No frame is longer, and [`Step::NeedMore`] never asks for more: a buffer of this size is
    /// enough for any input.
    #[must_use]
    pub fn with_max_record_length(limit: usize) -> Self {
        let limit = limit.max(MIN_RECORD_LENGTH);
        Self {
            limit,
            repairs: false,
            start: 0,
            offset: 0,
            search: Search::default(),
            count: Count::default(),
            padding_seen_to: 0,
            unfinished: Unfinished::Nothing,
        }
    }

    /// Sets whether the framer returns the spans of damaged records as a repair needs them: see the
    /// [module](super). Sound records are the same in both cases.
    ///
    /// Call this before the first [`next`](Self::next).
    #[must_use]
    pub fn repairs(self, repairs: bool) -> Self {
        let rule = if repairs { Length::Any } else { Length::Stated };
        Self { repairs, search: Search::new(rule), ..self }
    }

    /// Sets the offset, in bytes, at which this input begins in a greater one, to continue from a
    /// record that was found before. All offsets are those of the greater input, and the frames are
    /// the same as if it were read from its first byte. An offset beyond 2^63 - 1 is reduced to
    /// that.
    #[must_use]
    pub fn at_offset(self, offset: u64) -> Self {
        Self { offset: offset.min(MAX_OFFSET), ..self }
    }

    /// Returns the limit on the length of a record, in bytes.
    #[must_use]
    pub const fn max_record_length(&self) -> usize {
        self.limit
    }

    /// Returns the rule for plausible leaders.
    const fn rule(&self) -> Length {
        if self.repairs { Length::Any } else { Length::Stated }
    }

    /// Returns the offset of the next frame, in bytes from the start of the input.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the next frame. `bytes` are those that have arrived, from the end of the last frame
    /// on.
    ///
    /// `at_end` says that no more will come.
    #[inline]
    pub fn next(&mut self, bytes: &[u8], at_end: bool) -> Step {
        // Bytes beyond the limit are ignored, so that a frame does not depend on how much of the
        // input has arrived.
        let window = &bytes[..bytes.len().min(self.limit)];
        let step = self.decide(window, at_end);
        if let Step::Frame(frame) = step {
            debug_assert!(0 < frame.length && frame.length <= window.len());
            self.offset += frame.length as u64;
        }
        step
    }

    #[inline]
    fn decide(&mut self, window: &[u8], at_end: bool) -> Step {
        let Some(&first) = window.first() else {
            return if at_end { Step::End } else { Step::NeedMore(1) };
        };
        match self.unfinished {
            Unfinished::Nothing => {}
            Unfinished::Continued => return self.resume(window, at_end),
            Unfinished::Refuted { kind, stated } => {
                return self.refuted(window, at_end, kind, stated);
            }
        }
        if padding::may_begin(first)
            && let Some(step) = self.padding(window, at_end)
        {
            return step;
        }
        match prove(window, at_end, self.limit) {
            Verdict::Record(length) => Step::Frame(Frame { kind: FrameKind::Record, length }),
            Verdict::NeedMore(length) => Step::NeedMore(length),
            Verdict::WrongLength(length) => fault(ErrorKind::RecordLength, length),
            Verdict::Failed { kind, stated } => self
                .descriptor(window, at_end)
                .or_else(|| self.repairs.then(|| self.long_record(window, at_end))?)
                .or_else(|| self.repairs.then(|| self.foreign(window, at_end))?)
                .unwrap_or_else(|| self.refuted(window, at_end, kind, stated)),
        }
    }

    /// Returns the bad span at the front, which is known not to be a sound record.
    #[cold]
    fn refuted(
        &mut self,
        window: &[u8],
        at_end: bool,
        kind: ErrorKind,
        stated: Option<usize>,
    ) -> Step {
        self.unfinished = Unfinished::Nothing;
        let step = self.bad_span(window, at_end, kind, stated);
        if let Step::NeedMore(_) = step {
            self.unfinished = Unfinished::Refuted { kind, stated };
        }
        step
    }

    /// Returns the descriptor words at the front, if there are any.
    #[cold]
    fn descriptor(&self, window: &[u8], at_end: bool) -> Option<Step> {
        match descriptor::words(window) {
            Found::Words(length) => {
                Some(Step::Frame(Frame { kind: FrameKind::Descriptor, length }))
            }
            Found::NeedMore(more) if !at_end && more <= self.limit => Some(Step::NeedMore(more)),
            Found::NeedMore(_) | Found::None => None,
        }
    }

    /// Returns a record whose length has more than five digits, if one is at the front and ends
    /// where it says.
    #[cold]
    fn long_record(&mut self, window: &[u8], at_end: bool) -> Option<Step> {
        match long_leader(window) {
            (Plausibility::Yes, length) if length <= self.limit => {
                match self.search.terminator(window, self.offset) {
                    Some(end) => {
                        (end + 1 == length).then_some(fault(ErrorKind::RecordLength, length))
                    }
                    None if window.len() < length && !at_end => Some(Step::NeedMore(length)),
                    None => None,
                }
            }
            (Plausibility::NeedMore(more), _) if !at_end && more <= self.limit => {
                Some(Step::NeedMore(more))
            }
            _ => None,
        }
    }

    /// Returns the first bytes of a foreign input as a fault, if this is the start of one.
    #[cold]
    fn foreign(&mut self, window: &[u8], at_end: bool) -> Option<Step> {
        if self.offset != self.start {
            return None;
        }
        let probe_length = PROBE_LENGTH.min(self.limit);
        let probe = &window[..window.len().min(probe_length)];
        if self.search.leader(probe, self.offset).is_some() {
            return None;
        }
        if probe.len() < probe_length && !at_end {
            return Some(Step::NeedMore(probe.len() + 1));
        }
        recognise(probe).map(|_| fault(ErrorKind::Foreign, probe.len()))
    }

    /// Returns the blank space at the front, if there is any. It is padding only if a plausible
    /// leader or the end follows, or if it is as long as the limit.
    fn padding(&mut self, window: &[u8], at_end: bool) -> Option<Step> {
        let known = self.padding_seen_to.saturating_sub(self.offset) as usize;
        let length = padding::run_length(window, known.min(window.len()));
        self.padding_seen_to = self.offset + length as u64;
        let rest = &window[length..];
        let is_full = window.len() == self.limit;
        let pad = (length > 0).then_some(Step::Frame(Frame { kind: FrameKind::Padding, length }));
        let wait = |more: usize| match is_full {
            true => pad,
            false => Some(Step::NeedMore((length + more).min(self.limit))),
        };
        if rest.is_empty() {
            return if at_end { pad } else { wait(1) };
        }
        if padding::may_be_mark(rest) && (is_full || !at_end) {
            return wait(3);
        }
        if length == 0 {
            return None;
        }
        let leader = match self.repairs {
            true => leader_alone(rest),
            false => plausible_leader(rest, Length::Stated),
        };
        match leader {
            Plausibility::Yes => pad,
            Plausibility::No => self.padding_before_descriptor(window, length, at_end),
            Plausibility::NeedMore(_) if at_end && !is_full => None,
            Plausibility::NeedMore(more) => wait(more),
        }
    }

    /// Returns the blank space before descriptor words, whose first byte may be the last blank.
    #[cold]
    fn padding_before_descriptor(
        &self,
        window: &[u8],
        blanks: usize,
        at_end: bool,
    ) -> Option<Step> {
        let ends_in_zero = blanks > 1 && window[blanks - 1] == 0;
        for length in [Some(blanks), ends_in_zero.then(|| blanks - 1)].into_iter().flatten() {
            match descriptor::words(&window[length..]) {
                Found::Words(_) => {
                    return Some(Step::Frame(Frame { kind: FrameKind::Padding, length }));
                }
                Found::NeedMore(more) if !at_end && length + more <= self.limit => {
                    return Some(Step::NeedMore(length + more));
                }
                Found::NeedMore(_) | Found::None => {}
            }
        }
        None
    }
}

const fn fault(kind: ErrorKind, length: usize) -> Step {
    Step::Frame(Frame { kind: FrameKind::Fault(Fault::new(kind)), length })
}
