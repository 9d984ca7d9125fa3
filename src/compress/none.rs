//! The stand-in for compressed inputs and outputs, without the feature `compress`.

use crate::source::{FileVersion, Input, ReadOutcome, Recognise, range::ReadAt};
use std::{boxed::Box, io, sync::Arc, vec::Vec};

#[cfg(feature = "formats")]
#[allow(dead_code, reason = "there is no level to check")]
mod compression;
#[cfg(feature = "formats")]
#[path = "packer_none.rs"]
mod packer;

#[cfg(feature = "formats")]
pub use compression::{Compression, UnknownCompression};
#[cfg(feature = "formats")]
pub(crate) use {
    compression::without_compression,
    packer::{BlockPacker, Packer},
};

/// An input as it is.
#[derive(Debug)]
pub(crate) struct Unpacked<I>(I);

impl<I> Unpacked<I> {
    pub(crate) fn new(input: I, _: Ratio, _: Arc<Progress>) -> Self {
        Self(input)
    }

    pub(crate) fn at_block(input: I, _: BlockPlace, _: Ratio, _: Arc<Progress>) -> Self {
        Self(input)
    }

    pub(crate) const fn plain(input: I) -> Self {
        Self(input)
    }
}

impl<I: Input> Input for Unpacked<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        self.0.read(buffer)
    }

    fn inner(&mut self) -> Option<&mut dyn Input> {
        Some(&mut self.0)
    }
}

/// The progress of a decompression: none.
#[derive(Debug)]
pub(crate) struct Progress;

impl Progress {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self)
    }

    pub(crate) const fn get(&self) -> Option<u64> {
        None
    }
}

/// A limit without effect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio;

impl Ratio {
    pub(crate) const fn new(_: Option<u64>) -> Self {
        Self
    }
}

/// A file in an archive: nothing is recognised as one.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "there is none")]
pub(crate) struct ArchivedFile(());

#[allow(clippy::unused_self, reason = "with the feature there are files")]
impl ArchivedFile {
    pub(crate) const fn name(&self) -> &str {
        ""
    }

    pub(crate) const fn length(&self) -> u64 {
        0
    }

    pub(crate) const fn packed_length(&self) -> u64 {
        0
    }

    pub(crate) fn open(
        &self,
        _: impl FnOnce(u64) -> io::Result<Box<dyn Input>>,
        _: Ratio,
        _: Arc<Progress>,
    ) -> io::Result<Box<dyn Input>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Returns nothing.
#[allow(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
pub(crate) fn files_in_archive(_: std::fs::File) -> io::Result<Option<Vec<ArchivedFile>>> {
    Ok(None)
}

/// Returns nothing.
#[allow(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
pub(crate) const fn files_in_memory(_: &[u8]) -> io::Result<Option<Vec<ArchivedFile>>> {
    Ok(None)
}

/// Nothing is recognised.
pub(crate) const RECOGNISE: Option<Recognise> = None;

/// The blocks of a BGZF file: nothing is recognised as one.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "there is none")]
pub(crate) struct Blocks(());

#[allow(clippy::unused_self, reason = "with the feature there are blocks")]
impl Blocks {
    #[allow(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
    pub(crate) fn of_file(_: Option<FileVersion>, _: &mut dyn ReadAt) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(crate) fn open(&self, packed: Box<dyn ReadAt>) -> BlocksAt {
        BlocksAt(packed)
    }
}

/// The data of blocks.
pub(crate) struct BlocksAt(Box<dyn ReadAt>);

#[allow(clippy::unused_self, reason = "with the feature there are blocks")]
#[allow(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
impl BlocksAt {
    pub(crate) const fn check_before(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }

    pub(crate) const fn place_before(&mut self, offset: u64) -> io::Result<BlockPlace> {
        Ok(BlockPlace { file: offset, data: offset })
    }
}

impl ReadAt for BlocksAt {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }
}

/// The place of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockPlace {
    pub(crate) file: u64,
    pub(crate) data: u64,
}
