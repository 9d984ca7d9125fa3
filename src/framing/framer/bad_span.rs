//! The end of a bad span, and the fault that is reported for it.

use super::{Framer, Unfinished, fault};
use crate::{
    framing::{
        counted::End,
        frame::{Frame, FrameKind, Step},
        plausible::{Plausibility, cut_leader, plausible_leader},
    },
    record::{ErrorKind, Fault, RECORD_TERMINATOR, RecordRef},
};

impl Framer {
    /// Returns the bad span that begins here.
    #[cold]
    pub(super) fn bad_span(
        &mut self,
        window: &[u8],
        at_end: bool,
        kind: ErrorKind,
        stated: Option<usize>,
    ) -> Step {
        let Some(terminator) = self.search.terminator(window, self.offset) else {
            return if let Some(leader) = self.search.leader(window, self.offset) {
                fault(cut_short(kind), leader)
            } else if window.len() == self.limit {
                // Bytes that may become a leader, cut in two by the limit, begin the next frame.
                self.unfinished = Unfinished::Continued;
                fault(ErrorKind::OverLong, cut_leader(window, self.rule()).unwrap_or(window.len()))
            } else if at_end {
                fault(kind, window.len())
            } else {
                Step::NeedMore(window.len() + 1)
            };
        };
        if let Some(leader) = self.search.leader(&window[..terminator], self.offset) {
            return fault(cut_short(kind), leader);
        }
        let through_terminator = terminator + 1;
        // The stated length may reach further than the first 0x1D, if that is a stray one inside a
        // field.
        let claim = stated.filter(|&claim| through_terminator < claim && claim <= self.limit);
        if let Some(claim) = claim {
            let claimed = &window[..claim.min(window.len())];
            if self.search.leader(claimed, self.offset).is_none() {
                match claimed.get(claim - 1) {
                    Some(&RECORD_TERMINATOR) => {
                        return self.own_span(window, claim, kind, stated);
                    }
                    None if !at_end => return Step::NeedMore(claim),
                    _ => {}
                }
            }
        }
        // The count of its fields may too, unless the stated length says that this is the end.
        if self.repairs && stated != Some(through_terminator) {
            let is_all = at_end || window.len() == self.limit;
            let (reach, step) = match self.count.end(window, self.offset, is_all) {
                End::At(length) if length > through_terminator => {
                    (length, Some(fault(cut_short(kind), length)))
                }
                End::NeedMore(more) => (window.len(), Some(Step::NeedMore(more))),
                End::At(_) | End::Unknown => (0, None),
            };
            if let Some(step) = step
                && self.search.leader(&window[..reach], self.offset).is_none()
            {
                return step;
            }
        }
        self.own_span(window, through_terminator, kind, stated)
    }

    /// Returns a bad span that ends in a record terminator. If the record said that it would end
    /// there, the full check finds the best reason.
    fn own_span(
        &self,
        window: &[u8],
        length: usize,
        kind: ErrorKind,
        stated: Option<usize>,
    ) -> Step {
        let found = match RecordRef::parse(&window[..length]) {
            Err(found) if stated == Some(length) && kind != ErrorKind::OverLong => found,
            _ => Fault::new(cut_short(kind)),
        };
        Step::Frame(Frame { kind: FrameKind::Fault(found), length })
    }

    /// Returns the next piece of a fault that the limit cut off.
    #[cold]
    pub(super) fn resume(&mut self, window: &[u8], at_end: bool) -> Step {
        match plausible_leader(window, self.rule()) {
            Plausibility::Yes => {
                self.unfinished = Unfinished::Nothing;
                return self.decide(window, at_end);
            }
            Plausibility::NeedMore(more) if !at_end && more <= self.limit => {
                return Step::NeedMore(more);
            }
            Plausibility::NeedMore(_) | Plausibility::No => {}
        }
        self.unfinished = Unfinished::Nothing;
        match self.bad_span(window, at_end, ErrorKind::OverLong, None) {
            Step::Frame(Frame { length, .. }) => {
                Step::Frame(Frame { kind: FrameKind::FaultContinued, length })
            }
            undecided => {
                self.unfinished = Unfinished::Continued;
                undecided
            }
        }
    }
}

/// Returns the kind of the fault if the input continues after the span: then the input was not cut.
const fn cut_short(kind: ErrorKind) -> ErrorKind {
    match kind {
        ErrorKind::Truncation => ErrorKind::RecordTerminator,
        kind => kind,
    }
}
