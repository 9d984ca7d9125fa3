//! Text in a normal form of Unicode.

use crate::record::SUBFIELD_DELIMITER;
use std::{borrow::Cow, string::String};
use unicode_normalization::{UnicodeNormalization, is_nfc, is_nfd};

/// A normal form of Unicode (Unicode Standard Annex #15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NormalForm {
    /// Composed characters.
    Nfc,
    /// Decomposed characters.
    Nfd,
}

impl NormalForm {
    fn has(self, text: &str) -> bool {
        match self {
            Self::Nfc => is_nfc(text),
            Self::Nfd => is_nfd(text),
        }
    }

    fn push(self, text: &str, normal: &mut String) {
        match self {
            Self::Nfc => normal.extend(text.nfc()),
            Self::Nfd => normal.extend(text.nfd()),
        }
    }

    /// Returns the text of a field in this form. Each value is converted alone: a mark at its start
    /// does not belong to the code before it.
    pub(super) fn of_field(self, text: Cow<'_, str>) -> Cow<'_, str> {
        if text.is_ascii() || self.has(&text) {
            return text;
        }
        let mut normal = String::with_capacity(text.len());
        for (nth, part) in text.split(char::from(SUBFIELD_DELIMITER)).enumerate() {
            let code = if nth > 0 { part.chars().next().map_or(0, char::len_utf8) } else { 0 };
            if nth > 0 {
                normal.push(char::from(SUBFIELD_DELIMITER));
            }
            let (code, value) = part.split_at(code);
            normal.push_str(code);
            self.push(value, &mut normal);
        }
        Cow::Owned(normal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_converted_and_codes_are_not() {
        let text = "10\u{1F}aCafe\u{301}\u{1F}b\u{301}x";
        let composed = "10\u{1F}aCaf\u{E9}\u{1F}b\u{301}x";
        assert_eq!(NormalForm::Nfc.of_field(text.into()), composed);
        assert_eq!(NormalForm::Nfd.of_field(composed.into()), text);
        assert!(matches!(NormalForm::Nfd.of_field("plain".into()), Cow::Borrowed(_)));
    }
}
