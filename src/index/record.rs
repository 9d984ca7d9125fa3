//! One record, read from its place.

use super::{
    entry::Place,
    error::{Difference, IndexError},
    identity::Version,
    opened::Index,
    page::ENTRIES,
    search::Candidates,
};
use crate::{
    format::Format,
    framing::FrameKind,
    parse::Batch,
    record::{ErrorKind, Fault, RecordRef},
    source::{RawBatch, Unit},
};
use std::{cmp::Ordering, vec::Vec};

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
        let batch = data.and_then(|bytes| self.parse(bytes, place, number));
        batch.ok_or_else(|| {
            let difference = Difference::Record { number, offset: place.offset };
            IndexError::stale(&self.path, difference)
        })
    }

    /// Parses the bytes of a record; `None` if they are not the record that was indexed.
    fn parse(&self, bytes: Vec<u8>, place: Place, number: u64) -> Option<Batch> {
        let kind = match place.is_repaired {
            true => FrameKind::Fault(Fault::new(ErrorKind::RecordLength)),
            false => FrameKind::Record,
        };
        let is_iso2709 = self.footer.format == Format::Iso2709;
        if !place.is_repaired && is_iso2709 && RecordRef::parse(&bytes).is_err() {
            return None;
        }
        let mut utf8 = bytes;
        if self.unit != Unit::Byte {
            let mut converted = Vec::with_capacity(utf8.len());
            self.unit.append_utf8(&utf8, true, &mut converted);
            utf8 = converted;
        }
        let limit = self.footer.max_record_length as usize;
        let raw = RawBatch::of_frame(utf8, kind, place.offset, limit).made_of(self.unit);
        let name = Some(self.name.clone());
        Batch::of_one_record(raw, &self.parse, number, name, self.text)
    }

    /// Returns the index of the record with this [number](crate::SharedRecord::number); `None` if
    /// there is no such record: the number is that of a fault, or beyond the last.
    ///
    /// # Errors
    /// If the index file cannot be read, or is damaged.
    pub(crate) fn at_number(&self, number: u64) -> Result<Option<u64>, IndexError> {
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
