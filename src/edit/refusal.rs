//! The reasons why a record cannot be edited.

use crate::{
    encoding::{EncodeError, TextError},
    record::Tag,
};
use std::{error, fmt};

/// A record cannot be edited as specified. None of the edits is then applied to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditRefusal {
    pub(super) edit: Option<usize>,
    pub(super) kind: RefusalKind,
}

/// The kind of an [`EditRefusal`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The change depends on text that is undecodable.
    Undecodable(TextError),
    /// The encoding of the record does not have a character of the new text, which is for a field
    /// with this tag.
    Unencodable(Tag, EncodeError),
    /// A field with this tag cannot be divided into subfields without doubt, since a code in it is
    /// not one character.
    Indivisible(Tag),
    /// The record has a control number (001), and can have only one.
    SecondControlNumber,
    /// Leader/09 would state an encoding that the record does not have.
    CodingScheme,
    /// The new text makes a reader take the record for one in another encoding.
    Misread,
}

impl EditRefusal {
    /// Returns the number of the edit, from 0, or `None` if no edit alone is the reason.
    #[must_use]
    pub const fn edit(&self) -> Option<usize> {
        self.edit
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> &RefusalKind {
        &self.kind
    }
}

impl From<TextError> for RefusalKind {
    fn from(error: TextError) -> Self {
        Self::Undecodable(error)
    }
}

impl fmt::Display for RefusalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable(error) => error.fmt(f),
            Self::Unencodable(tag, error) => write!(f, "field {tag}: {error}"),
            Self::Indivisible(tag) => {
                write!(f, "field {tag} cannot be divided into subfields without doubt")
            }
            Self::SecondControlNumber => f.write_str("the record already has a field 001"),
            Self::CodingScheme => {
                f.write_str("leader/09 would state an encoding that the record does not have")
            }
            Self::Misread => {
                f.write_str("with the new text, readers would take the record for another encoding")
            }
        }
    }
}

impl fmt::Display for EditRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl error::Error for EditRefusal {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.kind {
            RefusalKind::Undecodable(error) => Some(error),
            RefusalKind::Unencodable(_, error) => Some(error),
            _ => None,
        }
    }
}
