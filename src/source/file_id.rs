//! The identity of a file, which is the same under all its names.

use std::{
    fs::File,
    io,
    path::Path,
    time::{Duration, SystemTime},
};

/// A file that has contents to lose. Two names with the same one lead to the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileId(
    /// The device, and the file's number on it.
    #[cfg(unix)]
    (u64, u64),
    #[cfg(not(unix))] std::path::PathBuf,
);

impl FileId {
    /// Returns the identity of the file that a path leads to. Returns `None` if there is no file,
    /// or if it is a terminal, a pipe or another thing that can be read and written at the same
    /// time.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        #[cfg(unix)]
        return std::fs::metadata(path).ok().as_ref().and_then(Self::of_metadata);
        #[cfg(not(unix))]
        return std::fs::canonicalize(path).ok().map(Self);
    }

    /// Does the same for an open file, which has this path.
    #[cfg(unix)]
    pub(crate) fn of_file(file: &std::fs::File, _: &Path) -> Option<Self> {
        file.metadata().ok().as_ref().and_then(Self::of_metadata)
    }

    /// Does the same for an open file, which has this path.
    #[cfg(not(unix))]
    pub(crate) fn of_file(_: &std::fs::File, path: &Path) -> Option<Self> {
        Self::of_path(path)
    }

    /// Does the same for the results of `fstat`: `st_mode`, `st_dev`, `st_ino`.
    #[cfg(unix)]
    pub(crate) fn of_status(mode: u64, device: u64, number: u64) -> Option<Self> {
        // POSIX <sys/stat.h>: the type of a file, that of a regular one, that of a block device.
        matches!(mode & 0o170_000, 0o100_000 | 0o060_000).then_some(Self((device, number)))
    }

    #[cfg(all(unix, test))]
    pub(crate) const fn new(device: u64, number: u64) -> Self {
        Self((device, number))
    }

    /// Does the same for the metadata of a file.
    #[cfg(unix)]
    pub(crate) fn of_metadata(metadata: &std::fs::Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Self::of_status(metadata.mode().into(), metadata.dev(), metadata.ino())
    }
}

/// Time after the last change of a file in which another change may have the same time.
const YOUNG: Duration = Duration::from_secs(2);

/// A version of the contents of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileVersion {
    file: FileId,
    length: u64,
    changed: SystemTime,
}

impl FileVersion {
    /// Returns the version of an open file, which has this path; `None` if it has just been changed,
    /// or if that is not known.
    pub(crate) fn of(file: &File, path: &Path) -> Option<Self> {
        let version = Self::now(file, path).ok()??;
        let is_young = version.changed.elapsed().map_or(true, |age| age < YOUNG);
        (!is_young).then_some(version)
    }

    /// Returns the version that an open file, which has this path, has now. A change within the
    /// resolution of its time, and of the same length, does not show. `None` if the file has no
    /// contents to lose.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(crate) fn now(file: &File, path: &Path) -> io::Result<Option<Self>> {
        let metadata = file.metadata()?;
        let (length, changed) = (metadata.len(), metadata.modified()?);
        Ok(FileId::of_file(file, path).map(|file| Self { file, length, changed }))
    }
}
