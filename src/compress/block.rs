//! The decompression of one block of BGZF, apart from its stream.

use super::codec::{Codec, Step};
use crate::framing::signatures::packed::Compression;
use std::{io, vec, vec::Vec};

/// Decompresses a whole block, whose trailer states this length of its data.
///
/// # Errors
/// If the block is damaged, its checksum is wrong, or its data has another length.
pub(crate) fn unpack(block: &[u8], length: usize) -> io::Result<Vec<u8>> {
    let mut codec = Codec::new(Compression::Gzip)?;
    // One more byte, so that longer data does not pass for data of this length.
    let mut data = vec![0; length + 1];
    let (mut read, mut written) = (0, 0);
    loop {
        let Step { read: more_read, written: more, outcome } =
            codec.step(&block[read..], &mut data[written..]);
        read += more_read;
        written += more;
        if outcome? {
            break;
        }
        if more_read + more == 0 || written > length {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    data.truncate(written);
    if written == length { Ok(data) } else { Err(io::ErrorKind::InvalidData.into()) }
}
