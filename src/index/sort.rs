//! Sorting of keys in bounded memory: in memory up to a limit, and beyond it by sorted runs in a
//! temporary file, which are merged.

use super::{entry::Key, page::ENTRY};
use crate::output::Scratch;
use std::{cmp::Reverse, collections::BinaryHeap, io, ops::Range, path::PathBuf, vec, vec::Vec};

/// Number of keys that are sorted in memory: 32 MiB of them.
pub(super) const MOST_KEYS: usize = 1 << 21;

/// Bytes of the buffers of all runs while they are merged, unless there are very many runs.
const BUFFERS: usize = 8 << 20;

/// Smallest and largest number of bytes in the buffer of a run.
const BUFFER: Range<usize> = 4 << 10..64 << 10;

/// Sorts keys.
pub(super) struct Sorter {
    keys: Vec<Key>,
    most: usize,
    /// The folder for the temporary file.
    folder: PathBuf,
    scratch: Option<Scratch>,
    /// The places of the runs in the temporary file.
    runs: Vec<Range<u64>>,
    count: u64,
}

impl Sorter {
    /// Creates a sorter that has at most `most` keys in memory.
    pub(super) const fn new(folder: PathBuf, most: usize) -> Self {
        Self { keys: Vec::new(), most, folder, scratch: None, runs: Vec::new(), count: 0 }
    }

    /// Returns the number of keys.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Adds a key.
    ///
    /// # Errors
    /// If the temporary file cannot be written.
    pub(super) fn add(&mut self, key: Key) -> io::Result<()> {
        if self.keys.len() == self.most {
            self.spill()?;
        }
        self.keys.push(key);
        self.count += 1;
        Ok(())
    }

    /// Writes the keys in memory as a run.
    fn spill(&mut self) -> io::Result<()> {
        let scratch = match &mut self.scratch {
            Some(scratch) => scratch,
            none => none.insert(Scratch::create(&self.folder)?),
        };
        self.keys.sort_unstable();
        let start = scratch.length();
        let mut bytes = Vec::with_capacity(BUFFER.end);
        for part in self.keys.chunks(BUFFER.end / ENTRY) {
            bytes.clear();
            part.iter().for_each(|key| bytes.extend_from_slice(&key.to_bytes()));
            scratch.append(&bytes)?;
        }
        self.runs.push(start..scratch.length());
        self.keys.clear();
        Ok(())
    }

    /// Returns the keys in ascending order.
    ///
    /// # Errors
    /// If the temporary file cannot be written or read.
    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        if self.scratch.is_some() {
            self.spill()?;
        }
        let Some(scratch) = self.scratch else {
            self.keys.sort_unstable();
            return Ok(Sorted::InMemory(self.keys.into_iter()));
        };
        self.keys = Vec::new();
        let buffer = (BUFFERS / self.runs.len()).clamp(BUFFER.start, BUFFER.end) / ENTRY * ENTRY;
        let mut runs: Vec<_> =
            self.runs.into_iter().map(|rest| Run { rest, keys: Vec::new().into_iter() }).collect();
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (at, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next(&scratch, buffer)?.map(|key| Reverse((key, at))));
        }
        Ok(Sorted::Merged(Merge { scratch, runs, heads, buffer }))
    }
}

/// Keys in ascending order.
pub(super) enum Sorted {
    InMemory(vec::IntoIter<Key>),
    Merged(Merge),
}

impl Iterator for Sorted {
    type Item = io::Result<Key>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::InMemory(keys) => keys.next().map(Ok),
            Self::Merged(merge) => merge.next().transpose(),
        }
    }
}

/// The merge of sorted runs.
pub(super) struct Merge {
    scratch: Scratch,
    runs: Vec<Run>,
    /// The first key of each run that has any, with the number of the run.
    heads: BinaryHeap<Reverse<(Key, usize)>>,
    buffer: usize,
}

impl Merge {
    fn next(&mut self) -> io::Result<Option<Key>> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(None) };
        let Reverse((key, at)) = *head;
        match self.runs[at].next(&self.scratch, self.buffer)? {
            Some(next) => *head = Reverse((next, at)),
            None => drop(std::collections::binary_heap::PeekMut::pop(head)),
        }
        Ok(Some(key))
    }
}

/// A sorted run.
struct Run {
    /// The bytes of the temporary file that are still to be read.
    rest: Range<u64>,
    keys: vec::IntoIter<Key>,
}

impl Run {
    fn next(&mut self, scratch: &Scratch, buffer: usize) -> io::Result<Option<Key>> {
        if let Some(key) = self.keys.next() {
            return Ok(Some(key));
        }
        let left = self.rest.end - self.rest.start;
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(buffer);
        let mut bytes = vec![0; length];
        scratch.read(&mut bytes, self.rest.start)?;
        self.rest.start += length as u64;
        let (entries, _) = bytes.as_chunks::<ENTRY>();
        self.keys =
            entries.iter().map(|entry| Key::of_bytes(*entry)).collect::<Vec<_>>().into_iter();
        Ok(self.keys.next())
    }
}
