//! Counts of repeated fields and subfields, for an index such as `[0]` or `[#]`.

use super::{
    positions::Positions,
    spec::{Codes, Fields, Part, Repeated},
};
use crate::{
    encoding::subfields,
    record::{AsRecord, Tag},
};
use std::collections::BTreeMap;

/// The fields that an index selects. Fields of each tag are counted on their own, so `6..[0]`
/// selects the first field of each tag.
pub(super) struct FieldIndex {
    index: Positions,
    seen: TagCounts,
    /// Number of fields of each tag, if the index counts from the end.
    total: Option<TagCounts>,
}

impl FieldIndex {
    /// Creates the counts for these fields of the record; `None` if they have no index.
    #[inline]
    pub(super) fn new(fields: Fields, record: &impl AsRecord) -> Option<Self> {
        let index = fields.index?;
        let new = || match fields.tag.has_wildcard() {
            true => TagCounts::Each(BTreeMap::new()),
            false => TagCounts::One(0),
        };
        let total = index.is_from_end().then(|| {
            let mut total = new();
            let tags = record.fields().map(|field| field.tag());
            tags.filter(|&tag| fields.tag.matches(tag)).for_each(|tag| *total.of(tag) += 1);
            total
        });
        Some(Self { index, seen: new(), total })
    }

    /// Counts one more field of this tag. Returns true if the index selects it.
    pub(super) fn has_next(&mut self, tag: Tag) -> bool {
        let seen = self.seen.of(tag);
        *seen += 1;
        let total = self.total.as_mut().map_or(*seen, |total| *total.of(tag));
        self.index.range(total).contains(&(*seen - 1))
    }
}

/// A count for each tag, or for the only one.
enum TagCounts {
    One(usize),
    Each(BTreeMap<Tag, usize>),
}

impl TagCounts {
    fn of(&mut self, tag: Tag) -> &mut usize {
        match self {
            Self::One(count) => count,
            Self::Each(counts) => counts.entry(tag).or_default(),
        }
    }
}

/// The subfields of a field that an index selects. Subfields of each code are counted on their own,
/// so `$a-c[0]` is the same as `$a[0]$b[0]$c[0]`.
pub(super) struct SubfieldIndex {
    index: Positions,
    seen: [usize; Codes::MOST],
    /// Number of subfields with each code, if the index counts from the end.
    total: Option<[usize; Codes::MOST]>,
}

impl SubfieldIndex {
    /// Creates the counts for these subfields of a field's text; `None` if they have no index.
    #[inline]
    pub(super) fn new(repeated: Repeated, text: &str) -> Option<Self> {
        let index = repeated.index?;
        let total = index.is_from_end().then(|| {
            let mut total = [0; Codes::MOST];
            let places = subfields(text).filter_map(|(code, _)| repeated.codes.place_of(code));
            places.for_each(|place| total[place] += 1);
            total
        });
        Some(Self { index, seen: [0; Codes::MOST], total })
    }

    /// Creates the counts for a part; `None` if it has no index.
    pub(super) fn of_part(part: &Part, text: &str) -> Option<Self> {
        match part {
            Part::Subfields { repeated, .. } => Self::new(*repeated, text),
            Part::Whole { .. } | Part::Indicator(_) => None,
        }
    }

    /// Counts one more subfield with the code at this place. Returns true if the index selects it.
    pub(super) fn has_next(&mut self, place: usize) -> bool {
        self.seen[place] += 1;
        let seen = self.seen[place];
        let total = self.total.as_ref().map_or(seen, |total| total[place]);
        self.index.range(total).contains(&(seen - 1))
    }
}
