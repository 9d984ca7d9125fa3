//! The bytes of an error.

use std::{
    fmt,
    ops::{Deref, Range},
    sync::Arc,
    vec::Vec,
};

/// The bytes of an error: a copy, or a part of shared bytes.
#[derive(Clone)]
pub(crate) enum Raw {
    Copied(Arc<[u8]>),
    Shared(Arc<dyn AsRef<[u8]> + Send + Sync>, Range<usize>),
}

impl Deref for Raw {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Copied(bytes) => bytes,
            Self::Shared(owner, range) => &(**owner).as_ref()[range.clone()],
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
        Self::Copied(bytes.into())
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
