//! Numbers in ASCII digits, and printable bytes.

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
