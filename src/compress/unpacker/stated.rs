//! Reading from a block of BGZF on, with a check of the lengths that blocks state.
//!
//! A reader from the start of an input does not need these lengths, and does not check them. The
//! place of a later block was found by them, so they must be right.

use super::{Reason, Unpacker};
use crate::{
    compress::{
        Progress, Ratio,
        bgzf::{HEADER_LENGTH, Header, MAX_LENGTH, NotHeader},
        chain::BlockPlace,
        compressed::Compressed,
    },
    framing::signatures::packed::Compression,
    source::Helpers,
};
use std::{io, sync::Arc};

/// The lengths that the current block states.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated {
    /// Number of compressed bytes that must be there for the header of the next block.
    pub(super) header_length: usize,
    /// Number of compressed bytes of the input up to the end of the block.
    end: u64,
}

impl Unpacker {
    /// Creates a decompressor of a BGZF file that begins at a block. Its counts are those of a
    /// decompressor from the start of the file.
    pub(in crate::compress) fn at_block(
        place: BlockPlace,
        ratio: Ratio,
        progress: Arc<Progress>,
        helpers: Option<Helpers>,
    ) -> Self {
        let packed = Compressed::at(place.file, Arc::clone(&progress));
        Self {
            packed,
            made: place.data,
            parts: place.number,
            part_start: place.data,
            is_bgzf: true,
            stated: Some(Stated { header_length: HEADER_LENGTH, end: place.file }),
            ..Self::new(Compression::Gzip, ratio, progress, helpers)
        }
    }

    /// Reads the header of a block that begins. Returns false if there is none, or if more bytes
    /// are needed first.
    pub(super) fn begin_block(&mut self) -> bool {
        let Some(stated) = &mut self.stated else { return true };
        match Header::parse(self.packed.rest()) {
            Ok(header) => {
                stated.end = self.packed.used() + header.block_length as u64;
                stated.header_length = HEADER_LENGTH;
                return true;
            }
            Err(NotHeader::Short(more)) if !self.packed.is_end() => stated.header_length = more,
            Err(_) => self.owed = Some(self.error(io::ErrorKind::InvalidData, Reason::NotBlock)),
        }
        false
    }

    /// Returns the largest number of bytes that the current block may still have.
    pub(super) fn room_in_block(&self) -> usize {
        let most = MAX_LENGTH.saturating_sub((self.made - self.part_start) as usize);
        if self.stated.is_some() { most } else { usize::MAX }
    }

    /// Compares the end of a block with the one that it states.
    pub(super) fn check_block(&mut self) {
        if self.stated.is_some_and(|stated| stated.end != self.packed.used()) {
            self.owed = Some(self.error(io::ErrorKind::InvalidData, Reason::BlockLength));
        }
    }
}
