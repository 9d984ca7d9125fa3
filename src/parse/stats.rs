//! The counts of a reader.

use super::entry::What;
use crate::record::{ErrorKind, Fault, Severity};
use std::fmt;

/// Counts of everything delivered so far. They add up to the position: every byte of the input up
/// to there is in a record, a fault, or padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Records delivered.
    pub records: u64,
    /// Bytes in them.
    pub record_bytes: u64,
    /// Number of records that were repaired and are whole.
    pub repaired: u64,
    /// Number of records that were repaired and lack something: a field, or bytes that no entry of
    /// the directory covers.
    pub incomplete: u64,
    /// Records that were not delivered, because they do not match the
    /// [filter](crate::ReaderBuilder::filter) of the reader.
    pub unmatched: u64,
    /// Bytes in them.
    pub unmatched_bytes: u64,
    /// Number of unmatched records whose undecodable text decides.
    pub undecided: u64,
    /// Faults: bad spans.
    pub faults: u64,
    /// Bytes in them.
    pub fault_bytes: u64,
    /// Runs of padding.
    pub paddings: u64,
    /// Bytes in them.
    pub padding_bytes: u64,
    /// Offset of the first byte to read, from the start of the input. If a
    /// [range](crate::ReaderBuilder::range) is read, it is the offset of the first item, once that
    /// is delivered.
    pub start: u64,
    /// Number of inputs: 1, or the number of [several](crate::Reader::from_paths).
    pub inputs: u64,
    /// Number of inputs, of several, that were left before their end: they failed, are foreign, have
    /// too many faults, or became shorter while they were read.
    pub unfinished: u64,
    /// Length of the whole input in bytes, or the sum of several, if it is known: for regular files
    /// that are not compressed, and for bytes.
    pub total_bytes: Option<u64>,
    /// Number of bytes of a compressed input that were decompressed so far, also for records that
    /// were read ahead and are not delivered yet. `None` if the input is not compressed, or nothing
    /// was read yet.
    pub compressed_bytes: Option<u64>,
    /// Length of the whole compressed input in bytes, if it is known: for regular files and for
    /// bytes.
    pub compressed_total_bytes: Option<u64>,
    /// True once the end of the input was reached without a failure.
    pub complete: bool,
    /// True once the source has failed.
    pub failed: bool,
    /// Numbers of faults, repairs and reasons of padding, by kind.
    pub(crate) kinds: Kinds,
}

impl Stats {
    /// Bytes read: of records, unmatched or not, of faults and padding.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.record_bytes + self.unmatched_bytes + self.fault_bytes + self.padding_bytes
    }

    /// Returns the number of records and faults, which are numbered together.
    pub(crate) const fn numbered(&self) -> u64 {
        self.records + self.unmatched + self.faults
    }

    /// Returns the end of the last item delivered, in bytes from the start of the input; with
    /// several inputs, from the start of the first, without the bytes that were not delivered.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.start + self.bytes()
    }

    /// Returns the number of faults of this kind: bad spans, and repairs of records. Unusual data
    /// in a record is not counted; [`check`](crate::check) does that.
    #[must_use]
    pub const fn kind(&self, kind: ErrorKind) -> u64 {
        self.kinds.0[kind.ordinal()]
    }

    /// Returns the kinds that occurred, with their numbers, in the order of [`ErrorKind::ALL`].
    pub fn kinds(&self) -> impl Iterator<Item = (ErrorKind, u64)> + use<> {
        self.kinds.iter()
    }

    /// Counts the faults of a record or of padding.
    pub(crate) fn note(&mut self, faults: &[Fault]) {
        for fault in faults {
            self.kinds.add(fault.kind(), 1);
        }
        match faults.iter().map(|fault| fault.severity()).max() {
            Some(Severity::Repaired) => self.repaired += 1,
            Some(Severity::LostField) => self.incomplete += 1,
            _ => {}
        }
    }

    pub(crate) const fn count(&mut self, what: &What, bytes: u64) {
        match what {
            What::Record { .. } => {
                self.records += 1;
                self.record_bytes += bytes;
            }
            What::Unmatched { is_undecided } => {
                self.unmatched += 1;
                self.unmatched_bytes += bytes;
                self.undecided += *is_undecided as u64;
            }
            What::Fault(fault) => {
                self.kinds.add(fault.kind(), 1);
                self.faults += 1;
                self.fault_bytes += bytes;
            }
            What::FaultContinued => self.fault_bytes += bytes,
            What::Padding => {
                self.paddings += 1;
                self.padding_bytes += bytes;
            }
            What::PaddingContinued => self.padding_bytes += bytes,
        }
    }

    pub(crate) fn add(&mut self, more: &Self) {
        // Nearly every batch has no fault, and so no kinds to add.
        if more.faults + more.repaired + more.incomplete > 0 || more.paddings > 0 {
            more.kinds.iter().for_each(|(kind, count)| self.kinds.add(kind, count));
        }
        self.repaired += more.repaired;
        self.incomplete += more.incomplete;
        self.records += more.records;
        self.record_bytes += more.record_bytes;
        self.unmatched += more.unmatched;
        self.unmatched_bytes += more.unmatched_bytes;
        self.undecided += more.undecided;
        self.faults += more.faults;
        self.fault_bytes += more.fault_bytes;
        self.paddings += more.paddings;
        self.padding_bytes += more.padding_bytes;
    }
}

/// Numbers by kind.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kinds([u64; ErrorKind::ALL.len()]);

impl Kinds {
    const fn add(&mut self, kind: ErrorKind, more: u64) {
        self.0[kind.ordinal()] += more;
    }

    /// Returns the kinds that occurred, with their numbers.
    fn iter(self) -> impl Iterator<Item = (ErrorKind, u64)> {
        ErrorKind::ALL.iter().copied().zip(self.0).filter(|&(_, count)| count > 0)
    }
}

impl fmt::Debug for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(kind, count)| (kind.name(), count))).finish()
    }
}
