//! The error of writing.

use crate::{
    encoding::{DecodeError, EncodeError},
    error::Grouped,
    record::{MAX_FIELD_LENGTH, MAX_RECORD_LENGTH, Tag},
};
use std::{error, fmt, io};

/// The error of a record that cannot be written, or of an output that failed.
///
/// A record that a format cannot hold leaves nothing in the output, and the next record can be
/// written. An error of the output ([`WriteErrorKind::Io`]) may leave part of a record in it.
#[derive(Debug)]
pub struct WriteError {
    kind: WriteErrorKind,
    tag: Option<Tag>,
}

/// The reason why a record is not written.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// ISO 2709: leader/05-09 or 17-19 is not printable ASCII. No reader would recognise the
    /// record.
    Leader,
    /// ISO 2709: a field of this many bytes, its terminator included, is longer than the 9,999 that
    /// the four digits of a directory entry can state.
    FieldLength(usize),
    /// ISO 2709: a record of this many bytes is longer than the 99,999 that the five digits of its
    /// leader can state. Starting positions are shorter than that.
    RecordLength(usize),
    /// Bytes do not decode in the record's encoding, and the policy is
    /// [strict](crate::encoding::ErrorPolicy::Strict).
    Undecodable(DecodeError),
    /// The encoding of the output does not have a character, and the policy is
    /// [strict](crate::encoding::ErrorPolicy::Strict).
    Unencodable(EncodeError),
    /// The record is UNIMARC, which cannot state MARC-8.
    UnimarcEncoding,
    /// The format cannot hold this control character, and the options refuse it.
    ControlCharacter(char),
    /// The output failed.
    Io(io::Error),
}

impl WriteError {
    pub(super) const fn new(kind: WriteErrorKind) -> Self {
        Self { kind, tag: None }
    }

    pub(super) const fn in_field(kind: WriteErrorKind, tag: Tag) -> Self {
        Self { kind, tag: Some(tag) }
    }

    /// Returns the reason.
    #[must_use]
    pub const fn kind(&self) -> &WriteErrorKind {
        &self.kind
    }

    /// Returns the tag of the field that cannot be written, if one field is the reason.
    #[must_use]
    pub const fn tag(&self) -> Option<Tag> {
        self.tag
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tag) = self.tag {
            write!(f, "field {tag}: ")?;
        }
        self.kind.fmt(f)
    }
}

impl fmt::Display for WriteErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leader => f.write_str("leader/05-09 or 17-19 is not printable ASCII"),
            Self::FieldLength(length) => write!(
                f,
                "with {} bytes it is longer than the {} that a directory entry can state",
                Grouped(*length as u64),
                Grouped(MAX_FIELD_LENGTH as u64)
            ),
            Self::RecordLength(length) => write!(
                f,
                "with {} bytes the record is longer than the {} that its leader can state",
                Grouped(*length as u64),
                Grouped(MAX_RECORD_LENGTH as u64)
            ),
            Self::Undecodable(error) => error.fmt(f),
            Self::Unencodable(error) => error.fmt(f),
            Self::UnimarcEncoding => f.write_str("a UNIMARC record cannot state MARC-8"),
            Self::ControlCharacter(character) => write!(
                f,
                "the format cannot hold the control character U+{:04X}",
                u32::from(*character)
            ),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl error::Error for WriteError {
    /// Returns the cause of the output's error, since this error has the message of that one.
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.kind {
            WriteErrorKind::Io(error) => error.source(),
            _ => None,
        }
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::new(WriteErrorKind::Io(error))
    }
}
