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

/// Returns the offset of the first delimiter. Most values are short, and for those a call of
/// [`memchr`] takes longer than the search.
#[inline]
pub(crate) fn find_delimiter(bytes: &[u8]) -> Option<usize> {
    const WORD: usize = 8;
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = LOW << 7;
    let (words, _) = bytes.as_chunks::<WORD>();
    for (at, word) in words.iter().enumerate().take(SHORT / WORD) {
        // A byte that is a delimiter becomes 0. The lowest bit that is found belongs to the first
        // such byte, since a borrow reaches only bytes above it.
        let word = u64::from_le_bytes(*word) ^ (LOW * SUBFIELD_DELIMITER as u64);
        let found = word.wrapping_sub(LOW) & !word & HIGH;
        if found != 0 {
            return Some(WORD * at + found.trailing_zeros() as usize / 8);
        }
    }
    let start = SHORT.min(WORD * words.len());
    let rest = &bytes[start..];
    let found = match rest.len() < WORD {
        true => rest.iter().position(|byte| *byte == SUBFIELD_DELIMITER),
        false => memchr(SUBFIELD_DELIMITER, rest),
    };
    found.map(|at| start + at)
}

/// Number of bytes that are searched word by word.
const SHORT: usize = 32;

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
            let (subfield, after) = match find_delimiter(rest) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_delimiter_is_found_at_every_place() {
        for other in [0, 0x1E, 0x20, 0x9F, 0xFF] {
            for length in 0..70 {
                let mut bytes = [other; 70];
                assert_eq!(find_delimiter(&bytes[..length]), None);
                for at in (0..length).rev() {
                    bytes[at] = SUBFIELD_DELIMITER;
                    assert_eq!(find_delimiter(&bytes[..length]), Some(at), "{other}, {length}");
                    // The bytes after it have no effect.
                    bytes[at + 1..].fill(other.wrapping_add(1));
                    assert_eq!(find_delimiter(&bytes[..length]), Some(at), "{other}, {length}");
                }
            }
        }
    }
}
