//! The stand-in for BGZF, without the feature `compress`: no file is compressed.

use super::entry::Block;
use std::{fs::File, io, vec::Vec};

/// Advice for a compressed file.
pub(super) const ADVICE: &str = "this build of tidemarc reads no compressed files";

pub(super) const fn is_bgzf(_: &File, _: u64) -> io::Result<bool> {
    Ok(false)
}

pub(super) fn scan<E>(
    _: &File,
    _: u64,
    of_file: impl Fn(io::Error) -> E,
    _: impl FnMut(Block) -> Result<(), E>,
) -> Result<(), E> {
    Err(of_file(io::ErrorKind::Unsupported.into()))
}

pub(super) fn data_of(_: &File, _: u64, _: u64) -> io::Result<Vec<u8>> {
    Err(io::ErrorKind::Unsupported.into())
}
