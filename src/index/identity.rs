//! The identity of the contents of a file, as far as it can be known without reading all of it.

use super::error::Difference;
use crate::source::positioned::read_exact_at;
use std::{
    fs::{File, Metadata},
    io,
    time::{SystemTime, UNIX_EPOCH},
    vec,
};
use twox_hash::XxHash3_64;

/// Number of bytes at each end of a file that the checksum covers.
const END: u64 = 64 << 10;

/// Time of the last change of a file, from 1970 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) seconds: i64,
    pub(super) nanoseconds: u32,
}

impl Changed {
    /// Returns the time in nanoseconds.
    pub(super) fn nanoseconds(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanoseconds)
    }

    fn of(time: SystemTime) -> Self {
        let nanoseconds = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_nanos() as i128,
            Err(error) => -(error.duration().as_nanos() as i128),
        };
        Self {
            seconds: nanoseconds.div_euclid(1_000_000_000) as i64,
            nanoseconds: nanoseconds.rem_euclid(1_000_000_000) as u32,
        }
    }
}

/// Length of a file, and the time of its last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) length: u64,
    pub(super) changed: Changed,
}

impl Version {
    /// Returns the present version of an open file.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        Self::of_metadata(&file.metadata()?)
    }

    pub(super) fn of_metadata(metadata: &Metadata) -> io::Result<Self> {
        Ok(Self { length: metadata.len(), changed: Changed::of(metadata.modified()?) })
    }

    /// Returns the first difference from the version that was found, if there is one.
    pub(super) fn difference(self, found: Self) -> Option<Difference> {
        if self.length != found.length {
            return Some(Difference::Length { indexed: self.length, found: found.length });
        }
        (self.changed != found.changed).then(|| Difference::Time {
            indexed: self.changed.nanoseconds(),
            found: found.changed.nanoseconds(),
        })
    }
}

/// The identity of a file: its version, and a checksum of its two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) version: Version,
    pub(super) ends: u64,
}

impl Identity {
    /// Returns the first difference from an open file, if there is one.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(super) fn difference(&self, file: &File) -> io::Result<Option<Difference>> {
        let found = Version::of(file)?;
        if let Some(difference) = self.version.difference(found) {
            return Ok(Some(difference));
        }
        let ends = ends(file, found.length)?;
        Ok((self.ends != ends).then_some(Difference::Ends { indexed: self.ends, found: ends }))
    }
}

/// Returns the checksum of the ends of a file of this length: XXH3-64 of its first and last 64 KiB,
/// or of all bytes if there are no more than 128 KiB.
///
/// # Errors
/// Returns errors of the operating system.
pub(super) fn ends(file: &File, length: u64) -> io::Result<u64> {
    let first = length.min(END);
    let last = (length - first).min(END);
    let mut bytes = vec![0; (first + last) as usize];
    let (head, tail) = bytes.split_at_mut(first as usize);
    read_exact_at(file, head, 0)?;
    read_exact_at(file, tail, length - last)?;
    Ok(XxHash3_64::oneshot(&bytes))
}
