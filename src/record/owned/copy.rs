//! A copy of any form of a record.

use super::Record;
use crate::record::AsRecord;

impl Record {
    /// Copies any form of a record. The leader of a damaged one is mended.
    pub(crate) fn copy_of(record: &impl AsRecord) -> Self {
        let fields = record.fields().map(|field| (field.tag(), field.as_bytes().to_vec()));
        let copy = Self::of_parts(*record.leader().as_bytes(), fields);
        if record.is_damaged() { copy.with_leader_mended() } else { copy }
    }
}
