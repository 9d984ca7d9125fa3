//! Encoders of single characters, for the encodings with combining marks.

use super::Encoding;

/// An encoder that appends one character after the other.
pub(super) trait CharEncoder {
    const ENCODING: Encoding;

    /// Returns true if the character is a mark in this encoding, or `None` if the encoding does not
    /// have it.
    fn find(&self, char: char) -> Option<bool>;

    /// Appends a character that the encoding has.
    fn put(&mut self, char: char);

    /// Appends ASCII text.
    fn put_ascii(&mut self, text: &str);

    fn finish(self) -> Vec<u8>;
}

/// Returns true if a character separates parts of a record, or begins an escape sequence. Only
/// UTF-8, ASCII and ISO 8859-1 encode such characters as text; their caller decides.
pub(super) const fn is_structural(char: char) -> bool {
    matches!(char, '\x1B' | '\x1D'..='\x1F')
}
