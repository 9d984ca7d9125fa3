//! Encoding to MARC-8.

use super::{
    CONTROLS, ESCAPE, FIRST_HALVES, SPANNING,
    charset::{Charset, EACC_FINAL, SINGLE_BYTE},
};
use crate::encoding::{
    Encoding,
    char_encoder::{CharEncoder, is_structural},
    tables,
};

/// An encoder that writes MARC-8 with ANSEL in G1 throughout and the other sets in G0, as the
/// Library of Congress does.
#[derive(Debug)]
pub(in crate::encoding) struct Encoder {
    bytes: Vec<u8>,
    g0: Charset,
}

/// The set that has a character.
enum Code {
    /// Any set: a control, or the space.
    Any(u8),
    /// ANSEL, in G1.
    Ansel(u8),
    Single(Charset, u8),
    Eacc([u8; 3]),
}

/// Returns the final byte of the escape sequence for a set.
fn final_byte(charset: Charset) -> u8 {
    match charset {
        Charset::Single(number) => SINGLE_BYTE[usize::from(number)],
        Charset::Eacc => EACC_FINAL,
    }
}

impl Encoder {
    pub(in crate::encoding) const fn new() -> Self {
        Self { bytes: Vec::new(), g0: Charset::ASCII }
    }

    /// Returns a code of the character that needs no escape sequence, if there is one, or else its
    /// code in the first set that has it. The bool is true for a mark.
    fn code(&self, char: char) -> Option<(Code, bool)> {
        if is_structural(char) {
            return None;
        }
        if let Some(&(code, _)) = CONTROLS.iter().find(|(_, control)| *control == char) {
            return Some((Code::Any(code), false));
        }
        if char <= ' ' || char == '\x7F' {
            return Some((Code::Any(char as u8), false));
        }
        if let Some(number) = FIRST_HALVES.iter().position(|&half| half == char) {
            return self.code(SPANNING[number]);
        }
        let mut preferred = None;
        for place in tables::places_of(char) {
            let charset = Charset::Single((place / tables::HALF) as u8);
            let code = (place % tables::HALF) as u8;
            let is_mark = tables::single(place).is_some_and(|cell| cell.is_mark);
            let found = if charset == Charset::ANSEL {
                (Code::Ansel(code | 0x80), is_mark)
            } else {
                (Code::Single(charset, code), is_mark)
            };
            if charset == self.g0 {
                return Some(found);
            }
            preferred.get_or_insert(found);
        }
        match preferred {
            Some((Code::Ansel(_), _)) => preferred,
            preferred if self.g0 != Charset::Eacc && preferred.is_some() => preferred,
            preferred => match tables::eacc_code_of(char) {
                Some(code) => Some((Code::Eacc(code), false)),
                None => preferred,
            },
        }
    }

    /// Designates a set to G0.
    fn designate(&mut self, charset: Charset) {
        if self.g0 == charset {
            return;
        }
        let is_technique_1 =
            |set: Charset| matches!(final_byte(set), b'g' | b'b' | b'p') && set != Charset::Eacc;
        match charset {
            Charset::Eacc => self.bytes.extend([ESCAPE, b'$', final_byte(charset)]),
            Charset::ASCII if is_technique_1(self.g0) => self.bytes.extend([ESCAPE, b's']),
            _ if is_technique_1(charset) => self.bytes.extend([ESCAPE, final_byte(charset)]),
            _ => self.bytes.extend([ESCAPE, b'(', final_byte(charset)]),
        }
        self.g0 = charset;
    }
}

impl CharEncoder for Encoder {
    const ENCODING: Encoding = Encoding::Marc8;

    fn find(&self, char: char) -> Option<bool> {
        self.code(char).map(|(_, is_mark)| is_mark)
    }

    fn put(&mut self, char: char) {
        match self.code(char) {
            None => debug_assert!(false, "{char:?} was found"),
            Some((Code::Any(byte), _)) => {
                // Not every reader accepts single bytes between those of three.
                if self.g0 == Charset::Eacc {
                    self.designate(Charset::ASCII);
                }
                self.bytes.push(byte);
            }
            Some((Code::Ansel(byte), _)) => self.bytes.push(byte),
            Some((Code::Single(charset, byte), _)) => {
                self.designate(charset);
                self.bytes.push(byte);
            }
            Some((Code::Eacc(code), _)) => {
                self.designate(Charset::Eacc);
                self.bytes.extend(code);
            }
        }
    }

    fn put_ascii(&mut self, text: &str) {
        if !text.is_empty() {
            self.designate(Charset::ASCII);
            self.bytes.extend_from_slice(text.as_bytes());
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.designate(Charset::ASCII);
        self.bytes
    }
}
