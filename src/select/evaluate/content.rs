//! The content of a field or of the leader, as text.

use super::Positions;
use crate::{
    encoding::subfields,
    record::{AsRecord, Field},
};
use std::{
    borrow::{Cow, ToOwned},
    cell::OnceCell,
    str,
    string::String,
};

/// The leader or a field of the record, and its text.
pub(super) struct Content<'r> {
    /// Number of the field in the record, from 0; `None` for the leader.
    pub(super) at: Option<usize>,
    pub(super) field: Option<Field<'r>>,
    pub(super) text: OnceCell<Cow<'r, str>>,
}

impl<'r> Content<'r> {
    pub(super) const fn of_field(at: usize, field: Field<'r>) -> Self {
        Self { at: Some(at), field: Some(field), text: OnceCell::new() }
    }

    pub(super) fn of_leader(record: &'r impl AsRecord) -> Self {
        Self { at: None, field: None, text: OnceCell::from(leader_text(record)) }
    }

    /// Returns true if the content has neither indicators nor subfields.
    pub(super) const fn is_control(&self) -> bool {
        !matches!(self.field, Some(Field::Data(_)))
    }
}

/// Returns the leader as text. In a damaged record it may have bytes that are not ASCII; these are
/// read as Latin-1.
pub(crate) fn leader_text(record: &impl AsRecord) -> Cow<'_, str> {
    let bytes = record.leader().as_bytes();
    match str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

/// Returns the value of the leader or of a field, or the selected characters of it; `None` if no
/// character is selected.
pub(in crate::select) fn whole<'t>(
    text: &'t str,
    is_control: bool,
    characters: Option<Positions>,
) -> Option<Cow<'t, str>> {
    let whole = if is_control { Cow::Borrowed(text) } else { joined(text) };
    match whole {
        Cow::Borrowed(whole) => characters_of(characters, whole).map(Cow::Borrowed),
        Cow::Owned(whole) if characters.is_none() => Some(Cow::Owned(whole)),
        Cow::Owned(whole) => {
            characters_of(characters, &whole).map(|value| Cow::Owned(value.to_owned()))
        }
    }
}

/// Returns a part of `text`, or no text. It borrows from the record if `text` does.
pub(super) fn shared<'r>(text: &Cow<'r, str>, part: &str) -> Cow<'r, str> {
    match *text {
        _ if part.is_empty() => Cow::Borrowed(""),
        Cow::Borrowed(whole) => {
            let start = part.as_ptr().addr() - whole.as_ptr().addr();
            Cow::Borrowed(&whole[start..start + part.len()])
        }
        Cow::Owned(_) => Cow::Owned(part.to_owned()),
    }
}

/// Returns the selected characters of a value; `None` if there are none.
#[inline]
pub(in crate::select) fn characters_of(characters: Option<Positions>, value: &str) -> Option<&str> {
    match characters {
        Some(characters) => characters.of_text(value),
        None => Some(value),
    }
}

/// Returns the value of a whole field: the values of its subfields, joined by blanks.
fn joined(text: &str) -> Cow<'_, str> {
    let mut values = subfields(text).map(|(_, value)| value);
    let first = values.next().unwrap_or_default();
    let Some(second) = values.next() else { return Cow::Borrowed(first) };
    let mut joined = String::with_capacity(text.len());
    joined.push_str(first);
    for value in [second].into_iter().chain(values) {
        joined.push(' ');
        joined.push_str(value);
    }
    Cow::Owned(joined)
}
