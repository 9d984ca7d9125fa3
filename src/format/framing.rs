//! The framing of the text formats: what finds their records, as a [`Framing`].

use super::{
    ReadOptions,
    extent::{Extent, Extents, Flaw},
    syntax::Syntax,
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
    extents: Box<dyn Extents + Send>,
    limit: usize,
    /// The extent after the padding that was given last.
    next: Option<Extent>,
    /// How many bytes at the front are padding that was not given yet: the last piece of it. If the
    /// input ends there and should not, it is the fault, as every fault has a byte at least.
    held: usize,
    flaw: Option<&'static str>,
    /// Whether the last frame was padding.
    after_padding: bool,
    /// Whether it was a fault, or more of one.
    after_fault: bool,
}

impl TextFraming {
    /// `is_resumed`: of an input of which something was read before.
    pub(super) fn new(syntax: Syntax, options: &ReadOptions, is_resumed: bool) -> Self {
        Self {
            extents: syntax.extents(options, is_resumed),
            limit: options.max_record_length,
            next: None,
            held: 0,
            flaw: None,
            after_padding: false,
            after_fault: false,
        }
    }
}

impl Framing for TextFraming {
    fn next(&mut self, bytes: &[u8], at_end: bool) -> Step {
        let mut skipped = self.held;
        let mut last = self.held;
        let extent = loop {
            let rest = &bytes[skipped..];
            let extent = self.next.take().unwrap_or_else(|| self.extents.next(rest, at_end));
            match extent {
                Extent::Skip(0) => {}
                Extent::Skip(length) => {
                    last = hold(&rest[..length]);
                    skipped += length;
                }
                extent => break extent,
            }
        };
        self.held = match extent {
            Extent::More if !at_end => last,
            Extent::Fault(0, _) => last,
            _ => 0,
        };
        if skipped > self.held {
            self.next = (extent != Extent::More).then_some(extent);
            let kind = match self.after_padding {
                true => FrameKind::PaddingContinued,
                false => FrameKind::Padding,
            };
            (self.after_padding, self.after_fault) = (true, false);
            return Step::Frame(Frame { kind, length: skipped - self.held });
        }
        let (kind, length) = match extent {
            Extent::More | Extent::Skip(_) if at_end => return Step::End,
            Extent::More | Extent::Skip(_) => return Step::NeedMore(0),
            Extent::Record(length) => (FrameKind::Record, length),
            Extent::Continued(length) => (FrameKind::FaultContinued, length),
            Extent::Fault(length, Flaw { kind, message }) => {
                let length = length + mem::take(&mut self.held);
                // A fault that reaches to the end says already that something is missing there.
                self.flaw = (length > 0 || !self.after_fault).then_some(message);
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

    fn flaw(&mut self) -> Option<&'static str> {
        self.flaw.take()
    }
}
