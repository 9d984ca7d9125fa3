//! The characters that XML 1.0 can hold (section 2.2): all except the controls other than tab, line
//! feed and carriage return, and except U+FFFE and U+FFFF.

use crate::format::Controls;
use memchr::memmem;
use std::borrow::Cow;

/// Returns true if XML can hold this character.
pub(in crate::format) const fn is_legal(character: char) -> bool {
    !matches!(character, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}

/// Returns the text without characters that XML cannot hold: borrowed if it has none, `None` if it
/// has some and the option is to refuse them.
pub(super) fn legal(text: &str, controls: Controls) -> Option<Cow<'_, str>> {
    if is_all_legal(text) {
        return Some(Cow::Borrowed(text));
    }
    match controls {
        Controls::Error => None,
        Controls::Skip => Some(text.chars().filter(|character| is_legal(*character)).collect()),
        Controls::Replace => Some(
            text.chars()
                .map(|character| if is_legal(character) { character } else { '\u{FFFD}' })
                .collect(),
        ),
    }
}

fn is_all_legal(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Bytes are tested in chunks without an early exit, so that the compiler can process many at
    // once.
    let has_control = bytes.chunks(64).any(|chunk| {
        let is_bad = |byte: u8| (byte < 0x20) & !matches!(byte, b'\t' | b'\n' | b'\r');
        chunk.iter().fold(false, |any, &byte| any | is_bad(byte))
    });
    let has_noncharacter =
        || memmem::find_iter(bytes, b"\xEF\xBF").any(|at| matches!(bytes[at + 2], 0xBE | 0xBF));
    !has_control && (text.is_ascii() || !has_noncharacter())
}

/// Returns true if XML holds this text without changes: there is nothing to escape, and nothing
/// that would have to be examined. (0xEF begins U+FFFE and U+FFFF, and many other characters.)
#[inline]
pub(super) fn is_plain(text: &[u8]) -> bool {
    !any(text, |byte| (byte < 0x20) | is_special(byte))
}

/// Returns true if a byte is not written as it is, or would have to be examined.
#[inline(always)]
pub(super) fn is_special(byte: u8) -> bool {
    (byte == b'&') | (byte == b'<') | (byte == b'>') | (byte == 0xEF)
}

/// Returns true if there is such a byte. A chunk has no early exit, so that the compiler processes
/// many bytes at once.
#[inline(always)]
fn any(text: &[u8], is_such: impl Fn(u8) -> bool) -> bool {
    let mut chunks = text.chunks_exact(16);
    let any = |chunk: &[u8]| chunk.iter().fold(false, |any, &byte| any | is_such(byte));
    chunks.any(any) || any(chunks.remainder())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_refused_left_out_or_replaced() {
        assert_eq!(
            legal("tab\tline\nreturn\r é", Controls::Error).unwrap(),
            "tab\tline\nreturn\r é"
        );
        for bad in ["\0", "\x08", "\x0B", "\x1B", "\x1F", "\u{FFFE}", "\u{FFFF}"] {
            let text = format!("{}{bad}é", "x".repeat(70));
            assert_eq!(legal(&text, Controls::Error), None, "{bad:?}");
            assert_eq!(legal(&text, Controls::Skip).unwrap(), text.replace(bad, ""));
            assert_eq!(legal(&text, Controls::Replace).unwrap(), text.replace(bad, "\u{FFFD}"));
        }
        assert!(legal("\u{FFFD}\u{FF21}\x7F", Controls::Error).is_some());
    }

    #[test]
    fn plain_text_is_told_at_every_place() {
        for length in 0..40 {
            for at in 0..length {
                for byte in [b'&', b'<', b'>', b'\r', 0, 0x1F, 0xEF] {
                    let mut text = vec![b'x'; length];
                    assert!(is_plain(&text));
                    text[at] = byte;
                    assert!(!is_plain(&text), "{byte} at {at} of {length}");
                }
            }
        }
    }
}
