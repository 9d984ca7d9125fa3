//! The way in which the bytes of a record are decoded.

use super::pymarc::marc8;
use crate::{
    encoding::{DecodeOptions, Encoding, ErrorPolicy, RecordText, TextError},
    record::SUBFIELD_DELIMITER,
};
use std::borrow::Cow;

const POLICIES: [ErrorPolicy; 4] =
    [ErrorPolicy::Strict, ErrorPolicy::Replace, ErrorPolicy::Ignore, ErrorPolicy::BackslashReplace];

const ENCODINGS: [Encoding; 5] =
    [Encoding::Utf8, Encoding::Marc8, Encoding::Iso5426, Encoding::Latin1, Encoding::Ascii];

/// An upper bound of the numbers that [`code_of`] returns.
const CODES: u8 = 1 << 7;

/// Returns the number of a rule in a pickle.
fn code_of(text: RecordText) -> u8 {
    let place = |found: Option<usize>| found.unwrap_or_default() as u8;
    let options = text.decode_options();
    place(ENCODINGS.iter().position(|&encoding| encoding == text.encoding()))
        | place(POLICIES.iter().position(|&policy| policy == options.error_policy())) << 3
        | u8::from(options.refers()) << 5
        | u8::from(text.named().is_some()) << 6
}

/// Returns the rule with this number; `None` for a number that [`code_of`] never returns.
fn rule_of(code: u8) -> Option<RecordText> {
    let encoding = *ENCODINGS.get(usize::from(code & 7))?;
    let policy = POLICIES[usize::from(code >> 3 & 3)];
    let options = DecodeOptions::new().policy(policy).numeric_references(code & 1 << 5 != 0);
    Some(RecordText::new(encoding, code & 1 << 6 != 0, options))
}

/// The rules by which a record's bytes become text.
///
/// In pymarc's two cases, the bytes were checked when the record was read: they decode without a
/// fault, a warning or a line on stderr. So they may be decoded late, and a program cannot see a
/// difference from pymarc, which decodes everything at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// tidemarc's rule: undecodable bytes raise on access if the policy is strict.
    Native(RecordText),
    /// pymarc's rule for UTF-8.
    Utf8,
    /// pymarc's rule for MARC-8: control fields are Latin-1, each subfield is decoded on its own.
    Marc8,
}

static_assertions::assert_eq_size!(Reading, u32);

impl Reading {
    /// Returns the number of the rule in a pickle.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Native(text) => code_of(text),
            Self::Utf8 => CODES,
            Self::Marc8 => CODES + 1,
        }
    }

    /// Returns the rule of a [`code`](Self::code); `None` for a number that it never returns.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            CODES => Self::Utf8,
            code if code == CODES + 1 => Self::Marc8,
            code if code < CODES => Self::Native(rule_of(code)?),
            _ => return None,
        })
    }

    /// Returns true if the bytes are UTF-8, so that one call makes a Python string of them.
    #[inline]
    pub(crate) const fn is_utf8(self) -> bool {
        match self {
            Self::Native(text) => matches!(text.encoding(), Encoding::Utf8),
            Self::Utf8 => true,
            Self::Marc8 => false,
        }
    }

    /// Returns the encoding of the bytes.
    #[inline]
    pub(crate) const fn encoding(self) -> Encoding {
        match self {
            Self::Native(text) => text.encoding(),
            Self::Utf8 => Encoding::Utf8,
            Self::Marc8 => Encoding::Marc8,
        }
    }

    /// Returns the text of a whole field, with its delimiters, without a look at its record.
    ///
    /// # Errors
    /// If the bytes are undecodable; the error has their position.
    #[inline]
    pub(crate) fn text(self, bytes: &[u8], control: bool) -> Result<Cow<'_, str>, TextError> {
        match self {
            Self::Native(text) => text.bytes(bytes, control),
            Self::Utf8 => {
                let text = Encoding::Utf8.decode_borrowed(bytes);
                text.map(Cow::Borrowed).map_err(TextError::from)
            }
            Self::Marc8 => Ok(marc8_text(bytes, control)),
        }
    }
}

/// Returns the text of a field in MARC-8, by pymarc's rules.
fn marc8_text(bytes: &[u8], control: bool) -> Cow<'_, str> {
    let is_plain = |&byte: &u8| matches!(byte, 0x20..=0x7E | SUBFIELD_DELIMITER);
    if let Ok(text) = std::str::from_utf8(bytes)
        && (bytes.iter().all(is_plain) || control && text.is_ascii())
    {
        return Cow::Borrowed(text);
    }
    let latin1 = |bytes: &[u8]| bytes.iter().map(|&byte| char::from(byte)).collect::<String>();
    if control {
        return Cow::Owned(latin1(bytes));
    }
    let mut subfields = bytes.split(|&byte| byte == SUBFIELD_DELIMITER);
    let mut text = latin1(subfields.next().unwrap_or_default());
    for subfield in subfields {
        text.push(char::from(SUBFIELD_DELIMITER));
        if let [code, value @ ..] = subfield {
            text.push(char::from(*code));
            text.push_str(&marc8::decode_quietly(value));
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pickle_knows_every_rule_by_a_number() {
        for encoding in ENCODINGS {
            for policy in POLICIES {
                for is_set in [false, true] {
                    let options = DecodeOptions::new().policy(policy).numeric_references(is_set);
                    let text = RecordText::new(encoding, is_set, options);
                    assert!(code_of(text) < CODES);
                    assert_eq!(rule_of(code_of(text)), Some(text));
                }
            }
        }
        assert_eq!(rule_of(7), None);
    }
}
