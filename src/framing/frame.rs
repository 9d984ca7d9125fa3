//! The results of a framer.

use crate::record::Fault;

/// The class of a run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A record that proved itself: length, directory end and leader agree.
    Record,
    /// A bad span: bytes that are not a record, or a damaged record.
    Fault(Fault),
    /// More bytes of the fault before this frame. A fault above the limit on record length is
    /// reported in pieces, so that no caller has to hold it whole.
    FaultContinued,
    /// Blank space between records; in a text format, the text between records.
    Padding,
    /// More of the padding before this frame, which came with an earlier read. Only the text
    /// formats have such frames.
    PaddingContinued,
    /// Words that a mainframe writes before a record or a block of records: a record descriptor
    /// word (two bytes of length, two of zero), or a block descriptor word and a record descriptor
    /// word.
    Descriptor,
}

/// The next run of bytes of the input, and its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The class of the bytes.
    pub kind: FrameKind,
    /// Length of the run in bytes, at least 1.
    pub length: usize,
}

/// The result of [`Framer::next`](super::Framer::next).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A frame. It is final: no later byte changes it.
    Frame(Frame),
    /// The bytes shown do not decide. Show them again together with more: at least this many in
    /// all, counted from the start of those shown.
    NeedMore(usize),
    /// The input has ended, and every byte was in a frame.
    End,
}
