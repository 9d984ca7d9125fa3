//! The reasons why a field cannot be made or changed.

use crate::record::{FIELD_TERMINATOR, InvalidTag, RECORD_TERMINATOR, SUBFIELD_DELIMITER, Tag};
use std::{error, fmt};

/// A field cannot be made or changed as specified. A field that was to be changed is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldError {
    kind: FieldErrorKind,
    tag: Option<Tag>,
}

/// The kind of a [`FieldError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldErrorKind {
    /// The tag is not three ASCII letters or digits.
    InvalidTag,
    /// A control field was specified, but the tag is not `000` to `009`.
    NotControl,
    /// A data field was specified, but the tag is `000` to `009`.
    NotData,
    /// Data, an indicator, a subfield code or a value contains this byte: 0x1D, 0x1E or 0x1F. It
    /// would end the part of the record that contains it (ISO 2709: the separators IS3, IS2 and
    /// IS1).
    Separator(u8),
}

impl FieldError {
    pub(super) const fn new(kind: FieldErrorKind, tag: Tag) -> Self {
        Self { kind, tag: Some(tag) }
    }

    pub(super) const fn invalid_tag() -> Self {
        Self { kind: FieldErrorKind::InvalidTag, tag: None }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> FieldErrorKind {
        self.kind
    }

    /// Returns the tag of the field, or `None` if the tag itself is invalid.
    #[must_use]
    pub const fn tag(&self) -> Option<Tag> {
        self.tag
    }
}

impl fmt::Display for FieldErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidTag => InvalidTag.fmt(f),
            Self::NotControl => f.write_str("control fields have the tags 000 to 009"),
            Self::NotData => f.write_str(
                "a control field (tags 000 to 009) has data, and no indicators or subfields",
            ),
            Self::Separator(byte) => {
                let name = match *byte {
                    RECORD_TERMINATOR => "record terminator",
                    FIELD_TERMINATOR => "field terminator",
                    SUBFIELD_DELIMITER => "subfield delimiter",
                    _ => "separator",
                };
                write!(f, "a {name} (0x{byte:02X}) cannot stand inside a value")
            }
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tag) = self.tag {
            write!(f, "field {tag}: ")?;
        }
        self.kind.fmt(f)
    }
}

impl error::Error for FieldError {}
