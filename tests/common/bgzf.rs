//! Files of BGZF, block by block.

use flate2::{Compression, Crc, write::DeflateEncoder};
use std::io::Write;

/// Returns a block.
pub fn block(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(1));
    encoder.write_all(data).unwrap();
    let deflated = encoder.finish().unwrap();
    let mut checksum = Crc::new();
    checksum.update(data);
    let last = (deflated.len() + 25) as u16;
    let head = [31, 139, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, b'B', b'C', 2, 0];
    let trailer = [checksum.sum().to_le_bytes(), (data.len() as u32).to_le_bytes()].concat();
    [&head[..], &last.to_le_bytes(), &deflated, &trailer].concat()
}

/// Returns blocks with so many bytes of data in turn, 0 among them, and the block that ends a file.
pub fn blocks(data: &[u8], mut length: impl FnMut() -> usize) -> Vec<u8> {
    let (mut packed, mut rest) = (Vec::new(), data);
    while !rest.is_empty() {
        let (data, after) = rest.split_at(length().min(rest.len()));
        packed.extend(block(data));
        rest = after;
    }
    packed.extend(block(b""));
    packed
}
