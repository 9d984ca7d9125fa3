//! Ranges: the reading of the records that begin between two offsets of an input.
//!
//! Any two offsets will do, because the records are those that a reader of the whole input finds.
//! [`first_frame`] finds the place to begin: a frame of the whole input that begins at the start of
//! the range, or contains it. [`RangeSource`] reads from there, drops the frames that begin before
//! the range, and ends after the last one that begins in it. `docs/scale.md` has the proof.

mod boundary;
mod lines;
mod read_at;
mod source;
mod window;

pub(crate) use boundary::{first_frame, is_foreign};
pub(crate) use lines::line_before;
pub(crate) use read_at::{FileAt, ReadAt, SliceAt};
pub(crate) use source::{NoSource, RangeSource, Reach};

use std::ops::{Range, RangeFrom};

/// A range of the bytes of an input, from `start` to before `end`.
///
/// A reader of a range delivers the records and faults whose first byte is in it. Offsets count the
/// bytes of the input, after decompression.
///
/// ```
/// use tidemarc::ByteRange;
///
/// assert_eq!(ByteRange::from(10..20), ByteRange { start: 10, end: Some(20) });
/// assert_eq!(ByteRange::from(10..), ByteRange { start: 10, end: None });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ByteRange {
    /// Offset of the first byte.
    pub start: u64,
    /// Offset of the byte after the last one; `None` for the end of the input.
    pub end: Option<u64>,
}

impl ByteRange {
    /// Returns true if an item that begins at this offset is in the range.
    pub(crate) fn contains(&self, offset: u64) -> bool {
        self.start <= offset && !self.ends_by(offset)
    }

    /// Returns true if the range ends at this offset or before it.
    pub(crate) fn ends_by(&self, offset: u64) -> bool {
        self.end.is_some_and(|end| end <= offset)
    }

    /// Returns the end of the range in an input of this length.
    pub(crate) fn end_in(&self, length: u64) -> u64 {
        self.end.map_or(length, |end| end.min(length))
    }
}

impl From<Range<u64>> for ByteRange {
    fn from(range: Range<u64>) -> Self {
        Self { start: range.start, end: Some(range.end) }
    }
}

impl From<RangeFrom<u64>> for ByteRange {
    fn from(range: RangeFrom<u64>) -> Self {
        Self { start: range.start, end: None }
    }
}

#[cfg(test)]
mod tests;
