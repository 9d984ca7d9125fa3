//! The search for the records of a text format: the formats' counterpart of the framer.

use crate::record::ErrorKind;

/// The run of bytes at the front of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TextStep {
    /// Undecided: more bytes are needed. At the end of the input, no bytes are left.
    More,
    /// Bytes that belong to no record, of this length.
    Skip(usize),
    /// A record of this length.
    Record(usize),
    /// Bytes of this length that should have been a record or part of one.
    Fault(usize, TextFault),
    /// More bytes of the fault that was reported last, of this length.
    Continued(usize),
}

/// The reason why bytes are not a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextFault {
    pub(super) kind: ErrorKind,
    pub(super) message: &'static str,
}

impl TextFault {
    pub(super) const fn syntax(message: &'static str) -> Self {
        Self { kind: ErrorKind::Syntax, message }
    }

    pub(super) const fn truncated(message: &'static str) -> Self {
        Self { kind: ErrorKind::Truncation, message }
    }

    /// Returns the fault of a span after which the input continues: the input itself was then not
    /// cut off.
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

/// A type that finds records. It does no I/O; if it needs more bytes, it says so, and continues
/// from the same position.
///
/// The steps depend on the bytes alone, and not on how they arrive. Before each call the caller
/// drops the bytes that were reported from the window, and keeps all others.
pub(super) trait TextFramer: Send {
    /// Returns the run of bytes at the front of the window. `is_end` says that the window reaches
    /// to the end of the input.
    fn next(&mut self, window: &[u8], is_end: bool) -> TextStep;
}
