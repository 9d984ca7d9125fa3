//! The parts of a data field.

use super::SUBFIELD_DELIMITER;
use memchr::memchr;

/// One subfield: its code and its value, as they stand in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subfield<'a> {
    /// The code: the byte after the delimiter 0x1F.
    pub code: u8,
    /// The value: the bytes after the code, up to the next delimiter or the end of the field.
    pub value: &'a [u8],
}

/// An iterator over the subfields of a data field, in their order.
///
/// A delimiter with nothing after it is not a subfield, and is skipped.
#[derive(Debug, Clone)]
pub struct Subfields<'a> {
    /// The bytes after the delimiter of the next subfield; `None` at the end.
    rest: Option<&'a [u8]>,
}

impl<'a> Subfields<'a> {
    /// Creates an iterator over the content of a data field: the bytes after its indicators,
    /// without the terminator.
    #[inline]
    pub(super) fn new(content: &'a [u8]) -> Self {
        let rest = match content {
            [SUBFIELD_DELIMITER, rest @ ..] => Some(rest),
            _ => memchr(SUBFIELD_DELIMITER, content).map(|at| &content[at + 1..]),
        };
        Self { rest }
    }
}

impl<'a> Iterator for Subfields<'a> {
    type Item = Subfield<'a>;

    #[inline]
    fn next(&mut self) -> Option<Subfield<'a>> {
        loop {
            let rest = self.rest?;
            let (subfield, after) = match memchr(SUBFIELD_DELIMITER, rest) {
                Some(at) => (&rest[..at], Some(&rest[at + 1..])),
                None => (rest, None),
            };
            self.rest = after;
            if let [code, value @ ..] = subfield {
                return Some(Subfield { code: *code, value });
            }
        }
    }
}
