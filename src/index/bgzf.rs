//! BGZF: the blocks of a file, and the data of one of them.

use super::entry::Block;
use crate::compress::{
    bgzf::{HEADER_LENGTH, Header, MAX_LENGTH, NotHeader, TRAILER_LENGTH, Trailer},
    block::unpack,
};
use crate::source::read_exact_at;
use std::{fs::File, io, vec, vec::Vec};

/// Advice for a file that is compressed in another way.
pub(super) const ADVICE: &str = "an index needs BGZF, which bgzip writes, or no compression";

/// Returns true if a file begins with a block.
///
/// # Errors
/// Returns errors of the operating system.
pub(super) fn is_bgzf(file: &File, length: u64) -> io::Result<bool> {
    Ok(length > 0 && header(file, 0, length)?.is_some())
}

/// Calls a function with each block that contains data, and then with the end of the last one.
/// `of_file` makes the error from one of the file.
///
/// # Errors
/// Returns errors of the operating system and of the function, and an error of kind
/// [`InvalidData`](io::ErrorKind::InvalidData) for a file that is not blocks from start to end.
pub(super) fn scan<E>(
    file: &File,
    length: u64,
    of_file: impl Fn(io::Error) -> E,
    mut take: impl FnMut(Block) -> Result<(), E>,
) -> Result<(), E> {
    let mut block = Block { data: 0, file: 0 };
    while block.file < length {
        let not_a_block = || {
            let reason = format!("the bytes at {} are not a block of BGZF", block.file);
            of_file(io::Error::new(io::ErrorKind::InvalidData, reason))
        };
        let header = header(file, block.file, length).map_err(&of_file)?.ok_or_else(not_a_block)?;
        let end = block.file + header.block_length as u64;
        if end > length {
            return Err(not_a_block());
        }
        let mut trailer = [0; TRAILER_LENGTH];
        read_exact_at(file, &mut trailer, end - TRAILER_LENGTH as u64).map_err(&of_file)?;
        let data = u64::from(Trailer::parse(trailer).data_length);
        if data > MAX_LENGTH as u64 {
            return Err(not_a_block());
        }
        if data > 0 {
            take(block)?;
        }
        block = Block { data: block.data + data, file: end };
    }
    take(block)
}

/// Reads the header of a block; `None` if there is no block.
fn header(file: &File, offset: u64, length: u64) -> io::Result<Option<Header>> {
    let mut wanted = HEADER_LENGTH;
    loop {
        // An index file that disagrees with itself may have any offset.
        if offset.checked_add(wanted as u64).is_none_or(|end| end > length) {
            return Ok(None);
        }
        let mut bytes = vec![0; wanted];
        read_exact_at(file, &mut bytes, offset)?;
        match Header::parse(&bytes) {
            Ok(header) => return Ok(Some(header)),
            Err(NotHeader::Short(more)) if more > wanted => wanted = more,
            Err(_) => return Ok(None),
        }
    }
}

/// Reads and decompresses the block at an offset of a file.
///
/// # Errors
/// Returns errors of the operating system, and an error of kind
/// [`InvalidData`](io::ErrorKind::InvalidData) if there is no sound block.
pub(super) fn data_of(file: &File, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    let no_block = || io::Error::from(io::ErrorKind::InvalidData);
    let header = header(file, offset, length)?.ok_or_else(no_block)?;
    let mut bytes = vec![0; header.block_length];
    read_exact_at(file, &mut bytes, offset)?;
    let trailer = *bytes.last_chunk().ok_or_else(no_block)?;
    if Trailer::parse(trailer).data_length as usize > MAX_LENGTH {
        return Err(no_block());
    }
    unpack(&bytes)
}
