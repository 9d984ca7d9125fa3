//! What a reader has delivered so far.

use super::index::What;

/// Counts of what was delivered, which add up to the position: every byte of the input up to there
/// is in a record, a fault, or padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Records delivered.
    pub records: u64,
    /// Bytes in them.
    pub record_bytes: u64,
    /// Faults met.
    pub faults: u64,
    /// Bytes in them.
    pub fault_bytes: u64,
    /// Runs of padding passed over.
    pub paddings: u64,
    /// Bytes in them.
    pub padding_bytes: u64,
    /// How many bytes the input has in all, if that is known: for regular files and for bytes.
    pub total_bytes: Option<u64>,
    /// Whether the end of the input was reached, and not a failure.
    pub complete: bool,
    /// Whether the source failed on the way.
    pub failed: bool,
}

impl Stats {
    /// Bytes delivered: of records, faults and padding.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.record_bytes + self.fault_bytes + self.padding_bytes
    }

    pub(super) const fn count(&mut self, what: &What, bytes: u64) {
        match what {
            What::Record { .. } => {
                self.records += 1;
                self.record_bytes += bytes;
            }
            What::Fault(_) => {
                self.faults += 1;
                self.fault_bytes += bytes;
            }
            What::FaultContinued => self.fault_bytes += bytes,
            What::Padding => {
                self.paddings += 1;
                self.padding_bytes += bytes;
            }
            #[cfg(feature = "formats")]
            What::PaddingContinued => self.padding_bytes += bytes,
        }
    }

    pub(super) const fn add(&mut self, more: &Self) {
        self.records += more.records;
        self.record_bytes += more.record_bytes;
        self.faults += more.faults;
        self.fault_bytes += more.fault_bytes;
        self.paddings += more.paddings;
        self.padding_bytes += more.padding_bytes;
    }
}
