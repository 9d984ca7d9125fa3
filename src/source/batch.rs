//! A run of bytes of the input, with the frames that cover it.

#[cfg(feature = "formats")]
use super::Unit;
use crate::framing::{Frame, FrameKind, Framing, Step};
use std::{fmt, ops::Range, sync::Arc, vec::Vec};

/// Bytes that several owners share and nobody changes, such as a Python `bytes`.
pub type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Where the bytes of a batch live.
pub(crate) enum Bytes {
    /// In a chunk buffer of our own, of which the first `used` bytes are the batch.
    Owned { buffer: Vec<u8>, used: usize },
    /// In a buffer that grew for the sake of one long frame. It is not used again, so errors can share
    /// it.
    Long(Arc<Vec<u8>>),
    /// In place, in memory that the caller lent us.
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

    /// The owner of the bytes, where they can be shared, and where they begin in it.
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
    /// What is wrong with frames that are faults: each by its place among the frames, in their
    /// order. They may be as many as the bytes.
    pub(crate) flaws: Vec<(usize, &'static str)>,
}

/// A run of bytes that begins and ends with a frame, and its frames in order.
///
/// This is what travels from the reader to the parse stage.
pub(crate) struct RawBatch {
    pub(crate) bytes: Bytes,
    pub(crate) frames: Vec<Frame>,
    pub(crate) flaws: Vec<(usize, &'static str)>,
    pub(crate) offset: u64,
    pub(crate) max_record_length: usize,
    /// What each character of the bytes was in the input.
    #[cfg(feature = "formats")]
    pub(crate) unit: Unit,
}

impl RawBatch {
    /// A batch whose bytes are those of the input.
    pub(crate) const fn new(
        bytes: Bytes,
        frames: Vec<Frame>,
        offset: u64,
        max_record_length: usize,
    ) -> Self {
        Self {
            bytes,
            frames,
            flaws: Vec::new(),
            offset,
            max_record_length,
            #[cfg(feature = "formats")]
            unit: Unit::Byte,
        }
    }

    /// The same, with what is wrong with its faults.
    pub(crate) fn with_flaws(self, flaws: Vec<(usize, &'static str)>) -> Self {
        Self { flaws, ..self }
    }

    /// The same, of bytes that were something else in the input.
    #[cfg(feature = "formats")]
    pub(crate) fn made_of(self, unit: Unit) -> Self {
        Self { unit, ..self }
    }

    /// A batch of one frame of this one, which begins at `start`, with a copy of its bytes.
    pub(crate) fn alone(&self, at: usize, start: usize) -> Self {
        let frame = self.frames[at];
        let bytes = self.bytes()[start..start + frame.length].to_vec();
        let bytes = Bytes::Owned { used: bytes.len(), buffer: bytes };
        let flaws = self.flaw(at).map(|message| (0, message)).into_iter().collect();
        let offset = self.offset + start as u64;
        let alone = Self::new(bytes, vec![frame], offset, self.max_record_length);
        let alone = alone.with_flaws(flaws);
        #[cfg(feature = "formats")]
        let alone = alone.made_of(self.unit);
        alone
    }

    /// What is wrong with a frame, where its kind does not say it all.
    pub(crate) fn flaw(&self, at: usize) -> Option<&'static str> {
        let found = self.flaws.binary_search_by_key(&at, |&(frame, _)| frame).ok()?;
        Some(self.flaws[found].1)
    }

    /// How many bytes of the input the batch is.
    pub(crate) fn input_length(&self) -> u64 {
        #[cfg(feature = "formats")]
        return self.unit.measure(self.bytes());
        #[cfg(not(feature = "formats"))]
        return self.bytes().len() as u64;
    }

    /// The bytes of all frames, one after the other.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// The frames. Their lengths add up to the length of [`bytes`](Self::bytes).
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Where the batch begins in the input, in bytes.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the memory of the batch can be used again.
    pub(crate) const fn is_long(&self) -> bool {
        matches!(self.bytes, Bytes::Long(_))
    }

    /// How much memory the batch holds on to, in bytes.
    pub(crate) fn memory(&self) -> usize {
        let bytes = match &self.bytes {
            Bytes::Owned { buffer, .. } => buffer.capacity(),
            Bytes::Long(bytes) => bytes.capacity(),
            Bytes::Shared { .. } => 0,
        };
        bytes + self.frames.capacity() * size_of::<Frame>()
    }

    /// The memory of this batch, to be filled anew: an initialised buffer and an empty list.
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
            .finish()
    }
}

/// What stopped [`frame_all`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It takes this many bytes, from the end of the last frame on.
    NeedMore(usize),
    /// The frames are as long, or as many, as they were to be.
    Enough,
    /// The end of the input.
    End,
}

/// How much is to be framed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub(super) bytes: usize,
    pub(super) frames: usize,
}

impl Most {
    /// For chunks of this size. Where frames are shorter than any record, what is known of each takes
    /// more memory than its bytes: so a batch has no more of them than such a chunk has records.
    pub(super) fn of_chunk(chunk_size: usize) -> Self {
        Self { bytes: usize::MAX, frames: (chunk_size / 16).max(64) }
    }
}

/// Frames as much of `bytes` as can be framed, up to `most`. Says how many bytes the frames have, and
/// why it stopped.
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
                    && let Some(flaw) = framing.flaw()
                {
                    framed.flaws.push((framed.frames.len(), flaw));
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
    fn a_flaw_is_found_by_its_frame_among_many() {
        let kind = FrameKind::Fault(Fault::new(ErrorKind::Syntax));
        let flaws = vec![(0, "first"), (7, "second"), (8, "third"), (1_000, "last")];
        let frames = vec![Frame { kind, length: 1 }; 1_002];
        let bytes = Bytes::Owned { buffer: vec![0; 1_002], used: 1_002 };
        let batch = RawBatch::new(bytes, frames, 0, 1_000).with_flaws(flaws);
        for (at, expected) in [
            (0, Some("first")),
            (1, None),
            (7, Some("second")),
            (8, Some("third")),
            (999, None),
            (1_000, Some("last")),
            (1_001, None),
        ] {
            assert_eq!(batch.flaw(at), expected);
            assert_eq!(batch.alone(at, at).flaw(0), expected);
        }
    }
}
