//! The text of a data field, cut into indicators and subfields.

use super::head_of as head_of_bytes;
use crate::python::text::strip;
use crate::record::{DataField, SUBFIELD_DELIMITER, Subfield};
use std::borrow::Cow;

/// Indicators, and an iterator over the subfields.
pub(in crate::python) struct Parts<'a> {
    pub(in crate::python) indicators: [char; 2],
    /// What stands after the delimiter of the next subfield; `None` at the end.
    rest: Option<&'a str>,
}

/// The text before the next delimiter, and what comes after it.
#[inline]
fn cut(text: &str) -> (&str, Option<&str>) {
    match memchr::memchr(SUBFIELD_DELIMITER, text.as_bytes()) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// The text before the first delimiter.
pub(super) fn head_of(text: &str) -> &str {
    cut(text).0
}

impl<'a> Parts<'a> {
    #[inline]
    pub(in crate::python) fn new(text: &'a str) -> Self {
        if let [first, second, SUBFIELD_DELIMITER, ..] = *text.as_bytes()
            && first.is_ascii()
            && second.is_ascii()
            && first != SUBFIELD_DELIMITER
            && second != SUBFIELD_DELIMITER
        {
            let indicators = [char::from(first), char::from(second)];
            return Self { indicators, rest: Some(&text[3..]) };
        }
        let (before, rest) = cut(text);
        let mut before = before.chars();
        let mut indicator = || before.next().unwrap_or(' ');
        Self { indicators: [indicator(), indicator()], rest }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = (&'a str, &'a str);

    /// The next subfield: its code, one character, and its value. Empty ones are passed over.
    #[inline]
    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        loop {
            let (subfield, rest) = cut(self.rest?);
            self.rest = rest;
            if let Some(code) = subfield.chars().next() {
                return Some(subfield.split_at(code.len_utf8()));
            }
        }
    }
}

/// $a, and $b behind a blank if neither is empty: what pymarc calls the title of a 245.
pub(super) fn title_of(text: &str) -> Option<Cow<'_, str>> {
    let (mut title, mut rest) = (None, None);
    for (code, value) in Parts::new(text) {
        match code {
            "a" => title = title.or(Some(value)),
            "b" => rest = rest.or(Some(value)),
            _ => {}
        }
    }
    let title = title?;
    Some(match rest {
        Some(rest) if !title.is_empty() && !rest.is_empty() => {
            Cow::Owned([title, " ", rest].concat())
        }
        _ => Cow::Borrowed(title),
    })
}

/// The values of the subfields in the text of a data field, stripped and joined by blanks.
pub(super) fn value_of(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for (at, (_, value)) in Parts::new(text).enumerate() {
        if at > 0 {
            joined.push(' ');
        }
        joined.push_str(strip(value));
    }
    joined
}

/// The same of a field's bytes, before they are known to be text: separators and the usual ends of
/// a value are ASCII, and Python checks the rest as it makes the string. `None` if it takes a look
/// at characters to say where a value ends.
pub(super) fn with_plain_value<R>(
    field: DataField<'_>,
    make: impl FnOnce(&[u8]) -> Option<R>,
) -> Option<R> {
    // All of it: a malformed field may have more before its first delimiter, which must be text too.
    let is_plain_head = match field.as_bytes() {
        [first, second, SUBFIELD_DELIMITER, ..] => first.is_ascii() && second.is_ascii(),
        bytes => head_of_bytes(bytes).is_ascii(),
    };
    if !is_plain_head {
        return None;
    }
    let mut subfields = field.subfields();
    let value = subfields.next().and_then(plain_value)?;
    let Some(next) = subfields.next() else { return make(value) };
    // On the stack; what is longer takes the long way.
    let mut joined = [0; 256];
    let mut length = value.len();
    joined.get_mut(..length)?.copy_from_slice(value);
    for subfield in std::iter::once(next).chain(subfields) {
        let value = plain_value(subfield)?;
        *joined.get_mut(length)? = b' ';
        let start = length + 1;
        length = start + value.len();
        joined.get_mut(start..length)?.copy_from_slice(value);
    }
    make(&joined[..length])
}

/// The value of a subfield with nothing to strip, whose code and ends are ASCII.
#[inline]
fn plain_value(subfield: Subfield<'_>) -> Option<&[u8]> {
    let Subfield { code, value } = subfield;
    let is_plain = |end: Option<&u8>| end.is_none_or(|byte| matches!(byte, b'!'..=b'~'));
    (code.is_ascii() && is_plain(value.first()) && is_plain(value.last())).then_some(value)
}
