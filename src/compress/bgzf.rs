//! The blocks of BGZF: members of gzip that state their own length (SAM specification, section
//! 4.1).
//!
//! A block has a header, deflated data and a trailer. The extra field of the header contains the
//! length of the block, and the trailer the length of the data. So the blocks of a file can be
//! found, and their data located, without decompressing anything. This module does no I/O.
//!
//! ```text
//! 0      4 (flags)        10     12 (extra field)          12+XLEN            len-8    len-4
//! 1F 8B 08 04 MTIME XFL OS XLEN   .. 'B' 'C' 2 0 BSIZE ..   deflated data …    CRC-32   ISIZE
//! ```

/// Length of the header that writers produce: its extra field has one subfield. A header with other
/// subfields is longer.
pub(crate) const HEADER_LENGTH: usize = 18;

/// Length of the trailer of every block.
pub(crate) const TRAILER_LENGTH: usize = 8;

/// Length of the longest block, and of the longest data of a block.
pub(crate) const MAX_LENGTH: usize = 1 << 16;

/// The last block of every whole file: it has no data.
pub(crate) const END_BLOCK: [u8; 28] = [
    0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF, 6, 0, b'B', b'C', 2, 0, 27, 0, 3, 0, 0, 0, 0, 0, 0, 0,
    0, 0,
];

/// Offset of the length of the extra field.
const EXTRA_LENGTH: usize = 10;

/// Offset of the extra field.
const EXTRA: usize = 12;

/// The header of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Length of the header: offset of the deflated data in the block.
    pub(crate) length: usize,
    /// Length of the whole block, from the first byte of the header to the last of the trailer.
    pub(crate) block_length: usize,
}

/// The reason why bytes are not the header of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotHeader {
    /// The bytes agree with a header as far as they go. This many bytes are needed, or more.
    Short(usize),
    /// The bytes are something else, such as another member of gzip.
    Other,
}

impl Header {
    /// Reads the header at the start of `bytes`, which may continue after it.
    ///
    /// # Errors
    /// If the bytes are too few, or are not a header.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, NotHeader> {
        const MAGIC: [u8; 4] = [0x1F, 0x8B, 8, 4];
        let known = bytes.len().min(MAGIC.len());
        if bytes[..known] != MAGIC[..known] {
            return Err(NotHeader::Other);
        }
        let extra_length = number(bytes, EXTRA_LENGTH).ok_or(NotHeader::Short(HEADER_LENGTH))?;
        let length = EXTRA + extra_length;
        let extra = bytes.get(EXTRA..length).ok_or(NotHeader::Short(length))?;
        let last = stated_last(extra).ok_or(NotHeader::Other)?;
        // At least one byte of deflated data: there is no shorter end of it.
        if last < length + TRAILER_LENGTH {
            return Err(NotHeader::Other);
        }
        Ok(Self { length, block_length: last + 1 })
    }
}

/// The trailer of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trailer {
    /// CRC-32 of the data.
    pub(crate) checksum: u32,
    /// Number of bytes of the data. In a valid block at most [`MAX_LENGTH`].
    pub(crate) data_length: u32,
}

impl Trailer {
    /// Reads the trailer: the last bytes of a block.
    pub(crate) fn parse(bytes: [u8; TRAILER_LENGTH]) -> Self {
        let [a, b, c, d, e, f, g, h] = bytes;
        Self {
            checksum: u32::from_le_bytes([a, b, c, d]),
            data_length: u32::from_le_bytes([e, f, g, h]),
        }
    }
}

/// Returns the offset of the last byte of the block, which the subfield `BC` states.
fn stated_last(mut extra: &[u8]) -> Option<usize> {
    while let [first, second, rest @ ..] = extra {
        let length = number(rest, 0)?;
        let value = rest.get(2..2 + length)?;
        if (*first, *second, length) == (b'B', b'C', 2) {
            return number(value, 0);
        }
        extra = &rest[2 + length..];
    }
    None
}

/// Returns the number in the two bytes at an offset.
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 2)?;
    Some(usize::from(u16::from_le_bytes([bytes[0], bytes[1]])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Returns a header with these subfields, and one byte of data.
    fn with_extra(extra: &[u8]) -> Vec<u8> {
        let length = (extra.len() as u16).to_le_bytes();
        [&END_BLOCK[..10], &length, extra, &[3]].concat()
    }

    #[test]
    fn the_end_block_is_a_block_without_data() {
        let header = Header::parse(&END_BLOCK).unwrap();
        assert_eq!(header, Header { length: HEADER_LENGTH, block_length: END_BLOCK.len() });
        let trailer = Trailer::parse(*END_BLOCK.last_chunk().unwrap());
        assert_eq!(trailer, Trailer { checksum: 0, data_length: 0 });
    }

    #[test]
    fn a_header_that_is_cut_says_how_many_bytes_it_needs() {
        for cut in 0..HEADER_LENGTH {
            assert_eq!(Header::parse(&END_BLOCK[..cut]), Err(NotHeader::Short(18)), "{cut}");
        }
        let long = with_extra(&[b'X', b'Y', 3, 0, 1, 2, 3, b'B', b'C', 2, 0, 99, 1]);
        for cut in 12..25 {
            assert_eq!(Header::parse(&long[..cut]), Err(NotHeader::Short(25)), "{cut}");
        }
        assert_eq!(Header::parse(&long), Ok(Header { length: 25, block_length: 256 + 100 }));
    }

    #[test]
    fn other_bytes_are_not_a_header() {
        let mut flags = END_BLOCK;
        flags[3] = 12;
        assert_eq!(Header::parse(&flags), Err(NotHeader::Other), "a name follows the extra field");
        for extra in [
            &b""[..],
            b"B",
            &[b'B', b'C', 2, 0, 99],
            &[b'B', b'C', 3, 0, 99, 0, 0],
            &[b'X', b'Y', 2, 0, 99, 0],
            &[b'X', b'Y', 255, 255, b'B', b'C', 2, 0, 99, 0],
            // A block that ends inside its own header or trailer.
            &[b'B', b'C', 2, 0, 25, 0],
        ] {
            assert_eq!(Header::parse(&with_extra(extra)), Err(NotHeader::Other), "{extra:?}");
        }
        assert_eq!(Header::parse(b"\x1f\x8b\x08\x00"), Err(NotHeader::Other));
        assert_eq!(Header::parse(b"00063nam a2200049   4500"), Err(NotHeader::Other));
    }

    #[test]
    fn the_longest_block_has_64_kib() {
        let header = Header::parse(&with_extra(&[b'B', b'C', 2, 0, 255, 255])).unwrap();
        assert_eq!(header.block_length, MAX_LENGTH);
    }
}
