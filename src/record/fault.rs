//! What can be wrong with a record, in a form that needs no allocation.

use core::fmt;

/// The part of a record, or of the way to it, that is broken.
///
/// One kind per part; the position is told by what carries the kind
/// (`Error` in the `std` build, the framer's offset without it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Leader/00-04 is not a number, or disagrees with the directory.
    RecordLength,
    /// A leader byte other than the two lengths cannot stand where it stands.
    Leader,
    /// Leader/12-16 is not a number, or no directory ends there.
    BaseAddress,
    /// A directory entry is malformed or points outside the record, or the directory as a whole
    /// does not reach the end of the record.
    Directory,
    /// A field does not end in 0x1E.
    FieldTerminator,
    /// No 0x1D stands where the record should end.
    RecordTerminator,
    /// The input ended inside the record.
    Truncation,
    /// The record is longer than the limit that the reader was given.
    OverLong,
    /// The text of a format other than ISO 2709 is malformed, or holds what cannot be in a record.
    Syntax,
    /// Bytes of a field are not text in the record's encoding.
    Encoding,
    /// Reading or writing failed.
    Io,
    /// The parse of this record panicked: a defect of tidemarc, or of a stage built on it.
    Panic,
}

impl ErrorKind {
    /// The kind of this [`name`](Self::name).
    #[cfg(feature = "python")]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        const ALL: [ErrorKind; 11] = [
            ErrorKind::RecordLength,
            ErrorKind::Leader,
            ErrorKind::BaseAddress,
            ErrorKind::Directory,
            ErrorKind::FieldTerminator,
            ErrorKind::RecordTerminator,
            ErrorKind::Truncation,
            ErrorKind::OverLong,
            ErrorKind::Encoding,
            ErrorKind::Io,
            ErrorKind::Panic,
        ];
        ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// A short stable name, in snake case: `"record_length"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordLength => "record_length",
            Self::Leader => "leader",
            Self::BaseAddress => "base_address",
            Self::Directory => "directory",
            Self::FieldTerminator => "field_terminator",
            Self::RecordTerminator => "record_terminator",
            Self::Truncation => "truncation",
            Self::OverLong => "over_long",
            Self::Syntax => "syntax",
            Self::Encoding => "encoding",
            Self::Io => "io",
            Self::Panic => "panic",
        }
    }
}

/// What is wrong with one record: the kind, and the directory entry where one is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    kind: ErrorKind,
    /// From 1; 0 where no entry is at fault.
    entry: u32,
}

impl Fault {
    /// A fault of the record as a whole.
    #[must_use]
    pub const fn new(kind: ErrorKind) -> Self {
        Self { kind, entry: 0 }
    }

    /// A fault in the directory entry with this ordinal, from 1, or in the field it points to.
    #[must_use]
    pub const fn in_entry(kind: ErrorKind, entry: u32) -> Self {
        Self { kind, entry }
    }

    /// The broken part.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        self.kind
    }

    /// The ordinal of the directory entry at fault, from 1.
    #[must_use]
    pub const fn entry(self) -> Option<u32> {
        if self.entry == 0 { None } else { Some(self.entry) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.entry()) {
            (ErrorKind::RecordLength, _) => {
                f.write_str("the record length (leader/00-04) is not the record's length")
            }
            (ErrorKind::Leader, _) => f.write_str("the bytes are no MARC leader"),
            (ErrorKind::BaseAddress, _) => {
                f.write_str("no directory ends before the base address of data (leader/12-16)")
            }
            (ErrorKind::Directory, Some(entry)) => write!(
                f,
                "directory entry {entry} is malformed or points past the end of the record"
            ),
            (ErrorKind::Directory, None) => {
                f.write_str("the directory does not reach the end of the record")
            }
            (ErrorKind::FieldTerminator, Some(entry)) => write!(
                f,
                "the field of directory entry {entry} does not end in a field terminator (0x1E)"
            ),
            (ErrorKind::FieldTerminator, None) => {
                f.write_str("no field terminator (0x1E) stands before the record terminator")
            }
            (ErrorKind::RecordTerminator, _) => {
                f.write_str("no record terminator (0x1D) where the record should end")
            }
            (ErrorKind::Truncation, _) => f.write_str("the input ends inside the record"),
            (ErrorKind::OverLong, _) => {
                f.write_str("the record is longer than the limit on record length")
            }
            (ErrorKind::Syntax, _) => f.write_str("the text is no record in this format"),
            (ErrorKind::Encoding, _) => f.write_str("bytes that are no text in this encoding"),
            (ErrorKind::Io, _) => f.write_str("reading failed"),
            (ErrorKind::Panic, _) => f.write_str("the parse of this record panicked"),
        }
    }
}

impl core::error::Error for Fault {}
