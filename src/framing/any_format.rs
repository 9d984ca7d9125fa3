//! Framing in any format, as the reader of chunks sees it.

use super::Step;

/// A type that cuts an input into frames, as [`Framer`](super::Framer) does for ISO 2709.
///
/// The frames depend on the bytes of the input alone, and not on how they arrive. Before each call
/// the caller drops the bytes that are in a frame from the front, and keeps all others.
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
