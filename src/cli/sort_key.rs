//! The keys by which records are sorted and compared.
//!
//! A key is bytes whose order is that of the records. It has a part for each `--by`: a list of
//! values, which is ordered as lists are.

use super::filing::append_filing_form;
use crate::{
    encoding::{DecodeOptions, ErrorPolicy, RecordText, TextOptions, subfields},
    parse::{Parsed, ParsedRecord, Project},
    pipeline::Limits,
    record::{AsRecord, Field},
    select::{Selector, Value},
};
use std::{borrow::Cow, ops::ControlFlow, sync::Arc};

/// First byte of a part with values.
const VALUES: u8 = 1;
/// The part of a record without a value: it is after all others, also in reverse order.
const NO_VALUE: u8 = 2;

/// The bytes between two values, and after the last. A zero in a value is written as [`ZERO`].
const SEPARATOR: [u8; 2] = [0, 1];
const END: [u8; 2] = [0, 0];
const ZERO: [u8; 2] = [0, 0xFF];

/// The tags of titles whose second indicator is the number of characters not to file by.
const SECOND: [&str; 7] = ["222", "240", "242", "243", "245", "440", "830"];
/// The tags of titles whose first indicator is this number.
const FIRST: [&str; 4] = ["130", "630", "730", "740"];

/// A part of the keys: the values of a selector, and their comparison.
#[derive(Debug, Clone)]
pub(super) struct KeyPart {
    selector: Selector,
    form: Form,
    is_reversed: bool,
}

/// The form in which values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The filing form; control fields as they are.
    Filing,
    /// As they are, by code points.
    Exact,
    /// The first number in each.
    Number,
}

impl KeyPart {
    /// Parses a selector with options after it: `008/07-10:number:reverse`.
    ///
    /// # Errors
    /// Returns the reason, with the place of the mistake in a selector.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (mut rest, mut form, mut is_reversed) = (text, Form::Filing, false);
        while let Some((before, option)) = rest.rsplit_once(':') {
            // A colon may be in a condition of the selector.
            if option.is_empty() || !option.bytes().all(|byte| byte.is_ascii_lowercase()) {
                break;
            }
            match option {
                "reverse" => is_reversed = true,
                "exact" => form = Form::Exact,
                "number" => form = Form::Number,
                _ => {
                    return Err(format!(
                        "{option} is not an option of a key: they are exact, number and reverse"
                    ));
                }
            }
            rest = before;
        }
        let selector = rest.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { selector, form, is_reversed })
    }

    /// Returns the selector.
    pub(super) const fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Appends the part of a record's key.
    fn append(&self, record: &ParsedRecord<'_>, text: RecordText, key: &mut Vec<u8>) {
        let start = key.len();
        key.push(VALUES);
        let mut has_value = false;
        let visited = self.selector.visit(record, text, &mut |value| {
            let end = key.len();
            if has_value {
                key.extend_from_slice(&SEPARATOR);
            }
            match self.append_value(record, text, &value, key) {
                true => has_value = true,
                false => key.truncate(end),
            }
            ControlFlow::Continue(())
        });
        debug_assert!(visited.is_ok(), "undecodable bytes are replaced");
        if !has_value {
            key.truncate(start);
            return key.push(NO_VALUE);
        }
        key.extend_from_slice(&END);
        if self.is_reversed {
            key[start + 1..].iter_mut().for_each(|byte| *byte = !*byte);
        }
    }

    /// Appends a value. Returns false if it does not count.
    fn append_value(
        &self,
        record: &ParsedRecord<'_>,
        text: RecordText,
        value: &Value<'_>,
        key: &mut Vec<u8>,
    ) -> bool {
        if self.form == Form::Number {
            return append_number(value.text(), key);
        }
        let field = value.field().and_then(|at| record.fields().nth(at));
        match field.filter(|_| self.form == Form::Filing) {
            Some(field @ Field::Data(_)) => {
                let skipped = nonfiling(record, text, field, value.text());
                append_filing_form(skipped, key)
            }
            _ => {
                append_exact(value.text(), key);
                true
            }
        }
    }
}

/// Appends a value as it is.
fn append_exact(value: &str, key: &mut Vec<u8>) {
    let mut pieces = value.as_bytes().split(|byte| *byte == 0);
    key.extend_from_slice(pieces.next().unwrap_or_default());
    for piece in pieces {
        key.extend_from_slice(&ZERO);
        key.extend_from_slice(piece);
    }
}

/// Appends the first number in a value: ASCII digits, perhaps with a point and digits after them.
/// Returns false if there is none.
fn append_number(value: &str, key: &mut Vec<u8>) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let Some(start) = value.bytes().position(|byte| byte.is_ascii_digit()) else { return false };
    let (whole, rest) = value[start..].split_at(digits(&value[start..]));
    let fraction = rest.strip_prefix('.').map_or("", |rest| &rest[..digits(rest)]);
    let whole = whole.trim_start_matches('0');
    // A longer number is greater. No field has 4 GiB.
    key.extend_from_slice(&(whole.len() as u32).to_be_bytes());
    key.extend_from_slice(whole.as_bytes());
    key.extend_from_slice(fraction.trim_end_matches('0').as_bytes());
    true
}

/// Returns a value without the characters that its field says not to file by. They are the first
/// of $a.
fn nonfiling<'v>(
    record: &ParsedRecord<'_>,
    text: RecordText,
    field: Field<'_>,
    value: &'v str,
) -> &'v str {
    let Field::Data(data) = field else { return value };
    let (tag, indicators) = (data.tag, data.indicators());
    let indicator = match () {
        () if SECOND.iter().any(|title| tag == *title) => indicators.second,
        () if FIRST.iter().any(|title| tag == *title) => indicators.first,
        () => return value,
    };
    if !matches!(indicator, b'1'..=b'9') {
        return value;
    }
    let whole = text.field(record, field).unwrap_or(Cow::Borrowed(""));
    let title = subfields(&whole).find(|(code, _)| *code == "a").map_or("", |(_, title)| title);
    if title.is_empty() || !value.starts_with(title) {
        return value;
    }
    let mut rest = value.chars();
    rest.nth(usize::from(indicator - b'1'));
    match rest.as_str() {
        "" => value,
        rest => rest,
    }
}

/// A projection that makes the key of each record.
#[derive(Debug, Clone)]
pub(super) struct MakeKeys {
    parts: Arc<[KeyPart]>,
    text: TextOptions,
}

impl MakeKeys {
    /// Creates the projection. Undecodable bytes are replaced, so that a record keeps its place.
    pub(super) fn new(parts: Vec<KeyPart>, text: TextOptions) -> Self {
        let text = text.decode(DecodeOptions::new().policy(ErrorPolicy::Replace));
        Self { parts: parts.into(), text }
    }
}

impl Project for MakeKeys {
    type Output = Keys;

    fn run(&self, batch: &Parsed<'_>, keys: &mut Keys) {
        keys.bytes.clear();
        keys.ends.clear();
        keys.next = 0;
        for record in batch.records() {
            let text = record.text(self.text);
            self.parts.iter().for_each(|part| part.append(&record, text, &mut keys.bytes));
            keys.ends.push(keys.bytes.len());
        }
    }

    fn limits(&self) -> Limits {
        Limits::expensive()
    }
}

/// The keys of the records of a batch.
#[derive(Debug, Default)]
pub(super) struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Number of keys that were taken.
    next: usize,
}

impl Keys {
    /// Takes the key of the next record.
    pub(super) fn next(&mut self) -> Key<'_> {
        let start = self.next.checked_sub(1).map_or(0, |before| self.ends[before]);
        let end = self.ends.get(self.next).copied().unwrap_or(start);
        self.next += 1;
        Key(&self.bytes[start..end])
    }
}

/// The key of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'k>(pub(super) &'k [u8]);

impl Key<'_> {
    /// Returns true if the record has a value for the first part.
    pub(super) fn has_first(self) -> bool {
        self.0.first() == Some(&VALUES)
    }
}
