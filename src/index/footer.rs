//! The first and the last page of an index file.

use super::{
    entry::MAX_RECORDS,
    identity::{Changed, Identity, Version},
    page::{ENTRIES, ENTRY, PAGE, PAYLOAD},
};
use crate::format::{Controls, Format, Mnemonics};
use std::vec::Vec;

/// The first bytes of an index file. Like those of PNG, they show a file that was copied as text.
pub(super) const MAGIC: [u8; 8] = *b"\x89TMI\r\n\x1A\n";

/// The first bytes of the last page.
const END: [u8; 8] = *b"TMI end\n";

/// Version of the layout.
pub(super) const VERSION: u32 = 1;

/// Number of entries that a bucket has on average at most.
const BUCKET: u64 = 128;

/// Largest number of bits that choose a bucket, which bounds the memory while the buckets are made.
const MAX_BITS: u32 = 22;

/// Length of an offset in the table of buckets.
const OFFSET: usize = size_of::<u64>();

/// Number of offsets in a page.
pub(super) const OFFSETS: u64 = (PAYLOAD / OFFSET) as u64;

const CONTROLS: [Controls; 3] = [Controls::Error, Controls::Skip, Controls::Replace];
const MNEMONICS: [Mnemonics; 2] = [Mnemonics::All, Mnemonics::MarcEdit];

/// The contents of the last page: the facts about the data file, and the sizes of the sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Footer {
    pub(super) source: Identity,
    /// Number of records.
    pub(super) records: u64,
    /// Number of faults.
    pub(super) faults: u64,
    /// Number of records with a key.
    pub(super) keys: u64,
    /// Number of these records of which an earlier one has the key.
    pub(super) duplicates: u64,
    /// Length of the data, after decompression.
    pub(super) data_length: u64,
    /// Number of blocks of BGZF that contain data, and one for their end; 0 for a file that is not
    /// compressed.
    pub(super) blocks: u64,
    pub(super) max_record_length: u32,
    pub(super) repairs: bool,
    pub(super) format: Format,
    pub(super) controls: Controls,
    pub(super) mnemonics: Mnemonics,
}

/// The first pages of the sections, which follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sections {
    pub(super) places: u64,
    pub(super) keys: u64,
    pub(super) buckets: u64,
    pub(super) blocks: u64,
    /// The last page.
    pub(super) footer: u64,
}

/// Returns the contents of the first page.
pub(super) fn head() -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(PAGE as u32).to_le_bytes());
    bytes
}

/// Returns the number of bits that choose the bucket of a key, in an index with so many keys.
pub(super) const fn bits_of(keys: u64) -> u32 {
    let mut bits = 0;
    while bits < MAX_BITS && BUCKET << bits < keys {
        bits += 1;
    }
    bits
}

impl Footer {
    /// Returns the number of bits that choose the bucket of a key.
    pub(super) const fn bits(&self) -> u32 {
        bits_of(self.keys)
    }

    /// Returns the first pages of the sections.
    pub(super) const fn sections(&self) -> Sections {
        let places = 1;
        let keys = places + self.records.div_ceil(ENTRIES);
        let buckets = keys + self.keys.div_ceil(ENTRIES);
        let blocks = buckets + ((1 << self.bits()) + 1_u64).div_ceil(OFFSETS);
        let footer = blocks + self.blocks.div_ceil(ENTRIES);
        Sections { places, keys, buckets, blocks, footer }
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let Identity { version: Version { length, changed }, ends } = self.source;
        let sections = self.sections();
        let place = |found: Option<usize>| found.unwrap_or_default() as u8;
        let mut bytes = END.to_vec();
        for number in [
            length,
            changed.seconds as u64,
            u64::from(changed.nanoseconds) | u64::from(self.repairs) << 32,
            ends,
            self.records,
            self.faults,
            self.keys,
            self.duplicates,
            self.data_length,
            self.blocks,
            u64::from(self.bits()) | u64::from(self.max_record_length) << 32,
        ] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&[
            place(Format::ALL.iter().position(|&format| format == self.format)),
            place(CONTROLS.iter().position(|&controls| controls == self.controls)),
            place(MNEMONICS.iter().position(|&mnemonics| mnemonics == self.mnemonics)),
            u8::from(self.blocks > 0),
            0,
            0,
            0,
            0,
        ]);
        for page in [sections.places, sections.keys, sections.buckets, sections.blocks] {
            bytes.extend_from_slice(&page.to_le_bytes());
        }
        bytes
    }

    /// Reads the payload of the last page, which has this number.
    ///
    /// # Errors
    /// A reason, if it is not the last page of an index file, or does not agree with itself.
    pub(super) fn of_bytes(payload: &[u8], page: u64) -> Result<Self, &'static str> {
        const DISAGREES: &str = "the last page does not agree with itself";
        let (head, numbers) = payload.split_at(END.len());
        if head != END {
            return Err("it is not the last page: the file is cut");
        }
        let (numbers, _) = numbers.as_chunks::<8>();
        let number = |at: usize| u64::from_le_bytes(numbers[at]);
        let [format, controls, mnemonics, is_bgzf, ..] = numbers[11];
        let choice = |at: u8| usize::from(at);
        let footer = Self {
            source: Identity {
                version: Version {
                    length: number(0),
                    changed: Changed { seconds: number(1) as i64, nanoseconds: number(2) as u32 },
                },
                ends: number(3),
            },
            records: number(4),
            faults: number(5),
            keys: number(6),
            duplicates: number(7),
            data_length: number(8),
            blocks: number(9),
            max_record_length: (number(10) >> 32) as u32,
            repairs: number(2) >> 32 == 1,
            format: *Format::ALL.get(choice(format)).ok_or(DISAGREES)?,
            controls: *CONTROLS.get(choice(controls)).ok_or(DISAGREES)?,
            mnemonics: *MNEMONICS.get(choice(mnemonics)).ok_or(DISAGREES)?,
        };
        // The counts bound every number that is calculated from them.
        let is_bounded = footer.records <= MAX_RECORDS
            && footer.keys <= footer.records
            && footer.duplicates <= footer.keys
            && footer.blocks <= u64::MAX / ENTRY as u64 / 2
            && (is_bgzf != 0) == (footer.blocks > 0)
            && (is_bgzf != 0 || footer.data_length == footer.source.version.length);
        if is_bounded
            && footer.sections().footer == page
            && footer.to_bytes() == payload[..footer.to_bytes().len()]
        {
            Ok(footer)
        } else {
            Err(DISAGREES)
        }
    }
}
