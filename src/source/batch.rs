//! A run of bytes of the input, with the frames that cover it.

use super::Unit;
use crate::framing::{Frame, FrameKind, Framing, Step};
use std::{fmt, io, ops::Range, sync::Arc, vec::Vec};

/// Bytes that several owners share and that never change, such as a Python `bytes`.
pub type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// The storage of a batch's bytes.
pub(crate) enum Bytes {
    /// A chunk buffer of our own; the first `used` bytes of it are the batch.
    Owned { buffer: Vec<u8>, used: usize },
    /// A buffer that grew for one long frame. It is not used again, so errors can share it.
    Long(Arc<Vec<u8>>),
    /// Memory of the caller, used in place.
    Shared { owner: SharedBytes, range: Range<usize> },
}

impl Bytes {
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Owned { buffer, used } => &buffer[..*used],
            Self::Long(bytes) => bytes,
            Self::Shared { owner, range } => &(**owner).as_ref()[range.clone()],
        }
    }

    /// Returns the owner of the bytes, if they can be shared, and their offset in it.
    pub(crate) fn shared(&self) -> Option<(SharedBytes, usize)> {
        match self {
            Self::Owned { .. } => None,
            Self::Long(bytes) => Some((Arc::<Vec<u8>>::clone(bytes), 0)),
            Self::Shared { owner, range } => Some((Arc::clone(owner), range.start)),
        }
    }
}

/// Frames, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Framed {
    pub(crate) frames: Vec<Frame>,
    /// The reasons of faults: for each, the index of its frame and the text, in order. There may be
    /// as many as there are bytes.
    pub(crate) reasons: Vec<(usize, &'static str)>,
}

/// A run of bytes that begins and ends with a frame, and its frames in order.
///
/// The reader sends it to the parse stage.
pub(crate) struct RawBatch {
    pub(crate) bytes: Bytes,
    pub(crate) frames: Vec<Frame>,
    pub(crate) reasons: Vec<(usize, &'static str)>,
    pub(crate) offset: u64,
    pub(crate) max_record_length: usize,
    /// The unit of the input that each character of the bytes was made from.
    pub(crate) unit: Unit,
    /// Index of the input among those of the stream.
    pub(crate) input: u32,
    /// The reason why this input, one of several, ends after the batch and before its end.
    pub(crate) failure: Option<io::Error>,
}

impl RawBatch {
    /// Creates a batch whose bytes are those of the input.
    pub(crate) const fn new(
        bytes: Bytes,
        frames: Vec<Frame>,
        offset: u64,
        max_record_length: usize,
    ) -> Self {
        Self {
            bytes,
            frames,
            reasons: Vec::new(),
            offset,
            max_record_length,
            unit: Unit::Byte,
            input: 0,
            failure: None,
        }
    }

    /// Creates a batch without bytes, which reports that its input failed at this offset.
    pub(super) fn failed(offset: u64, failure: io::Error) -> Self {
        let bytes = Bytes::Owned { buffer: Vec::new(), used: 0 };
        Self { failure: Some(failure), ..Self::new(bytes, Vec::new(), offset, 0) }
    }

    /// Returns a batch without frames and bytes, at another place in the same input.
    pub(crate) fn without_frames(&self, offset: u64) -> Self {
        let bytes = Bytes::Owned { buffer: Vec::new(), used: 0 };
        let batch = Self::new(bytes, Vec::new(), offset, self.max_record_length);
        Self { input: self.input, ..batch.made_of(self.unit) }
    }

    /// Returns the same batch, with the reasons of its faults.
    pub(crate) fn with_reasons(self, reasons: Vec<(usize, &'static str)>) -> Self {
        Self { reasons, ..self }
    }

    /// Returns the same batch, of bytes that were converted from these units of the input.
    pub(crate) fn made_of(self, unit: Unit) -> Self {
        Self { unit, ..self }
    }

    /// Creates a batch of one frame of this batch, which begins at `start`, with a copy of its
    /// bytes.
    pub(crate) fn alone(&self, at: usize, start: usize) -> Self {
        let frame = self.frames[at];
        let bytes = self.bytes()[start..start + frame.length].to_vec();
        let bytes = Bytes::Owned { used: bytes.len(), buffer: bytes };
        let reasons = self.reason(at).map(|message| (0, message)).into_iter().collect();
        let offset = self.offset + start as u64;
        let alone = Self::new(bytes, vec![frame], offset, self.max_record_length);
        alone.with_reasons(reasons).made_of(self.unit)
    }

    /// Returns the batch of these frames of this one alone, which are these bytes of it. The bytes
    /// are those of the input.
    pub(crate) fn part(self, frames: Range<usize>, bytes: Range<usize>) -> Self {
        if frames.len() == self.frames.len() {
            return self;
        }
        let part = match self.bytes {
            Bytes::Owned { mut buffer, .. } => {
                buffer.copy_within(bytes.clone(), 0);
                Bytes::Owned { buffer, used: bytes.len() }
            }
            Bytes::Long(all) => Bytes::Long(Arc::new(all[bytes.clone()].to_vec())),
            Bytes::Shared { owner, range } => {
                Bytes::Shared { owner, range: range.start + bytes.start..range.start + bytes.end }
            }
        };
        let reasons = self.reasons.into_iter().filter(|(at, _)| frames.contains(at));
        Self {
            bytes: part,
            reasons: reasons.map(|(at, reason)| (at - frames.start, reason)).collect(),
            frames: self.frames[frames].to_vec(),
            offset: self.offset + bytes.start as u64,
            ..self
        }
    }

    /// Returns the reason of a fault, if its kind does not say everything.
    pub(crate) fn reason(&self, at: usize) -> Option<&'static str> {
        let found = self.reasons.binary_search_by_key(&at, |&(frame, _)| frame).ok()?;
        Some(self.reasons[found].1)
    }

    /// Returns the number of bytes of the input that the batch covers.
    pub(crate) fn input_length(&self) -> u64 {
        self.unit.measure(self.bytes())
    }

    /// Returns the bytes of all frames, one after the other.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// Returns the frames. Their lengths add up to the length of [`bytes`](Self::bytes).
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Returns the offset of the batch in the input, in bytes.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns true if the batch is one long frame. Its memory is not used again.
    pub(crate) const fn is_long(&self) -> bool {
        matches!(self.bytes, Bytes::Long(_))
    }

    /// Returns the amount of memory that the batch keeps once it is parsed, in bytes. The
    /// spans and the text of the fields are left out: a small multiple of the buffer.
    pub(crate) fn memory(&self) -> usize {
        /// An entry in the index, and its fault. Only short frames make it worth counting.
        const PARSED: usize = 96;
        let bytes = match &self.bytes {
            Bytes::Owned { buffer, .. } => buffer.capacity(),
            Bytes::Long(bytes) => bytes.capacity(),
            Bytes::Shared { .. } => 0,
        };
        bytes + self.frames.capacity() * size_of::<Frame>() + self.frames.len() * PARSED
    }

    /// Returns the memory of this batch for reuse: an initialised buffer and an empty list.
    pub(crate) fn into_parts(self) -> (Vec<u8>, Vec<Frame>) {
        let buffer = match self.bytes {
            Bytes::Owned { buffer, .. } => buffer,
            Bytes::Long(_) | Bytes::Shared { .. } => Vec::new(),
        };
        let mut frames = self.frames;
        frames.clear();
        (buffer, frames)
    }
}

impl fmt::Debug for RawBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawBatch")
            .field("offset", &self.offset)
            .field("bytes", &self.bytes().len())
            .field("frames", &self.frames.len())
            .field("input", &self.input)
            .finish_non_exhaustive()
    }
}

/// The reason why [`frame_all`] stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The framing needs this many bytes, from the end of the last frame on.
    NeedMore(usize),
    /// The limit on the length or number of frames was reached.
    Enough,
    /// The input has ended.
    End,
}

/// The limit on the frames of one batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub(super) bytes: usize,
    pub(super) frames: usize,
}

impl Most {
    /// Returns the limit for chunks of this size. If frames are shorter than any record, their
    /// descriptions take more memory than their bytes; so a batch has no more frames than such a
    /// chunk has records.
    pub(super) fn of_chunk(chunk_size: usize) -> Self {
        Self { bytes: usize::MAX, frames: (chunk_size / 16).max(64) }
    }
}

/// Frames as much of `bytes` as possible, up to `most`. Returns the length of the frames in bytes,
/// and the reason why it stopped.
pub(super) fn frame_all(
    framing: &mut impl Framing,
    bytes: &[u8],
    at_end: bool,
    most: Most,
    framed: &mut Framed,
) -> (usize, Stop) {
    let mut complete = 0;
    while complete < most.bytes && framed.frames.len() < most.frames {
        match framing.next(&bytes[complete..], at_end) {
            Step::Frame(frame) => {
                complete += frame.length;
                if let FrameKind::Fault(_) = frame.kind
                    && let Some(reason) = framing.reason()
                {
                    framed.reasons.push((framed.frames.len(), reason));
                }
                framed.frames.push(frame);
            }
            Step::NeedMore(length) => return (complete, Stop::NeedMore(length)),
            Step::End => return (complete, Stop::End),
        }
    }
    (complete, Stop::Enough)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ErrorKind, Fault};
    use std::vec;

    #[test]
    fn a_reason_is_found_by_its_frame_among_many() {
        let kind = FrameKind::Fault(Fault::new(ErrorKind::Syntax));
        let reasons = vec![(0, "first"), (7, "second"), (8, "third"), (1_000, "last")];
        let frames = vec![Frame { kind, length: 1 }; 1_002];
        let bytes = Bytes::Owned { buffer: vec![0; 1_002], used: 1_002 };
        let batch = RawBatch::new(bytes, frames, 0, 1_000).with_reasons(reasons);
        for (at, expected) in [
            (0, Some("first")),
            (1, None),
            (7, Some("second")),
            (8, Some("third")),
            (999, None),
            (1_000, Some("last")),
            (1_001, None),
        ] {
            assert_eq!(batch.reason(at), expected);
            assert_eq!(batch.alone(at, at).reason(0), expected);
        }
    }
}
