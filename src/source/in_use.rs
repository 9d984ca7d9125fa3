//! The files that this process reads, so that none of them is written over.
//!
//! A writer that replaces its file does not change the file that is read. An in-place writer
//! consults this module first.

use super::FileId;
use crate::error::escaped;
use std::{
    collections::BTreeMap,
    error, fmt, io,
    path::Path,
    process,
    string::{String, ToString},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// Number of registers, for processes that are each forked from the one before. Later processes
/// have none, and know of no file in use.
const GENERATIONS: usize = 64;

/// The uses of a file.
#[derive(Default)]
struct Uses {
    readers: u32,
    /// A quarantine writes it.
    is_written: bool,
}

/// The files that one process uses.
struct Register {
    /// The process that owns the register, or 0.
    process: AtomicU32,
    files: Mutex<BTreeMap<FileId, Uses>>,
}

/// A fork copies the registers, and may copy a locked one, which nobody would ever unlock. So each
/// process takes a register of its own, the first that is free, and looks into no other.
static REGISTERS: [Register; GENERATIONS] =
    [const { Register { process: AtomicU32::new(0), files: Mutex::new(BTreeMap::new()) } };
        GENERATIONS];

/// Returns the register of this process, locked.
fn register() -> Option<MutexGuard<'static, BTreeMap<FileId, Uses>>> {
    let own = process::id();
    let register = REGISTERS.iter().find(|register| {
        let taken = register.process.compare_exchange(0, own, Ordering::AcqRel, Ordering::Acquire);
        taken.map_or_else(|process| process == own, |_| true)
    })?;
    Some(register.files.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The use of a file, until it is dropped.
#[derive(Debug)]
pub(crate) struct InUse {
    file: FileId,
    is_write: bool,
    /// A fork has a copy of the value, and a register of its own.
    process: u32,
}

impl InUse {
    /// Registers that a stream reads the file.
    pub(crate) fn reading(file: FileId) -> Self {
        if let Some(mut files) = register() {
            files.entry(file.clone()).or_default().readers += 1;
        }
        Self { file, is_write: false, process: process::id() }
    }

    /// Registers that a quarantine writes the file in place, from its start or after its end.
    ///
    /// # Errors
    /// Fails if another quarantine writes it, or if a stream reads bytes that would be written over.
    pub(crate) fn writing(file: FileId, appends: bool) -> Result<Self, Conflict> {
        if let Some(mut files) = register() {
            conflict(files.get(&file), appends).map_or(Ok(()), Err)?;
            files.entry(file.clone()).or_default().is_written = true;
        }
        Ok(Self { file, is_write: true, process: process::id() })
    }

    pub(crate) const fn file(&self) -> &FileId {
        &self.file
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if self.process != process::id() {
            return;
        }
        let Some(mut files) = register() else { return };
        let Some(uses) = files.get_mut(&self.file) else { return };
        if self.is_write {
            uses.is_written = false;
        } else {
            uses.readers = uses.readers.saturating_sub(1);
        }
        if uses.readers == 0 && !uses.is_written {
            files.remove(&self.file);
        }
    }
}

fn conflict(uses: Option<&Uses>, appends: bool) -> Option<Conflict> {
    let uses = uses?;
    if uses.is_written {
        return Some(Conflict::Written);
    }
    // Bytes after the end of a file destroy none.
    (uses.readers > 0 && !appends).then_some(Conflict::Read)
}

/// Returns true if a stream of this process reads the file.
pub(crate) fn is_read(file: &FileId) -> bool {
    register().is_some_and(|files| files.get(file).is_some_and(|uses| uses.readers > 0))
}

/// Returns the use that keeps an output or a quarantine from writing the file.
pub(crate) fn conflict_of(file: &FileId, appends: bool) -> Option<Conflict> {
    register().and_then(|files| conflict(files.get(file), appends))
}

/// The use of a file that keeps another from writing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// A stream reads it.
    Read,
    /// A quarantine writes it.
    Written,
}

impl Conflict {
    /// Returns the error of `what`, an output or quarantine, at this path.
    pub(crate) fn at(self, what: &'static str, path: &Path) -> io::Error {
        self.of(what, path.display().to_string())
    }

    /// Does the same for an output with a name.
    pub(crate) fn of(self, what: &'static str, name: String) -> io::Error {
        io::Error::new(io::ErrorKind::ResourceBusy, WouldOverwrite { what, name, conflict: self })
    }
}

/// The reason why a file is not written to: it is in use. It travels inside an `io::Error`.
#[derive(Debug)]
pub(crate) struct WouldOverwrite {
    what: &'static str,
    name: String,
    conflict: Conflict,
}

impl fmt::Display for WouldOverwrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {} would be written over ", self.what, escaped(&self.name))?;
        f.write_str(match self.conflict {
            Conflict::Read => "a file that a reader of this process has not read to its end",
            Conflict::Written => "the quarantine of another reader of this process",
        })?;
        f.write_str(": close that reader first")
    }
}

impl error::Error for WouldOverwrite {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn file(number: u64) -> FileId {
        FileId::new(u64::from(process::id()), number)
    }

    #[test]
    fn a_file_is_in_use_until_the_last_of_its_readers_is_dropped() {
        let (one, other) = (InUse::reading(file(1)), InUse::reading(file(1)));
        assert!(is_read(&file(1)) && !is_read(&file(2)));
        drop(one);
        assert_eq!(InUse::writing(file(1), false).unwrap_err(), Conflict::Read);
        // Bytes after the end destroy nothing.
        drop(InUse::writing(file(1), true).unwrap());
        drop(other);
        assert!(!is_read(&file(1)));
        let writing = InUse::writing(file(1), false).unwrap();
        for appends in [false, true] {
            assert_eq!(InUse::writing(file(1), appends).unwrap_err(), Conflict::Written);
        }
        // Reading destroys nothing either.
        drop(InUse::reading(file(1)));
        assert_eq!(conflict_of(&file(1), true), Some(Conflict::Written));
        drop(writing);
        assert_eq!(conflict_of(&file(1), false), None);
    }

    #[test]
    fn files_in_use_by_another_process_are_not_known_here() {
        let mut copied = InUse::reading(file(3));
        let own = InUse::reading(file(3));
        copied.process += 1;
        drop(copied);
        assert!(is_read(&file(3)), "a copy in a child releases nothing");
        drop(own);
    }
}
