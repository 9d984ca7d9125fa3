//! A temporary file that nobody else sees.

use super::temporary::temporary_name;
use crate::source::positioned::read_exact_at;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A file that exists until it is dropped, or until the process ends, in whatever way. On Unix it
/// has no name.
pub(crate) struct Scratch {
    file: File,
    path: PathBuf,
    length: u64,
}

impl Scratch {
    /// Creates a file in a folder.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(file) = nameless(folder) {
            return Ok(Self { file, path: folder.to_owned(), length: 0 });
        }
        let path = folder.join(temporary_name());
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        // A process that is killed leaves no file.
        #[cfg(unix)]
        fs::remove_file(&path)?;
        Ok(Self { file, path, length: 0 })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&self.file).write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Returns the number of bytes that were appended.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Reads exactly this many bytes.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(crate) fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        read_exact_at(&self.file, buffer, offset)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if cfg!(not(unix)) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Creates a file that never has a name, so that a signal at any time leaves none. `None` if the
/// file system has no such files.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    openat(CWD, folder, flags, Mode::RUSR | Mode::WUSR).ok().map(File::from)
}
