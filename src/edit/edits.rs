//! Several edits, and their effect on a record.

use super::{Edit, EditRefusal, RefusalKind, change::Changes, hits::Source, verify};
use crate::{
    encoding::RecordText,
    record::{AsRecord, Record},
    select::Filter,
};
use std::{boxed::Box, vec, vec::Vec};

/// Edits that are applied to a record one after the other, each to the result of those before it.
///
/// Only the parts of the record that an edit names are changed. Text is encoded as the record is.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    edits: Box<[Edit]>,
    filter: Option<Filter>,
}

/// The result of [`Edits::apply`].
#[derive(Debug, Clone)]
pub struct Edited {
    record: Option<Record>,
    applied: Vec<Applied>,
}

/// The effect of one edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    found: u64,
    changed: u64,
}

impl Applied {
    pub(super) const fn all(count: usize) -> Self {
        Self { found: count as u64, changed: count as u64 }
    }

    /// Counts one more hit.
    pub(super) const fn count(&mut self, is_changed: bool) {
        self.found += 1;
        self.changed += is_changed as u64;
    }

    /// Returns the number of hits: the fields, subfields, indicators or positions that the edit has
    /// found, or the values with a match of its regular expression.
    #[must_use]
    pub const fn found(self) -> u64 {
        self.found
    }

    /// Returns the number of hits that it has changed. The others already had the new value.
    #[must_use]
    pub const fn changed(self) -> u64 {
        self.changed
    }
}

impl Edits {
    /// Creates edits for all records.
    #[must_use]
    pub fn new(edits: impl IntoIterator<Item = Edit>) -> Self {
        Self { edits: edits.into_iter().collect(), filter: None }
    }

    /// Leaves records as they are unless this filter matches them, before the first edit.
    #[must_use]
    pub fn only(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Returns the edits, in their order.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Applies the edits to a record, whose text is read and written by this rule.
    ///
    /// Indicators, subfields and fields that are not named keep their bytes. The control number
    /// (001) is changed or deleted only by an edit with exactly this tag.
    ///
    /// # Errors
    /// Fails if an edit or the filter depends on undecodable text, if the encoding of the record does
    /// not have a character of a new text, or if the record would be misread afterwards. The lengths
    /// are checked only when the record is written.
    pub fn apply(&self, record: &impl AsRecord, text: RecordText) -> Result<Edited, EditRefusal> {
        let mut applied = vec![Applied::default(); self.edits.len()];
        let refused = |kind| EditRefusal { edit: None, kind };
        if let Some(filter) = &self.filter {
            let matches = filter.matches(record, text);
            if !matches.map_err(|error| refused(RefusalKind::Undecodable(error)))? {
                return Ok(Edited { record: None, applied });
            }
        }
        let mut changes = Changes::new(Source { original: record, rule: text });
        for (nth, edit) in self.edits.iter().enumerate() {
            applied[nth] =
                changes.apply(edit).map_err(|kind| EditRefusal { edit: Some(nth), kind })?;
        }
        // One edit may have undone another.
        let edited = changes.into_record().filter(|edited| !is_same(record, edited));
        if let Some(edited) = &edited {
            verify::check(record, text, edited).map_err(refused)?;
        }
        Ok(Edited { record: edited, applied })
    }
}

/// Returns true if an edited record has the leader and the fields of the original.
fn is_same(original: &impl AsRecord, edited: &Record) -> bool {
    original.leader().as_bytes() == edited.leader().as_bytes()
        && original.fields().eq(AsRecord::fields(edited))
}

impl Edited {
    /// Returns the changed record, or `None` if nothing has changed.
    #[must_use]
    pub const fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    /// Returns the changed record, or `None` if nothing has changed.
    #[must_use]
    pub fn into_record(self) -> Option<Record> {
        self.record
    }

    /// Returns the effect of each edit, in their order.
    #[must_use]
    pub fn applied(&self) -> &[Applied] {
        &self.applied
    }
}
