//! The trait of every form of a record: a leader and fields.

use super::{Field, Leader, RecordRef};
use core::any::Any;

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

    /// Returns the text options of the reader that delivered the record. They are of a type that
    /// this layer does not know, `encoding::TextOptions`.
    #[doc(hidden)]
    fn text_options(&self) -> Option<&dyn Any> {
        None
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
