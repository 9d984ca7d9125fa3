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

/// The same of a field's bytes, before they are known to be text: only what the title is made of is
/// looked at, and Python checks it as it makes the string. `None` if the field is in no shape for
/// that; else what `make` made, if there is a title.
pub(in crate::python) fn with_plain_title<R>(
    field: &[u8],
    make: impl FnOnce(&[u8]) -> Option<R>,
) -> Option<Option<R>> {
    let [first, second, SUBFIELD_DELIMITER, subfields @ ..] = field else { return None };
    if !first.is_ascii() || !second.is_ascii() || [*first, *second].contains(&SUBFIELD_DELIMITER) {
        return None;
    }
    let (mut title, mut rest) = (None, None);
    let mut start = 0;
    loop {
        let end = memchr::memchr(SUBFIELD_DELIMITER, &subfields[start..])
            .map_or(subfields.len(), |length| start + length);
        match subfields[start..end] {
            [b'a', ref value @ ..] => title = title.or(Some(value)),
            [b'b', ref value @ ..] => rest = rest.or(Some(value)),
            _ => {}
        }
        if end == subfields.len() || title.is_some() && rest.is_some() {
            break;
        }
        start = end + 1;
    }
    let Some(title) = title else { return Some(None) };
    let rest = match rest {
        Some(rest) if !title.is_empty() && !rest.is_empty() => rest,
        _ => return make(title).map(Some),
    };
    // On the stack; what is longer takes the long way.
    let mut joined = [0; 256];
    let length = title.len() + 1 + rest.len();
    joined.get_mut(..title.len())?.copy_from_slice(title);
    *joined.get_mut(title.len())? = b' ';
    joined.get_mut(title.len() + 1..length)?.copy_from_slice(rest);
    make(&joined[..length]).map(Some)
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
    if let [first, second, SUBFIELD_DELIMITER, rest @ ..] = field.as_bytes()
        && first.is_ascii()
        && second.is_ascii()
        && *first != SUBFIELD_DELIMITER
        && *second != SUBFIELD_DELIMITER
        && rest.len() <= SHORT
    {
        let mut joined = [0; SHORT + 8];
        let length = join_plain(rest, &mut joined)?;
        return make(&joined[..length]);
    }
    // A malformed field may have more than indicators before its first delimiter: text too, or else the
    // field is none.
    if !head_of_bytes(field.as_bytes()).is_ascii() {
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

/// The length of subfields that are joined in one pass.
const SHORT: usize = 256;

/// Copies the values of these subfields, with blanks between them, and says how long that is. `None`
/// if there is none, or one that [`plain_value`] would not take.
#[inline]
fn join_plain(subfields: &[u8], joined: &mut [u8; SHORT + 8]) -> Option<usize> {
    let (mut at, mut length) = (0, 0);
    let mut is_first = true;
    while let Some(&code) = subfields.get(at) {
        at += 1;
        if code == SUBFIELD_DELIMITER {
            continue;
        }
        if !is_first {
            *joined.get_mut(length)? = b' ';
            length += 1;
        }
        is_first = false;
        let value = subfields.get(at..)?;
        let end = copy_value(value, joined.get_mut(length..)?)?;
        plain_value(Subfield { code, value: &value[..end] })?;
        length += end;
        // Behind the delimiter.
        at += end + 1;
    }
    (!is_first).then_some(length)
}

/// Copies bytes up to the next delimiter or the end, eight at a time, and says how many: what is
/// copied behind them does not count.
#[inline]
fn copy_value(source: &[u8], target: &mut [u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut at = 0;
    while let Some(eight) = source.get(at..)?.first_chunk::<8>() {
        *target.get_mut(at..)?.first_chunk_mut()? = *eight;
        let zero_at_delimiter = u64::from_le_bytes(*eight) ^ (ONES * SUBFIELD_DELIMITER as u64);
        let found = zero_at_delimiter.wrapping_sub(ONES) & !zero_at_delimiter & (ONES << 7);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    for &byte in source.get(at..)? {
        if byte == SUBFIELD_DELIMITER {
            break;
        }
        *target.get_mut(at)? = byte;
        at += 1;
    }
    Some(at)
}

/// The value of a subfield with nothing to strip, whose code and ends are ASCII.
#[inline]
fn plain_value(subfield: Subfield<'_>) -> Option<&[u8]> {
    let Subfield { code, value } = subfield;
    let is_plain = |end: Option<&u8>| end.is_none_or(|byte| matches!(byte, b'!'..=b'~'));
    (code.is_ascii() && is_plain(value.first()) && is_plain(value.last())).then_some(value)
}
