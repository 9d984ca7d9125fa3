//! Data compressed to blocks of BGZF.

use super::bgzf::{END_BLOCK, HEADER_LENGTH, MAX_LENGTH, TRAILER_LENGTH};
use flate2::{Compress, Compression as Level, Crc, FlushCompress, Status};
use std::vec::Vec;

/// The most data in one block. Stored without compression, it still fits.
pub(super) const MOST_DATA: usize = 0xFF00;

/// A compressor of data to blocks; kept for its memory.
#[derive(Debug)]
pub(crate) struct BlockPacker {
    deflate: Compress,
}

impl BlockPacker {
    /// Creates a compressor.
    pub(crate) fn new(level: u8) -> Self {
        Self { deflate: Compress::new(Level::new(u32::from(level)), false) }
    }

    /// Appends blocks of about equal length that contain this data. Nothing is appended for no
    /// data: that would be the end of the file.
    pub(crate) fn pack(&mut self, data: &[u8], output: &mut Vec<u8>) {
        let count = data.len().div_ceil(MOST_DATA).max(1);
        for data in data.chunks(data.len().div_ceil(count).max(1)) {
            self.pack_block(data, output);
        }
    }

    /// Appends one block. The data has at most `MOST_DATA` bytes.
    fn pack_block(&mut self, data: &[u8], output: &mut Vec<u8>) {
        let begin = output.len();
        output.extend_from_slice(&END_BLOCK[..HEADER_LENGTH]);
        self.deflate.reset();
        output.reserve(MAX_LENGTH - HEADER_LENGTH);
        let outcome = self.deflate.compress_vec(data, output, FlushCompress::Finish);
        let fits = output.len() - begin + TRAILER_LENGTH <= MAX_LENGTH;
        if !(fits && matches!(outcome, Ok(Status::StreamEnd))) {
            output.truncate(begin + HEADER_LENGTH);
            store(data, output);
        }
        let mut checksum = Crc::new();
        checksum.update(data);
        output.extend_from_slice(&checksum.sum().to_le_bytes());
        output.extend_from_slice(&checksum.amount().to_le_bytes());
        let last = (output.len() - begin - 1) as u16;
        output[begin + HEADER_LENGTH - 2..][..2].copy_from_slice(&last.to_le_bytes());
    }
}

/// Appends data as one stored block of deflate (RFC 1951, section 3.2.4).
fn store(data: &[u8], output: &mut Vec<u8>) {
    const LAST_STORED: u8 = 1;
    let length = data.len() as u16;
    output.push(LAST_STORED);
    output.extend_from_slice(&length.to_le_bytes());
    output.extend_from_slice(&(!length).to_le_bytes());
    output.extend_from_slice(data);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::bgzf::Header;
    use std::{io::Read, vec};

    /// Returns bytes that cannot be compressed.
    fn noise(length: usize) -> Vec<u8> {
        let mut seed = 1_u64;
        let mut byte = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 56) as u8
        };
        (0..length).map(|_| byte()).collect()
    }

    fn lengths(mut blocks: &[u8]) -> Vec<usize> {
        let mut lengths = Vec::new();
        while !blocks.is_empty() {
            let length = Header::parse(blocks).unwrap().block_length;
            lengths.push(length);
            blocks = &blocks[length..];
        }
        lengths
    }

    #[test]
    fn all_data_is_in_blocks_that_state_their_lengths() {
        for level in 0..=9 {
            for length in [0, 1, 1000, MOST_DATA, MOST_DATA + 1, 3 * MOST_DATA + 7] {
                for data in [noise(length), vec![b'a'; length]] {
                    let mut packed = Vec::new();
                    let mut packer = BlockPacker::new(level);
                    packer.pack(&data, &mut packed);
                    assert_eq!(lengths(&packed).len(), length.div_ceil(MOST_DATA), "{length}");
                    let mut found = Vec::new();
                    packed.extend_from_slice(&END_BLOCK);
                    flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut found).unwrap();
                    assert!(found == data, "level {level}, {length}");
                }
            }
        }
    }

    #[test]
    fn data_that_grows_is_stored() {
        let data = noise(MOST_DATA);
        let mut stored = Vec::new();
        store(&data, &mut stored);
        assert!(stored.len() + HEADER_LENGTH + TRAILER_LENGTH <= MAX_LENGTH);
        let mut found = Vec::new();
        flate2::read::DeflateDecoder::new(&stored[..]).read_to_end(&mut found).unwrap();
        assert!(found == data);
    }
}
