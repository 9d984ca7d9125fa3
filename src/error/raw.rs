//! The bytes of an error.

use super::Error;
use std::{
    fmt,
    ops::{Deref, Range},
    sync::Arc,
    vec::Vec,
};

/// Bytes that are made when they are needed, because they take much memory.
pub(crate) trait Deferred: Send + Sync {
    /// Returns the number of bytes.
    fn length(&self) -> usize;

    /// Returns the first bytes: more than a leader and a directory entry.
    fn head(&self) -> &[u8];

    /// Returns all bytes, or the first ones if there is no memory for all.
    fn all(&self) -> &[u8];

    /// Copies all bytes to memory of the same length.
    fn copy_to(&self, target: &mut [u8]);
}

/// The bytes of an error: a copy, a part of shared bytes, or bytes that are not made yet.
#[derive(Clone)]
pub(crate) enum Raw {
    Copied(Arc<[u8]>),
    Shared(Arc<dyn AsRef<[u8]> + Send + Sync>, Range<usize>),
    Deferred(Arc<dyn Deferred>),
}

impl Raw {
    /// Returns the number of bytes.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Deferred(bytes) => bytes.length(),
            _ => self.len(),
        }
    }

    /// Returns the first bytes, or all if they are there.
    pub(crate) fn head(&self) -> &[u8] {
        match self {
            Self::Deferred(bytes) => bytes.head(),
            _ => self,
        }
    }

    /// Copies all bytes to memory of the same length.
    fn copy_to(&self, target: &mut [u8]) {
        match self {
            Self::Deferred(bytes) => bytes.copy_to(target),
            _ => target.copy_from_slice(self),
        }
    }
}

impl Error {
    /// Copies [`raw`](Self::raw) to memory of [`length`](Self::length) bytes.
    pub(crate) fn copy_raw_to(&self, target: &mut [u8]) {
        self.0.position.raw.copy_to(target);
    }
}

impl Deref for Raw {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Copied(bytes) => bytes,
            Self::Shared(owner, range) => &(**owner).as_ref()[range.clone()],
            Self::Deferred(bytes) => bytes.all(),
        }
    }
}

impl Default for Raw {
    fn default() -> Self {
        Self::from(&[][..])
    }
}

impl From<&[u8]> for Raw {
    fn from(bytes: &[u8]) -> Self {
        Self::Copied(bytes.into())
    }
}

impl From<Vec<u8>> for Raw {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self::Shared(Arc::new(bytes), range)
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
