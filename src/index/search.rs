//! The search for a key.

use super::{
    entry::Key,
    error::IndexError,
    footer::OFFSETS,
    opened::Index,
    page::{ENTRIES, Page},
};

/// The records that may have a key, in the order of the file. Two keys may have the same hash, so
/// each record is still to be compared.
pub(crate) struct Candidates {
    hash: u128,
    /// Index of the next key entry, and of the end of its bucket.
    at: u64,
    end: u64,
    /// The page of the last entry, with its number in the section.
    page: Option<(u64, Page)>,
}

impl Candidates {
    /// Finds the first entry of a key.
    ///
    /// # Errors
    /// If the index file cannot be read, or is damaged.
    pub(crate) fn of(index: &Index, key: &[u8]) -> Result<Self, IndexError> {
        let first = Key::new(key, 0);
        let (start, end) = index.bucket(first)?;
        let (mut low, mut high) = (start / ENTRIES, end.saturating_sub(1) / ENTRIES);
        // The first entry of a page is before the key, or the entries of the key may begin in the
        // page before it. A bucket has many pages only if many records have one key.
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            let page = index.key_page(middle)?;
            if Key::of_bytes(page.entry(0)) < first { low = middle } else { high = middle - 1 }
        }
        let mut found = Self { hash: first.hash(), at: start.max(low * ENTRIES), end, page: None };
        while let Some(key) = found.entry(index)? {
            if key >= first {
                break;
            }
            found.at += 1;
        }
        Ok(found)
    }

    /// Returns the next record, counted from 0; `None` after the last.
    ///
    /// # Errors
    /// If the index file cannot be read, or is damaged.
    pub(crate) fn next(&mut self, index: &Index) -> Result<Option<u64>, IndexError> {
        let Some(key) = self.entry(index)? else { return Ok(None) };
        if key.hash() != self.hash {
            self.at = self.end;
            return Ok(None);
        }
        self.at += 1;
        Ok(Some(key.record()))
    }

    /// Returns the entry at the present place; `None` at the end of the bucket.
    fn entry(&mut self, index: &Index) -> Result<Option<Key>, IndexError> {
        if self.at >= self.end {
            return Ok(None);
        }
        let number = self.at / ENTRIES;
        let page = match &mut self.page {
            Some((at, page)) if *at == number => page,
            page => &mut page.insert((number, index.key_page(number)?)).1,
        };
        Ok(Some(Key::of_bytes(page.entry((self.at % ENTRIES) as usize))))
    }
}

impl Index {
    /// Returns the indices of the first key entry of a key's bucket and of the next bucket.
    fn bucket(&self, key: Key) -> Result<(u64, u64), IndexError> {
        let bucket = key.bucket(self.footer.bits());
        let number = bucket / OFFSETS;
        let page = self.page(self.sections.buckets + number)?;
        let offset = |page: &Page, at: u64| page.number((at % OFFSETS) as usize * size_of::<u64>());
        let start = offset(&page, bucket);
        let end = match (bucket + 1) / OFFSETS {
            next if next == number => offset(&page, bucket + 1),
            next => offset(&self.page(self.sections.buckets + next)?, bucket + 1),
        };
        if start <= end && end <= self.footer.keys {
            return Ok((start, end));
        }
        Err(self.damaged(self.sections.buckets + number, "the buckets of the keys disagree"))
    }

    /// Returns a page of the section of the keys.
    fn key_page(&self, number: u64) -> Result<Page, IndexError> {
        self.page(self.sections.keys + number)
    }
}
