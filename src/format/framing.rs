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
use std::boxed::Box;

/// Cuts an input in a text format into records, faults and what stands between them.
pub(super) struct TextFraming {
    extents: Box<dyn Extents + Send>,
    limit: usize,
    /// The extent after the padding that was given last.
    next: Option<Extent>,
    flaw: Option<&'static str>,
    /// Whether the last frame was padding.
    after_padding: bool,
}

impl TextFraming {
    /// `is_resumed`: of an input of which something was read before.
    pub(super) fn new(syntax: Syntax, options: &ReadOptions, is_resumed: bool) -> Self {
        Self {
            extents: syntax.extents(options, is_resumed),
            limit: options.max_record_length,
            next: None,
            flaw: None,
            after_padding: false,
        }
    }
}

impl Framing for TextFraming {
    fn next(&mut self, bytes: &[u8], at_end: bool) -> Step {
        let mut skipped = 0;
        let extent = loop {
            let rest = &bytes[skipped..];
            let extent = self.next.take().unwrap_or_else(|| self.extents.next(rest, at_end));
            match extent {
                Extent::Skip(length) => skipped += length,
                extent => break extent,
            }
        };
        let (kind, length) = if skipped > 0 {
            self.next = (extent != Extent::More).then_some(extent);
            match self.after_padding {
                true => (FrameKind::PaddingContinued, skipped),
                false => (FrameKind::Padding, skipped),
            }
        } else {
            match extent {
                Extent::More if at_end => return Step::End,
                Extent::More | Extent::Skip(_) => return Step::NeedMore(0),
                Extent::Record(length) => (FrameKind::Record, length),
                Extent::Continued(length) => (FrameKind::FaultContinued, length),
                Extent::Fault(length, Flaw { kind, message }) => {
                    self.flaw = Some(message);
                    (FrameKind::Fault(Fault::new(kind)), length)
                }
            }
        };
        self.after_padding = matches!(kind, FrameKind::Padding | FrameKind::PaddingContinued);
        Step::Frame(Frame { kind, length })
    }

    fn max_record_length(&self) -> usize {
        self.limit
    }

    fn flaw(&mut self) -> Option<&'static str> {
        self.flaw.take()
    }
}
