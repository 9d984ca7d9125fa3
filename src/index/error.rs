//! The errors of an index.

use crate::error::{Error, escaped};
use std::{
    error, fmt, io,
    path::{Path, PathBuf},
    string::String,
};

/// The reason why an index cannot be built, opened or used.
#[derive(Debug)]
#[non_exhaustive]
pub enum IndexError {
    /// The operating system failed.
    Io {
        /// The data file or the index file.
        path: PathBuf,
        /// The error.
        error: io::Error,
    },
    /// The data file cannot be read to its end, or is not MARC.
    Read(Error),
    /// The data file cannot have an index: it is compressed in a way that permits no access inside
    /// it, or is not a regular file.
    Unsupported {
        /// The data file.
        path: PathBuf,
        /// The reason, and the way out.
        reason: String,
    },
    /// The path for the index file leads to a file that is not an index. It was left as it is.
    Exists {
        /// The path for the index file.
        path: PathBuf,
    },
    /// The data file is not the one that was indexed, or has changed since.
    Stale {
        /// The data file.
        path: PathBuf,
        /// The difference.
        difference: Difference,
    },
    /// The file is not an index file.
    NotAnIndex {
        /// The index file.
        path: PathBuf,
    },
    /// The index file has a layout that this version of tidemarc does not know.
    Version {
        /// The index file.
        path: PathBuf,
        /// The version of the layout.
        version: u32,
    },
    /// The index file is cut or damaged.
    Damaged {
        /// The index file.
        path: PathBuf,
        /// Number of the damaged page, from 0.
        page: u64,
        /// The reason.
        reason: &'static str,
    },
}

/// The difference between a data file and the file that was indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The length of the file in bytes.
    Length {
        /// Length when it was indexed.
        indexed: u64,
        /// Length now.
        found: u64,
    },
    /// The time of its last change, in nanoseconds from 1970 on.
    Time {
        /// Time when it was indexed.
        indexed: i128,
        /// Time now.
        found: i128,
    },
    /// The checksum of its two ends.
    Ends {
        /// Checksum when it was indexed.
        indexed: u64,
        /// Checksum now.
        found: u64,
    },
    /// There is no record where the index has one, although the file seems to be unchanged.
    Record {
        /// Number of the record, from 1.
        number: u64,
        /// Offset of the record.
        offset: u64,
    },
}

impl IndexError {
    /// Returns a function that makes the error of an operation on this path.
    pub(super) fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        move |error| Self::Io { path: path.to_owned(), error }
    }

    pub(super) fn stale(path: &Path, difference: Difference) -> Self {
        Self::Stale { path: path.to_owned(), difference }
    }

    pub(super) fn damaged(path: &Path, page: u64, reason: &'static str) -> Self {
        Self::Damaged { path: path.to_owned(), page, reason }
    }
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = |path: &Path| escaped(&path.display().to_string()).to_string();
        match self {
            Self::Io { path: file, error } => write!(f, "{}: {error}", path(file)),
            Self::Read(error) => error.fmt(f),
            Self::Unsupported { path: file, reason } => write!(f, "{}: {reason}", path(file)),
            Self::Exists { path: file } => write!(
                f,
                "{}: this file is not an index file, and is not replaced; name another path",
                path(file)
            ),
            Self::Stale { path: file, difference } => {
                write!(f, "{}: {difference}; build the index again", path(file))
            }
            Self::NotAnIndex { path: file } => write!(f, "{}: not an index file", path(file)),
            Self::Version { path: file, version } => write!(
                f,
                "{}: the index file has version {version}, and this version of tidemarc reads 1; \
                 build the index again",
                path(file)
            ),
            Self::Damaged { path: file, page, reason } => write!(
                f,
                "{}: the index file is damaged at page {page}: {reason}; build the index again",
                path(file)
            ),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { indexed, found } => {
                write!(f, "the file has {found} bytes, and had {indexed} when it was indexed")
            }
            Self::Time { indexed, found } => write!(
                f,
                "the file was changed at {} s, and at {} s (from 1970 on) when it was indexed",
                Seconds(*found),
                Seconds(*indexed)
            ),
            Self::Ends { indexed, found } => write!(
                f,
                "the ends of the file have checksum {found:016x}, and had {indexed:016x} when it \
                 was indexed"
            ),
            Self::Record { number, offset } => {
                write!(f, "record {number} is not at byte {offset}, where it was indexed")
            }
        }
    }
}

/// Nanoseconds, written as seconds.
struct Seconds(i128);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECOND: i128 = 1_000_000_000;
        write!(f, "{}.{:09}", self.0.div_euclid(SECOND), self.0.rem_euclid(SECOND))
    }
}

impl error::Error for IndexError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            Self::Read(error) => error.source(),
            _ => None,
        }
    }
}
