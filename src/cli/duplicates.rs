//! The records that are kept of those with the same key.

use crate::parse::BatchRecord;
use foldhash::fast::RandomState;
use std::collections::{HashMap, hash_map::Entry};
use twox_hash::XxHash3_128;

/// The record that is kept of those with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Keep {
    /// The first of the input
    First,
    /// The last of the input
    Last,
    /// The longest; of several, the first
    Longest,
}

/// The place of a record, for reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Number of the input, from 0.
    pub(super) input: u32,
    /// Number of the record in the input, from 1.
    pub(super) number: u64,
    /// The control number, or an empty text.
    pub(super) id: Box<str>,
}

impl Place {
    pub(super) fn of(record: &BatchRecord<'_>, input: u32) -> Self {
        let id = record.control_number().map(crate::error::shown).unwrap_or_default();
        Self { input, number: record.number(), id: id.into() }
    }

    /// Replaces `bytes` by the place and a key after it.
    pub(super) fn write(&self, key: &[u8], bytes: &mut Vec<u8>) {
        bytes.clear();
        bytes.extend_from_slice(&self.input.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&(self.id.len() as u32).to_le_bytes());
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.extend_from_slice(key);
    }

    /// Returns the place and the key that were [written](Self::write); `None` for other bytes.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (input, rest) = bytes.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (id, key) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let (input, number) = (u32::from_le_bytes(*input), u64::from_le_bytes(*number));
        Some((Self { input, number, id: String::from_utf8_lossy(id).into() }, key))
    }
}

/// A key: its hash of 128 bits. Among ten million keys, the chance that two have the same hash is
/// less than one in 10^24.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Hashed([u64; 2]);

impl Hashed {
    pub(super) fn of(key: &[u8]) -> Self {
        let hash = XxHash3_128::oneshot(key);
        Self([hash as u64, (hash >> 64) as u64])
    }
}

/// A record that is kept.
#[derive(Debug)]
struct Kept {
    /// Number among all records, from 0.
    serial: u64,
    length: u32,
    /// The place, if there is a report.
    place: Option<Box<Place>>,
}

/// The keys of all records so far, each with the record that is kept.
#[derive(Debug)]
pub(super) struct Known {
    kept: HashMap<Hashed, Kept, RandomState>,
    keep: Keep,
    has_report: bool,
}

impl Known {
    pub(super) fn new(keep: Keep, has_report: bool) -> Self {
        Self { kept: HashMap::default(), keep, has_report }
    }

    /// Adds a record: it is kept if it is the first with its key, or if the rule prefers it.
    pub(super) fn add(&mut self, key: Hashed, serial: u64, length: usize, place: &Place) {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let place = || self.has_report.then(|| Box::new(place.clone()));
        match self.kept.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(Kept { serial, length, place: place() });
            }
            Entry::Occupied(mut occupied) => {
                let is_better = match self.keep {
                    Keep::First => false,
                    Keep::Last => true,
                    Keep::Longest => length > occupied.get().length,
                };
                if is_better {
                    *occupied.get_mut() = Kept { serial, length, place: place() };
                }
            }
        }
    }

    /// Returns true if there is a record with this key.
    pub(super) fn has(&self, key: Hashed) -> bool {
        self.kept.contains_key(&key)
    }

    /// Returns true if this record is the one that is kept.
    pub(super) fn keeps(&self, key: Hashed, serial: u64) -> bool {
        self.kept.get(&key).is_none_or(|kept| kept.serial == serial)
    }

    /// Returns the place of the record that is kept, if there is a report.
    pub(super) fn place(&self, key: Hashed) -> Option<&Place> {
        self.kept.get(&key)?.place.as_deref()
    }
}
