//! Counts of short values, such as codes of languages.

use foldhash::HashMap;
use std::{fmt::Write, string::String, vec::Vec};

/// A value of twelve bytes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    length: u8,
    bytes: [u8; 12],
}

impl Key {
    /// Returns `None` for a longer value.
    #[inline]
    pub(super) fn new(value: &[u8]) -> Option<Self> {
        let mut bytes = [0; 12];
        bytes.get_mut(..value.len())?.copy_from_slice(value);
        Some(Self { length: value.len() as u8, bytes })
    }

    /// Returns the value as text.
    pub(super) fn text(&self) -> String {
        text_of(&self.bytes[..usize::from(self.length)])
    }
}

/// Returns bytes as text. Those that are not UTF-8 are written as `\xe9`.
pub(super) fn text_of(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// The number of records with each value, in the order of their first records.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    list: Vec<(Key, u64)>,
    places: HashMap<Key, u32>,
    /// Number of records with values beyond the limit.
    pub(super) others: u64,
    /// Number of records without a value.
    pub(super) missing: u64,
}

impl Values {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.places.clear();
        (self.others, self.missing) = (0, 0);
    }

    /// Returns the number of different values.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Counts a record with a value, or without one.
    #[inline]
    pub(super) fn count(&mut self, value: Option<Key>) {
        match value {
            Some(key) => self.count_key(key, 1, usize::MAX),
            None => self.missing += 1,
        }
    }

    #[inline]
    fn count_key(&mut self, key: Key, records: u64, most: usize) {
        // Records with the same value follow each other more often than not.
        if let Some((last, count)) = self.list.last_mut()
            && *last == key
        {
            *count += records;
        } else if let Some(&at) = self.places.get(&key) {
            self.list[at as usize].1 += records;
        } else if self.list.len() < most {
            self.places.insert(key, self.list.len() as u32);
            self.list.push((key, records));
        } else {
            self.others += records;
        }
    }

    /// Adds the counts of later records. At most so many values are kept apart.
    pub(super) fn add(&mut self, more: &Self, most: usize) {
        self.others += more.others;
        self.missing += more.missing;
        more.list.iter().for_each(|&(key, records)| self.count_key(key, records, most));
    }

    /// Returns the values with their numbers of records, the most frequent first.
    pub(super) fn by_count(&self) -> Vec<(String, u64)> {
        let mut values = self.by_value();
        values.sort_by_key(|&(_, records)| std::cmp::Reverse(records));
        values
    }

    /// Returns the values with their numbers of records, in the order of the values.
    pub(super) fn by_value(&self) -> Vec<(String, u64)> {
        let mut values: Vec<_> =
            self.list.iter().map(|(key, records)| (key.text(), *records)).collect();
        values.sort();
        values
    }
}
