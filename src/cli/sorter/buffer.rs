//! Items in memory.

use super::run::{HEAD, head, parts};
use std::{cmp::Ordering, io};

/// Largest length of a block, in bytes.
const BLOCK: usize = 1 << 20;

/// Smallest number of blocks. The last may be nearly empty when the memory is full.
const LEAST_BLOCKS: usize = 8;

/// Items in blocks of memory, and their order.
pub(crate) struct Buffer {
    /// Blocks of whole items. The first are in use.
    blocks: Vec<Vec<u8>>,
    /// Number of blocks in use.
    used: usize,
    entries: Vec<Entry>,
    /// Number of bytes that the blocks have room for.
    allocated: usize,
    /// Length of a block, unless an item is longer.
    block: usize,
    memory: usize,
}

/// An item: the first bytes of its key as a number, and its place. The places rise in the order in
/// which the items were added.
#[derive(Debug, Clone, Copy)]
struct Entry {
    prefix: u64,
    block: u32,
    offset: u32,
}

impl Buffer {
    pub(super) fn new(memory: usize) -> Self {
        let block = BLOCK.min(memory / LEAST_BLOCKS);
        Self { blocks: Vec::new(), used: 0, entries: Vec::new(), allocated: 0, block, memory }
    }

    /// Returns true if an item may be added: it fits into the memory, or there is no other.
    pub(super) fn has_room_for(&self, key: &[u8], value: &[u8]) -> bool {
        let length = HEAD + key.len() + value.len();
        let fits_last = self.used > 0 && room(&self.blocks[self.used - 1]) >= length;
        let is_there = length <= self.block && self.used < self.blocks.len();
        let more = if fits_last || is_there { 0 } else { length.max(self.block) };
        let entries = (self.entries.len() + 1) * size_of::<Entry>();
        self.entries.is_empty() || self.allocated + more + entries <= self.memory
    }

    /// Adds an item.
    ///
    /// # Errors
    /// Fails if the key or the value is 4 GiB long or longer.
    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let head = head(key, value)?;
        let length = HEAD + key.len() + value.len();
        if self.used == 0 || room(&self.blocks[self.used - 1]) < length {
            self.next_block(length);
        }
        let block = &mut self.blocks[self.used - 1];
        let offset = block.len() as u32;
        block.extend_from_slice(&head);
        block.extend_from_slice(key);
        block.extend_from_slice(value);
        if self.entries.len() == self.entries.capacity() {
            self.entries.reserve_exact(self.entries.len() / 8 + 1024);
        }
        self.entries.push(Entry { prefix: prefix(key), block: self.used as u32 - 1, offset });
        Ok(())
    }

    /// Takes the next block into use. Those of a long item are not used for others.
    fn next_block(&mut self, length: usize) {
        if length > self.block || self.used == self.blocks.len() {
            let block = Vec::with_capacity(length.max(self.block));
            self.allocated += block.capacity();
            self.blocks.insert(self.used, block);
        }
        self.used += 1;
    }

    /// Returns the number of bytes of memory.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.allocated + self.entries.len() * size_of::<Entry>()
    }

    /// Puts the items in order.
    pub(super) fn sort(&mut self) {
        let blocks = &self.blocks;
        self.entries.sort_unstable_by(|one, other| {
            one.prefix.cmp(&other.prefix).then_with(|| compare(blocks, *one, *other))
        });
    }

    /// Returns the key and the value of an item, by its place in the order.
    pub(super) fn item(&self, at: usize) -> Option<(&[u8], &[u8])> {
        self.entries.get(at).map(|entry| item(&self.blocks, *entry))
    }

    /// Returns the items in order.
    pub(super) fn items(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.entries.iter().map(|entry| item(&self.blocks, *entry))
    }

    /// Drops the items, and keeps the memory of all but the long ones.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.blocks.retain(|block| block.capacity() <= self.block);
        self.blocks.iter_mut().for_each(Vec::clear);
        self.allocated = self.blocks.iter().map(Vec::capacity).sum();
        self.used = 0;
    }
}

/// Returns the number of bytes that a block still has room for.
const fn room(block: &Vec<u8>) -> usize {
    block.capacity() - block.len()
}

/// Compares items with the same first bytes.
#[cold]
fn compare(blocks: &[Vec<u8>], one: Entry, other: Entry) -> Ordering {
    let key = |entry| item(blocks, entry).0;
    let place = |entry: Entry| (entry.block, entry.offset);
    key(one).cmp(key(other)).then_with(|| place(one).cmp(&place(other)))
}

fn item(blocks: &[Vec<u8>], entry: Entry) -> (&[u8], &[u8]) {
    parts(&blocks[entry.block as usize][entry.offset as usize..])
}

/// Returns the first bytes of a key, with zeros after a shorter one. Their order is that of the
/// keys, unless they are equal.
fn prefix(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    let length = key.len().min(8);
    first[..length].copy_from_slice(&key[..length]);
    u64::from_be_bytes(first)
}
