//! The text of new fields and subfields: `040 $dXXX`, `650 #0$aWhales`.

use super::EditError;
use crate::{record::Tag, select::TagPattern};
use std::{format, string::String, vec::Vec};

/// A field to be added.
#[derive(Debug, Clone)]
pub(super) struct NewField {
    pub(super) tag: Tag,
    pub(super) content: NewContent,
}

#[derive(Debug, Clone)]
pub(super) enum NewContent {
    Control(String),
    Data { indicators: [u8; 2], subfields: Subfields },
}

/// New subfields: a code and a value each.
pub(super) type Subfields = Vec<(u8, String)>;

const INDICATORS: &str = "two indicators (digits or lowercase letters; `#` is a blank) or none, and \
    then `$` and a subfield code";

const NO_SUBFIELD: &str = "`$` and a subfield code (between double quotes, the shell takes `$a` for a \
    variable: use single quotes)";

/// Parses a field: its tag, a blank, and its data, or its indicators and subfields.
pub(super) fn field(text: &str) -> Result<NewField, EditError> {
    // A line of MARCMaker begins with `=`.
    let start = usize::from(text.starts_with('='));
    let pattern = text.get(start..start + 3).and_then(|tag| tag.parse::<TagPattern>().ok());
    let pattern = pattern.filter(|tag| !tag.is_leader() && !tag.has_wildcard());
    let tag = pattern.and_then(|tag| Tag::try_from(tag.as_str()).ok());
    let Some(tag) = tag else {
        return Err(EditError::expected(text, start, "a tag of three digits or letters"));
    };
    let end = start + 3;
    if !text[end..].starts_with(' ') {
        return Err(EditError::expected(text, end, "a blank after the tag"));
    }
    let data = end + 1;
    let rest = &text[data..];
    check(text, data)?;
    if tag.is_control() {
        if rest.is_empty() {
            return Err(EditError::expected(text, data, "the data of the field"));
        }
        return Ok(NewField { tag, content: NewContent::Control(dollars(rest)) });
    }
    let Some(begin) = rest.find('$') else {
        return Err(EditError::expected(text, text.len(), NO_SUBFIELD));
    };
    let indicators = indicators(&rest[..begin])
        .ok_or_else(|| EditError::new(text, data, format!("expected {INDICATORS}")))?;
    let subfields = subfields(text, data + begin)?;
    Ok(NewField { tag, content: NewContent::Data { indicators, subfields } })
}

/// Returns the two indicators in a text, which may have blanks around it.
fn indicators(text: &str) -> Option<[u8; 2]> {
    let trimmed = text.trim_matches(' ');
    match (text.as_bytes(), trimmed.as_bytes()) {
        (_, []) => Some([b' '; 2]),
        (&[first, second], _) | (_, &[first, second]) => {
            Some([indicator(first)?, indicator(second)?])
        }
        // One blank before the next `$` stands after an indicator that is a blank.
        (&[first, b' ', b' '], [_]) => Some([indicator(first)?, b' ']),
        _ => None,
    }
}

/// Returns an indicator: a digit, a lowercase letter (MARC 21, "Variable data fields"), or a blank.
/// `#` is a blank, as in the documents of MARC 21, `\` as in MARCMaker, and `_` as in many manuals.
/// The fill character `|` is accepted too.
pub(super) const fn indicator(byte: u8) -> Option<u8> {
    match byte {
        b' ' | b'#' | b'\\' | b'_' => Some(b' '),
        b'0'..=b'9' | b'a'..=b'z' | b'|' => Some(byte),
        _ => None,
    }
}

/// Parses the subfields from this offset on: `$aText$bText`. `{dollar}` is a dollar sign.
pub(super) fn subfields(text: &str, from: usize) -> Result<Subfields, EditError> {
    check(text, from)?;
    let mut subfields = Vec::new();
    let mut at = from;
    if !text[at..].starts_with('$') {
        return Err(EditError::expected(text, at, "`$` and a subfield code"));
    }
    for part in text[at + 1..].split('$') {
        at += 1;
        let is_code = |byte: &u8| matches!(byte, b'!'..=b'?' | b'['..=b'{' | b'}' | b'~');
        let Some(&code) = part.as_bytes().first().filter(|byte| is_code(byte)) else {
            return Err(EditError::expected(
                text,
                at,
                "a subfield code (a lowercase letter, a digit or punctuation; a dollar sign is \
                 `{dollar}`)",
            ));
        };
        // `view` shows blanks around the codes.
        let value = match part[1..].strip_prefix(' ') {
            Some(value) => value.trim_matches(' '),
            None => &part[1..],
        };
        if value.is_empty() {
            return Err(EditError::expected(text, at + 1, "the text of the subfield"));
        }
        subfields.push((code, dollars(value)));
        at += part.len();
    }
    Ok(subfields)
}

fn dollars(text: &str) -> String {
    text.replace("{dollar}", "$")
}

/// Checks that a text has no control characters from this offset on: some of them would end the
/// field.
pub(super) fn check(text: &str, from: usize) -> Result<(), EditError> {
    match text[from..].find(|c: char| c.is_ascii_control()) {
        Some(at) => {
            Err(EditError::new(text, from + at, "a control character cannot stand in a field"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn data(text: &str) -> ([u8; 2], Vec<(u8, String)>) {
        match field(text).unwrap().content {
            NewContent::Data { indicators, subfields } => (indicators, subfields),
            NewContent::Control(_) => panic!("{text}"),
        }
    }

    #[test]
    fn a_field_is_written_as_in_the_documents_of_marc_or_as_in_marcmaker() {
        for (text, indicators) in [
            ("650 $aWhales", b"  "),
            ("650  $aWhales", b"  "),
            ("650    $aWhales", b"  "),
            ("650 #0$aWhales", b" 0"),
            ("650  0$aWhales", b" 0"),
            (r"650  \0$aWhales", b" 0"),
            ("650 #0 $a Whales", b" 0"),
            ("650 14 $aWhales", b"14"),
            ("650 1 $aWhales", b"1 "),
            ("650 1  $aWhales", b"1 "),
            ("650 1# $aWhales", b"1 "),
            ("650 _0$aWhales", b" 0"),
            (r"=650  \0$aWhales", b" 0"),
            ("650 |b$aWhales", b"|b"),
        ] {
            assert_eq!(data(text), (*indicators, [(b'a', "Whales".to_string())].into()), "{text}");
        }
        let price = data("020 $c{dollar}5 $q x $z1 ").1;
        assert_eq!(price, [(b'c', "$5 ".into()), (b'q', "x".into()), (b'z', "1 ".into())]);
    }

    #[test]
    fn mistakes_have_a_place() {
        for (text, position) in [
            ("", 0),
            ("65", 0),
            ("6X0 $a", 0),
            ("650é $a", 3),
            ("650$aWhales", 3),
            ("650 0$aWhales", 4),
            ("650 012$aWhales", 4),
            ("650 Z1$aWhales", 4),
            ("=65", 1),
            ("=650 0$aWhales", 5),
            ("650 #0 Whales", 13),
            ("650 #0$", 7),
            ("650 #0$a", 8),
            ("650 #0$aWhales$", 15),
            ("650 #0$Ax", 7),
            ("650 #0$ax\u{1f}b", 9),
            ("001 ", 4),
            ("LDR x", 0),
        ] {
            assert_eq!(field(text).unwrap_err().position(), position, "{text}");
        }
    }
}
