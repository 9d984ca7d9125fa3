//! What the writers write: owned records and views alike.

use super::iso2709::{self, WriteError};
use crate::record::{Field, Leader, Record, RecordRef, SUBFIELD_DELIMITER};
use std::borrow::Cow;

pub(super) mod sealed {
    use super::{Cow, Record, WriteError};

    pub trait Sealed {
        /// Appends the record as ISO 2709.
        fn write_iso2709(&self, output: &mut Vec<u8>) -> Result<(), WriteError>;
        /// The record as one that can be changed.
        fn to_record(&self) -> Cow<'_, Record>;
    }
}

/// A record that can be written: an owned [`Record`], or a [`RecordRef`] as the reader of ISO 2709
/// lends it, which saves a copy. It cannot be implemented for other types.
pub trait AsRecord: sealed::Sealed {
    /// The leader.
    fn leader(&self) -> Leader<'_>;

    /// The fields, in their order.
    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone;
}

impl sealed::Sealed for Record {
    fn write_iso2709(&self, output: &mut Vec<u8>) -> Result<(), WriteError> {
        iso2709::write_record(self, output)
    }

    fn to_record(&self) -> Cow<'_, Record> {
        Cow::Borrowed(self)
    }
}

impl sealed::Sealed for RecordRef<'_> {
    fn write_iso2709(&self, output: &mut Vec<u8>) -> Result<(), WriteError> {
        output.extend_from_slice(self.as_bytes());
        Ok(())
    }

    fn to_record(&self) -> Cow<'_, Record> {
        Cow::Owned(Record::from(*self))
    }
}

impl AsRecord for Record {
    fn leader(&self) -> Leader<'_> {
        Record::leader(self)
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        Record::fields(self).iter().map(|field| field.as_field())
    }
}

impl AsRecord for RecordRef<'_> {
    fn leader(&self) -> Leader<'_> {
        RecordRef::leader(self)
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        RecordRef::fields(self)
    }
}

/// A record of a text format, as the reader lays it out: leader and fields, and no directory.
#[cfg(feature = "python")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaidOut<'a>(pub(crate) RecordRef<'a>);

#[cfg(feature = "python")]
impl sealed::Sealed for LaidOut<'_> {
    fn write_iso2709(&self, output: &mut Vec<u8>) -> Result<(), WriteError> {
        let fields = self.0.fields().map(|field| (field.tag(), field.as_bytes()));
        iso2709::write_parts(self.0.leader().as_bytes(), fields, output)
    }

    fn to_record(&self) -> Cow<'_, Record> {
        Cow::Owned(Record::from(self.0))
    }
}

#[cfg(feature = "python")]
impl AsRecord for LaidOut<'_> {
    fn leader(&self) -> Leader<'_> {
        self.0.leader()
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        self.0.fields()
    }
}

/// How a field's bytes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape<'a> {
    /// Data without indicators or subfields: a control field, or a field with another tag that
    /// has no subfield delimiter and is more or less than two indicators (`FMT`, in some
    /// systems).
    Data(&'a [u8]),
    /// Two indicators, and subfields with a code each. `is_regular` if nothing else is there.
    Subfields { is_regular: bool },
}

impl<'a> Shape<'a> {
    pub(super) fn of(field: &Field<'a>) -> Self {
        let data_field = match field {
            Field::Control(field) => return Self::Data(field.data),
            Field::Data(field) => field,
        };
        let bytes = data_field.as_bytes();
        match bytes {
            [_, _] if !bytes.contains(&SUBFIELD_DELIMITER) => Self::Subfields { is_regular: true },
            [first, second, SUBFIELD_DELIMITER, ..]
                if *first != SUBFIELD_DELIMITER && *second != SUBFIELD_DELIMITER =>
            {
                // Were there a delimiter without a code, the parts would not make up the whole.
                let length = data_field.subfields().map(|subfield| 2 + subfield.value.len());
                Self::Subfields { is_regular: 2 + length.sum::<usize>() == bytes.len() }
            }
            _ if !bytes.contains(&SUBFIELD_DELIMITER) => Self::Data(bytes),
            _ => Self::Subfields { is_regular: false },
        }
    }
}
