//! The rule by which the bytes of a record become text. Readers, writers and checks all use it, so
//! they agree on every field.
//!
//! 1. An encoding that the caller names is the encoding of the record.
//! 2. Otherwise, if leader/09 says UTF-8, a field that is valid UTF-8 is UTF-8. A loop over such
//!    records examines only the text of the fields that it reads.
//! 3. Every other field is in the encoding that [`detect`] finds for its record.
//!
//! The decision is made for each field by its own bytes, so it does not depend on which fields were
//! read before.

use super::{DecodeError, DecodeOptions, Encoding, ErrorPolicy, encoding_of, from_utf8};
use crate::record::{AsRecord, Field, SUBFIELD_DELIMITER, Tag, find_delimiter};
use memchr::memchr;
use std::{borrow::Cow, error, fmt, string::String};

/// Options for decoding the text of records: an encoding, if the caller names one, and the
/// treatment of undecodable bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextOptions {
    encoding: Option<Encoding>,
    decode: DecodeOptions,
}

impl TextOptions {
    /// Creates the default options: each record's encoding is detected, and undecodable bytes are
    /// an error.
    #[must_use]
    pub const fn new() -> Self {
        Self { encoding: None, decode: DecodeOptions::new() }
    }

    /// Sets the encoding. `None`, the default, detects it for each record.
    #[must_use]
    pub const fn encoding(mut self, encoding: Option<Encoding>) -> Self {
        self.encoding = encoding;
        self
    }

    /// Sets the options of decoding: the policy for undecodable bytes, numeric references.
    #[must_use]
    pub const fn decode(mut self, options: DecodeOptions) -> Self {
        self.decode = options;
        self
    }

    /// Returns the encoding that the caller named.
    #[must_use]
    pub const fn named(&self) -> Option<Encoding> {
        self.encoding
    }

    /// Returns the bytes of a field as text, if they are the same text in every encoding.
    #[inline]
    pub(crate) fn as_it_stands_in_all(self, bytes: &[u8]) -> Option<&str> {
        // All other encodings give these bytes of MARC-8 the same meaning.
        let may_refer = self.decode.refers() && memchr(b'&', bytes).is_some();
        if may_refer { None } else { Encoding::Marc8.as_it_stands(bytes) }
    }
}

/// The source of a record's encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// The caller named it.
    Named,
    /// Leader/09 says UTF-8. A field that is not valid UTF-8 proves that it is wrong.
    Leader,
    /// It was detected.
    Detected,
}

/// The rule by which the fields of one record become text.
///
/// ```
/// use tidemarc::{Record, encoding::{RecordText, TextOptions, subfields}};
///
/// let record = Record::builder()
///     .leader(*b"00000nam  2200000   4500") // leader/09 is blank: MARC-8
///     .data("245", *b"10", [(b'a', &b"Title"[..]), (b'c', b"Dvo\xe9r\xe2ak")])
///     .build()?;
/// let text = RecordText::of(&record, TextOptions::new());
/// let title = text.field(&record, record.fields()[0].as_field())?;
/// assert_eq!(subfields(&title).collect::<Vec<_>>(), [("a", "Title"), ("c", "Dvořák")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordText {
    encoding: Encoding,
    basis: Basis,
    decode: DecodeOptions,
}

static_assertions::assert_eq_size!(RecordText, u32);

impl RecordText {
    /// The rule for text that was encoded by this library.
    pub(crate) const UTF_8: Self =
        Self { encoding: Encoding::Utf8, basis: Basis::Named, decode: DecodeOptions::new() };

    /// Returns the rule for one field of a record: this one, unless the field was made of text.
    pub(crate) fn at(self, record: &impl AsRecord, at: usize) -> Self {
        if record.is_made_of_text(at) { Self::UTF_8 } else { self }
    }

    /// Returns the rule for this record.
    #[must_use]
    #[inline]
    pub fn of(record: &impl AsRecord, options: TextOptions) -> Self {
        let (encoding, basis) = match options.encoding {
            Some(encoding) => (encoding, Basis::Named),
            None if record.leader().is_utf8() => (Encoding::Utf8, Basis::Leader),
            None => (encoding_of(record, None), Basis::Detected),
        };
        Self { encoding, basis, decode: options.decode }
    }

    /// Creates the rule for a record that was read in this encoding. `is_named` says that the
    /// encoding was specified, and not found by the record.
    #[must_use]
    pub fn new(encoding: Encoding, is_named: bool, decode: DecodeOptions) -> Self {
        let basis = match encoding {
            _ if is_named => Basis::Named,
            Encoding::Utf8 => Basis::Leader,
            _ => Basis::Detected,
        };
        Self { encoding, basis, decode }
    }

    /// Returns the encoding of the record, or UTF-8 if leader/09 says so and no field has proved
    /// otherwise.
    #[must_use]
    #[inline]
    pub const fn encoding(self) -> Encoding {
        self.encoding
    }

    /// Returns the encoding that the caller named.
    #[must_use]
    pub const fn named(self) -> Option<Encoding> {
        if matches!(self.basis, Basis::Named) { Some(self.encoding) } else { None }
    }

    /// Returns the options of decoding.
    pub(crate) const fn decode_options(self) -> DecodeOptions {
        self.decode
    }

    /// Returns the same rule with another policy for undecodable bytes.
    pub(crate) const fn with_policy(self, policy: ErrorPolicy) -> Self {
        Self { decode: self.decode.policy(policy), ..self }
    }

    /// Returns the text of a field: for a data field the indicators, and each subfield with its
    /// delimiter and code, as in ISO 2709; for a control field its data. [`subfields`] divides it.
    ///
    /// # Errors
    /// Returns the first undecodable bytes, if the policy is strict.
    #[inline]
    pub fn field<'f>(
        self,
        record: &impl AsRecord,
        field: Field<'f>,
    ) -> Result<Cow<'f, str>, TextError> {
        let is_control = matches!(field, Field::Control(_));
        match self.bytes(field.as_bytes(), is_control) {
            Err(_) if self.basis == Basis::Leader => {
                self.settled(record).bytes(field.as_bytes(), is_control)
            }
            text => text,
        }
        .map_err(|error| TextError { tag: Some(field.tag()), ..error })
    }

    /// Returns the fields of the record that have undecodable bytes, and the first error in each.
    pub fn undecodable<'r>(
        self,
        record: &'r impl AsRecord,
    ) -> impl Iterator<Item = (Field<'r>, TextError)> {
        let text = self.with_policy(ErrorPolicy::Strict);
        let mut settled = None;
        record.fields().filter_map(move |field| {
            let is_control = matches!(field, Field::Control(_));
            text.bytes(field.as_bytes(), is_control).err()?;
            let settled = settled.get_or_insert_with(|| text.settled(record));
            let error = settled.bytes(field.as_bytes(), is_control).err()?;
            Some((field, TextError { tag: Some(field.tag()), ..error }))
        })
    }

    /// Returns the bytes of a field as text, if the encoding is UTF-8 and they are valid.
    #[inline]
    pub(crate) fn as_it_stands(self, bytes: &[u8]) -> Option<&str> {
        if self.encoding == Encoding::Utf8 { from_utf8(bytes).ok() } else { None }
    }

    /// Returns the text of the bytes of a field, without examining its record. If this fails,
    /// [`settled`](Self::settled) may give another result.
    ///
    /// # Errors
    /// Returns the first undecodable bytes, if the policy is strict, or if the policy must wait
    /// until the encoding is settled.
    #[inline]
    pub(crate) fn bytes(self, bytes: &[u8], is_control: bool) -> Result<Cow<'_, str>, TextError> {
        if let Some(text) = self.as_it_stands(bytes) {
            return Ok(Cow::Borrowed(text));
        }
        match self.basis {
            Basis::Leader => self.with_policy(ErrorPolicy::Strict).convert(bytes, is_control),
            Basis::Named | Basis::Detected => self.convert(bytes, is_control),
        }
    }

    /// Returns the rule for fields that are not valid UTF-8 although leader/09 says so: in UNIMARC
    /// that position has no such meaning.
    #[cold]
    pub(crate) fn settled(self, record: &impl AsRecord) -> Self {
        match self.basis {
            Basis::Leader => {
                let encoding = encoding_of(record, None);
                Self { encoding, basis: Basis::Detected, ..self }
            }
            Basis::Named | Basis::Detected => self,
        }
    }

    /// Decodes the bytes of a field. If an encoding has states, each subfield starts in the initial
    /// state, and a code is a byte of its own.
    fn convert(self, bytes: &[u8], is_control: bool) -> Result<Cow<'_, str>, TextError> {
        if is_control {
            return self.decode_at(0, None, bytes);
        }
        if !self.decode.refers()
            && let Some(text) = self.encoding.as_it_stands(bytes)
        {
            return Ok(Cow::Borrowed(text));
        }
        let mut text = String::with_capacity(bytes.len());
        for Divided { start, code, value } in self.divided(bytes) {
            if start > 0 {
                text.push(char::from(SUBFIELD_DELIMITER));
            }
            text.push_str(&self.decode_at(start, None, code)?);
            text.push_str(&self.decode_at(start + code.len(), code.first().copied(), value)?);
        }
        Ok(Cow::Owned(text))
    }

    /// Returns the bytes of the code of each subfield of a data field, and its value decoded on its
    /// own. So one that is undecodable does not spoil the others.
    pub(crate) fn each_subfield<'f>(
        self,
        record: &impl AsRecord,
        field: Field<'f>,
    ) -> impl Iterator<Item = (&'f [u8], Result<Cow<'f, str>, TextError>)> {
        let text = self.settled(record);
        text.divided(field.as_bytes()).skip(1).filter_map(move |Divided { start, code, value }| {
            let value = text.decode_at(start + code.len(), Some(*code.first()?), value);
            Some((code, value.map_err(|error| TextError { tag: Some(field.tag()), ..error })))
        })
    }

    /// Decodes bytes at this offset of a field, in the initial state of the encoding.
    fn decode_at(
        self,
        start: usize,
        code: Option<u8>,
        bytes: &[u8],
    ) -> Result<Cow<'_, str>, TextError> {
        let text = self.encoding.decode_with(bytes, &self.decode);
        text.map_err(|error| TextError { tag: None, code, start, error })
    }

    /// Divides the bytes of a data field at its delimiters. The first part has no code: it is the
    /// indicators.
    fn divided(self, bytes: &[u8]) -> impl Iterator<Item = Divided<'_>> {
        let mut start = 0;
        bytes.split(|&byte| byte == SUBFIELD_DELIMITER).enumerate().map(move |(nth, part)| {
            let (code, value) = part.split_at(if nth > 0 { self.code_length(part) } else { 0 });
            let divided = Divided { start, code, value };
            start += part.len() + 1;
            divided
        })
    }

    /// Returns the length of the code at the start of a subfield: one character in UTF-8, otherwise
    /// one byte.
    fn code_length(self, subfield: &[u8]) -> usize {
        let is_character = |length: &usize| {
            let code = subfield.get(..*length).map(str::from_utf8);
            matches!(code, Some(Ok(code)) if code.chars().count() == 1)
        };
        match self.encoding {
            Encoding::Utf8 => (1..=4).find(is_character).unwrap_or(subfield.len().min(1)),
            _ => subfield.len().min(1),
        }
    }
}

/// A part of a data field between two delimiters.
struct Divided<'f> {
    /// Offset in the field.
    start: usize,
    code: &'f [u8],
    value: &'f [u8],
}

/// Returns the code, which is one character, and the value of each subfield in the text of a data
/// field. A delimiter without a code is skipped.
#[inline]
#[must_use]
pub fn subfields(text: &str) -> Subfields<'_> {
    Subfields { rest: cut(text).1 }
}

/// Splits the text of a field at the first delimiter: returns the text before it, and the text after
/// it if there is one.
#[inline]
pub(crate) fn cut(text: &str) -> (&str, Option<&str>) {
    match find_delimiter(text.as_bytes()) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// An iterator over the subfields in the text of a data field; see [`subfields`].
#[derive(Debug, Clone)]
pub struct Subfields<'t> {
    /// Text after the delimiter of the next subfield; `None` at the end.
    rest: Option<&'t str>,
}

impl<'t> Iterator for Subfields<'t> {
    type Item = (&'t str, &'t str);

    #[inline]
    fn next(&mut self) -> Option<(&'t str, &'t str)> {
        loop {
            let (subfield, rest) = cut(self.rest?);
            self.rest = rest;
            if let Some(code) = subfield.chars().next() {
                return Some(subfield.split_at(code.len_utf8()));
            }
        }
    }
}

/// Undecodable bytes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextError {
    tag: Option<Tag>,
    code: Option<u8>,
    start: usize,
    error: DecodeError,
}

impl TextError {
    /// Returns the tag of the field, or `None` if it is unknown.
    #[must_use]
    pub const fn tag(&self) -> Option<Tag> {
        self.tag
    }

    /// Returns the code of the subfield, or `None` in a control field and before the first
    /// subfield.
    #[must_use]
    pub const fn code(&self) -> Option<u8> {
        self.code
    }

    /// Returns the offset of the first offending byte, counted from the start of the field.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.start + self.error.offset()
    }

    /// Returns the offending bytes: one to four.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.error.bytes()
    }

    /// Returns the error of the encoding, whose offset counts from the start of the subfield's
    /// value.
    #[must_use]
    pub const fn decode_error(&self) -> &DecodeError {
        &self.error
    }
}

impl From<DecodeError> for TextError {
    /// Makes an error in a field whose tag is unknown.
    fn from(error: DecodeError) -> Self {
        Self { tag: None, code: None, start: 0, error }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.tag, self.code) {
            (Some(tag), Some(code)) => write!(f, "{tag} ${}: ", code.escape_ascii())?,
            (Some(tag), None) => write!(f, "{tag}: ")?,
            (None, Some(code)) => write!(f, "${}: ", code.escape_ascii())?,
            (None, None) => {}
        }
        self.error.fmt(f)
    }
}

impl error::Error for TextError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests;
