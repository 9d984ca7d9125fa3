//! The text of fields, with errors that say where in the record they are.

use super::{DecodeError, DecodeOptions, Encoding};
use crate::record::{ControlField, Subfield, Tag};
use std::{borrow::Cow, error, fmt};

/// Bytes of a field that are no text: the tag, the subfield code, the offset and the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextError {
    tag: Tag,
    code: Option<u8>,
    error: DecodeError,
}

impl TextError {
    /// The tag of the field.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// The code of the subfield; `None` in a control field.
    #[must_use]
    pub const fn code(&self) -> Option<u8> {
        self.code
    }

    /// The first offending byte, counted from the start of the subfield's value, or of the control
    /// field's data.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.error.offset()
    }

    /// The offending bytes: one to four.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.error.bytes()
    }

    /// What is wrong with them.
    #[must_use]
    pub const fn decode_error(&self) -> &DecodeError {
        &self.error
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.tag)?;
        if let Some(code) = self.code {
            write!(f, " ${}", code.escape_ascii())?;
        }
        write!(f, ": {}", self.error)
    }
}

impl error::Error for TextError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.error)
    }
}

/// How the text of a record is decoded: its encoding and the options, together with who is told of
/// the faults that the policy lets pass.
///
/// ```
/// use tidemarc::encoding::{DecodeOptions, Encoding, ErrorPolicy, FieldDecoder};
/// use tidemarc::{DataField, Tag};
///
/// let field = DataField::new(Tag::new(*b"245"), b"10\x1faTitle\x1fcDvo\xe9r\xe2ak\xff");
/// let options = DecodeOptions::new().policy(ErrorPolicy::Replace);
/// let mut faults = Vec::new();
/// let mut decoder = FieldDecoder::new(Encoding::Marc8, options, |fault| faults.push(*fault));
/// let texts: Result<Vec<_>, _> =
///     field.subfields().map(|subfield| decoder.subfield(field.tag, subfield)).collect();
/// assert_eq!(texts.unwrap(), ["Title", "Dvořák\u{FFFD}"]);
/// assert_eq!((faults[0].code(), faults[0].offset(), faults[0].bytes()), (Some(b'c'), 8, &b"\xff"[..]));
/// ```
#[derive(Debug, Clone)]
pub struct FieldDecoder<F> {
    encoding: Encoding,
    options: DecodeOptions,
    report: F,
}

impl<F: FnMut(&TextError)> FieldDecoder<F> {
    /// Decodes fields in this encoding and tells `report` of each fault that does not end in an
    /// error.
    pub const fn new(encoding: Encoding, options: DecodeOptions, report: F) -> Self {
        Self { encoding, options, report }
    }

    /// The data of a control field.
    ///
    /// # Errors
    /// The first bytes that are no text, if the policy is strict.
    pub fn control_field<'a>(
        &mut self,
        field: ControlField<'a>,
    ) -> Result<Cow<'a, str>, TextError> {
        self.decode(field.tag, None, field.data)
    }

    /// The value of a subfield of the field of this tag.
    ///
    /// # Errors
    /// The first bytes that are no text, if the policy is strict.
    pub fn subfield<'a>(
        &mut self,
        tag: Tag,
        subfield: Subfield<'a>,
    ) -> Result<Cow<'a, str>, TextError> {
        self.decode(tag, Some(subfield.code), subfield.value)
    }

    fn decode<'a>(
        &mut self,
        tag: Tag,
        code: Option<u8>,
        bytes: &'a [u8],
    ) -> Result<Cow<'a, str>, TextError> {
        let placed = |error| TextError { tag, code, error };
        let report = &mut self.report;
        self.encoding
            .decode_reporting(bytes, &self.options, &mut |error| report(&placed(*error)))
            .map_err(placed)
    }
}
