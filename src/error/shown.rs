//! Bytes that are probably text, shown as text.

use std::{borrow::Cow, fmt::Write, string::String};

/// Largest number of characters of a control number in a message.
const LONGEST: usize = 64;

/// Returns true if a character is escaped in a message: a control character, a line or paragraph
/// separator, or one that changes the direction of the text around it (Unicode Standard Annex #9).
pub(crate) const fn is_escaped(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1F'
            | '\x7F'..='\u{9F}'
            | '\u{61C}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// Returns text for a message. Text from outside, such as the name of a file, stays on its line,
/// and can neither control a terminal nor make a message read differently.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    push(text, &mut escaped);
    Cow::Owned(escaped)
}

fn push(text: &str, to: &mut String) {
    for character in text.chars() {
        match is_escaped(character) {
            // Writing to a string cannot fail.
            true => drop(write!(to, "\\u{:04x}", u32::from(character))),
            false => to.push(character),
        }
    }
}

/// Returns bytes for a message: as text where they are UTF-8, [escaped] like all text, and the
/// others as numbers.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        push(chunk.valid(), &mut text);
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Returns the part of a text that a message contains.
pub(crate) fn beginning(text: &str) -> Cow<'_, str> {
    first_characters(text, LONGEST)
}

/// Returns so many characters of a text, and a sign that there are more.
pub(crate) fn first_characters(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{escaped, shown};

    #[test]
    fn text_is_shown_as_it_is_and_the_rest_is_escaped() {
        assert_eq!(shown(b"O'Brien\\1 \"x\""), "O'Brien\\1 \"x\"");
        assert_eq!(shown("é文".as_bytes()), "é文");
        assert_eq!(shown(b"a\x1b[2Jb\xe9c\n"), "a\\u001b[2Jb\\xe9c\\u000a");
        assert_eq!(shown("\u{85}\u{2028}".as_bytes()), "\\u0085\\u2028");
        assert_eq!(shown("a\u{202E}cram\u{2069}".as_bytes()), "a\\u202ecram\\u2069");
        assert_eq!(escaped("plain é"), "plain é");
        assert_eq!(escaped("a\x1b[31m\nb\u{200F}"), "a\\u001b[31m\\u000ab\\u200f");
    }
}
