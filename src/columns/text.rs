//! Changes to the text of a value: a normal form, and the end punctuation of ISBD.

use super::options::Normalize;
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfd_quick};

impl Normalize {
    /// Returns the text in this form.
    pub(super) fn apply(self, text: &str) -> Cow<'_, str> {
        let is_normal = match self {
            _ if text.is_ascii() => IsNormalized::Yes,
            Self::Nfc => is_nfc_quick(text.chars()),
            Self::Nfd => is_nfd_quick(text.chars()),
        };
        match self {
            _ if is_normal == IsNormalized::Yes => Cow::Borrowed(text),
            Self::Nfc => Cow::Owned(text.nfc().collect()),
            Self::Nfd => Cow::Owned(text.nfd().collect()),
        }
    }
}

/// Returns the text without the punctuation that ISBD puts before the next element: blanks, and one
/// of these marks.
///
/// - `/`, `:`, `;` or `,`;
/// - `=` or `+` after a blank, because `C++` ends in one of its own;
/// - a full stop after three letters or digits, or after a bracket or quotation mark, because
///   `Inc.` loses no information, but `J. R.`, `v.` and `...` do.
pub(super) fn trimmed(text: &str) -> &str {
    let text = text.trim_end();
    let Some(mark) = text.chars().next_back() else { return text };
    let before = &text[..text.len() - mark.len_utf8()];
    let is_end = match mark {
        '/' | ':' | ';' | ',' => true,
        '=' | '+' => before.is_empty() || before.ends_with(char::is_whitespace),
        '.' => {
            before.ends_with([')', ']', '"', '\u{201D}', '\u{BB}'])
                || before.chars().rev().take_while(|c| c.is_alphanumeric()).count() >= 3
        }
        _ => false,
    };
    if is_end { before.trim_end() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_punctuation_is_removed_and_that_of_the_value_stays() {
        for (text, expected) in [
            ("Whales /", "Whales"),
            ("Whales:", "Whales"),
            ("New York : ", "New York"),
            ("Melville, Herman,", "Melville, Herman"),
            ("1985.", "1985"),
            ("[1985].", "[1985]"),
            ("Whales.", "Whales"),
            ("Tolkien, J. R. R.", "Tolkien, J. R. R."),
            ("12 v.", "12 v."),
            ("And so on ...", "And so on ..."),
            ("C++", "C++"),
            ("C++ /", "C++"),
            ("Whales =", "Whales"),
            ("Книга.", "Книга"),
            ("/", ""),
            ("=", ""),
            (".", "."),
            ("", ""),
            ("  ", ""),
            (" Whales", " Whales"),
        ] {
            assert_eq!(trimmed(text), expected, "{text:?}");
        }
    }

    #[test]
    fn normal_forms_are_those_of_unicode() {
        assert_eq!(Normalize::Nfd.apply("é"), "e\u{301}");
        assert_eq!(Normalize::Nfc.apply("e\u{301}"), "é");
        assert!(matches!(Normalize::Nfc.apply("é"), Cow::Borrowed("é")));
        assert!(matches!(Normalize::Nfd.apply("plain"), Cow::Borrowed("plain")));
    }
}
