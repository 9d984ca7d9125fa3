//! The framing of the text formats: their framers, as a [`Framing`].

use super::{
    ReadOptions,
    syntax::Syntax,
    text_framer::{TextFault, TextFramer, TextStep},
};
use crate::{
    framing::{Frame, FrameKind, Framing, Step},
    record::Fault,
};
use std::{boxed::Box, mem};

/// Greatest length of a tag or string that is held back as a whole.
const MOST_HELD: usize = 4 << 10;

/// Returns the number of bytes of this piece of padding that are held back, if it is the last one:
/// one, since blanks may arrive byte by byte, or all of a tag or string, so that a caller that
/// continues from there sees it whole.
fn hold(piece: &[u8]) -> usize {
    match piece {
        [.., b'>' | b'"'] if piece.len() <= MOST_HELD => piece.len(),
        _ => 1,
    }
}

/// The framing of an input in a text format: records, faults and the padding between them.
pub(super) struct TextFraming {
    framer: Box<dyn TextFramer>,
    limit: usize,
    /// The step after the padding that was returned last.
    next: Option<TextStep>,
    /// Number of bytes at the front that are padding and not returned yet: its last piece. If the
    /// input ends there too early, this piece becomes the fault, since a fault has at least one
    /// byte.
    held: usize,
    reason: Option<&'static str>,
    last: Last,
}

/// The last frame, as far as the next one depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A record, or none yet.
    Record,
    Padding,
    /// A fault, or more of one.
    Fault,
}

impl TextFraming {
    /// Creates the framing. `is_resumed` says that reading begins inside the input.
    pub(super) fn new(syntax: Syntax, options: &ReadOptions, is_resumed: bool) -> Self {
        Self {
            framer: syntax.framer(options, is_resumed),
            limit: options.max_record_length,
            next: None,
            held: 0,
            reason: None,
            last: Last::Record,
        }
    }
}

impl Framing for TextFraming {
    fn next(&mut self, bytes: &[u8], at_end: bool) -> Step {
        let mut skipped = self.held;
        let mut last = self.held;
        let step = loop {
            let rest = &bytes[skipped..];
            let step = self.next.take().unwrap_or_else(|| self.framer.next(rest, at_end));
            match step {
                TextStep::Skip(0) => {}
                TextStep::Skip(length) => {
                    last = hold(&rest[..length]);
                    skipped += length;
                }
                step => break step,
            }
        };
        self.held = match step {
            TextStep::More if !at_end => last,
            TextStep::Fault(0, _) => last,
            _ => 0,
        };
        if skipped > self.held {
            self.next = (step != TextStep::More).then_some(step);
            let kind = match mem::replace(&mut self.last, Last::Padding) {
                Last::Padding => FrameKind::PaddingContinued,
                Last::Record | Last::Fault => FrameKind::Padding,
            };
            return Step::Frame(Frame { kind, length: skipped - self.held });
        }
        let (kind, length) = match step {
            TextStep::More | TextStep::Skip(_) if at_end => return Step::End,
            TextStep::More | TextStep::Skip(_) => return Step::NeedMore(0),
            TextStep::Record(length) => (FrameKind::Record, length),
            TextStep::Continued(length) => (FrameKind::FaultContinued, length),
            TextStep::Fault(length, TextFault { kind, message }) => {
                let length = length + mem::take(&mut self.held);
                // A fault that reaches to the end already reports that something is missing there.
                self.reason = (length > 0 || self.last != Last::Fault).then_some(message);
                if length == 0 {
                    return Step::End;
                }
                (FrameKind::Fault(Fault::new(kind)), length)
            }
        };
        self.last = if kind == FrameKind::Record { Last::Record } else { Last::Fault };
        Step::Frame(Frame { kind, length })
    }

    fn max_record_length(&self) -> usize {
        self.limit
    }

    fn reason(&mut self) -> Option<&'static str> {
        self.reason.take()
    }
}
