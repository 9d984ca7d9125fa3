//! The encodings of XML documents other than Unicode and ISO 8859-1.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, IBM866, ISO_2022_JP, ISO_8859_2, ISO_8859_3,
    ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_10, ISO_8859_13,
    ISO_8859_14, ISO_8859_15, ISO_8859_16, KOI8_R, KOI8_U, MACINTOSH, SHIFT_JIS, WINDOWS_874,
    WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255,
    WINDOWS_1256, WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};
use std::{str, sync::LazyLock, vec::Vec};

/// An encoding in which a character is one byte: an index of [`ENCODINGS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charset(usize);

/// The encodings, and true if 80 to 9F are the controls of ISO 8859. Browsers read ISO 8859-9 and
/// 8859-11 as the encodings of Windows that extend them, and so does `encoding_rs`. In MARC 98 and
/// 9C enclose text that is not sorted.
static ENCODINGS: [(&Encoding, bool); 29] = [
    (IBM866, false),
    (ISO_8859_2, true),
    (ISO_8859_3, true),
    (ISO_8859_4, true),
    (ISO_8859_5, true),
    (ISO_8859_6, true),
    (ISO_8859_7, true),
    (ISO_8859_8, true),
    (ISO_8859_10, true),
    (ISO_8859_13, true),
    (ISO_8859_14, true),
    (ISO_8859_15, true),
    (ISO_8859_16, true),
    (KOI8_R, false),
    (KOI8_U, false),
    (MACINTOSH, false),
    (X_MAC_CYRILLIC, false),
    (WINDOWS_874, false),
    (WINDOWS_1250, false),
    (WINDOWS_1251, false),
    (WINDOWS_1252, false),
    (WINDOWS_1253, false),
    (WINDOWS_1254, false),
    (WINDOWS_1255, false),
    (WINDOWS_1256, false),
    (WINDOWS_1257, false),
    (WINDOWS_1258, false),
    // ISO 8859-9 and ISO 8859-11.
    (WINDOWS_1254, true),
    (WINDOWS_874, true),
];

/// The character of each byte, or `None` if the encoding has none.
type Characters = [Option<char>; 256];

static CHARACTERS: LazyLock<Vec<Characters>> = LazyLock::new(|| {
    let characters = |&(encoding, has_controls): &(&'static Encoding, bool)| {
        std::array::from_fn(|byte| {
            let byte = byte as u8;
            if byte.is_ascii() || (has_controls && byte < 0xA0) {
                return Some(char::from(byte));
            }
            let bytes = [byte];
            let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes)?;
            text.chars().next()
        })
    };
    ENCODINGS.iter().map(characters).collect()
});

/// The byte that marks a byte without a character, which follows it as two continuation bytes of
/// four bits each. This is invalid UTF-8, so the record with it is refused, and it preserves the
/// original byte.
const UNDEFINED: u8 = 0xFE;

impl Charset {
    /// Returns the encoding with this name, under any of its registered names.
    pub(crate) fn of_label(label: &[u8]) -> Option<Self> {
        let encoding = Encoding::for_label(label)?;
        let contains =
            |part: &[u8]| label.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part));
        // The names of ASCII and ISO 8859-1 mean Windows 1252 to a browser.
        if encoding == WINDOWS_1252 && !contains(b"1252") {
            return None;
        }
        let is_of_windows = contains(b"windows") || contains(b"cp") || contains(b"874");
        let has_two = encoding == WINDOWS_1254 || encoding == WINDOWS_874;
        let is_wanted = |&(other, has_controls): &(&'static Encoding, bool)| {
            other == encoding && (!has_two || has_controls != is_of_windows)
        };
        ENCODINGS.iter().position(is_wanted).map(Self)
    }

    fn characters(self) -> &'static Characters {
        &CHARACTERS[self.0]
    }

    /// Appends these bytes as UTF-8.
    pub(super) fn append_utf8(self, bytes: &[u8], output: &mut Vec<u8>) {
        let characters = self.characters();
        for &byte in bytes {
            match characters[usize::from(byte)] {
                Some(c) => output.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                None => output.extend([UNDEFINED, 0x80 | byte >> 4, 0x80 | byte & 0x0F]),
            }
        }
    }

    /// Appends the bytes from which this UTF-8 was made.
    pub(super) fn append_restored(self, utf8: &[u8], bytes: &mut Vec<u8>) {
        let characters = self.characters();
        let byte_of = |c: char| match u8::try_from(c) {
            Ok(byte) if characters[usize::from(byte)] == Some(c) => Some(byte),
            _ => characters.iter().position(|other| *other == Some(c)).map(|byte| byte as u8),
        };
        let mut rest = utf8;
        while let Some(&first) = rest.first() {
            if let [UNDEFINED, high, low, after @ ..] = rest {
                bytes.push(high << 4 | low & 0x0F);
                rest = after;
                continue;
            }
            let length = 1 + rest[1..].iter().take_while(|byte| **byte & 0xC0 == 0x80).count();
            let (character, after) = rest.split_at(length);
            let character = str::from_utf8(character).ok().and_then(|text| text.chars().next());
            bytes.push(character.and_then(byte_of).unwrap_or(first));
            rest = after;
        }
    }
}

/// Returns the message about a record that is not UTF-8, in a document that declares an encoding
/// that is not read.
pub(crate) fn unread_encoding(label: &[u8]) -> Option<&'static str> {
    macro_rules! message {
        ($name:literal) => {
            concat!("the record is not UTF-8: the document declares ", $name, ", which is not read")
        };
    }
    let Some(encoding) = Encoding::for_label(label) else {
        return Some(message!("an unknown encoding"));
    };
    [
        (GBK, message!("GBK")),
        (GB18030, message!("GB 18030")),
        (BIG5, message!("Big5")),
        (EUC_JP, message!("EUC-JP")),
        (EUC_KR, message!("EUC-KR")),
        (SHIFT_JIS, message!("Shift_JIS")),
        (ISO_2022_JP, message!("ISO-2022-JP")),
    ]
    .into_iter()
    .find_map(|(other, message)| (other == encoding).then_some(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Unit;

    #[test]
    fn every_byte_of_every_encoding_is_made_again() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        for (at, encoding) in ENCODINGS.iter().enumerate() {
            let unit = Unit::Charset(Charset(at));
            let mut utf8 = Vec::new();
            assert_eq!(unit.append_utf8(&all, true, &mut utf8), all.len());
            assert_eq!(unit.measure(&utf8), all.len() as u64);
            assert_eq!(*unit.restore(&utf8), all, "{encoding:?}");
        }
    }

    #[test]
    fn the_names_of_iso_8859_mean_its_controls_and_those_of_windows_its_letters() {
        for (label, byte, character) in [
            ("windows-1251", 0xC6, 'Ж'),
            ("CP1251", 0xC6, 'Ж'),
            ("iso-8859-5", 0xB6, 'Ж'),
            ("ISO-8859-2", 0xE8, 'č'),
            ("ISO-8859-2", 0x98, '\u{98}'),
            ("windows-1252", 0x9C, 'œ'),
            ("windows-1254", 0x9C, 'œ'),
            ("ISO-8859-9", 0x9C, '\u{9C}'),
            ("latin5", 0x9C, '\u{9C}'),
            ("ISO-8859-9", 0xFD, 'ı'),
            ("ISO-8859-11", 0x85, '\u{85}'),
            ("windows-874", 0x85, '…'),
            ("KOI8-R", 0xF6, 'Ж'),
        ] {
            let charset = Charset::of_label(label.as_bytes()).unwrap();
            assert_eq!(charset.characters()[byte], Some(character), "{label}");
        }
        for label in ["us-ascii", "iso-8859-1", "utf-8", "UTF-16", "gbk", "EBCDIC", ""] {
            assert_eq!(Charset::of_label(label.as_bytes()), None, "{label}");
        }
        assert!(unread_encoding(b"gb2312").unwrap().contains("GBK"));
        assert!(unread_encoding(b"EBCDIC").unwrap().contains("unknown"));
        assert_eq!(unread_encoding(b"us-ascii"), None);
        assert_eq!(unread_encoding(b"UTF-16"), None);
    }
}
