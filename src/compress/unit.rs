//! Some blocks of BGZF, which one thread decompresses.

use super::bgzf::{Header, MAX_LENGTH, TRAILER_LENGTH, Trailer};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use std::{boxed::Box, vec::Vec};

/// The most data in the blocks of a unit, unless they are one.
const MOST_DATA: usize = 512 << 10;

/// The most blocks in a unit: they may be nearly empty.
const MOST_BLOCKS: usize = 64;

/// Whole blocks, and their data once they are decompressed. Its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// The blocks.
    pub(super) packed: Vec<u8>,
    /// The data of the sound blocks.
    pub(super) data: Vec<u8>,
    /// Number of sound blocks, from the first on.
    pub(super) sound: u64,
    /// Number of bytes of the sound blocks. If it is not the length of `packed`, the block after
    /// them is damaged.
    pub(super) sound_length: usize,
    /// Length of the data of the last sound block.
    pub(super) last_data: usize,
    inflate: Option<Box<Decompress>>,
}

/// Returns the number of bytes at the start of `packed` that are whole blocks for one unit. Their
/// headers are sound, and their data is not longer than they may state.
pub(super) fn length_of_unit(packed: &[u8]) -> usize {
    let (mut length, mut data) = (0, 0);
    for _ in 0..MOST_BLOCKS {
        let Some(block) = first_block(&packed[length..]) else { break };
        let data_length = trailer_of(block).data_length as usize;
        data += data_length;
        if data_length > MAX_LENGTH || data > MOST_DATA && length > 0 {
            break;
        }
        length += block.len();
    }
    length
}

/// Returns the block at the start of these bytes, if it is whole and its header is sound.
fn first_block(packed: &[u8]) -> Option<&[u8]> {
    packed.get(..Header::parse(packed).ok()?.block_length)
}

fn trailer_of(block: &[u8]) -> Trailer {
    Trailer::parse(*block.last_chunk::<TRAILER_LENGTH>().unwrap_or(&[0xFF; TRAILER_LENGTH]))
}

impl Unit {
    /// Fills an empty unit with whole blocks.
    pub(super) fn fill(&mut self, packed: &[u8]) {
        self.packed.clear();
        self.packed.extend_from_slice(packed);
        self.data.clear();
        (self.sound, self.sound_length, self.last_data) = (0, 0, 0);
    }

    /// Decompresses the blocks, up to the first damaged one.
    pub(super) fn inflate(&mut self) {
        while let Some(block) = first_block(&self.packed[self.sound_length..]) {
            let inflate = self.inflate.get_or_insert_with(|| Box::new(Decompress::new(false)));
            let begin = self.data.len();
            if !inflate_block(inflate, block, &mut self.data) {
                self.data.truncate(begin);
                return;
            }
            self.sound += 1;
            self.last_data = self.data.len() - begin;
            self.sound_length += block.len();
        }
    }

    /// Returns true if every block is sound.
    pub(super) fn is_sound(&self) -> bool {
        self.sound_length == self.packed.len()
    }
}

/// Appends the data of a block. Returns false if the block is damaged.
pub(super) fn inflate_block(inflate: &mut Decompress, block: &[u8], data: &mut Vec<u8>) -> bool {
    let Ok(header) = Header::parse(block) else { return false };
    let trailer = trailer_of(block);
    let deflated = &block[header.length..block.len() - TRAILER_LENGTH];
    let (begin, length) = (data.len(), trailer.data_length as usize);
    inflate.reset(false);
    data.reserve_exact(length + 1);
    let outcome = inflate.decompress_vec(deflated, data, FlushDecompress::Finish);
    let mut checksum = Crc::new();
    checksum.update(&data[begin..]);
    matches!(outcome, Ok(Status::StreamEnd))
        && inflate.total_in() == deflated.len() as u64
        && data.len() - begin == length
        && checksum.sum() == trailer.checksum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::{bgzf::END_BLOCK, blocks::BlockPacker};
    use std::vec;

    fn packed(lengths: &[usize]) -> Vec<u8> {
        let (mut packer, mut packed) = (BlockPacker::new(6), Vec::new());
        lengths.iter().for_each(|&length| packer.pack(&vec![b'a'; length], &mut packed));
        packed
    }

    #[test]
    fn a_unit_has_whole_blocks_and_a_limited_length() {
        let one = packed(&[60_000]);
        assert_eq!(length_of_unit(&one[..one.len() - 1]), 0);
        assert_eq!(length_of_unit(&one), one.len());
        assert_eq!(length_of_unit(&[&one[..], &one[..9]].concat()), one.len());
        assert_eq!(length_of_unit(&one.repeat(20)), 8 * one.len());
        assert_eq!(length_of_unit(&END_BLOCK.repeat(100)), MOST_BLOCKS * END_BLOCK.len());
        assert_eq!(
            length_of_unit(&[&one[..], b"junk that is longer than a header"].concat()),
            one.len()
        );
        // A block that states too much data is left to the decompressor that reports it.
        let mut long = one.clone();
        *long.last_mut().unwrap() = 1;
        assert_eq!(length_of_unit(&[&one[..], &long].concat()), one.len());
    }

    #[test]
    fn every_flipped_bit_of_a_block_is_noticed_or_harmless() {
        let block = packed(&[300]);
        for bit in 0..8 * block.len() {
            let mut damaged = block.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let mut unit = Unit::default();
            unit.fill(&[&block[..], &damaged, &block].concat());
            unit.inflate();
            if unit.is_sound() {
                // Nothing checks the time, the extra flags, the system, and bits after the data.
                assert_eq!(unit.data, [b'a'; 900]);
            } else {
                assert_eq!((unit.sound, unit.sound_length), (1, block.len()), "bit {bit}");
                assert_eq!(unit.data, [b'a'; 300]);
            }
        }
    }
}
