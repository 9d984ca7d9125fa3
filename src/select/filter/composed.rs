//! The form of text in comparisons.

use std::{borrow::Cow, string::String};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// Returns a text with its letters and marks composed (Unicode NFC). Records in UTF-8 have `é` as one
/// character or as `e` and a mark, and nobody can see which; so both are compared in one form.
///
/// A character of ASCII never joins one before it. So only other characters, and the one before them,
/// are looked at.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut composed = String::new();
    // Offset of the text that is not yet in `composed`.
    let (mut taken, mut at) = (0, 0);
    while let Some(found) = text.as_bytes()[at..].iter().position(|byte| !byte.is_ascii()) {
        let begin = (at + found).saturating_sub(1);
        let run = &text.as_bytes()[at + found..];
        let length = run.iter().position(u8::is_ascii).unwrap_or(run.len());
        let end = at + found + length;
        let part = &text[begin.max(at)..end];
        if is_nfc_quick(part.chars()) != IsNormalized::Yes {
            composed.push_str(&text[taken..begin.max(at)]);
            composed.extend(part.nfc());
            taken = end;
        }
        at = end;
    }
    if taken == 0 {
        return Cow::Borrowed(text);
    }
    composed.push_str(&text[taken..]);
    Cow::Owned(composed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_that_of_unicode() {
        // Letters, marks, and characters that compose or decompose in other ways.
        let alphabet = [
            'a',
            'e',
            ' ',
            ';',
            '\u{301}',
            '\u{327}',
            '\u{323}',
            '\u{e9}',
            '\u{1100}',
            '\u{1161}',
            '\u{11a8}',
            '\u{212a}',
            '\u{958}',
            '\u{1f4}',
            '\u{344}',
            '\u{10ffff}',
        ];
        let mut state = 7_u32;
        for length in (0..9).cycle().take(30_000) {
            let text: String = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    alphabet[(state >> 28) as usize]
                })
                .collect();
            assert_eq!(composed(&text), text.nfc().collect::<String>(), "{text:?}");
        }
        assert!(matches!(composed("plain"), Cow::Borrowed(_)));
        assert!(matches!(composed("Ang\u{e9}lique"), Cow::Borrowed(_)));
    }
}
