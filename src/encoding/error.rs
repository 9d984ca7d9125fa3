//! What is wrong with bytes that are to be text, and with text that is to be bytes.

use super::Encoding;
use core::{fmt, ops::Range};

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// A byte, or a code of several, that the encoding gives no character.
    Undefined,
    /// A code of several bytes that ends too early.
    Incomplete,
    /// An escape sequence that designates no character set of MARC-8
    /// ([MARC-8 character sets, Technique 1 and 2](https://www.loc.gov/marc/specifications/speccharmarc8.html)),
    /// or one where the encoding has none.
    UnknownEscape,
    /// A combining mark with no character after it to be put on.
    MarkWithoutBase,
    /// They are text, but not as they stand; only
    /// [`decode_borrowed`](Encoding::decode_borrowed) says so.
    NeedsConversion,
}

impl DecodeErrorKind {
    /// The kind in a word or two: `undefined`, `incomplete`, `unknown-escape`, `mark-without-base`,
    /// `needs-conversion`.
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

/// Bytes that are no text in their encoding: which, where and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    pub(super) encoding: Encoding,
    pub(super) kind: DecodeErrorKind,
    pub(super) offset: usize,
    /// The first `length` of these.
    pub(super) bytes: [u8; 4],
    pub(super) length: u8,
}

impl DecodeError {
    /// `span` lies in `input` and is at most four bytes long.
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

    /// The encoding that they were taken for.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Why they are no text.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// The first offending byte, counted from the start of the bytes that were to be decoded.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The offending bytes: one to four.
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
    /// The encoding that does not have it.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Where the character is, or the cluster of a character and its combining marks that it belongs
    /// to, in bytes from the start of the text.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The character, which may be a part of the one in the text: a mark of its canonical
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
