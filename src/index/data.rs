//! The data of a file: any part of it, also of a file of BGZF.

use super::{
    bgzf,
    entry::Block,
    error::IndexError,
    opened::Index,
    page::{ENTRIES, Page},
};
use crate::source::positioned::read_exact_at;
use std::{
    io,
    sync::{Arc, PoisonError},
    vec,
    vec::Vec,
};

impl Index {
    /// Reads a part of the data; `None` if the data does not contain it.
    pub(super) fn data(&self, offset: u64, length: u32) -> Result<Option<Vec<u8>>, IndexError> {
        let end = offset.checked_add(u64::from(length));
        if end.is_none_or(|end| end > self.footer.data_length) {
            return Ok(None);
        }
        if self.footer.blocks > 0 {
            return self.unpacked(offset, length as usize).map(Some);
        }
        let mut bytes = vec![0; length as usize];
        match read_exact_at(&self.file, &mut bytes, offset) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(IndexError::io(&self.path)(error)),
        }
    }

    /// Reads a part of the data of a file of BGZF.
    fn unpacked(&self, offset: u64, length: usize) -> Result<Vec<u8>, IndexError> {
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let (number, block) = self.block_of(offset + bytes.len() as u64)?;
            let data = self.block_data(number, block)?;
            let start = (offset + bytes.len() as u64 - block.data) as usize;
            let rest = data.get(start..).filter(|rest| !rest.is_empty());
            let rest = rest.ok_or_else(|| self.blocks_disagree())?;
            bytes.extend_from_slice(&rest[..rest.len().min(length - bytes.len())]);
        }
        Ok(bytes)
    }

    /// Returns the block that contains the byte at an offset of the data, and its number.
    pub(super) fn block_of(&self, offset: u64) -> Result<(u64, Block), IndexError> {
        let page = |at: u64| self.page(self.sections.blocks + at);
        let block = |page: &Page, at: u64| Block::of_bytes(page.entry(at as usize));
        // The last entry is the end of the data.
        let last = self.footer.blocks.saturating_sub(2);
        let (mut low, mut high) = (0, last / ENTRIES);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if block(&page(middle)?, 0).data <= offset { low = middle } else { high = middle - 1 }
        }
        let (page, first) = (page(low)?, low * ENTRIES);
        let (mut low, mut high) = (0, (last - first).min(ENTRIES - 1));
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if block(&page, middle).data <= offset { low = middle } else { high = middle - 1 }
        }
        let found = block(&page, low);
        if found.data > offset {
            return Err(self.blocks_disagree());
        }
        Ok((first + low, found))
    }

    /// Returns the data of a block. The last block is kept, for records that lie side by side.
    fn block_data(&self, number: u64, block: Block) -> Result<Arc<Vec<u8>>, IndexError> {
        let kept = || self.block.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, data)) = &*kept()
            && *at == number
        {
            return Ok(Arc::clone(data));
        }
        let data = bgzf::data_of(&self.file, block.file, self.footer.source.version.length);
        let data = Arc::new(data.map_err(IndexError::io(&self.path))?);
        *kept() = Some((number, Arc::clone(&data)));
        Ok(data)
    }

    fn blocks_disagree(&self) -> IndexError {
        self.damaged(self.sections.blocks, "the blocks of the file disagree")
    }
}
