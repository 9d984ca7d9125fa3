//! The characters of MARC-8 text in the order of the bytes.

use super::{
    super::{
        DecodeErrorKind, Encoding, tables,
        units::{Unit, UnitKind, Units},
    },
    CONTROLS, ESCAPE, FIRST_HALVES, SECOND_HALVES, SPANNING,
    charset::{Charset, Half, escape},
};

/// A cursor over the bytes of one subfield, or of one control field. The sets are ASCII and ANSEL
/// at its start.
#[derive(Debug, Clone)]
pub(in crate::encoding) struct Marc8Units<'a> {
    bytes: &'a [u8],
    at: usize,
    g0: Charset,
    g1: Charset,
    numeric_references: bool,
    ligature_halves: bool,
    /// For each of [`SPANNING`], true if the last base has it and its second half is still to come.
    open: [bool; 2],
    /// For each of [`SPANNING`], true if it waits for the next base.
    waiting: [bool; 2],
}

/// Length of the longest reference: `&#x`, one to six hexadecimal digits, `;`.
const MAX_REFERENCE: usize = 10;

impl<'a> Marc8Units<'a> {
    pub(in crate::encoding) const fn new(
        bytes: &'a [u8],
        numeric_references: bool,
        ligature_halves: bool,
    ) -> Self {
        Self {
            bytes,
            at: 0,
            g0: Charset::ASCII,
            g1: Charset::ANSEL,
            numeric_references,
            ligature_halves,
            open: [false; 2],
            waiting: [false; 2],
        }
    }

    /// Follows an escape sequence.
    fn escape(&mut self) -> Option<(UnitKind, usize)> {
        match escape(&self.bytes[self.at..]) {
            Ok((half, charset, length)) => {
                match half {
                    Half::G0 => self.g0 = charset,
                    Half::G1 => self.g1 = charset,
                }
                self.at += length;
                None
            }
            Err((length, is_cut)) => {
                let kind = if is_cut {
                    DecodeErrorKind::Incomplete
                } else {
                    DecodeErrorKind::UnknownEscape
                };
                Some((UnitKind::Malformed(kind), length))
            }
        }
    }

    /// Returns a graphic character of the set that is designated to this byte's half.
    #[inline]
    fn graphic(&self, charset: Charset, byte: u8) -> (UnitKind, usize) {
        match charset {
            Charset::Single(_) if !matches!(byte & 0x7F, 0x21..=0x7E) => {}
            Charset::Single(number) => match tables::single(Charset::place(number, byte)) {
                Some(cell) if cell.is_mark => return (UnitKind::Mark(cell.char), 1),
                Some(tables::Cell { char, is_stable, .. }) => {
                    return (UnitKind::Base { char, is_stable }, 1);
                }
                None => {}
            },
            Charset::Eacc => return self.eacc(byte & 0x80),
        }
        (UnitKind::Malformed(DecodeErrorKind::Undefined), 1)
    }

    /// Returns the character of three bytes of the same half.
    fn eacc(&self, high_bit: u8) -> (UnitKind, usize) {
        let mut code = [0; 3];
        for (length, place) in code.iter_mut().enumerate() {
            match self.bytes.get(self.at + length).map(|byte| byte ^ high_bit) {
                Some(byte @ 0x21..=0x7E) => *place = byte,
                // The ideographic space is 212320.
                Some(0x20) if length == 2 => *place = 0x20,
                _ => {
                    return (UnitKind::Malformed(DecodeErrorKind::Incomplete), length.max(1));
                }
            }
        }
        match tables::eacc(code) {
            Some(char) => (UnitKind::Base { char, is_stable: true }, 3),
            None => (UnitKind::Malformed(DecodeErrorKind::Undefined), 3),
        }
    }

    /// Returns a code of three bytes that is in no table but occurs in records, if there is one
    /// here.
    fn stray(&self) -> Option<(UnitKind, usize)> {
        let &[a, b, c] = self.bytes[self.at..].first_chunk()?;
        let char = tables::stray(u32::from_be_bytes([0, a, b, c]))?;
        Some((UnitKind::Base { char, is_stable: true }, 3))
    }

    /// Returns a numeric character reference, if there is one here. A reference to a control
    /// character is text, so that no separator can enter through it.
    fn reference(&self) -> Option<(UnitKind, usize)> {
        let ahead = &self.bytes[self.at..];
        let digits = ahead[..ahead.len().min(MAX_REFERENCE)].strip_prefix(b"&#x")?;
        let count = digits.iter().position(|&byte| byte == b';')?;
        let digits = core::str::from_utf8(&digits[..count]).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let char = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
        let kind = UnitKind::Base { char, is_stable: false };
        (!char.is_control()).then_some((kind, 3 + count + 1))
    }

    /// Converts the halves of ligature and double tilde. The second half is dropped if the first
    /// one spans and there is something to span.
    fn halves(&mut self, char: char) -> Option<char> {
        if let Some(number) = SPANNING.iter().position(|&first| first == char) {
            if self.ligature_halves {
                return Some(FIRST_HALVES[number]);
            }
            self.waiting[number] = true;
        } else if let Some(number) = SECOND_HALVES.iter().position(|&second| second == char)
            && self.at < self.bytes.len()
            && core::mem::take(&mut self.open[number])
        {
            return None;
        }
        Some(char)
    }
}

impl Units for Marc8Units<'_> {
    const ENCODING: Encoding = Encoding::Marc8;

    fn input(&self) -> &[u8] {
        self.bytes
    }

    #[inline]
    fn next_unit(&mut self) -> Option<Unit> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            let (mut kind, length) = match byte {
                ESCAPE => match self.escape() {
                    Some(unknown) => unknown,
                    None => continue,
                },
                b'&' if self.numeric_references && self.g0 == Charset::ASCII => {
                    self.reference().unwrap_or((UnitKind::Base { char: '&', is_stable: true }, 1))
                }
                b'!' | 0x7F if self.g0 == Charset::Eacc => {
                    self.stray().unwrap_or_else(|| match byte {
                        b'!' => self.eacc(0),
                        _ => (UnitKind::Base { char: '\x7F', is_stable: true }, 1),
                    })
                }
                // Controls, the space and DEL belong to no graphic set.
                ..=0x20 | 0x7F => (UnitKind::Base { char: char::from(byte), is_stable: true }, 1),
                0x21..=0x7E => self.graphic(self.g0, byte),
                0x80..=0x9F => match CONTROLS.iter().find(|(code, _)| *code == byte) {
                    Some(&(_, char)) => (UnitKind::Base { char, is_stable: true }, 1),
                    None => (UnitKind::Malformed(DecodeErrorKind::Undefined), 1),
                },
                0xA0.. => self.graphic(self.g1, byte),
            };
            let start = self.at;
            self.at += length;
            match &mut kind {
                UnitKind::Base { .. } => {
                    self.open = core::mem::take(&mut self.waiting);
                }
                UnitKind::Mark(char) => match self.halves(*char) {
                    Some(half) => *char = half,
                    None => continue,
                },
                UnitKind::Malformed(_) => {}
            }
            return Some(Unit { kind, start, end: self.at });
        }
    }

    #[inline]
    fn take_plain(&mut self) -> &[u8] {
        if self.g0 != Charset::ASCII {
            return &[];
        }
        let ahead = &self.bytes[self.at..];
        let is_special = |&byte: &u8| {
            byte >= 0x80 || byte == ESCAPE || (byte == b'&' && self.numeric_references)
        };
        let length = ahead.iter().position(is_special).unwrap_or(ahead.len());
        if length > 0 {
            self.at += length;
            self.open = [false; 2];
        }
        &ahead[..length]
    }
}
