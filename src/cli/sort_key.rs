//! The keys by which records are sorted and compared.
//!
//! A key is bytes whose order is that of the records. It has a part for each `--by`: a list of
//! values, which is ordered as lists are.

use super::filing::append_filing_form;
use crate::{
    encoding::{DecodeOptions, ErrorPolicy, RecordText, TextOptions, subfields},
    matchkey::gold_rush,
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

/// A part of the keys: values, and their comparison.
#[derive(Debug, Clone)]
pub(super) struct KeyPart {
    source: Source,
    form: Form,
    is_reversed: bool,
}

/// The source of the values.
#[derive(Debug, Clone)]
enum Source {
    Selector(Box<Selector>),
    /// The match key, which is one value.
    GoldRush,
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
        let selector = rest.parse::<Selector>().map_err(|error| format!("{error}"))?;
        Ok(Self { source: Source::Selector(Box::new(selector)), form, is_reversed })
    }

    /// Parses a part of a key by which equal records are found: a selector, perhaps with `:exact`,
    /// or `goldrush`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub(super) fn parse_match(text: &str) -> Result<Self, String> {
        if text == "goldrush" {
            return Ok(Self { source: Source::GoldRush, form: Form::Exact, is_reversed: false });
        }
        // A selector may begin with letters: `goldrsh` would be subfields of fields `gol`.
        let name = text.split_once(':').map_or(text, |(name, _)| name);
        if name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err("a key is a selector such as 001, or goldrush".into());
        }
        let part = Self::parse(text)?;
        match part.is_reversed || part.form == Form::Number {
            true => Err("exact is the only option of a key without an order".into()),
            false => Ok(part),
        }
    }

    /// Returns the name for messages.
    pub(super) fn name(&self) -> String {
        match &self.source {
            Source::Selector(selector) => selector.to_string(),
            Source::GoldRush => "goldrush".into(),
        }
    }

    /// Appends the part of a record's key. Returns true if the record has a value.
    fn append(&self, record: &ParsedRecord<'_>, text: RecordText, key: &mut Vec<u8>) -> bool {
        let start = key.len();
        key.push(VALUES);
        let has_value = match &self.source {
            Source::Selector(selector) => self.append_values(selector, record, text, key),
            Source::GoldRush => match gold_rush(record, text) {
                Ok(Some(match_key)) => {
                    append_exact(&match_key, key);
                    true
                }
                _ => false,
            },
        };
        if !has_value {
            key.truncate(start);
            key.push(NO_VALUE);
            return false;
        }
        key.extend_from_slice(&END);
        if self.is_reversed {
            key[start + 1..].iter_mut().for_each(|byte| *byte = !*byte);
        }
        true
    }

    /// Appends the values of a selector. Returns true if there are any.
    fn append_values(
        &self,
        selector: &Selector,
        record: &ParsedRecord<'_>,
        text: RecordText,
        key: &mut Vec<u8>,
    ) -> bool {
        let mut has_value = false;
        let visited = selector.visit(record, text, &mut |value| {
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
        has_value
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
    /// Creates the projection for a sort. Undecodable bytes are replaced, so that a record keeps its
    /// place.
    pub(super) fn for_order(parts: Vec<KeyPart>, text: TextOptions) -> Self {
        Self::with_policy(parts, text, ErrorPolicy::Replace)
    }

    /// Creates the projection for a comparison. Undecodable bytes are escaped, so that records with
    /// different bytes have different keys.
    pub(super) fn for_equality(parts: Vec<KeyPart>, text: TextOptions) -> Self {
        Self::with_policy(parts, text, ErrorPolicy::BackslashReplace)
    }

    fn with_policy(parts: Vec<KeyPart>, text: TextOptions, policy: ErrorPolicy) -> Self {
        let text = text.decode(DecodeOptions::new().policy(policy));
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
            let (mut has_first, mut has_all) = (None, true);
            for part in &*self.parts {
                let has_value = part.append(&record, text, &mut keys.bytes);
                has_first.get_or_insert(has_value);
                has_all &= has_value;
            }
            let has_first = has_first.unwrap_or_default();
            keys.ends.push(End { end: keys.bytes.len(), has_first, has_all });
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
    ends: Vec<End>,
    /// Number of keys that were taken.
    next: usize,
}

/// The end of a key, and the values that it has.
#[derive(Debug, Clone, Copy, Default)]
struct End {
    end: usize,
    has_first: bool,
    has_all: bool,
}

impl Keys {
    /// Takes the key of the next record.
    pub(super) fn next(&mut self) -> Key<'_> {
        let start = self.next.checked_sub(1).map_or(0, |before| self.ends[before].end);
        let End { end, has_first, has_all } = self.ends[self.next];
        self.next += 1;
        Key { bytes: &self.bytes[start..end], has_first, has_all }
    }
}

/// The key of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'k> {
    pub(super) bytes: &'k [u8],
    /// True if the record has a value for the first part.
    pub(super) has_first: bool,
    /// True if it has a value for every part.
    pub(super) has_all: bool,
}

/// Returns the values of a key as text, for a report.
pub(super) fn shown(key: &[u8]) -> String {
    let key = String::from_utf8_lossy(key);
    let parts = key.split("\0\0").filter(|part| !part.is_empty());
    let values = parts.map(|part| part.trim_start_matches('\u{1}').replace("\0\u{1}", "; "));
    values.collect::<Vec<_>>().join(" | ")
}
