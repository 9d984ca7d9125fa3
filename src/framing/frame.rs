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
    /// Blank space between records; in a text format, what its documents have between them.
    Padding,
    /// More of the padding before this frame, which came with an earlier read. Only the text formats
    /// have such frames.
    PaddingContinued,
    /// Words that a mainframe writes before a record or a block of them: a record descriptor word (two
    /// bytes of length, two of zero), or a block descriptor word and one.
    Descriptor,
}

/// The next run of bytes of the input, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// What the bytes are.
    pub kind: FrameKind,
    /// How many bytes: at least one.
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

/// Anything that cuts an input into frames, as [`Framer`](super::Framer) does for ISO 2709.
///
/// What it says depends on the bytes of the input alone and not on how they come: bytes in a frame
/// are dropped from the front before the next call, and all others are still there.
#[cfg(feature = "std")]
pub(crate) trait Framing: Send {
    /// The next frame of an input of which `bytes` have arrived, from the end of the last frame on.
    /// `at_end` says that no more will come.
    fn next(&mut self, bytes: &[u8], at_end: bool) -> Step;

    /// The limit on the length of a record, in bytes. No frame of a record or a fault is longer.
    fn max_record_length(&self) -> usize;

    /// What is wrong with the fault that [`next`](Self::next) gave last, where its kind does not say
    /// it all. Of the end: why the input cannot end there, where no byte is left for a fault.
    fn flaw(&mut self) -> Option<&'static str> {
        None
    }

    /// Whether all of the `length` bytes that were shown last are known to be padding.
    fn has_only_padding(&self, length: usize) -> bool {
        length == 0
    }
}
