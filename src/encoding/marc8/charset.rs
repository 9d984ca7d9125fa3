//! The character sets and the escape sequences that designate them.

use super::{
    super::tables::{HALF, SINGLE_BYTE_SETS},
    ESCAPE,
};

/// The final bytes of the single-byte sets, in the order of the tables.
pub(super) const SINGLE_BYTE: [u8; SINGLE_BYTE_SETS] =
    [0x42, 0x45, 0x4E, 0x51, 0x53, 0x32, 0x33, 0x34, 0x62, 0x70, 0x67];
pub(super) const EACC_FINAL: u8 = 0x31;

/// A character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::encoding) enum Charset {
    /// A set with one byte for each character; its number in the tables.
    Single(u8),
    /// East Asian characters, three bytes each (ANSI/NISO Z39.64).
    Eacc,
}

/// The half of the code table that an escape sequence fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// Bytes 21 to 7E.
    G0,
    /// Bytes A1 to FE.
    G1,
}

impl Charset {
    /// ASCII, G0 at the start of each subfield.
    pub(in crate::encoding) const ASCII: Self = Self::Single(0);
    /// ANSEL, G1 at the start of each subfield.
    pub(in crate::encoding) const ANSEL: Self = Self::Single(1);

    /// Returns the set with this final byte.
    pub(in crate::encoding) fn of_final(byte: u8) -> Option<Self> {
        if byte == EACC_FINAL {
            return Some(Self::Eacc);
        }
        let number = SINGLE_BYTE.iter().position(|&known| known == byte)?;
        Some(Self::Single(number as u8))
    }

    /// Returns the place of a code of this single-byte set in the tables, with or without its high
    /// bit.
    pub(in crate::encoding) const fn place(number: u8, code: u8) -> usize {
        number as usize * HALF + (code & 0x7F) as usize
    }
}

/// Parses the escape sequence at the front of these bytes. Returns what it designates, and its
/// length; or, if it is not one of MARC-8, the number of bytes to skip, and whether it is cut off.
///
/// Technique 1 is `ESC` and one of `g`, `b`, `p`, `s`. Technique 2 is `ESC`, then `$` for a set of
/// several bytes, then `(` or `,` for G0 or `)` or `-` for G1, where `(` after `$` may be left out,
/// and the final byte. The final byte of ANSEL is `!E`, and `E` alone is accepted too.
pub(super) fn escape(bytes: &[u8]) -> Result<(Half, Charset, usize), (usize, bool)> {
    let designated = match bytes {
        [_, b's', ..] => Some((Half::G0, Some(Charset::ASCII), 2)),
        [_, byte @ (b'g' | b'b' | b'p'), ..] => Some((Half::G0, Charset::of_final(*byte), 2)),
        [_, b'$', EACC_FINAL, ..] => Some((Half::G0, Some(Charset::Eacc), 3)),
        [_, b'$', half, EACC_FINAL, ..] => {
            half_of(*half).map(|half| (half, Some(Charset::Eacc), 4))
        }
        [_, half, b'!', b'E', ..] => half_of(*half).map(|half| (half, Some(Charset::ANSEL), 4)),
        [_, half, byte, ..] => half_of(*half).map(|half| (half, Charset::of_final(*byte), 3)),
        _ => None,
    };
    match designated {
        Some((half, Some(charset), length)) => Ok((half, charset, length)),
        _ => Err(unknown(bytes)),
    }
}

const fn half_of(intermediate: u8) -> Option<Half> {
    match intermediate {
        b'(' | b',' => Some(Half::G0),
        b')' | b'-' => Some(Half::G1),
        _ => None,
    }
}

/// Returns the extent of an escape sequence by the rules of ISO 2022: intermediate bytes 20 to 2F,
/// then a final byte. Without an intermediate byte it is only the `ESC`, because the bytes after it
/// are probably text.
pub(in crate::encoding) fn unknown(bytes: &[u8]) -> (usize, bool) {
    debug_assert_eq!(bytes.first(), Some(&ESCAPE));
    let ahead = &bytes[1..bytes.len().min(4)];
    let intermediates = ahead.iter().take_while(|byte| (0x20..=0x2F).contains(*byte)).count();
    match ahead.get(intermediates) {
        _ if intermediates == 0 => (1, bytes.len() == 1),
        Some(0x30..=0x7E) => (2 + intermediates, false),
        _ => (1 + intermediates, 1 + intermediates == bytes.len()),
    }
}
