//! The stand-in for BGZF, without the feature `compress`: no file is compressed.

use super::entry::Block;
use std::{fs::File, io, vec::Vec};

/// Advice for a compressed file.
pub(super) const ADVICE: &str = "this build of tidemarc reads no compressed files";

pub(super) const fn is_bgzf(_: &File, _: u64) -> io::Result<bool> {
    Ok(false)
}

pub(super) fn scan(_: &File, _: u64, _: impl FnMut(Block) -> io::Result<()>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn data_of(_: &File, _: u64, _: u64) -> io::Result<Vec<u8>> {
    Err(io::ErrorKind::Unsupported.into())
}
