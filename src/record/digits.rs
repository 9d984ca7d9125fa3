//! Classes of bytes: digits and their numbers, printable bytes, separators.

use super::{FIELD_TERMINATOR, RECORD_TERMINATOR, SUBFIELD_DELIMITER};

/// Returns the number that these ASCII digits state, or `None` if a byte is not a digit.
#[inline]
pub(crate) fn number(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0, |value, &byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then(|| value * 10 + usize::from(digit))
    })
}

/// Returns true if a byte is printable ASCII, including the blank.
#[inline]
pub(super) const fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E)
}

/// Returns true if a byte is one of the three that structure a record. No value can contain it.
pub(crate) const fn is_separator(byte: u8) -> bool {
    matches!(byte, RECORD_TERMINATOR | FIELD_TERMINATOR | SUBFIELD_DELIMITER)
}
