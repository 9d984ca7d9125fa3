//! The trait of every form of a record: a leader and fields.

#[cfg(feature = "std")]
use super::Record;
use super::{Field, Leader, RecordRef};
#[cfg(feature = "python")]
use super::{LEADER_LENGTH, Tag};
#[cfg(feature = "python")]
use std::vec::Vec;

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// A record to be read or written: a [`RecordRef`] over the bytes of an input, a record of a
/// reader, or an owned `Record`. It cannot be implemented for other types.
pub trait AsRecord: sealed::Sealed {
    /// Returns the leader.
    fn leader(&self) -> Leader<'_>;

    /// Returns the fields, in their order.
    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone;

    /// Returns the whole record as ISO 2709, if its bytes are in that format.
    fn as_iso2709(&self) -> Option<&[u8]>;

    /// Returns true if the record was damaged. Its leader may then be one that a reader does not
    /// accept.
    #[doc(hidden)]
    fn is_damaged(&self) -> bool {
        false
    }

    /// Returns true if the field with this index was made from text: its bytes are UTF-8, even if
    /// the record that it was put into has another encoding.
    #[doc(hidden)]
    fn is_made_of_text(&self, at: usize) -> bool {
        let _ = at;
        false
    }
}

impl sealed::Sealed for RecordRef<'_> {}

impl AsRecord for RecordRef<'_> {
    #[inline]
    fn leader(&self) -> Leader<'_> {
        RecordRef::leader(self)
    }

    #[inline]
    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        RecordRef::fields(self)
    }

    #[inline]
    fn as_iso2709(&self) -> Option<&[u8]> {
        Some(self.as_bytes())
    }
}

#[cfg(feature = "std")]
impl sealed::Sealed for Record {}

#[cfg(feature = "std")]
impl AsRecord for Record {
    fn leader(&self) -> Leader<'_> {
        Record::leader(self)
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        Record::fields(self).iter().map(|field| field.as_field())
    }

    fn as_iso2709(&self) -> Option<&[u8]> {
        None
    }
}

/// A record whose bytes are a leader and fields without a directory: one of a text format, or one
/// that was repaired.
#[cfg(feature = "python")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextRecord<'a>(pub(crate) RecordRef<'a>);

#[cfg(feature = "python")]
impl sealed::Sealed for TextRecord<'_> {}

#[cfg(feature = "python")]
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
#[cfg(feature = "python")]
#[derive(Debug, Clone)]
pub(crate) struct MixedRecord {
    pub(crate) leader: [u8; LEADER_LENGTH],
    pub(crate) fields: Vec<MixedField>,
}

/// A field of a [`MixedRecord`].
#[cfg(feature = "python")]
#[derive(Debug, Clone)]
pub(crate) struct MixedField {
    pub(crate) tag: Tag,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_made_of_text: bool,
}

#[cfg(feature = "python")]
impl sealed::Sealed for MixedRecord {}

#[cfg(feature = "python")]
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
