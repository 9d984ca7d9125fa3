//! The names of temporary files.

use std::{
    format,
    hash::{BuildHasher, Hasher, RandomState},
    string::String,
};

/// Returns a name for a temporary file. Another file may have it already.
pub(crate) fn temporary_name() -> String {
    let number = RandomState::new().build_hasher().finish();
    format!(".tidemarc-{number:016x}.tmp")
}
