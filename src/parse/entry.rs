//! The entries of an index.

use crate::record::Fault;
use std::ops::Range;

/// The class of an entry.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A record: its place in the data of the batch, and its fields in the index.
    Record { place: Range<u32>, fields: Range<u32> },
    /// A record that the reader's filter holds back. It is undecided if undecodable text decides.
    Unmatched { is_undecided: bool },
    /// A bad span.
    Fault(Fault),
    /// More of the fault before.
    FaultContinued,
    /// Blank space, or the envelope of a text format.
    Padding,
    /// More of the padding at the end of the batch before.
    PaddingContinued,
}

impl What {
    /// Returns true if it has a number: a record or a fault.
    #[inline]
    pub(crate) const fn is_numbered(&self) -> bool {
        matches!(self, Self::Record { .. } | Self::Unmatched { .. } | Self::Fault(_))
    }
}

/// A run of bytes of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Offset in the batch.
    pub(crate) start: u32,
    pub(crate) length: u32,
    /// Number of records and faults of the batch before it.
    pub(crate) ordinal: u32,
    pub(crate) what: What,
}

impl Entry {
    pub(crate) const fn range(&self) -> Range<usize> {
        self.start as usize..self.start as usize + self.length as usize
    }
}
