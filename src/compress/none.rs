//! The stand-in for compressed inputs and outputs, without the feature `compress`.

use crate::source::{Input, ReadOutcome, Recognise};
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
