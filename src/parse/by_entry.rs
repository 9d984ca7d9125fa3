//! A side table of an index.

use std::{ops::Range, vec::Vec};

/// Values of the few entries that have any, in the order of the entries.
#[derive(Debug)]
pub(super) struct ByEntry<T> {
    /// For each entry that has values its place among the entries, and the range of its values.
    ranges: Vec<(u32, Range<u32>)>,
    values: Vec<T>,
}

impl<T> Default for ByEntry<T> {
    fn default() -> Self {
        Self { ranges: Vec::new(), values: Vec::new() }
    }
}

impl<T> ByEntry<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.ranges.clear();
        self.values.clear();
    }

    /// Adds the values of an entry, which comes after all that have values so far. Does nothing if
    /// there are none.
    pub(super) fn add(&mut self, at: usize, values: impl IntoIterator<Item = T>) {
        let first = self.values.len() as u32;
        self.values.extend(values);
        let range = first..self.values.len() as u32;
        if !range.is_empty() {
            self.ranges.push((at as u32, range));
        }
    }

    /// Drops all entries except these; the first of them becomes entry 0.
    pub(super) fn keep(&mut self, entries: Range<usize>) {
        self.ranges.retain_mut(|(at, _)| {
            let is_kept = entries.contains(&(*at as usize));
            *at = at.saturating_sub(entries.start as u32);
            is_kept
        });
    }

    /// Returns the values of an entry.
    pub(super) fn of(&self, at: usize) -> &[T] {
        match self.ranges.binary_search_by_key(&(at as u32), |&(at, _)| at) {
            Ok(found) => self.values_in(&self.ranges[found].1),
            Err(_) => &[],
        }
    }

    /// Returns each entry before `end` that has values, with its values.
    pub(super) fn before(&self, end: usize) -> impl Iterator<Item = (usize, &[T])> {
        let ranges = self.ranges.iter().take_while(move |&&(at, _)| (at as usize) < end);
        ranges.map(|(at, range)| (*at as usize, self.values_in(range)))
    }

    fn values_in(&self, range: &Range<u32>) -> &[T] {
        &self.values[range.start as usize..range.end as usize]
    }
}
