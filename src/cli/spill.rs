//! Pieces of bytes that are kept for later: in memory, and beyond a limit in a temporary file.

use super::failure::{Failure, described};
use crate::output::Scratch;
use std::{env, io, path::PathBuf};

/// Number of bytes that are kept in memory.
const MOST_IN_MEMORY: usize = 4 << 20;

/// Pieces of bytes, each found again by its offset. The temporary file has no name, so nothing is
/// left of it, however the process ends.
#[derive(Default)]
pub(super) struct Spill {
    /// The bytes in the file.
    file: Option<Scratch>,
    /// The bytes after those in the file.
    rest: Vec<u8>,
}

impl Spill {
    /// Appends a piece. Returns its offset.
    ///
    /// # Errors
    /// Fails if the temporary file cannot be written.
    pub(super) fn append(&mut self, piece: &[u8]) -> Result<u64, Failure> {
        if self.rest.len() + piece.len() > MOST_IN_MEMORY && !self.rest.is_empty() {
            self.write().map_err(|error| failure(&error))?;
        }
        let offset = self.in_file() + self.rest.len() as u64;
        self.rest.extend_from_slice(piece);
        Ok(offset)
    }

    /// Returns the piece of this length at an offset that [`append`](Self::append) returned.
    ///
    /// # Errors
    /// Fails if the temporary file cannot be read.
    pub(super) fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, Failure> {
        let mut piece = vec![0; length];
        let in_rest = offset.checked_sub(self.in_file()).map(|at| at as usize);
        match (in_rest.and_then(|at| self.rest.get(at..at + length)), &self.file) {
            (Some(bytes), _) => piece.copy_from_slice(bytes),
            (None, Some(file)) => {
                file.read(&mut piece, offset).map_err(|error| failure(&error))?;
            }
            (None, None) => return Err(failure(&io::ErrorKind::UnexpectedEof.into())),
        }
        Ok(piece)
    }

    fn in_file(&self) -> u64 {
        self.file.as_ref().map_or(0, Scratch::length)
    }

    fn write(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(Scratch::create(&folder())?),
        };
        file.append(&self.rest)?;
        self.rest.clear();
        Ok(())
    }
}

/// Returns the folder for temporary files.
fn folder() -> PathBuf {
    env::temp_dir()
}

fn failure(error: &io::Error) -> Failure {
    let folder = folder();
    Failure::Io(format!("a temporary file in {}: {}", folder.display(), described(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_again_in_memory_and_in_the_file() {
        let mut spill = Spill::default();
        let piece = |number: usize| vec![number as u8; number * 7_919 % 300_000];
        let offsets: Vec<_> = (0..60).map(|at| spill.append(&piece(at)).unwrap()).collect();
        assert!(spill.file.is_some() && !spill.rest.is_empty());
        let huge = spill.append(&vec![7; 2 * MOST_IN_MEMORY]).unwrap();
        for (at, offset) in offsets.into_iter().enumerate().rev() {
            assert!(spill.read(offset, piece(at).len()).unwrap() == piece(at));
        }
        assert!(spill.read(huge, 2 * MOST_IN_MEMORY).unwrap().iter().all(|byte| *byte == 7));
        assert!(spill.read(huge, 2 * MOST_IN_MEMORY + 1).is_err());
    }
}
