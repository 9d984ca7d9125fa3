//! The framing of the text formats: what finds their records, as a [`Framing`].

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

/// Of a longer tag or string the last byte alone is held back.
const MOST_HELD: usize = 4 << 10;

/// How many bytes of this piece of padding are held back, if it is the last one: one, as blanks may
/// come by the byte, or all of a tag or string, so that who reads on from there sees what it is.
fn hold(piece: &[u8]) -> usize {
    match piece {
        [.., b'>' | b'"'] if piece.len() <= MOST_HELD => piece.len(),
        _ => 1,
    }
}

/// Cuts an input in a text format into records, faults and what stands between them.
pub(super) struct TextFraming {
    framer: Box<dyn TextFramer>,
    limit: usize,
    /// The step after the padding that was given last.
    next: Option<TextStep>,
    /// How many bytes at the front are padding that was not given yet: the last piece of it. If the
    /// input ends there and should not, it is the fault, as every fault has a byte at least.
    held: usize,
    reason: Option<&'static str>,
    /// Whether the last frame was padding.
    after_padding: bool,
    /// Whether it was a fault, or more of one.
    after_fault: bool,
}

impl TextFraming {
    /// `is_resumed`: of an input of which something was read before.
    pub(super) fn new(syntax: Syntax, options: &ReadOptions, is_resumed: bool) -> Self {
        Self {
            framer: syntax.framer(options, is_resumed),
            limit: options.max_record_length,
            next: None,
            held: 0,
            reason: None,
            after_padding: false,
            after_fault: false,
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
            let kind = match self.after_padding {
                true => FrameKind::PaddingContinued,
                false => FrameKind::Padding,
            };
            (self.after_padding, self.after_fault) = (true, false);
            return Step::Frame(Frame { kind, length: skipped - self.held });
        }
        let (kind, length) = match step {
            TextStep::More | TextStep::Skip(_) if at_end => return Step::End,
            TextStep::More | TextStep::Skip(_) => return Step::NeedMore(0),
            TextStep::Record(length) => (FrameKind::Record, length),
            TextStep::Continued(length) => (FrameKind::FaultContinued, length),
            TextStep::Fault(length, TextFault { kind, message }) => {
                let length = length + mem::take(&mut self.held);
                // A fault that reaches to the end says already that something is missing there.
                self.reason = (length > 0 || !self.after_fault).then_some(message);
                if length == 0 {
                    return Step::End;
                }
                (FrameKind::Fault(Fault::new(kind)), length)
            }
        };
        self.after_padding = false;
        self.after_fault = kind != FrameKind::Record;
        Step::Frame(Frame { kind, length })
    }

    fn max_record_length(&self) -> usize {
        self.limit
    }

    fn reason(&mut self) -> Option<&'static str> {
        self.reason.take()
    }
}
