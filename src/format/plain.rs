//! Fields that are written without changes, as nearly all are.

use crate::record::{SUBFIELD_DELIMITER, find_delimiter};
use std::iter;

/// A data field that is written without changes, in UTF-8.
pub(super) struct PlainField<'b> {
    /// Two printable ASCII characters.
    pub(super) indicators: [u8; 2],
    subfields: &'b [u8],
}

impl<'b> PlainField<'b> {
    /// Creates a field of these indicators and subfields, from the first delimiter on.
    pub(super) const fn new(indicators: [u8; 2], subfields: &'b [u8]) -> Self {
        Self { indicators, subfields }
    }

    /// Returns the subfields, at least one: each code, a printable ASCII character, and its value.
    #[inline(always)]
    pub(super) fn subfields(&self) -> impl Iterator<Item = (u8, &'b [u8])> {
        let mut rest = Some(&self.subfields[1..]);
        iter::from_fn(move || {
            let bytes = rest?;
            let end = find_delimiter(bytes);
            rest = end.map(|end| &bytes[end + 1..]);
            let (code, value) = bytes[..end.unwrap_or(bytes.len())].split_first()?;
            Some((*code, value))
        })
    }
}

/// The result of an examination of bytes.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    /// True if a byte is special, or a control character other than a delimiter, or if no printable
    /// ASCII character follows a delimiter.
    pub(super) is_bad: bool,
    pub(super) is_ascii: bool,
}

impl Seen {
    #[inline(always)]
    pub(super) fn of(bytes: &[u8], is_special: impl Fn(u8) -> bool) -> Self {
        let is_bad = |byte: u8, next: u8| {
            let is_code = matches!(next, b' '..=b'~');
            let is_cut = (byte == SUBFIELD_DELIMITER) & !is_code;
            (byte < SUBFIELD_DELIMITER) | is_special(byte) | is_cut
        };
        let Some((&last, all)) = bytes.split_last() else {
            return Self { is_bad: false, is_ascii: true };
        };
        let next = &bytes[1..];
        // Each byte of a chunk has flags of its own, and the last chunk overlaps the one before it,
        // so that the compiler processes a chunk at once.
        let mut bad = [u8::from(is_bad(last, 0)); CHUNK];
        let mut bits = [last; CHUNK];
        let mut and_chunk = |chunk: &[u8; CHUNK], next: &[u8; CHUNK]| {
            for at in 0..CHUNK {
                bad[at] |= u8::from(is_bad(chunk[at], next[at]));
                bits[at] |= chunk[at];
            }
        };
        match all.last_chunk().zip(next.last_chunk()) {
            Some((last_chunk, last_next)) => {
                let chunks = all.as_chunks().0.iter().zip(next.as_chunks().0);
                chunks.for_each(|(chunk, next)| and_chunk(chunk, next));
                and_chunk(last_chunk, last_next);
            }
            None => {
                for (byte, next) in all.iter().zip(next) {
                    bad[0] |= u8::from(is_bad(*byte, *next));
                    bits[0] |= byte;
                }
            }
        }
        Self { is_bad: bad.iter().any(|bad| *bad != 0), is_ascii: bits.is_ascii() }
    }
}

/// Number of bytes that are examined at once.
const CHUNK: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use std::{format, vec};

    #[test]
    fn what_has_to_be_examined_is_seen_at_every_place() {
        let is_special = |byte| byte == b'$';
        let is_code = |next: Option<&u8>| next.is_some_and(|next| matches!(next, b' '..=b'~'));
        for length in 0..40 {
            for at in 0..length {
                for byte in [b'$', b'&', 0, 0x1E, 0x1F, 0x7F, 0x80, 0xEF] {
                    for after in [b'a', b' ', 0x1F, 0x7F, 0xC3] {
                        let mut bytes = vec![b'x'; length];
                        bytes[at] = byte;
                        if let Some(next) = bytes.get_mut(at + 1) {
                            *next = after;
                        }
                        let is_bad = bytes.iter().enumerate().any(|(at, byte)| match *byte {
                            0x1F => !is_code(bytes.get(at + 1)),
                            byte => byte < 0x1F || is_special(byte),
                        });
                        let seen = Seen::of(&bytes, is_special);
                        let shown = format!("{byte} and {after} at {at} of {length}");
                        assert_eq!(
                            (seen.is_bad, seen.is_ascii),
                            (is_bad, bytes.is_ascii()),
                            "{shown}"
                        );
                    }
                }
            }
        }
    }
}
