//! BGZF: the blocks of a file, and the data of one of them.

use super::entry::Block;
use crate::{
    compress::{
        block::{block_at, unpack},
        chain::{BlockPlace, Chain, Link},
    },
    source::{positioned::read_exact_at, range::FileAt},
};
use std::{fs::File, io, vec, vec::Vec};

/// Advice for a file that is compressed in another way.
pub(super) const ADVICE: &str = "an index needs BGZF, which bgzip writes, or no compression";

/// Returns true if a file begins with a block.
///
/// # Errors
/// Returns errors of the operating system.
pub(super) fn is_bgzf(file: &File, length: u64) -> io::Result<bool> {
    Ok(block_at(&mut FileAt::new(file, length), 0)?.is_some())
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
    let mut input = FileAt::new(file, length);
    let mut chain = Chain::from(BlockPlace::default());
    let entry = |BlockPlace { data, file, .. }| Block { data, file };
    loop {
        match chain.next(&mut input).map_err(&of_file)? {
            Link::Block(block) if block.data_length > 0 => take(entry(block.place))?,
            Link::Block(_) => {}
            Link::End => return take(entry(chain.place())),
            Link::Other(at) => {
                let reason = format!("the bytes at {at} are not a block of BGZF");
                return Err(of_file(io::Error::new(io::ErrorKind::InvalidData, reason)));
            }
        }
    }
}

/// Reads and decompresses the block at an offset of a file.
///
/// # Errors
/// Returns errors of the operating system, and an error of kind
/// [`InvalidData`](io::ErrorKind::InvalidData) if there is no sound block.
pub(super) fn data_of(file: &File, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    let block = block_at(&mut FileAt::new(file, length), offset)?;
    let block = block.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
    let mut bytes = vec![0; block.length];
    read_exact_at(file, &mut bytes, offset)?;
    unpack(&bytes)
}
