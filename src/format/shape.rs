//! The shapes of fields.

use crate::record::{DataField, Field, SUBFIELD_DELIMITER};

/// The layout of a field's bytes.
pub(super) enum Shape<'a> {
    /// Data without indicators or subfields: a control field, or a field with another tag that is
    /// [bare](DataField::is_bare) data (`FMT`, in some systems).
    Data,
    /// Two indicators, and subfields with a code each. `is_regular` says that there are no
    /// other bytes.
    Subfields { data: DataField<'a>, is_regular: bool },
}

impl<'a> Shape<'a> {
    pub(super) fn of(field: &Field<'a>) -> Self {
        let Field::Data(data) = *field else { return Self::Data };
        if data.is_bare() {
            return Self::Data;
        }
        let bytes = data.as_bytes();
        let is_regular = match bytes {
            [_, _] if !bytes.contains(&SUBFIELD_DELIMITER) => true,
            [first, second, SUBFIELD_DELIMITER, ..]
                if *first != SUBFIELD_DELIMITER && *second != SUBFIELD_DELIMITER =>
            {
                // With a delimiter without a code, the lengths would not add up.
                let length = data.subfields().map(|subfield| 2 + subfield.value.len());
                2 + length.sum::<usize>() == bytes.len()
            }
            _ => false,
        };
        Self::Subfields { data, is_regular }
    }
}
