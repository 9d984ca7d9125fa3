//! The values of a record that go into its match key.

use crate::{
    encoding::{RecordText, TextError, subfields},
    record::{AsRecord, Field},
};
use std::{borrow::Cow, string::String, vec::Vec};
use unicode_normalization::UnicodeNormalization as _;

/// The tags of the fields that a key may depend on.
const TAGS: [&str; 20] = [
    "007", "008", "010", "020", "022", "041", "086", "100", "110", "111", "130", "245", "250",
    "260", "264", "300", "337", "533", "590", "880",
];

/// The text of the fields that a key may depend on, in the order of the record.
pub(super) struct Parts<'r> {
    fields: Vec<(&'static str, Cow<'r, str>)>,
    has_link: bool,
}

impl<'r> Parts<'r> {
    /// Decodes the fields.
    ///
    /// # Errors
    /// Returns the first undecodable bytes, if the policy of `text` is strict.
    pub(super) fn of(record: &'r impl AsRecord, text: RecordText) -> Result<Self, TextError> {
        let mut parts = Self { fields: Vec::new(), has_link: false };
        for (at, field) in record.fields().enumerate() {
            parts.has_link |= field.tag() == "856";
            if let Some(tag) = TAGS.into_iter().find(|tag| field.tag() == *tag) {
                let value = text.at(record, at).field(record, field)?;
                // A text must have one key, in whatever normal form it is written.
                let value = match (field, value.is_ascii()) {
                    (Field::Data(_), false) => Cow::Owned(value.nfc().collect()),
                    _ => value,
                };
                parts.fields.push((tag, value));
            }
        }
        Ok(parts)
    }

    /// Returns the fields with a tag.
    pub(super) fn fields(&self, tag: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(other, _)| *other == tag).map(|(_, field)| &**field)
    }

    /// Returns the values of a subfield in the first field with a tag.
    pub(super) fn values(&self, tag: &str, code: &'static str) -> impl Iterator<Item = &str> {
        let field = self.fields(tag).next().unwrap_or_default();
        subfields(field).filter(move |(other, _)| *other == code).map(|(_, value)| value)
    }

    /// Returns the first value of a subfield in the first field with a tag, or an empty text.
    pub(super) fn first(&self, tag: &str, code: &'static str) -> &str {
        self.values(tag, code).next().unwrap_or_default()
    }

    /// Returns true if a field with a tag is there.
    pub(super) fn has(&self, tag: &str) -> bool {
        self.fields(tag).next().is_some()
    }

    /// Returns true if there is a field 856.
    pub(super) const fn has_link(&self) -> bool {
        self.has_link
    }

    /// Returns the text of the field for the title: 245, or the field 880 that repeats it in its
    /// own script.
    pub(super) fn title(&self) -> &str {
        let own = self.fields("245").next().unwrap_or_default();
        let links_to = |field: &str, tag: &str| {
            let link = subfields(field).find(|(code, _)| *code == "6");
            link.is_some_and(|(_, link)| link.starts_with(tag))
        };
        let is_linked = links_to(own, "880");
        let linked = self.fields("880").find(|field| links_to(field, "245"));
        linked.filter(|_| is_linked).unwrap_or(own)
    }

    /// Returns the code of the language: 008/35-37, or without a field 008 the first $a of 041.
    pub(super) fn language(&self) -> &str {
        match self.fields("008").next() {
            Some(codes) => codes.get(35..38).unwrap_or_default(),
            None => self.first("041", "a"),
        }
    }

    /// Returns a number of the book: of the Library of Congress, ISBN or ISSN.
    pub(super) fn number(&self) -> Option<String> {
        let lccn = self.first("010", "a").replace(' ', "");
        if !lccn.is_empty() {
            return Some(lccn);
        }
        let isbn = self.fields("020").filter_map(|field| {
            let (_, value) = subfields(field).find(|(code, _)| *code == "a")?;
            isbn(value.trim_start())
        });
        let issn = Some(self.first("022", "a")).filter(|value| is_issn(value.as_bytes()));
        isbn.map(String::from).next().or_else(|| issn.map(String::from))
    }
}

/// Returns the ISBN that a text begins with. Its check digit is not examined.
fn isbn(text: &str) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    match digits {
        13.. if text.starts_with("978") || text.starts_with("979") => Some(&text[..13]),
        10 => Some(&text[..10]),
        9 if text.as_bytes().get(9) == Some(&b'X') => Some(&text[..10]),
        _ => None,
    }
}

fn is_issn(text: &[u8]) -> bool {
    let is_digit = |at: usize| text[at].is_ascii_digit();
    text.len() == 9
        && [0, 1, 2, 3, 5, 6, 7].into_iter().all(is_digit)
        && text[4] == b'-'
        && (is_digit(8) || text[8] == b'X')
}
