//! MARC-8 as pymarc 5.4.0 reads it, including its faults, for programs that depend on them.
//!
//! `docs/encodings.md` lists the differences from [`Encoding::Marc8`](super::Encoding::Marc8).

use super::{
    compose::Composer,
    marc8::{Charset, ESCAPE},
    tables,
};
use std::{borrow::Cow, error, fmt};

/// The final byte of ASCII, the initial G0 of a decoder.
pub const BASIC_LATIN: u8 = 0x42;
/// The final byte of ANSEL, the initial G1 of a decoder.
pub const ANSEL: u8 = 0x45;
const EACC: u8 = 0x31;

/// A decoder with pymarc's state, which persists from one call to the next: the final bytes of the
/// designated sets, even if no such sets exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Marc8Decoder {
    /// The final byte of G0, initially [`BASIC_LATIN`].
    pub g0: u8,
    /// The final byte of G1, initially [`ANSEL`].
    pub g1: u8,
}

/// A line that pymarc writes to `sys.stderr` while it decodes. The [`Display`](fmt::Display) form
/// is this line, without the line feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// A code that is in none of the designated sets; a space replaces it. pymarc does not report
    /// it if `quiet` is set.
    Unparsed {
        /// The byte, or three bytes of EACC as one number.
        code: u32,
        /// The final byte of G0.
        g0: u8,
        /// The final byte of G1.
        g1: u8,
    },
    /// A code of EACC that ends too early. A space replaces it, and an `Unparsed` 0x20 follows.
    /// pymarc reports this even if `quiet` is set.
    Overrun {
        /// Offset at which the code would end, in bytes.
        position: usize,
        /// Length of the input in bytes.
        length: usize,
    },
}

impl Report {
    /// Returns true if pymarc's `quiet` (`hide_utf8_warnings`) silences this report.
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
/// here, which `marc8_to_unicode` turns into a `UnicodeDecodeError` over the whole input.
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

/// The bytes that pymarc reads without a report while ASCII and ANSEL are designated.
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

/// Returns true if a new [`Marc8Decoder`] will certainly read these bytes, and any part of them,
/// without a report and without an error: they contain no escape, and no byte outside ASCII and
/// ANSEL. They may be those of a whole record.
///
/// A reader that decodes later than pymarc can delay decoding such a record.
#[must_use]
pub fn is_silent(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| SILENT[usize::from(byte)])
}

/// The next step after an escape sequence.
enum Escaped {
    /// Continue after it.
    Behind,
    /// Read the byte at the new position as a character, even if it is an escape.
    Character,
    /// Keep the `ESC` as text, as pymarc does because the sequence is too short.
    Literal,
}

impl Marc8Decoder {
    /// Creates a decoder with ASCII and ANSEL.
    #[must_use]
    pub const fn new() -> Self {
        Self { g0: BASIC_LATIN, g1: ANSEL }
    }

    /// Returns the text that pymarc makes of these bytes, in NFC, and calls `report` for its
    /// reports in their order.
    ///
    /// ```
    /// use tidemarc::encoding::pymarc::Marc8Decoder;
    ///
    /// let mut lines = Vec::new(); let text = Marc8Decoder::new().translate(b"a\x80b", |report|
    /// lines.push(report.to_string())); assert_eq!(text.unwrap(), "a b"); assert_eq!(lines,
    /// ["Unable to parse character 0x80 in g0=66 g1=69"]);
    /// ```
    ///
    /// # Errors
    /// Fails if the bytes end within an escape sequence. The reports before it were made, and the
    /// sets that were designated before it stay.
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

    /// Decodes the character at `at`, which may be at the end.
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

/// Returns the entry of pymarc's table of this set: the character, whether it is a mark, and
/// whether it is stable under NFC.
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
            // pymarc has each set in only one half of the code table, and so cannot read it if it
            // was designated to the other half.
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

/// Returns the entry of pymarc's table of a set for a code: the character, and whether it is a
/// combining mark. The final byte identifies the set. A code of EACC is its three bytes as one
/// number.
#[must_use]
pub fn character(set: u8, code: u32) -> Option<(char, bool)> {
    lookup(set, code).map(|(char, is_mark, _)| (char, is_mark))
}

/// Returns the codes of EACC that are in no table but that pymarc reads.
pub fn odd_map() -> impl Iterator<Item = (u32, char)> {
    tables::STRAY.into_iter()
}

#[cfg(test)]
mod tests;
