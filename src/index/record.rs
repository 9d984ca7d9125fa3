//! One record, read from its place.

use super::{
    entry::Place,
    error::{Difference, IndexError},
    identity::Version,
    opened::Index,
    page::ENTRIES,
    search::Candidates,
};
use crate::parse::Batch;
use std::cmp::Ordering;

impl Index {
    /// Returns the next record with a key, among the candidates for it.
    pub(crate) fn next_match(
        &self,
        candidates: &mut Candidates,
        key: &[u8],
    ) -> Result<Option<Batch>, IndexError> {
        while let Some(at) = candidates.next(self)? {
            if at >= self.len() {
                return Err(self.damaged(self.sections.keys, "a key has a record beyond the last"));
            }
            let batch = self.batch(at)?;
            if batch.record_at(0).control_number() == Some(key) {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// Reads the record at this index, which is below the number of records.
    pub(crate) fn batch(&self, at: u64) -> Result<Batch, IndexError> {
        let found = Version::of(&self.file).map_err(IndexError::io(&self.path))?;
        if let Some(difference) = self.footer.source.version.difference(found) {
            return Err(IndexError::stale(&self.path, difference));
        }
        let place = self.place(at)?;
        let number = at + u64::from(place.faults) + 1;
        let data = self.data(place.offset, place.length)?;
        let batch = data.and_then(|bytes| self.reading.batch(bytes, place, number));
        batch.ok_or_else(|| {
            let difference = Difference::Record { number, offset: place.offset };
            IndexError::stale(&self.path, difference)
        })
    }

    /// Returns the index of the record with this [number](crate::SharedRecord::number); `None` if
    /// there is no such record: the number is that of a fault, or beyond the last.
    ///
    /// # Errors
    /// Fails if the index file cannot be read, or is damaged.
    pub fn at_number(&self, number: u64) -> Result<Option<u64>, IndexError> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match (middle + u64::from(self.place(middle)?.faults) + 1).cmp(&number) {
                Ordering::Equal => return Ok(Some(middle)),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    pub(super) fn place(&self, at: u64) -> Result<Place, IndexError> {
        let page = self.page(self.sections.places + at / ENTRIES)?;
        Ok(Place::of_bytes(page.entry((at % ENTRIES) as usize)))
    }
}
