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

/// A type that cuts an input into frames, as [`Framer`](super::Framer) does for ISO 2709.
///
/// The frames depend on the bytes of the input alone, and not on how they arrive. Before each call
/// the caller drops the bytes that are in a frame from the front, and keeps all others.
#[cfg(feature = "std")]
pub(crate) trait Framing: Send {
    /// Returns the next frame. `bytes` are those that have arrived, from the end of the last frame
    /// on. `at_end` says that no more will come.
    fn next(&mut self, bytes: &[u8], at_end: bool) -> Step;

    /// Returns the limit on the length of a record, in bytes. No frame of a record or a fault is
    /// longer.
    fn max_record_length(&self) -> usize;

    /// Returns the reason for the last fault of [`next`](Self::next), if its kind does not say
    /// everything. At the end, it is the reason why the input cannot end there, if no byte is left
    /// for a fault.
    fn reason(&mut self) -> Option<&'static str> {
        None
    }

    /// Returns true if all of the `length` bytes that were shown last are known to be padding.
    fn has_only_padding(&self, length: usize) -> bool {
        length == 0
    }
}
