//! The chain of the blocks of a BGZF file: each states its length, so the next one is found without
//! decompressing it.

use super::bgzf::{HEADER_LENGTH, Header, MAX_LENGTH, NotHeader, TRAILER_LENGTH, Trailer};
use crate::source::range::ReadAt;
use std::{io, vec, vec::Vec};

/// Number of bytes that are read at once: the trailer of a block and the header of the next one.
const STEP: usize = TRAILER_LENGTH + HEADER_LENGTH;

/// Number of zeros that are read at once.
const ZEROS: usize = 64 << 10;

/// The place of a block, or of the end of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct BlockPlace {
    /// Number of blocks before it.
    pub(crate) number: u64,
    /// Offset of its first byte in the file.
    pub(crate) file: u64,
    /// Offset of its first byte of data.
    pub(crate) data: u64,
}

/// A block, as its header and its trailer state it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) place: BlockPlace,
    /// Length of the whole block in the file.
    pub(crate) length: usize,
    pub(crate) data_length: usize,
}

impl Block {
    /// Returns the place after the block.
    pub(crate) const fn end(&self) -> BlockPlace {
        let BlockPlace { number, file, data } = self.place;
        BlockPlace {
            number: number + 1,
            file: file + self.length as u64,
            data: data + self.data_length as u64,
        }
    }

    /// Returns true if the data contains the byte at this offset.
    pub(crate) const fn contains(&self, offset: u64) -> bool {
        self.place.data <= offset && offset < self.end().data
    }
}

/// The result of a step along a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Block(Block),
    /// The file ends here, perhaps after zeros.
    End,
    /// The bytes at this offset of the file are not a whole block.
    Other(u64),
}

/// A walk from block to block.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    place: BlockPlace,
    /// Bytes of the file from `at` on.
    read: Vec<u8>,
    at: u64,
}

impl Chain {
    /// Creates a walk that begins at a place.
    pub(crate) fn from(place: BlockPlace) -> Self {
        Self { place, ..Self::default() }
    }

    /// Returns the place of the next block, before any zeros.
    pub(crate) const fn place(&self) -> BlockPlace {
        self.place
    }

    /// Moves over the next block. Zeros after a block are padding.
    ///
    /// # Errors
    /// Returns the errors of reading.
    pub(crate) fn next(&mut self, input: &mut dyn ReadAt) -> io::Result<Link> {
        if self.place.number > 0 && self.bytes(input, self.place.file, 1)?.first() == Some(&0) {
            self.place.file = after_zeros(input, self.place.file)?;
        }
        let (place, length) = (self.place, input.length());
        if place.file >= length {
            return Ok(Link::End);
        }
        let Some(header) = self.header(input)? else { return Ok(Link::Other(place.file)) };
        let end = place.file.saturating_add(header.block_length as u64);
        let trailer = match end <= length {
            true => self.bytes(input, end - TRAILER_LENGTH as u64, TRAILER_LENGTH)?.first_chunk(),
            false => None,
        };
        let data_length = trailer.map(|bytes| Trailer::parse(*bytes).data_length as usize);
        let Some(data_length) = data_length.filter(|length| *length <= MAX_LENGTH) else {
            return Ok(Link::Other(place.file));
        };
        let block = Block { place, length: header.block_length, data_length };
        self.place = block.end();
        Ok(Link::Block(block))
    }

    fn header(&mut self, input: &mut dyn ReadAt) -> io::Result<Option<Header>> {
        let mut wanted = HEADER_LENGTH;
        loop {
            match Header::parse(self.bytes(input, self.place.file, wanted)?) {
                Ok(header) => return Ok(Some(header)),
                Err(NotHeader::Short(more)) if more > wanted => wanted = more,
                Err(_) => return Ok(None),
            }
        }
    }

    /// Returns this many bytes at an offset of the file, or fewer at its end.
    fn bytes(&mut self, input: &mut dyn ReadAt, at: u64, count: usize) -> io::Result<&[u8]> {
        let is_read = |read: &[u8], begin: u64| {
            let skip = at.checked_sub(begin).and_then(|skip| usize::try_from(skip).ok());
            skip.filter(|skip| skip.saturating_add(count) <= read.len())
        };
        let skip = match is_read(&self.read, self.at) {
            Some(skip) => skip,
            None => {
                self.read.resize(count.max(STEP), 0);
                let count = input.read_at(at, &mut self.read)?;
                self.read.truncate(count);
                self.at = at;
                0
            }
        };
        let rest = &self.read[skip..];
        Ok(&rest[..rest.len().min(count)])
    }
}

/// Returns the offset after the zeros at this one.
fn after_zeros(input: &mut dyn ReadAt, mut at: u64) -> io::Result<u64> {
    let mut buffer = vec![0; ZEROS];
    loop {
        let count = input.read_at(at, &mut buffer)?;
        let zeros = buffer[..count].iter().take_while(|byte| **byte == 0).count();
        at += zeros as u64;
        if zeros < count || count == 0 {
            return Ok(at);
        }
    }
}
