//! The form of a text by which catalogues file it: without case, marks and punctuation.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Appends the filing form of a text. Returns false if the text has no letter and no digit; nothing
/// is then appended.
///
/// - Letters are lower-case and without marks: é is e. A stroke is a mark too: ø is o, ł is l.
///   Ligatures are two letters: æ is ae, ß is ss.
/// - Apostrophes and similar signs are left out.
/// - All between letters and digits is one space.
pub(super) fn append_filing_form(text: &str, form: &mut Vec<u8>) -> bool {
    let mut words = Words { start: form.len(), form, has_gap: false };
    match text.is_ascii() {
        true => text.bytes().for_each(|byte| words.push_ascii(byte)),
        false => text.nfkd().for_each(|char| words.push(char)),
    }
    words.form.len() > words.start
}

/// A filing form that is being made.
struct Words<'f> {
    form: &'f mut Vec<u8>,
    start: usize,
    /// True if something between words was seen after the last word.
    has_gap: bool,
}

impl Words<'_> {
    #[inline]
    fn push_ascii(&mut self, byte: u8) {
        if byte.is_ascii_alphanumeric() {
            self.close_gap();
            self.form.push(byte.to_ascii_lowercase());
        } else if byte != b'\'' {
            self.has_gap = true;
        }
    }

    fn push(&mut self, char: char) {
        if char.is_ascii() {
            return self.push_ascii(char as u8);
        }
        if is_diacritic(char) || is_apostrophe(char) {
            return;
        }
        if !char.is_alphanumeric() && !is_combining_mark(char) {
            self.has_gap = true;
            return;
        }
        self.close_gap();
        for char in char.to_lowercase() {
            match plain(char) {
                "" => {
                    self.form.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                }
                plain => self.form.extend_from_slice(plain.as_bytes()),
            }
        }
    }

    /// Puts a space between two words.
    fn close_gap(&mut self) {
        if self.has_gap && self.form.len() > self.start {
            self.form.push(b' ');
        }
        self.has_gap = false;
    }
}

/// Returns true for marks that do not make another letter: those of European scripts, and the
/// vowel signs of Hebrew and Arabic. The marks of India and Japan do.
const fn is_diacritic(char: char) -> bool {
    matches!(char,
        '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5BD}' | '\u{5BF}'..='\u{5C7}'
        | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Returns true for apostrophes, and for signs of romanization such as ayn and soft sign.
const fn is_apostrophe(char: char) -> bool {
    matches!(char, '\u{2018}' | '\u{2019}' | '\u{2B0}'..='\u{2FF}')
}

/// Returns the plain letters for a lower-case letter that contains a mark or is a ligature, and
/// nothing for others.
const fn plain(char: char) -> &'static str {
    match char {
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'þ' => "th",
        'ð' | 'đ' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ø' => "o",
        'ŧ' => "t",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Option<String> {
        let mut form = b"before ".to_vec();
        let has = append_filing_form(text, &mut form);
        let form = String::from_utf8(form.split_off(7)).unwrap();
        assert_eq!(has, !form.is_empty());
        has.then_some(form)
    }

    #[test]
    fn case_marks_and_punctuation_do_not_count() {
        for (text, expected) in [
            ("Whales : biology /", "whales biology"),
            ("  [The] \"Whale's\" tale!", "the whales tale"),
            ("L\u{2019}\u{E9}tranger", "letranger"),
            ("E\u{301}cole", "ecole"),
            ("Łódź, Ærø & Straße", "lodz aero strasse"),
            ("İstanbul ve ışık", "istanbul ve isik"),
            ("ﬁn Ｗｉｄｅ ②", "fin wide 2"),
            ("ʻAlī ibn Abī Ṭālib", "ali ibn abi talib"),
            ("Ёлка и Йод", "елка и иод"),
            ("ガラス", "カ\u{3099}ラス"),
            ("हिन्दी", "हिन्दी"),
            ("שָׁלוֹם", "שלום"),
            ("A.B.C. — 1,000", "a b c 1 000"),
        ] {
            assert_eq!(form(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn text_without_letters_and_digits_has_no_form() {
        for text in ["", " ", "...", "'", "—", "\u{301}", "\u{FFFD}"] {
            assert_eq!(form(text), None, "{text}");
        }
    }
}
