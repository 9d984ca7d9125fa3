//! The patterns of the schema of MARCXML (`MARC21slim.xsd`, version 1.2).

use crate::record::{LEADER_LENGTH, Tag};

/// Tests the leader:
/// `[\d ]{5}[\dA-Za-z ]{1}[\dA-Za-z]{1}[\dA-Za-z ]{3}(2| )(2| )[\d ]{5}[\dA-Za-z ]{3}(4500|    )`
pub(super) fn is_leader(leader: &[u8; LEADER_LENGTH]) -> bool {
    let is_number = |byte: &u8| byte.is_ascii_digit() || *byte == b' ';
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b' ';
    leader[..5].iter().all(is_number)
        && is_code(&leader[5])
        && leader[6].is_ascii_alphanumeric()
        && leader[7..10].iter().all(is_code)
        && leader[10..12].iter().all(|byte| matches!(byte, b'2' | b' '))
        && leader[12..17].iter().all(is_number)
        && leader[17..20].iter().all(is_code)
        && matches!(&leader[20..], b"4500" | b"    ")
}

/// Tests the tag of a control field: `00[1-9A-Za-z]{1}`
pub(super) fn is_control_tag(tag: Tag) -> bool {
    matches!(tag.as_bytes(), [b'0', b'0', b'1'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'])
}

/// Tests the tag of a data field:
/// `(0([1-9A-Z][0-9A-Z])|0([1-9a-z][0-9a-z]))|(([1-9A-Z][0-9A-Z]{2})|([1-9a-z][0-9a-z]{2}))`
pub(super) fn is_data_tag(tag: Tag) -> bool {
    let bytes = tag.as_bytes();
    let is_of = |is_letter: fn(&u8) -> bool| {
        bytes.iter().all(|byte| byte.is_ascii_digit() || is_letter(byte))
    };
    !bytes.starts_with(b"00") && (is_of(u8::is_ascii_uppercase) || is_of(u8::is_ascii_lowercase))
}

/// Tests an indicator: `[\da-z ]{1}`
pub(super) const fn is_indicator(indicator: u8) -> bool {
    matches!(indicator, b'0'..=b'9' | b'a'..=b'z' | b' ')
}

/// Tests a subfield code: ``[\dA-Za-z!"#$%&'()*+,-./:;<=>?{}_^`~\[\]\\]{1}``, which is printable
/// ASCII except the blank, `@` and `|`.
pub(in crate::format) const fn is_code(code: &str) -> bool {
    matches!(code.as_bytes(), [byte] if matches!(byte, b'!'..=b'~') && !matches!(byte, b'@' | b'|'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_of_the_schema() {
        for (leader, is_good) in [
            (b"00714cam a2200205 a 4500", true),
            (b"     cam a22        4500", true),
            (b"00714cam a2200205 a 45e0", false),
            (b"00714c m a2200205 a 4500", false),
            (b"00714cam a2200205#a 4500", false),
        ] {
            assert_eq!(is_leader(leader), is_good);
        }
        for (tag, is_control, is_data) in [
            (b"001", true, false),
            (b"000", false, false),
            (b"00A", true, false),
            (b"010", false, true),
            (b"245", false, true),
            (b"0AB", false, true),
            (b"9zz", false, true),
            (b"9Zz", false, false),
        ] {
            assert_eq!(is_control_tag(Tag::new(*tag)), is_control);
            assert_eq!(is_data_tag(Tag::new(*tag)), is_data);
        }
        assert!(["a", "Z", "9", "!", "~", "\\"].into_iter().all(is_code));
        assert!(!["", " ", "@", "|", "é", "\x7F"].into_iter().any(is_code));
        assert!(b" 0az".iter().all(|byte| is_indicator(*byte)));
        assert!(!b"A|#\\".iter().any(|byte| is_indicator(*byte)));
    }
}
