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
use std::vec::Vec;

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

    pub(super) fn place(&self, at: u64) -> Result<Place, IndexError> {
        let page = self.page(self.sections.places + at / ENTRIES)?;
        Ok(Place::of_bytes(page.entry((at % ENTRIES) as usize)))
    }
}
