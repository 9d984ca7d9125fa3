//! Sorting in bounded memory: in memory up to a limit, and beyond it by sorted runs in a temporary
//! file, which are merged.
//!
//! An item is a key and its value, both bytes. Items are ordered by their keys, byte by byte; those
//! with the same key keep their order.

mod buffer;
mod merge;
mod run;
#[cfg(test)]
mod tests;

use crate::output::Scratch;
use buffer::Buffer;
use merge::Merge;
pub(super) use run::{RunReader, RunWriter};
use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
};

/// Bytes that each run needs while runs are merged. Fewer would make many short reads.
const PER_RUN: usize = 256 << 10;

/// Sorts items.
pub(super) struct Sorter {
    buffer: Buffer,
    memory: usize,
    /// The folder for the temporary file.
    folder: PathBuf,
    scratch: Option<Scratch>,
    /// The places of the runs in the temporary file.
    runs: Vec<Range<u64>>,
}

impl Sorter {
    /// Creates a sorter that has at most so many bytes of items in memory, or a single item.
    pub(super) fn new(folder: PathBuf, memory: usize) -> Self {
        let buffer = Buffer::new(memory);
        Self { buffer, memory, folder, scratch: None, runs: Vec::new() }
    }

    /// Returns the folder for the temporary file.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds an item.
    ///
    /// # Errors
    /// Fails if the temporary file cannot be written.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        if !self.buffer.has_room_for(key, value) {
            self.spill()?;
        }
        self.buffer.push(key, value)
    }

    /// Writes the items in memory as a run.
    fn spill(&mut self) -> io::Result<()> {
        let scratch = match &mut self.scratch {
            Some(scratch) => scratch,
            none => none.insert(Scratch::create(&self.folder)?),
        };
        self.buffer.sort();
        let mut writer = RunWriter::new(scratch);
        for (key, value) in self.buffer.items() {
            writer.push(key, value)?;
        }
        self.runs.push(writer.finish()?);
        self.buffer.clear();
        Ok(())
    }

    /// Returns the items in their order.
    ///
    /// # Errors
    /// Fails if the temporary file cannot be written or read.
    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        if self.scratch.is_some() {
            self.spill()?;
        }
        let Some(mut scratch) = self.scratch else {
            self.buffer.sort();
            return Ok(Sorted::InMemory { buffer: self.buffer, at: 0 });
        };
        drop(self.buffer);
        let most = (self.memory / PER_RUN).max(2);
        while self.runs.len() > most {
            (scratch, self.runs) = merged(scratch, &self.runs, most, self.memory, &self.folder)?;
        }
        Ok(Sorted::Merged(Box::new(Merge::new(scratch, self.runs, self.memory)?)))
    }
}

/// Merges so many runs at a time into longer ones, in a new temporary file.
fn merged(
    mut scratch: Scratch,
    runs: &[Range<u64>],
    most: usize,
    memory: usize,
    folder: &Path,
) -> io::Result<(Scratch, Vec<Range<u64>>)> {
    let mut longer = Scratch::create(folder)?;
    let mut places = Vec::with_capacity(runs.len().div_ceil(most));
    for group in runs.chunks(most) {
        let mut merge = Merge::new(scratch, group.to_vec(), memory)?;
        let mut writer = RunWriter::new(&mut longer);
        while let Some((key, value)) = merge.next()? {
            writer.push(key, value)?;
        }
        places.push(writer.finish()?);
        scratch = merge.into_scratch();
    }
    Ok((longer, places))
}

/// Items in their order.
pub(super) enum Sorted {
    InMemory { buffer: Buffer, at: usize },
    Merged(Box<Merge>),
}

impl Sorted {
    /// Returns the key and the value of the next item.
    ///
    /// # Errors
    /// Fails if the temporary file cannot be read.
    pub(super) fn next(&mut self) -> io::Result<Option<(&[u8], &[u8])>> {
        match self {
            Self::InMemory { buffer, at } => {
                *at += 1;
                Ok(buffer.item(*at - 1))
            }
            Self::Merged(merge) => merge.next(),
        }
    }
}
