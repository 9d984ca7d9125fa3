//! Bytes that are most likely text, as text.

use std::{borrow::Cow, fmt::Write, string::String};

/// How many characters of a control number a message has at most.
const LONGEST: usize = 64;

/// The text, if the bytes are UTF-8. Control characters and bytes that are none are escaped, so that
/// a message stays on its line and cannot command a terminal.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            // Writing to a string cannot fail.
            let _ = match character {
                '\u{2028}' | '\u{2029}' => write!(text, "\\u{:04x}", u32::from(character)),
                _ if character.is_control() => write!(text, "\\u{:04x}", u32::from(character)),
                _ => text.write_char(character),
            };
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// As much of a control number as a message has.
pub(crate) fn beginning(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn text_is_shown_as_it_is_and_the_rest_is_escaped() {
        assert_eq!(shown(b"O'Brien\\1 \"x\""), "O'Brien\\1 \"x\"");
        assert_eq!(shown("é文".as_bytes()), "é文");
        assert_eq!(shown(b"a\x1b[2Jb\xe9c\n"), "a\\u001b[2Jb\\xe9c\\u000a");
        assert_eq!(shown("\u{85}\u{2028}".as_bytes()), "\\u0085\\u2028");
    }
}
