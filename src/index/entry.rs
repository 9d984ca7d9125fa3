//! The entries of an index file: the place of a record, a key with the record that has it, and the
//! start of a block of BGZF.

use super::page::ENTRY;
use twox_hash::XxHash3_128;

/// Number of bits of a key entry that are the record.
const RECORD_BITS: u32 = 40;

/// Largest number of records.
pub(super) const MAX_RECORDS: u64 = 1 << RECORD_BITS;

/// The bit of a length that marks a repaired record. A record has at most 2^30 bytes.
const REPAIRED: u32 = 1 << 31;

/// The place of a record in the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Offset of the record, in bytes from the start of the data.
    pub(crate) offset: u64,
    /// Length of the record in bytes.
    pub(crate) length: u32,
    /// True if the record was damaged and is repaired.
    pub(crate) is_repaired: bool,
    /// Number of faults before it, which have record numbers of their own.
    pub(crate) faults: u32,
}

impl Place {
    pub(crate) fn to_bytes(self) -> [u8; ENTRY] {
        let length = self.length | if self.is_repaired { REPAIRED } else { 0 };
        let value =
            u128::from(self.offset) | u128::from(length) << 64 | u128::from(self.faults) << 96;
        value.to_le_bytes()
    }

    pub(crate) fn of_bytes(bytes: [u8; ENTRY]) -> Self {
        let value = u128::from_le_bytes(bytes);
        let length = (value >> 64) as u32;
        Self {
            offset: value as u64,
            length: length & !REPAIRED,
            is_repaired: length & REPAIRED != 0,
            faults: (value >> 96) as u32,
        }
    }
}

/// The start of a block of BGZF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Offset of its first byte in the data.
    pub(super) data: u64,
    /// Offset of the block in the file.
    pub(super) file: u64,
}

impl Block {
    pub(super) fn to_bytes(self) -> [u8; ENTRY] {
        (u128::from(self.data) | u128::from(self.file) << 64).to_le_bytes()
    }

    pub(super) fn of_bytes(bytes: [u8; ENTRY]) -> Self {
        let value = u128::from_le_bytes(bytes);
        Self { data: value as u64, file: (value >> 64) as u64 }
    }
}

/// A key and a record that has it: the upper 88 bits of the XXH3-128 of the key, and the index of
/// the record among the records in the lower 40. So entries in ascending order are in the order of
/// the hash, and those of one key in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub(super) u128);

impl Key {
    pub(super) fn new(key: &[u8], record: u64) -> Self {
        Self(XxHash3_128::oneshot(key) >> RECORD_BITS << RECORD_BITS | u128::from(record))
    }

    pub(super) fn of_bytes(bytes: [u8; ENTRY]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }

    pub(super) fn to_bytes(self) -> [u8; ENTRY] {
        self.0.to_le_bytes()
    }

    /// Returns the same key for the record that is this much later.
    pub(super) fn later_by(self, records: u64) -> Self {
        Self(self.0 + u128::from(records))
    }

    /// Returns the hash, without the record.
    pub(super) const fn hash(self) -> u128 {
        self.0 >> RECORD_BITS
    }

    pub(super) const fn record(self) -> u64 {
        self.0 as u64 & (MAX_RECORDS - 1)
    }

    /// Returns the number of the bucket that contains the key, of 2^`bits` buckets.
    pub(super) const fn bucket(self, bits: u32) -> u64 {
        // Not `>> (128 - bits)`, which is an overflow for no bits.
        ((self.0 >> 64) as u64 >> 1) >> (63 - bits)
    }
}
