//! Data before damage: the same for every size of reads.

use super::{KINDS, bzip2, data, unpacked, unpacked_by, xz, zstd};
use std::{vec, vec::Vec};

/// Sizes of the reads of compressed bytes and of data.
const SIZES: [(usize, usize); 5] = [(1, 1), (1, 1 << 20), (7, 100), (usize::MAX, 64), (4096, 8192)];

/// Returns data that is not compressed well, in `count` blocks of zstd.
fn blocks_of_zstd(count: usize) -> Vec<u8> {
    let mut seed = 7_u64;
    let byte = |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 58) as u8
    };
    (0..count << 17).map(byte).collect()
}

#[test]
fn damage_gives_the_same_data_and_positions_for_every_size_of_reads() {
    let data = data();
    let mut failed = 0;
    for (name, pack) in KINDS {
        let packed = [&pack(&data[..1000])[..], &pack(&data)].concat();
        for bit in (8 * 20..8 * packed.len()).step_by(61) {
            let mut damaged = packed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let whole = unpacked(&damaged, usize::MAX, 1 << 16);
            failed += usize::from(whole.1.is_some());
            for (few, room) in SIZES {
                let found = unpacked_by(&damaged, few, room, None, None);
                assert!(found == whole, "{name}, {bit}: {:?}, {:?}", found.1, whole.1);
            }
        }
    }
    assert!(failed > 500, "{failed}");
}

#[test]
fn every_block_before_the_damaged_one_is_delivered() {
    let data = blocks_of_zstd(5);
    let packed = zstd(&data);
    for (at, least) in [(packed.len() / 2, 2), (packed.len() - 20, 4)] {
        let mut damaged = packed.clone();
        // A header or the tables of Huffman codes are damaged, too.
        damaged[at..at + 16].fill(0xFF);
        let whole = unpacked(&damaged, usize::MAX, 1 << 16);
        for (few, room) in [(usize::MAX, 1000), (1000, 1 << 20)] {
            assert!(unpacked(&damaged, few, room) == whole);
        }
        assert!(whole.0.len() >= least << 17, "{at}: {}", whole.0.len());
    }
    // The header of the third block is wrong: the two blocks before it are whole.
    let header = |at: usize| u32::from_le_bytes([packed[at], packed[at + 1], packed[at + 2], 0]);
    // The header of the frame has the length of the data in four bytes, and no window.
    let mut blocks = vec![4 + 1 + 4];
    for _ in 0..2 {
        let at = blocks[blocks.len() - 1];
        blocks.push(at + 3 + (header(at) >> 3) as usize);
    }
    let mut damaged = packed.clone();
    damaged[blocks[2]] |= 6;
    for (few, room) in SIZES {
        let (found, error) = unpacked(&damaged, few, room);
        assert!(found == data[..2 << 17], "{few}, {room}: {}, {error:?}", found.len());
    }
}

#[test]
fn a_wrong_checksum_comes_after_all_data_of_its_block() {
    let data = blocks_of_zstd(1);
    for pack in [bzip2, xz] {
        let packed = pack(&data);
        let mut found = Vec::new();
        for at in [packed.len() - 5, packed.len() - 30] {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x10;
            let whole = unpacked(&damaged, usize::MAX, 1 << 16);
            assert!(whole.1.is_some());
            for (few, room) in [(usize::MAX, 1000), (1000, 1 << 20)] {
                assert!(unpacked(&damaged, few, room) == whole);
            }
            found.push(whole.0.len());
        }
        assert_eq!(found[0], data.len());
    }
}

#[test]
fn a_chunk_of_xz_that_is_longer_than_it_states_gives_the_same_data_for_every_size_of_reads() {
    let packed = xz(&data());
    // The header of the block, whose first byte states its length in words, follows that of the
    // stream. A chunk begins with its control byte and the lengths of its data and of itself, less 1.
    let chunk = 12 + 4 * (usize::from(packed[12]) + 1);
    assert!(packed[chunk] >= 0x80, "{:02x}", packed[chunk]);
    let length = u16::from_be_bytes([packed[chunk + 3], packed[chunk + 4]]);
    for less in [1, 2, 20, length / 2] {
        let mut damaged = packed.clone();
        damaged[chunk + 3..chunk + 5].copy_from_slice(&(length - less).to_be_bytes());
        let whole = unpacked(&damaged, usize::MAX, 1 << 16);
        assert!(whole.1.is_some());
        for (few, room) in SIZES {
            assert!(unpacked(&damaged, few, room) == whole, "{less}, {few}, {room}");
        }
    }
}
