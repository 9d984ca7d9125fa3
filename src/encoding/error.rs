//! Errors of decoding bytes to text, and of encoding text to bytes.

use super::Encoding;
use core::{fmt, ops::Range};

/// The reason why bytes do not decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// A byte, or a code of several bytes, that has no character in the encoding.
    Undefined,
    /// A code of several bytes that ends too early.
    Incomplete,
    /// An escape sequence that designates no character set of MARC-8 ([MARC-8 character sets,
    /// Technique 1 and 2](https://www.loc.gov/marc/specifications/speccharmarc8.html)), or one in
    /// an encoding without escape sequences.
    UnknownEscape,
    /// A combining mark without a following character to combine with.
    MarkWithoutBase,
    /// Bytes that decode, but only by conversion; only
    /// [`decode_borrowed`](Encoding::decode_borrowed) reports this.
    NeedsConversion,
}

impl DecodeErrorKind {
    /// Returns the name of the kind: `undefined`, `incomplete`, `unknown-escape`,
    /// `mark-without-base`, `needs-conversion`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Incomplete => "incomplete",
            Self::UnknownEscape => "unknown-escape",
            Self::MarkWithoutBase => "mark-without-base",
            Self::NeedsConversion => "needs-conversion",
        }
    }
}

/// Bytes that do not decode in their encoding, with their offset and the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    pub(super) encoding: Encoding,
    pub(super) kind: DecodeErrorKind,
    pub(super) offset: usize,
    /// The offending bytes: the first `length` of these.
    pub(super) bytes: [u8; 4],
    pub(super) length: u8,
}

impl DecodeError {
    /// Creates an error. `span` must lie in `input` and be at most four bytes long.
    pub(super) fn new(
        encoding: Encoding,
        kind: DecodeErrorKind,
        input: &[u8],
        span: Range<usize>,
    ) -> Self {
        let mut bytes = [0; 4];
        bytes[..span.len()].copy_from_slice(&input[span.clone()]);
        Self { encoding, kind, offset: span.start, bytes, length: span.len() as u8 }
    }

    /// Returns the encoding in which they were decoded.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Returns the reason why they do not decode.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// Returns the offset of the first offending byte, counted from the start of the bytes to
    /// decode.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Returns the offending bytes: one to four.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { encoding, offset, .. } = self;
        f.write_str(if self.length == 1 { "byte" } else { "bytes" })?;
        for byte in self.bytes() {
            write!(f, " {byte:02X}")?;
        }
        write!(f, " at offset {offset}: ")?;
        match self.kind {
            DecodeErrorKind::Undefined => write!(f, "no character in {encoding}"),
            DecodeErrorKind::Incomplete => write!(f, "an incomplete character in {encoding}"),
            DecodeErrorKind::UnknownEscape => write!(f, "no escape sequence of {encoding}"),
            DecodeErrorKind::MarkWithoutBase => {
                f.write_str("a combining mark with no character after it")
            }
            DecodeErrorKind::NeedsConversion => write!(f, "{encoding} that is to be converted"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// A character that an encoding does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodeError {
    pub(super) encoding: Encoding,
    pub(super) offset: usize,
    pub(super) char: char,
}

impl EncodeError {
    /// Returns the encoding that does not have the character.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Returns the offset, in bytes from the start of the text, of the character or of the cluster
    /// of a character and its combining marks that contains it.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Returns the character. It may be a part of the one in the text: a mark of its canonical
    /// decomposition.
    #[must_use]
    pub const fn char(&self) -> char {
        self.char
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { encoding, offset, char } = self;
        write!(f, "U+{:04X} at offset {offset}: not in {encoding}", u32::from(*char))
    }
}

impl core::error::Error for EncodeError {}

#[cfg(all(test, feature = "std"))]
mod tests;
