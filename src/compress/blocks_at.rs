//! The data of a BGZF file, read at any offset.

use super::{
    Progress, Ratio,
    bgzf::MAX_LENGTH,
    chain::{Block, BlockPlace, Chain, Link},
    marks::Blocks,
    unit::inflate_block,
    unpacker::Unpacker,
};
use crate::source::{Input, ReadOutcome, range::ReadAt};
use flate2::Decompress;
use std::{boxed::Box, fmt, io, vec, vec::Vec};

/// Message of the error for a file that has other blocks than before.
const CHANGED: &str = "the file was changed while it was read";

/// The data of a BGZF file, which is decompressed block by block as it is read.
///
/// It is the data that a reader from the start of the file gets, as far as the blocks that were
/// read show: it ends where the first of them is damaged.
pub(crate) struct BlocksAt {
    packed: Box<dyn ReadAt>,
    blocks: Blocks,
    /// The walk, after the last block.
    chain: Chain,
    /// The block that was decompressed last, and its data.
    last: Option<Block>,
    data: Vec<u8>,
    damage: Option<Damage>,
    inflate: Decompress,
}

/// The first damaged block among those that were read.
struct Damage {
    place: BlockPlace,
    /// The data before the damage.
    data: Vec<u8>,
}

impl Damage {
    fn end(&self) -> u64 {
        self.place.data + self.data.len() as u64
    }
}

impl BlocksAt {
    pub(super) fn new(packed: Box<dyn ReadAt>, blocks: Blocks) -> Self {
        Self {
            packed,
            blocks,
            chain: Chain::default(),
            last: None,
            data: Vec::new(),
            damage: None,
            inflate: Decompress::new(false),
        }
    }

    /// Decompresses the blocks right before an offset. A block that has more data than it states
    /// would have it there.
    ///
    /// # Errors
    /// Returns the errors of reading.
    pub(crate) fn check_before(&mut self, offset: u64) -> io::Result<()> {
        let end = offset.min(self.length());
        let begin = end.saturating_sub(MAX_LENGTH as u64);
        self.read_at(begin, &mut vec![0; (end - begin) as usize])?;
        Ok(())
    }

    /// Returns the place of the block that contains the byte before an offset of the data. A reader
    /// that begins there also sees if this block is damaged after its data.
    ///
    /// # Errors
    /// Returns the errors of reading.
    pub(crate) fn place_before(&mut self, offset: u64) -> io::Result<BlockPlace> {
        let Some(before) = offset.checked_sub(1) else { return Ok(BlockPlace::default()) };
        match &self.damage {
            Some(damage) if damage.place.data <= before => Ok(damage.place),
            _ => self.find(before).map(|block| block.place),
        }
    }

    /// Finds the block with the data at an offset, by the headers alone.
    fn find(&mut self, offset: u64) -> io::Result<Block> {
        self.chain = Chain::from(self.blocks.mark_before(offset));
        loop {
            let block = self.step()?;
            if block.contains(offset) {
                return Ok(block);
            }
        }
    }

    fn step(&mut self) -> io::Result<Block> {
        match self.chain.next(&mut *self.packed)? {
            Link::Block(block) => Ok(block),
            Link::End | Link::Other(_) => Err(io::Error::other(CHANGED)),
        }
    }

    /// Returns the data from an offset to the end of its block; empty at the end of all data.
    fn rest(&mut self, offset: u64) -> io::Result<&[u8]> {
        while offset < self.length() {
            if self.damage.as_ref().is_some_and(|damage| damage.place.data <= offset)
                || self.last.is_some_and(|block| block.contains(offset))
            {
                break;
            }
            // Successive reads go on from block to block, through those without data too.
            let next = self.chain.place();
            let is_near =
                self.last.is_some() && (next.data..next.data + MAX_LENGTH as u64).contains(&offset);
            let block = if is_near { self.step()? } else { self.find(offset)? };
            self.unpack(block)?;
        }
        let (begin, data) = match (&self.damage, self.last) {
            (Some(damage), _) if damage.place.data <= offset => (damage.place.data, &damage.data),
            (_, Some(block)) => (block.place.data, &self.data),
            (_, None) => return Ok(&[]),
        };
        Ok(data.get((offset - begin) as usize..).unwrap_or_default())
    }

    /// Decompresses a block.
    fn unpack(&mut self, block: Block) -> io::Result<()> {
        let mut bytes = vec![0; block.length];
        if self.packed.read_at(block.place.file, &mut bytes)? < bytes.len() {
            return Err(io::Error::other(CHANGED));
        }
        self.data.clear();
        self.last = Some(block);
        if !inflate_block(&mut self.inflate, &bytes, &mut self.data) {
            self.last = None;
            self.damage = Some(self.damaged(block.place)?);
        }
        Ok(())
    }

    /// Decompresses a damaged block as a reader does that reaches it.
    fn damaged(&mut self, place: BlockPlace) -> io::Result<Damage> {
        let mut unpacker = Unpacker::at_block(place, Ratio::new(None), Progress::new(), None);
        let mut input = Rest { input: &mut *self.packed, at: place.file, has_failed: false };
        let (mut data, mut buffer) = (Vec::new(), vec![0; MAX_LENGTH]);
        // The check of the block ends the loop: no block has more data.
        while data.len() <= MAX_LENGTH {
            match unpacker.read(&mut input, &mut buffer) {
                Ok(ReadOutcome::Bytes(0)) => break,
                Ok(ReadOutcome::Bytes(count)) => data.extend_from_slice(&buffer[..count]),
                Ok(ReadOutcome::Pending) => {}
                Err(error) if input.has_failed => return Err(error),
                Err(_) => break,
            }
        }
        Ok(Damage { place, data })
    }
}

impl ReadAt for BlocksAt {
    fn length(&self) -> u64 {
        self.damage.as_ref().map_or(self.blocks.length(), Damage::end)
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < buffer.len() {
            let rest = self.rest(offset + count as u64)?;
            let more = rest.len().min(buffer.len() - count);
            if more == 0 {
                break;
            }
            buffer[count..count + more].copy_from_slice(&rest[..more]);
            count += more;
        }
        Ok(count)
    }
}

impl fmt::Debug for BlocksAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlocksAt").field("length", &self.length()).finish_non_exhaustive()
    }
}

/// The bytes of a file from an offset on.
struct Rest<'i> {
    input: &'i mut dyn ReadAt,
    at: u64,
    /// True once a read of the file has failed.
    has_failed: bool,
}

impl Input for Rest<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        let read = self.input.read_at(self.at, buffer);
        self.has_failed = read.is_err();
        let count = read?;
        self.at += count as u64;
        Ok(ReadOutcome::Bytes(count))
    }
}
