//! XML and JSON in encodings other than UTF-8, converted to UTF-8 while they are read.
//!
//! UTF-16 is recognised by its byte order mark or by its first character, ISO 8859-1 by the XML
//! declaration (XML 1.0, section 4.3.3 and appendix F). All other bytes are passed on unchanged,
//! and invalid UTF-8 in them is found when a record is parsed.

use super::{Arrival, Input, Stopper, make_room};
use std::{borrow::Cow, io, iter, vec::Vec};

/// The unit of the input from which a character of UTF-8 was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Unit {
    /// The same bytes.
    #[default]
    Byte,
    /// One byte: ISO 8859-1.
    Latin1,
    /// One or two code units of two bytes, with the lower byte first or last.
    Utf16 { is_little: bool },
}

/// The byte that marks the odd byte at the end of an input in UTF-16, which follows it as two
/// continuation bytes of four bits each. A surrogate without its other half is written as UTF-8
/// would write it. Both are invalid UTF-8, so the record that contains one is refused; and both
/// preserve the original bytes.
const HALF_UNIT: u8 = 0xFE;

impl Unit {
    /// Returns the length of these bytes of UTF-8 in the input.
    pub(crate) fn measure(self, bytes: &[u8]) -> u64 {
        match self {
            Self::Byte => bytes.len() as u64,
            Self::Latin1 => bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u64,
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
        match self {
            Self::Byte => Cow::Borrowed(utf8),
            Self::Latin1 => Cow::Owned(code_units(utf8).map(|unit| unit as u8).collect()),
            Self::Utf16 { is_little } => {
                let mut bytes = Vec::with_capacity(self.measure(utf8) as usize);
                let (utf8, odd) = match utf8 {
                    [all @ .., HALF_UNIT, high, low] => (all, Some(high << 4 | low & 0x0F)),
                    all => (all, None),
                };
                for unit in code_units(utf8) {
                    bytes.extend(if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() });
                }
                bytes.extend(odd);
                Cow::Owned(bytes)
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
            Self::Utf16 { is_little } => return from_utf16(bytes, is_little, is_end, output),
        }
        bytes.len()
    }

    /// Returns the unit that the first bytes of an XML document show. Without a byte order mark,
    /// two characters are needed to recognise UTF-16, because one may be a stray NUL before or
    /// after white space or a `<`.
    pub(crate) fn of_xml(head: &[u8]) -> Self {
        let begins = |byte| matches!(byte, b'<' | b' ' | b'\t' | b'\r' | b'\n');
        match *head {
            [0xFF, 0xFE, ..] => Self::Utf16 { is_little: true },
            [0xFE, 0xFF, ..] => Self::Utf16 { is_little: false },
            [first, 0, second, 0, ..] if begins(first) && second != 0 => {
                Self::Utf16 { is_little: true }
            }
            [0, first, 0, second, ..] if begins(first) && second != 0 => {
                Self::Utf16 { is_little: false }
            }
            _ if declares_latin_1(head) => Self::Latin1,
            _ => Self::Byte,
        }
    }
}

/// The names of ISO 8859-1 that IANA has registered, and two others that occur.
const LATIN_1: [&[u8]; 11] = [
    b"ISO-8859-1",
    b"ISO_8859-1",
    b"ISO_8859-1:1987",
    b"iso-ir-100",
    b"latin1",
    b"l1",
    b"IBM819",
    b"CP819",
    b"csISOLatin1",
    b"ISO8859-1",
    b"latin-1",
];

/// Returns true if an XML declaration states ISO 8859-1.
pub(crate) fn declares_latin_1(head: &[u8]) -> bool {
    let is = |name: &[u8]| LATIN_1.iter().any(|known| name.eq_ignore_ascii_case(known));
    declared_encoding(head).is_some_and(is)
}

/// Returns the name in `encoding="…"` of an XML declaration.
fn declared_encoding(head: &[u8]) -> Option<&[u8]> {
    let head = &head[..head.len().min(HEAD)];
    let end = memchr::memmem::find(head, b"?>")?;
    let declaration = head[..end].trim_ascii_start().strip_prefix(b"<?xml")?;
    let at = memchr::memmem::find(declaration, b"encoding")?;
    let rest = declaration[at + 8..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, rest) = rest.split_first()?;
    Some(&rest[..memchr::memchr(*quote, rest)?])
}

/// An input whose bytes are converted to UTF-8.
#[derive(Debug)]
pub(crate) struct Transcoded<R> {
    inner: R,
    unit: Unit,
    /// Bytes that were read and are not converted yet: less than a code unit or a pair of them,
    /// except for the first bytes of the input.
    pending: Vec<u8>,
    /// UTF-8 that did not fit the caller's buffer.
    ready: Vec<u8>,
    taken: usize,
}

/// Smallest number of bytes for one read: a pair of code units.
const LEAST: usize = 4;

/// Number of bytes that are searched for a declaration.
pub(crate) const HEAD: usize = 256;

impl<R> Transcoded<R> {
    /// Creates an input that returns the bytes unchanged.
    pub(crate) const fn plain(inner: R) -> Self {
        Self { inner, unit: Unit::Byte, pending: Vec::new(), ready: Vec::new(), taken: 0 }
    }

    /// Creates an input for an XML document, which begins with these bytes.
    pub(crate) fn xml(inner: R, head: &[u8]) -> Self {
        Self { unit: Unit::of_xml(head), ..Self::plain(inner) }
    }

    /// Converts the pending bytes to UTF-8, as far as they are complete.
    fn convert(&mut self, is_end: bool) {
        let used = self.unit.append_utf8(&self.pending, is_end, &mut self.ready);
        self.pending.drain(..used);
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

impl<I: Input> Input for Transcoded<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        if self.unit == Unit::Byte {
            return self.inner.read(buffer);
        }
        while self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            let length = self.pending.len();
            let room = length + buffer.len().max(LEAST);
            make_room(&mut self.pending, room, room)?;
            let arrived = self.inner.read(&mut self.pending[length..]);
            let count = if let Ok(Arrival::Bytes(count)) = arrived { count } else { 0 };
            self.pending.truncate(length + count);
            if let Arrival::Pending = arrived? {
                return Ok(Arrival::Pending);
            }
            let is_end = count == 0;
            self.convert(is_end);
            if is_end && self.ready.is_empty() {
                return Ok(Arrival::Bytes(0));
            }
        }
        let count = buffer.len().min(self.ready.len() - self.taken);
        buffer[..count].copy_from_slice(&self.ready[self.taken..self.taken + count]);
        self.taken += count;
        Ok(Arrival::Bytes(count))
    }

    fn unit(&self) -> Unit {
        self.unit
    }

    fn may_change_thread(&self) -> bool {
        self.inner.may_change_thread()
    }

    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        self.inner.stopper()
    }

    fn unstop(&mut self) {
        self.inner.unstop();
    }

    fn set_waits(&mut self, waits: bool) {
        self.inner.set_waits(waits);
    }
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
}
