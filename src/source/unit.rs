//! The units of an input that was converted to UTF-8, and the way there and back.

use super::{SharedBytes, charset::Charset};
use crate::{
    error::Deferred,
    framing::signatures::xml::{declared_encoding, declares_latin_1, utf16_markup},
};
use std::{borrow::Cow, iter, ops::Range, sync::OnceLock, vec::Vec};

/// The unit of the input from which a character of UTF-8 was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Unit {
    /// The same bytes.
    #[default]
    Byte,
    /// One byte: ISO 8859-1.
    Latin1,
    /// One byte of another encoding.
    Charset(Charset),
    /// One or two code units of two bytes, with the lower byte first or last.
    Utf16 { is_little: bool },
}

/// The byte that marks the odd byte at the end of an input in UTF-16, which follows it as two
/// continuation bytes of four bits each. A surrogate without its other half is written as UTF-8
/// would write it. Both are invalid UTF-8, so the record that contains one is refused; and both
/// preserve the original bytes.
const HALF_UNIT: u8 = 0xFE;

/// Number of bytes of UTF-8 in a piece of restored bytes, except for the rest of a character.
const PIECE: usize = 16 << 10;

impl Unit {
    /// Returns the length of these bytes of UTF-8 in the input.
    pub(crate) fn measure(self, bytes: &[u8]) -> u64 {
        match self {
            Self::Byte => bytes.len() as u64,
            Self::Latin1 | Self::Charset(_) => {
                bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u64
            }
            Self::Utf16 { .. } => {
                let length = |byte: &u8| match *byte {
                    0x80..0xC0 => 0,
                    HALF_UNIT => 1,
                    // A character of four bytes of UTF-8 is a surrogate pair.
                    0xF0..HALF_UNIT => 4,
                    _ => 2,
                };
                bytes.iter().map(length).sum()
            }
        }
    }

    /// Returns the bytes of the input from which this UTF-8 was made.
    pub(crate) fn restore(self, utf8: &[u8]) -> Cow<'_, [u8]> {
        if self == Self::Byte {
            return Cow::Borrowed(utf8);
        }
        let mut bytes = Vec::with_capacity(self.measure(utf8) as usize);
        self.append_restored(utf8, &mut bytes);
        Cow::Owned(bytes)
    }

    /// Returns a copy of the same bytes; `None` if there is no memory for it.
    pub(crate) fn try_restore(self, utf8: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(self.measure(utf8) as usize).ok()?;
        self.append_restored(utf8, &mut bytes);
        Some(bytes)
    }

    /// Returns the same bytes in pieces, which take little memory. Bytes that were not converted
    /// are one piece.
    pub(crate) fn pieces(self, utf8: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let mut rest = utf8;
        iter::from_fn(move || {
            let mut end = rest.len();
            if self != Self::Byte && end > PIECE {
                // A piece ends before the first byte of a character.
                end = (PIECE..end).find(|&at| rest[at] & 0xC0 != 0x80).unwrap_or(end);
            }
            let (piece, after) = rest.split_at(end);
            rest = after;
            (!piece.is_empty()).then(|| self.restore(piece))
        })
    }

    /// Appends the bytes of the input from which this UTF-8 was made.
    fn append_restored(self, utf8: &[u8], bytes: &mut Vec<u8>) {
        match self {
            Self::Byte => bytes.extend_from_slice(utf8),
            Self::Latin1 => bytes.extend(code_units(utf8).map(|unit| unit as u8)),
            Self::Charset(charset) => charset.append_restored(utf8, bytes),
            Self::Utf16 { is_little } => {
                let (utf8, odd) = match utf8 {
                    [all @ .., HALF_UNIT, high, low] => (all, Some(high << 4 | low & 0x0F)),
                    all => (all, None),
                };
                for unit in code_units(utf8) {
                    bytes.extend(if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() });
                }
                bytes.extend(odd);
            }
        }
    }

    /// Appends these bytes as UTF-8, as far as they are complete, and returns their number.
    pub(crate) fn append_utf8(self, bytes: &[u8], is_end: bool, output: &mut Vec<u8>) -> usize {
        match self {
            Self::Byte => output.extend_from_slice(bytes),
            Self::Latin1 => {
                let mut utf8 = [0; 2];
                for &byte in bytes {
                    output.extend_from_slice(char::from(byte).encode_utf8(&mut utf8).as_bytes());
                }
            }
            Self::Charset(charset) => charset.append_utf8(bytes, output),
            Self::Utf16 { is_little } => return from_utf16(bytes, is_little, is_end, output),
        }
        bytes.len()
    }

    /// Returns the unit that the first bytes of an XML document show.
    pub(crate) fn of_xml(head: &[u8]) -> Self {
        match utf16_markup(head) {
            Some(is_little) => Self::Utf16 { is_little },
            None => Self::declared(head),
        }
    }

    /// Returns the unit that an XML declaration states. Everything that is neither ISO 8859-1 nor
    /// another encoding of single bytes is read as UTF-8.
    pub(crate) fn declared(declaration: &[u8]) -> Self {
        if declares_latin_1(declaration) {
            return Self::Latin1;
        }
        declared_encoding(declaration).and_then(Charset::of_label).map_or(Self::Byte, Self::Charset)
    }
}

/// Bytes of the input that are restored from their UTF-8 when they are needed. They may take twice
/// the memory of the UTF-8, which they share with a batch.
pub(crate) struct Converted {
    owner: SharedBytes,
    range: Range<usize>,
    unit: Unit,
    length: usize,
    head: Vec<u8>,
    all: OnceLock<Option<Vec<u8>>>,
}

impl Converted {
    /// Creates the bytes from which a part of the UTF-8 was made.
    pub(crate) fn new(owner: SharedBytes, range: Range<usize>, unit: Unit) -> Self {
        let utf8 = &(*owner).as_ref()[range.clone()];
        let head = unit.pieces(utf8).next().unwrap_or_default().into_owned();
        let length = unit.measure(utf8) as usize;
        Self { owner, range, unit, length, head, all: OnceLock::new() }
    }

    fn utf8(&self) -> &[u8] {
        &(*self.owner).as_ref()[self.range.clone()]
    }
}

impl Deferred for Converted {
    fn length(&self) -> usize {
        self.length
    }

    fn head(&self) -> &[u8] {
        &self.head
    }

    fn all(&self) -> &[u8] {
        let all = self.all.get_or_init(|| self.unit.try_restore(self.utf8()));
        all.as_deref().unwrap_or(&self.head)
    }

    fn copy_to(&self, mut target: &mut [u8]) {
        for piece in self.unit.pieces(self.utf8()) {
            let count = piece.len().min(target.len());
            let (place, rest) = target.split_at_mut(count);
            place.copy_from_slice(&piece[..count]);
            target = rest;
        }
    }
}

/// Appends complete characters as UTF-8, and returns their number of bytes in the input.
fn from_utf16(bytes: &[u8], is_little: bool, is_end: bool, output: &mut Vec<u8>) -> usize {
    let unit = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    let mut used = 0;
    while let Some(pair) = bytes.get(used..used + 2) {
        let first = unit(pair);
        let second = bytes.get(used + 2..used + 4).map(unit);
        if matches!(first, 0xD800..=0xDBFF) && second.is_none() && !is_end {
            return used;
        }
        let character = char::decode_utf16([first].into_iter().chain(second)).next();
        match character {
            Some(Ok(character)) => {
                output.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                used += 2 * character.len_utf16();
            }
            _ => {
                let [high, low] = [(first >> 6) as u8 & 0x3F, first as u8 & 0x3F];
                output.extend([0xED, 0x80 | high, 0x80 | low]);
                used += 2;
            }
        }
    }
    if is_end && let [odd] = bytes[used..] {
        output.extend([HALF_UNIT, 0x80 | odd >> 4, 0x80 | odd & 0x0F]);
        used = bytes.len();
    }
    used
}

/// Returns the code units of UTF-16 from which this UTF-8 was made, including lone surrogates.
fn code_units(utf8: &[u8]) -> impl Iterator<Item = u16> {
    let mut bytes = utf8.iter().copied().peekable();
    let mut second = None;
    iter::from_fn(move || {
        if let Some(second) = second.take() {
            return Some(second);
        }
        let first = bytes.next()?;
        // Each byte of a sequence beyond the first takes one more bit of the first.
        let mask = if first < 0xC0 { 0x7F } else { 0x7F >> first.leading_ones() };
        let mut character = u32::from(first & mask);
        while let Some(next) = bytes.next_if(|next| next & 0xC0 == 0x80) {
            character = character << 6 | u32::from(next & 0x3F);
        }
        let Some(above) = character.checked_sub(0x1_0000) else { return Some(character as u16) };
        second = Some(0xDC00 | (above & 0x3FF) as u16);
        Some(0xD800 | (above >> 10) as u16)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_the_input_are_made_again_whatever_they_are() {
        // Each code unit, and each pair from a selection, with and without an odd byte at the end.
        let few = [0, 0x41, 0xE9, 0x7FF, 0x800, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000];
        let pairs = few.iter().flat_map(|first| few.map(|second| [*first, second])).flatten();
        for units in [(0..=u16::MAX).collect::<Vec<_>>(), pairs.collect()] {
            for (is_little, odd) in [(false, None), (true, None), (false, Some(0xA5))] {
                let unit = Unit::Utf16 { is_little };
                let bytes = units.iter().flat_map(|unit| match is_little {
                    true => unit.to_le_bytes(),
                    false => unit.to_be_bytes(),
                });
                let bytes: Vec<u8> = bytes.chain(odd).collect();
                let mut utf8 = Vec::new();
                assert_eq!(unit.append_utf8(&bytes, true, &mut utf8), bytes.len());
                assert_eq!(unit.measure(&utf8), bytes.len() as u64);
                assert!(*unit.restore(&utf8) == bytes);
            }
        }
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let mut utf8 = Vec::new();
        Unit::Latin1.append_utf8(&all, true, &mut utf8);
        assert_eq!(*Unit::Latin1.restore(&utf8), all);
        assert_eq!(*Unit::Byte.restore(&all), all);
    }

    #[test]
    fn pieces_add_up_to_the_input() {
        // Characters of one to four bytes, so that pieces end at each place in a character.
        let units: Vec<u16> = "a\u{E9}\u{20AC}\u{1F600}".repeat(20_000).encode_utf16().collect();
        let wide: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).chain([7]).collect();
        let narrow: Vec<u8> = (0..=u8::MAX).cycle().take(100_000).collect();
        for (unit, bytes) in [
            (Unit::Utf16 { is_little: true }, &wide),
            (Unit::Latin1, &narrow),
            (Unit::Byte, &narrow),
        ] {
            let mut utf8 = Vec::new();
            unit.append_utf8(bytes, true, &mut utf8);
            assert_eq!(unit.pieces(&utf8).collect::<Vec<_>>().concat(), *bytes);
            assert_eq!(unit.try_restore(&utf8).as_ref(), Some(bytes));
            let is_small = |piece: Cow<'_, [u8]>| piece.len() <= 2 * PIECE + 4;
            assert_eq!(unit.pieces(&utf8).all(is_small), unit != Unit::Byte);
        }
    }
}
