//! A run of bytes of the input, with the frames that cover it.

use crate::framing::{Frame, Framer, Step};
use std::{fmt, ops::Range, sync::Arc, vec::Vec};

/// Bytes that several owners share and nobody changes, such as a Python `bytes`.
pub type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Where the bytes of a batch live.
pub(crate) enum Bytes {
    /// In a chunk buffer of our own, of which the first `used` bytes are the batch.
    Owned { buffer: Vec<u8>, used: usize },
    /// In place, in memory that the caller lent us.
    Shared { owner: SharedBytes, range: Range<usize> },
}

impl Bytes {
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Owned { buffer, used } => &buffer[..*used],
            Self::Shared { owner, range } => &(**owner).as_ref()[range.clone()],
        }
    }
}

/// A run of bytes that begins and ends with a frame, and its frames in order.
///
/// This is what travels from the reader to the parse stage.
pub(crate) struct RawBatch {
    pub(crate) bytes: Bytes,
    pub(crate) frames: Vec<Frame>,
    pub(crate) offset: u64,
    pub(crate) max_record_length: usize,
    /// What a text format says of its frames. It is carried along here, and not looked into.
    #[cfg(feature = "formats")]
    pub(crate) text: Option<Box<crate::format::TextFrames>>,
}

impl RawBatch {
    /// A batch of ISO 2709.
    pub(crate) const fn new(
        bytes: Bytes,
        frames: Vec<Frame>,
        offset: u64,
        max_record_length: usize,
    ) -> Self {
        Self {
            bytes,
            frames,
            offset,
            max_record_length,
            #[cfg(feature = "formats")]
            text: None,
        }
    }

    /// A batch of one frame of this one, which begins at `start`, with a copy of its bytes.
    pub(crate) fn alone(&self, at: usize, start: usize) -> Self {
        let frame = self.frames[at];
        let bytes = self.bytes()[start..start + frame.length].to_vec();
        let bytes = Bytes::Owned { used: bytes.len(), buffer: bytes };
        let offset = self.offset + start as u64;
        #[allow(unused_mut, reason = "text formats may be left out")]
        let mut alone = Self::new(bytes, vec![frame], offset, self.max_record_length);
        #[cfg(feature = "formats")]
        {
            alone.text = self.text.as_ref().map(|text| Box::new(text.alone(at)));
        }
        alone
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

    /// How much memory the batch holds on to, in bytes.
    pub(crate) fn memory(&self) -> usize {
        let bytes = match &self.bytes {
            Bytes::Owned { buffer, .. } => buffer.capacity(),
            Bytes::Shared { .. } => 0,
        };
        #[cfg(feature = "formats")]
        let bytes = bytes + self.text.as_ref().map_or(0, |text| text.original.capacity());
        bytes + self.frames.capacity() * size_of::<Frame>()
    }

    /// The memory of this batch, to be filled anew: an initialised buffer and an empty list.
    pub(crate) fn into_parts(self) -> (Vec<u8>, Vec<Frame>) {
        let buffer = match self.bytes {
            Bytes::Owned { buffer, .. } => buffer,
            Bytes::Shared { .. } => Vec::new(),
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
    /// The frames have reached the wished length.
    Enough,
    /// The end of the input.
    End,
}

/// Frames as much of `bytes` as can be framed, until the frames have `enough` bytes. Says how many
/// bytes the frames have, and why it stopped.
pub(super) fn frame_all(
    framer: &mut Framer,
    bytes: &[u8],
    at_end: bool,
    enough: usize,
    frames: &mut Vec<Frame>,
) -> (usize, Stop) {
    let mut complete = 0;
    while complete < enough {
        match framer.next(&bytes[complete..], at_end) {
            Step::Frame(frame) => {
                complete += frame.length;
                frames.push(frame);
            }
            Step::NeedMore(length) => return (complete, Stop::NeedMore(length)),
            Step::End => return (complete, Stop::End),
        }
    }
    (complete, Stop::Enough)
}
