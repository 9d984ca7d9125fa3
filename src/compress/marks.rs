//! The blocks of a whole BGZF file, as far as they are kept in memory.

use super::{
    blocks_at::BlocksAt,
    chain::{BlockPlace, Chain, Link},
};
use crate::source::range::ReadAt;
use std::{boxed::Box, io, sync::Arc, vec::Vec};

/// The most places that are kept: a mebibyte and a half.
const MOST: usize = 1 << 16;

/// The blocks of a file that consists of nothing else, except for zeros after blocks. The place of
/// every block is kept, or of a long file the place of every second, fourth and so on.
#[derive(Debug, Clone)]
pub(crate) struct Blocks {
    marks: Arc<[BlockPlace]>,
    /// Length of the data that the blocks state.
    length: u64,
}

impl Blocks {
    /// Finds the blocks of a file by their headers and trailers. Returns `None` if it has anything
    /// else.
    ///
    /// # Errors
    /// Returns the errors of reading.
    pub(crate) fn of(input: &mut dyn ReadAt) -> io::Result<Option<Self>> {
        Self::with_most(input, MOST)
    }

    /// Does the same, and keeps at most this many places.
    pub(super) fn with_most(input: &mut dyn ReadAt, most: usize) -> io::Result<Option<Self>> {
        let mut chain = Chain::from(BlockPlace::default());
        let (mut marks, mut step) = (Vec::new(), 1);
        loop {
            match chain.next(input)? {
                Link::Block(block) if block.place.number.is_multiple_of(step) => {
                    if marks.len() == most {
                        step *= 2;
                        marks.retain(|place: &BlockPlace| place.number.is_multiple_of(step));
                    }
                    if block.place.number.is_multiple_of(step) {
                        marks.push(block.place);
                    }
                }
                Link::Block(_) => {}
                Link::Other(_) => return Ok(None),
                Link::End if marks.is_empty() => return Ok(None),
                Link::End => {
                    let length = chain.place().data;
                    return Ok(Some(Self { marks: marks.into(), length }));
                }
            }
        }
    }

    /// Returns the length of the data that the blocks state.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Returns the data, which can be read at any offset. `packed` is the file.
    pub(crate) fn open(&self, packed: Box<dyn ReadAt>) -> BlocksAt {
        BlocksAt::new(packed, self.clone())
    }

    /// Returns the last place that is kept at this offset of the data or before it.
    pub(super) fn mark_before(&self, offset: u64) -> BlockPlace {
        let after = self.marks.partition_point(|place| place.data <= offset);
        self.marks[after.saturating_sub(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        compress::{BlockPacker, bgzf::END_BLOCK},
        source::range::SliceAt,
    };

    #[test]
    fn data_is_the_same_however_few_places_are_kept() {
        let data: Vec<u8> = (0..30_000_u32).map(|at| (at % 251) as u8).collect();
        let (mut packer, mut packed) = (BlockPacker::new(1), Vec::new());
        data.chunks(100).for_each(|data| packer.pack(data, &mut packed));
        packed.extend(END_BLOCK);
        let input = || SliceAt(Arc::new(packed.clone()));
        for most in [1, 2, 7, 1_000] {
            let blocks = Blocks::with_most(&mut input(), most).unwrap().unwrap();
            assert!(blocks.marks.len() <= most && blocks.marks.len() >= most.min(301) / 2);
            assert_eq!(blocks.length(), 30_000);
            let mut opened = blocks.open(Box::new(input()));
            for offset in [0, 99, 100, 12_345, 29_999, 30_000, 500, 29_000, 40_000] {
                let mut buffer = [0; 250];
                let count = opened.read_at(offset, &mut buffer).unwrap();
                let rest = data.get(offset as usize..).unwrap_or_default();
                assert_eq!(buffer[..count], rest[..rest.len().min(250)], "{most}, {offset}");
                let before = offset.min(30_000).saturating_sub(1);
                let place = opened.place_before(before + 1).unwrap();
                assert_eq!((place.data, place.number), (before / 100 * 100, before / 100));
            }
        }
    }

    #[test]
    fn zeros_after_blocks_are_padding_and_other_bytes_are_not() {
        let mut packed = Vec::new();
        BlockPacker::new(1).pack(b"data", &mut packed);
        let found = |bytes: Vec<u8>| Blocks::of(&mut SliceAt(Arc::new(bytes))).unwrap();
        let zeros = [0; 70_000];
        let padded = [&packed[..], &zeros, &packed, &END_BLOCK, &zeros[..1]].concat();
        assert_eq!(found(padded).unwrap().length(), 8);
        assert!(found(Vec::new()).is_none());
        assert!(found([&zeros[..1], &packed].concat()).is_none());
        assert!(found([&packed[..], b"x"].concat()).is_none());
        assert!(found(packed[..packed.len() - 1].to_vec()).is_none());
    }
}
