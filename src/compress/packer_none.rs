//! The stand-in for the compression of an output: every use of it is an error.

use super::Compression;
use std::{io, vec::Vec};

/// A compressor that takes nothing.
#[derive(Debug)]
pub(crate) struct Packer {
    kind: Compression,
}

/// A compressor of blocks. It is never made: no output here has a level for blocks.
#[derive(Debug)]
pub(crate) struct BlockPacker;

impl BlockPacker {
    pub(crate) const fn new(_: u8) -> Self {
        Self
    }

    pub(crate) const fn pack(&mut self, _: &[u8], _: &mut Vec<u8>) {}
}

impl Packer {
    pub(crate) const fn new(kind: Compression, _: Option<u8>) -> Self {
        Self { kind }
    }

    /// Returns the error that says which feature is missing.
    pub(crate) fn check(&self) -> io::Result<()> {
        let message =
            std::format!("{} output needs the Cargo feature \"compress\" of tidemarc", self.kind);
        Err(io::Error::new(io::ErrorKind::Unsupported, message))
    }

    pub(crate) const fn kind(&self) -> Compression {
        self.kind
    }

    pub(crate) const fn block_level(&self) -> Option<u8> {
        None
    }

    pub(crate) fn push(&mut self, _: &[u8]) -> io::Result<()> {
        self.check()
    }

    pub(crate) fn push_blocks(&mut self, _: &[u8]) -> io::Result<()> {
        self.check()
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.check()
    }

    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.check()
    }

    pub(crate) const fn is_full(&self) -> bool {
        false
    }

    pub(crate) fn write_out(&mut self, _: &mut impl io::Write) -> io::Result<()> {
        self.check()
    }
}
