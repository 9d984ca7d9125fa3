//! The forms of a Python record that a writer takes, beside a view of ISO 2709.

use crate::record::{AsRecord, Field, LEADER_LENGTH, Leader, RecordRef, Sealed, Tag};

/// A record whose bytes are a leader and fields without a directory: one of a text format, or one
/// that was repaired.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextRecord<'a>(pub(crate) RecordRef<'a>);

impl Sealed for TextRecord<'_> {}

impl AsRecord for TextRecord<'_> {
    fn leader(&self) -> Leader<'_> {
        self.0.leader()
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        self.0.fields()
    }

    fn as_iso2709(&self) -> Option<&[u8]> {
        None
    }
}

/// A record that has fields as they were read and fields that were made.
#[derive(Debug, Clone)]
pub(crate) struct MixedRecord {
    pub(crate) leader: [u8; LEADER_LENGTH],
    pub(crate) fields: Vec<MixedField>,
}

/// A field of a [`MixedRecord`].
#[derive(Debug, Clone)]
pub(crate) struct MixedField {
    pub(crate) tag: Tag,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_made_of_text: bool,
}

impl Sealed for MixedRecord {}

impl AsRecord for MixedRecord {
    fn leader(&self) -> Leader<'_> {
        Leader::new(&self.leader)
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        self.fields.iter().map(|field| Field::new(field.tag, &field.bytes))
    }

    fn as_iso2709(&self) -> Option<&[u8]> {
        None
    }

    fn is_made_of_text(&self, at: usize) -> bool {
        self.fields.get(at).is_some_and(|field| field.is_made_of_text)
    }
}
