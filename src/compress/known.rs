//! The blocks of the files that this process has read last.
//!
//! A program that reads many ranges of one file makes a reader for each, and each needs the blocks.

use super::marks::Blocks;
use crate::source::{FileVersion, range::ReadAt};
use std::{
    io,
    sync::{Mutex, PoisonError},
    vec::Vec,
};

/// The most files whose blocks are kept, each with at most a mebibyte and a half.
const MOST_FILES: usize = 8;

/// The files, with the one that was used last at the end.
static KNOWN: Mutex<Vec<(FileVersion, Option<Blocks>)>> = Mutex::new(Vec::new());

impl Blocks {
    /// Returns the blocks of a file, and finds them unless they are known for this version of it;
    /// `None` if the file has anything else.
    ///
    /// # Errors
    /// Returns the errors of reading.
    pub(crate) fn of_file(
        version: Option<FileVersion>,
        input: &mut dyn ReadAt,
    ) -> io::Result<Option<Self>> {
        let Some(version) = version else { return Self::of(input) };
        let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let known = {
            let mut files = lock();
            let at = files.iter().position(|(known, _)| *known == version);
            at.map(|at| files.remove(at))
        };
        let (version, blocks) = match known {
            Some(known) => known,
            None => (version, Self::of(input)?),
        };
        let mut files = lock();
        files.retain(|(known, _)| *known != version);
        if files.len() == MOST_FILES {
            files.remove(0);
        }
        files.push((version, blocks.clone()));
        Ok(blocks)
    }
}
