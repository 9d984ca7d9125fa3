//! Decoding of ISO 5426.

use super::CONTROLS;
use crate::encoding::{
    DecodeErrorKind, Encoding, marc8, tables,
    units::{Unit, UnitKind, Units},
};

const LEFT_HALF: u8 = 0xDD;
const LIGATURE_RIGHT: u8 = 0xDE;
const TILDE_RIGHT: u8 = 0xDF;

/// A cursor over the bytes of one subfield, or of one control field.
#[derive(Debug, Clone)]
pub(in crate::encoding) struct Iso5426Units<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Offset of the first byte ahead that is not a mark, and of the first right half after such a
    /// byte, from the last search. Both are valid until they are passed.
    base: usize,
    right: usize,
    /// Offsets of the right halves that close the last two left halves.
    closing: [usize; 2],
}

const NOWHERE: usize = usize::MAX;

impl<'a> Iso5426Units<'a> {
    pub(in crate::encoding) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, base: 0, right: 0, closing: [NOWHERE; 2] }
    }

    /// Returns the offset of the right half that closes a left half here: the first one after the
    /// base, unless it is the last byte, because then no character follows for it. Each byte is
    /// examined once, however many left halves there are.
    fn right_half(&mut self) -> usize {
        let find = |from: usize, is_it: fn(u8) -> bool| {
            let found = self.bytes.get(from..)?.iter().position(|&byte| is_it(byte))?;
            Some(from + found)
        };
        if self.base <= self.at {
            self.base = find(self.at, |byte| !matches!(byte, 0xC0..=0xDF)).unwrap_or(NOWHERE);
        }
        if self.right < self.base {
            let is_right = |byte| matches!(byte, LIGATURE_RIGHT | TILDE_RIGHT);
            self.right = find(self.base, is_right).unwrap_or(NOWHERE);
        }
        if self.right == self.bytes.len() - 1 { NOWHERE } else { self.right }
    }

    /// Returns a mark in Unicode, or `None` for a right half whose left half already spans.
    fn mark(&mut self, byte: u8, char: char) -> Option<char> {
        match byte {
            LEFT_HALF => {
                let right = self.right_half();
                if right != self.closing[1] {
                    self.closing = [self.closing[1], right];
                }
                let is_tilde = self.bytes.get(right) == Some(&TILDE_RIGHT);
                Some(if is_tilde { '\u{360}' } else { char })
            }
            LIGATURE_RIGHT | TILDE_RIGHT if self.closing.contains(&self.at) => None,
            _ => Some(char),
        }
    }
}

impl Units for Iso5426Units<'_> {
    const ENCODING: Encoding = Encoding::Iso5426;

    fn input(&self) -> &[u8] {
        self.bytes
    }

    fn next_unit(&mut self) -> Option<Unit> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            let base = |char| (UnitKind::Base { char, is_stable: true }, 1);
            let malformed = (UnitKind::Malformed(DecodeErrorKind::Undefined), 1);
            let (kind, length) = match byte {
                marc8::ESCAPE => {
                    let (length, is_cut) = marc8::unknown_escape(&self.bytes[self.at..]);
                    let kind = if is_cut {
                        DecodeErrorKind::Incomplete
                    } else {
                        DecodeErrorKind::UnknownEscape
                    };
                    (UnitKind::Malformed(kind), length)
                }
                ..=0x7F => base(char::from(byte)),
                0x80..=0xA0 | 0xFF => CONTROLS
                    .iter()
                    .find(|(code, _)| *code == byte)
                    .map_or(malformed, |&(_, char)| base(char)),
                0xA1..=0xFE => match tables::iso5426(byte) {
                    None => malformed,
                    Some((char, false)) => base(char),
                    Some((char, true)) => match self.mark(byte, char) {
                        Some(char) => (UnitKind::Mark(char), 1),
                        None => {
                            self.at += 1;
                            continue;
                        }
                    },
                },
            };
            let start = self.at;
            self.at += length;
            return Some(Unit { kind, start, end: self.at });
        }
    }

    fn take_plain(&mut self) -> &[u8] {
        let ahead = &self.bytes[self.at..];
        let is_special = |byte: &u8| *byte >= 0x80 || *byte == marc8::ESCAPE;
        let length = ahead.iter().position(is_special).unwrap_or(ahead.len());
        self.at += length;
        &ahead[..length]
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use crate::encoding::*;

    fn decode(bytes: &[u8]) -> std::string::String {
        Encoding::Iso5426.decode(bytes).unwrap().into_owned()
    }

    #[test]
    fn letters_and_marks_are_read() {
        assert_eq!(decode(b"\x88L'\x89\xC2et\xC2e"), "\u{98}L'\u{9C}été");
        assert_eq!(decode(b"\xE1\xE9\xF9\xFB\xA4"), "ÆØøß$");
        assert_eq!(decode(b"\xC8u\xC9u"), "üü");
        assert_eq!(decode(b"\xD0c\xCFs"), "çš");
        assert_eq!(decode(b"\xC3n\xC5r\xD0e"), "n\u{302}r\u{304}ȩ");
    }

    #[test]
    fn the_right_half_tells_what_spans() {
        assert_eq!(decode(b"\xDDi\xDEu"), "i\u{361}u");
        assert_eq!(decode(b"\xDDn\xDFg"), "n\u{360}g");
        assert_eq!(decode(b"\xDDi"), "i\u{361}");
        assert_eq!(decode(b"u\xDEu"), "uu\u{FE21}");
        assert_eq!(decode(b"\xDDi\xDD\xDEu\xDFg"), "i\u{361}u\u{360}g");
        assert_eq!(decode(b"\xDD\xDFi\xDEu"), "i\u{FE23}\u{361}u");
    }

    #[test]
    fn other_sets_of_unimarc_are_an_error() {
        let error = Encoding::Iso5426.decode(b"a\x1B(Nb").unwrap_err();
        assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::UnknownEscape, 1));
        assert_eq!(Encoding::Iso5426.decode(b"a\xB3").unwrap_err().bytes(), b"\xB3");
    }

    #[test]
    fn every_code_survives_decoding_encoding_and_decoding() {
        for code in 0x80..=0xFF {
            for bytes in [&[code, b'a', b'b'][..], &[code, b'a', 0xDE, b'b'], &[0xC2, code, b'b']] {
                let Ok(text) = Encoding::Iso5426.decode(bytes) else { continue };
                let encoded = Encoding::Iso5426.encode(&text, EncodePolicy::Strict).unwrap();
                assert_eq!(decode(&encoded), text, "{code:X}");
            }
        }
        let encoded = Encoding::Iso5426.encode("Dvořák n\u{360}g", EncodePolicy::Strict);
        assert_eq!(*encoded.unwrap(), *b"Dvo\xCFr\xC2ak \xDDn\xDFg");
    }
}
