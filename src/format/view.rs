//! How the fields of a record are shaped.

use crate::record::{Field, SUBFIELD_DELIMITER};

/// How a field's bytes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Data without indicators or subfields: a control field, or a field with another tag that
    /// has no subfield delimiter and is more or less than two indicators (`FMT`, in some
    /// systems).
    Data,
    /// Two indicators, and subfields with a code each. `is_regular` if nothing else is there.
    Subfields { is_regular: bool },
}

impl Shape {
    pub(super) fn of(field: &Field<'_>) -> Self {
        let data_field = match field {
            Field::Control(_) => return Self::Data,
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
            _ if !bytes.contains(&SUBFIELD_DELIMITER) => Self::Data,
            _ => Self::Subfields { is_regular: false },
        }
    }
}
