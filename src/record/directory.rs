//! The table of contents of a record: one entry of 12 bytes a field.

use super::{DIRECTORY_ENTRY_LENGTH, Tag, structure::decode_entry};

/// One entry of the directory: the tag, length and position of a field (ISO 2709 section 4.4; entry
/// map `4500`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The field's tag.
    pub tag: Tag,
    /// Length of the field in bytes, including its terminator.
    pub field_length: u32,
    /// Offset of the first byte of the field, in bytes from the base address of data.
    pub starting_position: u32,
}

/// A view of a record's directory: an iterator over its entries, in order.
///
/// The iteration ends at an entry that is not three printable characters and nine digits. A record
/// that was checked has no such entry.
#[derive(Debug, Clone)]
pub struct Directory<'a> {
    entries: core::slice::ChunksExact<'a, u8>,
}

impl<'a> Directory<'a> {
    /// Creates a view of these bytes: the entries alone, without the field terminator after them.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { entries: bytes.chunks_exact(DIRECTORY_ENTRY_LENGTH) }
    }
}

impl Iterator for Directory<'_> {
    type Item = DirectoryEntry;

    #[inline]
    fn next(&mut self) -> Option<DirectoryEntry> {
        let entry = self.entries.next()?;
        decode_entry(entry.try_into().ok()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.entries.size_hint().1)
    }
}
