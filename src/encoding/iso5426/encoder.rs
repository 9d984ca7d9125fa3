//! Encoding to ISO 5426.

use super::CONTROLS;
use crate::encoding::{
    Encoding,
    char_encoder::{CharEncoder, is_structural},
    tables,
};

/// An encoder that writes ISO 5426.
#[derive(Debug, Default)]
pub(in crate::encoding) struct Encoder(Vec<u8>);

impl Encoder {
    /// Returns the byte of a character, and whether it is a mark.
    fn code(char: char) -> Option<(u8, bool)> {
        let char = match char {
            _ if is_structural(char) => return None,
            '\0'..='\x7F' => return Some((char as u8, false)),
            '\u{360}' | '\u{FE20}' | '\u{FE22}' => '\u{361}',
            char => char,
        };
        if let Some(&(code, _)) = CONTROLS.iter().find(|(_, control)| *control == char) {
            return Some((code, false));
        }
        let found = |code: u8| {
            tables::iso5426(code)
                .filter(|(known, _)| *known == char)
                .map(|(_, is_mark)| (code, is_mark))
        };
        (0xA1..=0xFE).find_map(found)
    }
}

impl CharEncoder for Encoder {
    const ENCODING: Encoding = Encoding::Iso5426;

    fn find(&self, char: char) -> Option<bool> {
        Self::code(char).map(|(_, is_mark)| is_mark)
    }

    fn put(&mut self, char: char) {
        let code = Self::code(char);
        debug_assert!(code.is_some(), "{char:?} was found");
        self.0.extend(code.map(|(code, _)| code));
    }

    fn put_ascii(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn finish(self) -> Vec<u8> {
        self.0
    }
}
