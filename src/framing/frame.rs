//! What a framer tells.

use crate::record::Fault;

/// What a run of bytes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A record that proved itself: length, directory end and leader agree.
    Record,
    /// Bytes that are no record, or a damaged one.
    Fault(Fault),
    /// More bytes of the fault before this frame: what was one fault exceeds the limit on record
    /// length, and is told in pieces so that nobody has to hold it whole.
    FaultContinued,
    /// Blank space between records.
    Padding,
    /// What a mainframe writes before a record or a block of them: a record descriptor word (two
    /// bytes of length, two of zero), or a block descriptor word and one. Only a framer that
    /// [repairs](super::Framer::repairs) knows them.
    Descriptor,
}

/// The next run of bytes of the input, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// What the bytes are.
    pub kind: FrameKind,
    /// How many bytes: at least one. (A text format that ends too early, which no framer tells, is a
    /// fault of none.)
    pub length: usize,
}

/// What [`Framer::next`](super::Framer::next) found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A frame. It is final: no byte that comes later changes it.
    Frame(Frame),
    /// The bytes shown do not decide. Show them again together with more; it takes at least this
    /// many in all, counted from the start of those shown.
    NeedMore(usize),
    /// The end of the input was reached, and every byte was in a frame.
    End,
}
