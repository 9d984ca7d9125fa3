//! How the fields of a record are shaped.

use crate::record::{DataField, Field, SUBFIELD_DELIMITER};

/// How a field's bytes are laid out.
pub(super) enum Shape<'a> {
    /// Data without indicators or subfields: a control field, or a field with another tag that
    /// has no subfield delimiter and is more or less than two indicators (`FMT`, in some
    /// systems).
    Data,
    /// Two indicators, and subfields with a code each. `is_regular` if nothing else is there.
    Subfields { data: DataField<'a>, is_regular: bool },
}

impl<'a> Shape<'a> {
    pub(super) fn of(field: &Field<'a>) -> Self {
        let Field::Data(data) = *field else { return Self::Data };
        let bytes = data.as_bytes();
        let is_regular = match bytes {
            [_, _] if !bytes.contains(&SUBFIELD_DELIMITER) => true,
            [first, second, SUBFIELD_DELIMITER, ..]
                if *first != SUBFIELD_DELIMITER && *second != SUBFIELD_DELIMITER =>
            {
                // Were there a delimiter without a code, the parts would not make up the whole.
                let length = data.subfields().map(|subfield| 2 + subfield.value.len());
                2 + length.sum::<usize>() == bytes.len()
            }
            _ if !bytes.contains(&SUBFIELD_DELIMITER) => return Self::Data,
            _ => false,
        };
        Self::Subfields { data, is_regular }
    }
}
