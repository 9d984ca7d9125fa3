//! The text of a data field, split into indicators and subfields.

use super::head_of as head_of_bytes;
use crate::{
    encoding::{Subfields, cut, subfields},
    python::text::strip,
    record::{DataField, SUBFIELD_DELIMITER, Subfield, find_delimiter},
};
use std::borrow::Cow;

/// The indicators, and an iterator over the subfields.
pub(crate) struct FieldView<'a> {
    pub(crate) indicators: [char; 2],
    subfields: Subfields<'a>,
}

/// Returns the text before the first delimiter.
pub(super) fn head_of(text: &str) -> &str {
    cut(text).0
}

/// Returns two ASCII indicators, and the bytes after the delimiter that follows them. `None` if
/// anything else is before the first delimiter.
#[inline]
fn split_head(field: &[u8]) -> Option<([u8; 2], &[u8])> {
    match *field {
        [first, second, SUBFIELD_DELIMITER, ref subfields @ ..]
            if first.is_ascii()
                && second.is_ascii()
                && first != SUBFIELD_DELIMITER
                && second != SUBFIELD_DELIMITER =>
        {
            Some(([first, second], subfields))
        }
        _ => None,
    }
}

impl<'a> FieldView<'a> {
    #[inline]
    pub(crate) fn new(text: &'a str) -> Self {
        let indicators = match split_head(text.as_bytes()) {
            Some((indicators, _)) => indicators.map(char::from),
            None => {
                let mut before = head_of(text).chars();
                let mut indicator = || before.next().unwrap_or(' ');
                [indicator(), indicator()]
            }
        };
        Self { indicators, subfields: subfields(text) }
    }
}

impl<'a> Iterator for FieldView<'a> {
    type Item = (&'a str, &'a str);

    /// Returns the next subfield: its code (one character) and its value. Skips empty subfields.
    #[inline]
    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        self.subfields.next()
    }
}

/// Returns $a, followed by a blank and $b if neither is empty: pymarc's title of a 245.
pub(super) fn title_of(text: &str) -> Option<Cow<'_, str>> {
    let (mut title, mut rest) = (None, None);
    for (code, value) in FieldView::new(text) {
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

/// Does the same as [`title_of`] for the bytes of a field, before it is known that they can be
/// decoded. It looks only at the bytes of the title; Python decodes these strictly when it makes
/// the string. Returns `None` if the field is not well-formed enough; otherwise the result of
/// `make`, if there is a title.
pub(crate) fn with_plain_title<R>(
    field: &[u8],
    make: impl FnOnce(&[u8]) -> Option<R>,
) -> Option<Option<R>> {
    let (_, subfields) = split_head(field)?;
    let (mut title, mut rest) = (None, None);
    let mut start = 0;
    loop {
        let end =
            find_delimiter(&subfields[start..]).map_or(subfields.len(), |length| start + length);
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
    // The buffer is on the stack. A longer title is `None` and takes the slow path.
    let mut joined = [0; 256];
    let length = title.len() + 1 + rest.len();
    joined.get_mut(..title.len())?.copy_from_slice(title);
    *joined.get_mut(title.len())? = b' ';
    joined.get_mut(title.len() + 1..length)?.copy_from_slice(rest);
    make(&joined[..length]).map(Some)
}

/// Returns the values of the subfields in the text of a data field, stripped and joined by blanks.
pub(super) fn value_of(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for (at, (_, value)) in FieldView::new(text).enumerate() {
        if at > 0 {
            joined.push(' ');
        }
        joined.push_str(strip(value));
    }
    joined
}

/// Does the same as [`value_of`] for the bytes of a field, before it is known that they can be
/// decoded. Separators and the usual ends of a value are ASCII; Python decodes the rest strictly
/// when it makes the string. Returns `None` if the end of a value can only be found by decoding, and
/// for several subfields that are longer than [`SHORT`].
pub(super) fn with_plain_value<R>(
    field: DataField<'_>,
    make: impl FnOnce(&[u8]) -> Option<R>,
) -> Option<R> {
    if let Some((_, rest)) = split_head(field.as_bytes())
        && rest.len() <= SHORT
    {
        let mut joined = [0; SHORT + 8];
        let length = join_plain(rest, &mut joined)?;
        return make(&joined[..length]);
    }
    // A malformed field may have more than indicators before its first delimiter. These bytes must
    // be decodable too; otherwise the field is undecodable.
    if !head_of_bytes(field.as_bytes()).is_ascii() {
        return None;
    }
    let mut subfields = field.subfields();
    let value = subfields.next().and_then(plain_value)?;
    match subfields.next() {
        None => make(value),
        Some(_) => None,
    }
}

/// Largest length of the subfields that are joined in one pass.
const SHORT: usize = 256;

/// Copies the values of these subfields, with blanks between them, and returns their length.
/// Returns `None` without a subfield, or if [`plain_value`] would not accept one.
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
        // Offset after the delimiter.
        at += end + 1;
    }
    (!is_first).then_some(length)
}

/// Copies bytes up to the next delimiter or the end, eight at a time, and returns their number. The
/// bytes copied beyond that number have no meaning.
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

/// Returns the value of a subfield if its code and its ends are ASCII and nothing is to be
/// stripped.
#[inline]
fn plain_value(subfield: Subfield<'_>) -> Option<&[u8]> {
    let Subfield { code, value } = subfield;
    let is_plain = |end: Option<&u8>| end.is_none_or(|byte| matches!(byte, b'!'..=b'~'));
    (code.is_ascii() && is_plain(value.first()) && is_plain(value.last())).then_some(value)
}
