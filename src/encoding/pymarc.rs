//! MARC-8 as pymarc 5.4.0 reads it, its faults included, for programs that depend on them.
//!
//! `docs/encodings.md` lists what differs from [`Encoding::Marc8`](super::Encoding::Marc8).

use super::{
    compose::Composer,
    marc8::{Charset, ESCAPE},
    tables,
};
use std::{borrow::Cow, error, fmt};

/// The final byte of ASCII, a decoder's G0 at its start.
pub const BASIC_LATIN: u8 = 0x42;
/// The final byte of ANSEL, a decoder's G1 at its start.
pub const ANSEL: u8 = 0x45;
const EACC: u8 = 0x31;

/// A decoder with pymarc's state, which persists from one call to the next: the final bytes of the
/// sets that are designated, whether there are such sets or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Marc8Decoder {
    /// The final byte of G0; [`BASIC_LATIN`] at the start.
    pub g0: u8,
    /// The final byte of G1; [`ANSEL`] at the start.
    pub g1: u8,
}

/// What pymarc writes to `sys.stderr` while it decodes; the [`Display`](fmt::Display) form is its
/// line, without the line feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// A code that is in none of the sets designated; a space stands for it. pymarc says nothing of
    /// it if it was told to be quiet.
    Unparsed {
        /// The byte, or three bytes of EACC as one number.
        code: u32,
        /// The final byte of G0.
        g0: u8,
        /// The final byte of G1.
        g1: u8,
    },
    /// A code of EACC that ends too early. A space stands for it, and an `Unparsed` 0x20 follows.
    /// pymarc says this even if it was told to be quiet.
    Overrun {
        /// Where the code would end, in bytes.
        position: usize,
        /// The length of the input in bytes.
        length: usize,
    },
}

impl Report {
    /// Whether pymarc's `quiet` (`hide_utf8_warnings`) silences this report.
    #[must_use]
    pub const fn is_silenced_by_quiet(&self) -> bool {
        matches!(self, Self::Unparsed { .. })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unparsed { code, g0, g1 } => {
                write!(f, "Unable to parse character 0x{code:x} in g0={g0} g1={g1}")
            }
            Self::Overrun { position, length } => {
                write!(f, "Multi-byte position {position} exceeds length of marc8 string {length}")
            }
        }
    }
}

/// Bytes that end in the middle of an escape sequence. pymarc's `translate` raises a `TypeError`
/// here, of which `marc8_to_unicode` makes a `UnicodeDecodeError` over the whole input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutEscape;

impl fmt::Display for CutEscape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid multibyte character encoding")
    }
}

impl error::Error for CutEscape {}

impl Default for Marc8Decoder {
    fn default() -> Self {
        Self::new()
    }
}

/// Which bytes pymarc reads without a word while ASCII and ANSEL are designated.
static SILENT: [bool; 256] = {
    let mut silent = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        silent[byte] = match byte as u8 {
            ESCAPE | 0x7F | 0x80 => false,
            ..0x7F | 0x81..0xA0 => true,
            high => tables::single(Charset::place(1, high)).is_some(),
        };
        byte += 1;
    }
    silent
};

/// Whether a new [`Marc8Decoder`] is certain to take these bytes, and any part of them, without a
/// report and without an error: there is no escape in them, and nothing that ASCII and ANSEL do not
/// have. They may be a whole record's.
///
/// A reader that decodes later than pymarc does need not decode such a record at once.
#[must_use]
pub fn is_silent(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| SILENT[usize::from(byte)])
}

/// What an escape sequence leaves to do.
enum Escaped {
    /// Go on behind it.
    Behind,
    /// Take the byte at the new position for a character, even if it is an escape.
    Character,
    /// It is so short that pymarc keeps the `ESC` as text.
    Literal,
}

impl Marc8Decoder {
    /// A decoder with ASCII and ANSEL.
    #[must_use]
    pub const fn new() -> Self {
        Self { g0: BASIC_LATIN, g1: ANSEL }
    }

    /// The text that pymarc makes of these bytes, in NFC, and its reports in the order in which it
    /// makes them.
    ///
    /// ```
    /// use tidemarc::encoding::pymarc::Marc8Decoder;
    ///
    /// let mut lines = Vec::new();
    /// let text = Marc8Decoder::new().translate(b"a\x80b", |report| lines.push(report.to_string()));
    /// assert_eq!(text.unwrap(), "a b");
    /// assert_eq!(lines, ["Unable to parse character 0x80 in g0=66 g1=69"]);
    /// ```
    ///
    /// # Errors
    /// If the bytes end within an escape sequence. Reports that came before it were made, and sets
    /// that were designated before it stay.
    pub fn translate<'a>(
        &mut self,
        bytes: &'a [u8],
        mut report: impl FnMut(Report),
    ) -> Result<Cow<'a, str>, CutEscape> {
        if self.g0 == BASIC_LATIN
            && bytes.iter().all(|byte| (0x20..=0x7E).contains(byte))
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Ok(Cow::Borrowed(text));
        }
        let mut text = Composer::with_capacity(bytes.len() + bytes.len() / 4);
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if byte == ESCAPE {
                match self.escape(bytes, &mut at)? {
                    Escaped::Behind => continue,
                    Escaped::Literal => {
                        text.push_aside('\x1B');
                        at += 1;
                        continue;
                    }
                    Escaped::Character => {}
                }
            }
            self.character(bytes, &mut at, &mut text, &mut report)?;
        }
        Ok(Cow::Owned(text.finish()))
    }

    /// Follows the escape sequence at `at`.
    fn escape(&mut self, bytes: &[u8], at: &mut usize) -> Result<Escaped, CutEscape> {
        let ahead = &bytes[*at + 1..];
        match *ahead {
            [] => Err(CutEscape),
            [b'(' | b',' | b'$'] => Ok(Escaped::Literal),
            [b'$', b','] | [b')' | b'-'] => Err(CutEscape),
            [b'$', b',', byte, ..] => {
                self.g0 = byte;
                *at += 4;
                Ok(Escaped::Behind)
            }
            [b'(' | b',' | b'$', byte, ..] => {
                self.g0 = byte;
                *at += 3;
                Ok(Escaped::Behind)
            }
            [b')' | b'-', byte, ..] => {
                self.g1 = byte;
                *at += 3;
                Ok(Escaped::Behind)
            }
            [b's', ..] => {
                self.g0 = BASIC_LATIN;
                *at += 2;
                let is_end = *at == bytes.len();
                Ok(if is_end { Escaped::Behind } else { Escaped::Character })
            }
            [byte, ..] => {
                if Charset::of_final(byte).is_some() {
                    self.g0 = byte;
                    *at += 2;
                }
                Ok(Escaped::Character)
            }
        }
    }

    /// Takes the character at `at`, which may lie at the end.
    fn character(
        self,
        bytes: &[u8],
        at: &mut usize,
        text: &mut Composer,
        report: &mut impl FnMut(Report),
    ) -> Result<(), CutEscape> {
        let is_eacc = self.g0 == EACC;
        let code = match bytes.get(*at..*at + 3) {
            _ if !is_eacc => u32::from(*bytes.get(*at).ok_or(CutEscape)?),
            Some(code) => code.iter().fold(0, |code, &byte| code << 8 | u32::from(byte)),
            None => {
                report(Report::Overrun { position: *at + 3, length: bytes.len() });
                0x20
            }
        };
        *at += if is_eacc { 3 } else { 1 };
        if code < 0x20 || (0x81..0xA0).contains(&code) {
            return Ok(());
        }
        let set = if code > 0x80 && !is_eacc { self.g1 } else { self.g0 };
        match lookup(set, code) {
            Some((mark, true, _)) => text.push_mark(mark),
            Some((base, false, is_stable)) => text.push_base(base, is_stable),
            None => match tables::stray(code) {
                Some(char) => text.push_aside(char),
                None => {
                    report(Report::Unparsed { code, g0: self.g0, g1: self.g1 });
                    text.push_base(' ', true);
                }
            },
        }
        Ok(())
    }
}

/// What pymarc's table of this set has: the character, whether it is a mark, whether it is stable
/// under NFC.
#[inline]
fn lookup(set: u8, code: u32) -> Option<(char, bool, bool)> {
    match Charset::of_final(set)? {
        Charset::Eacc => match tables::pymarc_difference(code) {
            Some(char) => Some((char, false, false)),
            None => {
                let [0, code @ ..] = code.to_be_bytes() else { return None };
                Some((tables::eacc(code)?, false, true))
            }
        },
        Charset::Single(number) => {
            let code = u8::try_from(code).ok()?;
            // pymarc has each set in one half of the code table only, and so cannot read it where
            // it was designated to the other.
            let is_high = matches!(set, 0x45 | 0x51 | 0x34);
            if (code >= 0x80) != is_high {
                return None;
            }
            let cell = tables::single(Charset::place(number, code))?;
            let char = match cell.char {
                '\u{361}' => '\u{FE20}',
                '\u{360}' => '\u{FE22}',
                char => char,
            };
            Some((char, cell.is_mark, cell.is_stable))
        }
    }
}

/// What pymarc's table of a set has for a code: the character, and whether it is a combining mark.
/// The set is told by its final byte; a code of EACC is its three bytes as one number.
#[must_use]
pub fn character(set: u8, code: u32) -> Option<(char, bool)> {
    lookup(set, code).map(|(char, is_mark, _)| (char, is_mark))
}

/// The codes of EACC that are in no table, and that pymarc reads all the same.
pub fn odd_map() -> impl Iterator<Item = (u32, char)> {
    tables::strays()
}

#[cfg(test)]
mod tests;
