//! Blank space between records.

/// Returns the number of bytes at the start of `bytes` that are padding: NUL (block fill), TAB, LF,
/// CR, SUB (0x1A, the end-of-file mark of CP/M), space, and UTF-8 byte order marks.
///
/// The first `known` bytes are known to be padding. The first part of a byte order mark at the very
/// end of `bytes` is not counted; it may be padding when more bytes have arrived.
pub(super) fn run_length(bytes: &[u8], known: usize) -> usize {
    const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
    let mut at = known;
    loop {
        match &bytes[at..] {
            [0x00 | b'\t' | b'\n' | b'\r' | 0x1A | b' ', ..] => at += 1,
            rest if rest.starts_with(BYTE_ORDER_MARK) => at += BYTE_ORDER_MARK.len(),
            _ => return at,
        }
    }
}

/// Returns true if the bytes could still become a byte order mark.
pub(super) fn may_be_mark(bytes: &[u8]) -> bool {
    matches!(bytes, [0xEF] | [0xEF, 0xBB])
}

/// Returns true if padding can begin with this byte.
#[inline]
pub(super) const fn may_begin(byte: u8) -> bool {
    matches!(byte, 0x00 | b'\t' | b'\n' | b'\r' | 0x1A | b' ' | 0xEF)
}
