//! The decompression of one block of BGZF, apart from its stream.

use super::unit::inflate_block;
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
