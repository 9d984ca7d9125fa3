//! Why a record cannot be written.

use super::iso2709;
use crate::{encoding::DecodeError, record::Tag};
use std::{error, fmt, io};

/// A record cannot be written in a format, as the options are.
#[derive(Debug, Clone)]
pub struct ConversionError {
    kind: ConversionErrorKind,
    tag: Option<Tag>,
}

/// Why a record cannot be written in a format.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ConversionErrorKind {
    /// ISO 2709 cannot state its lengths, or has no such leader.
    Iso2709(iso2709::WriteError),
    /// Bytes are no text in the record's encoding, and
    /// [`Undecodable::Strict`](super::Undecodable::Strict) was asked for.
    Encoding(DecodeError),
    /// A control character that the format cannot hold, and
    /// [`Controls::Error`](super::Controls::Error) was asked for.
    ControlCharacter(char),
}

impl ConversionError {
    pub(super) const fn in_field(kind: ConversionErrorKind, tag: Tag) -> Self {
        Self { kind, tag: Some(tag) }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> &ConversionErrorKind {
        &self.kind
    }

    /// The tag of the field that is at fault, if one field is.
    #[must_use]
    pub const fn tag(&self) -> Option<Tag> {
        self.tag
    }
}

impl From<iso2709::WriteError> for ConversionError {
    fn from(error: iso2709::WriteError) -> Self {
        Self { kind: ConversionErrorKind::Iso2709(error), tag: error.tag() }
    }
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tag = match &self.kind {
            // Its own message begins with the tag.
            ConversionErrorKind::Iso2709(error) => return error.fmt(f),
            _ => self.tag,
        };
        if let Some(tag) = tag {
            write!(f, "field {tag}: ")?;
        }
        match &self.kind {
            ConversionErrorKind::Iso2709(error) => error.fmt(f),
            ConversionErrorKind::Encoding(error) => error.fmt(f),
            ConversionErrorKind::ControlCharacter(character) => {
                write!(
                    f,
                    "the format cannot hold the control character U+{:04X}",
                    *character as u32
                )
            }
        }
    }
}

impl error::Error for ConversionError {}

/// Why a [`RecordWriter`](super::RecordWriter) did not write.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecordWriterError {
    /// The record cannot be written in this format. Nothing of it was.
    Record(ConversionError),
    /// The output failed. Part of a record may have been written.
    Io(io::Error),
}

impl fmt::Display for RecordWriterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl error::Error for RecordWriterError {
    /// The cause of the error that this one stands for, whose message it has.
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Record(error) => error.source(),
            Self::Io(error) => error.source(),
        }
    }
}

impl From<ConversionError> for RecordWriterError {
    fn from(error: ConversionError) -> Self {
        Self::Record(error)
    }
}

impl From<io::Error> for RecordWriterError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
