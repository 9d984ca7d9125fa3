//! Where the records of a text format begin and end: the formats' counterpart of the framer.

use crate::record::ErrorKind;

/// What stands at the front of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Extent {
    /// Nothing can be said before there are more bytes. At the end of the input: nothing is left.
    More,
    /// So many bytes that belong to no record.
    Skip(usize),
    /// A record of so many bytes.
    Record(usize),
    /// So many bytes that should have been a record or part of one.
    Fault(usize, Flaw),
    /// So many more bytes of the fault that was reported just before.
    Continued(usize),
}

/// Why bytes are no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) kind: ErrorKind,
    pub(super) message: &'static str,
}

impl Flaw {
    pub(super) const fn syntax(message: &'static str) -> Self {
        Self { kind: ErrorKind::Syntax, message }
    }

    pub(super) const fn truncated(message: &'static str) -> Self {
        Self { kind: ErrorKind::Truncation, message }
    }

    /// The flaw of a span behind which the input goes on: then it is not the input that was cut.
    pub(super) const fn before_more(self) -> Self {
        match self.kind {
            ErrorKind::Truncation => Self::syntax("the record is not closed"),
            _ => self,
        }
    }

    pub(super) const fn over_long() -> Self {
        const MESSAGE: &str = "the record is longer than the limit on record length";
        Self { kind: ErrorKind::OverLong, message: MESSAGE }
    }
}

/// Finds records. Does no I/O; where it needs more bytes it says so and goes on where it was.
///
/// What it says depends on the bytes alone, and not on how they come: bytes that are reported are
/// dropped from the window before the next call, all others are still there.
pub(super) trait Extents {
    /// What stands at the front of the window. `is_end`: the window reaches to the end of the
    /// input.
    fn next(&mut self, window: &[u8], is_end: bool) -> Extent;
}
