//! One block of BGZF, apart from its stream.

use super::{
    chain::{Block, BlockPlace, Chain, Link},
    unit::inflate_block,
};
use crate::source::range::ReadAt;
use flate2::Decompress;
use std::{io, vec::Vec};

/// Decompresses a whole block.
///
/// # Errors
/// If the block is damaged, its checksum is wrong, or its data has another length than it states.
pub(crate) fn unpack(block: &[u8]) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    match inflate_block(&mut Decompress::new(false), block, &mut data) {
        true => Ok(data),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Returns the block at an offset of a file, if there is one. Its data is counted from 0.
///
/// # Errors
/// Returns the errors of reading.
pub(crate) fn block_at(input: &mut dyn ReadAt, file: u64) -> io::Result<Option<Block>> {
    let place = BlockPlace { file, ..BlockPlace::default() };
    Ok(match Chain::from(place).next(input)? {
        Link::Block(block) => Some(block),
        Link::End | Link::Other(_) => None,
    })
}
