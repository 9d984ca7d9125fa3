//! How tidemarc itself reads the text of records: what a reader was asked for, and what a record
//! turned out to be.

use super::word::Word;
use crate::{
    encoding::{DecodeError, DecodeOptions, Detected, Encoding, ErrorPolicy, detect},
    record::{RecordRef, SUBFIELD_DELIMITER},
};
use pyo3::prelude::*;
use std::borrow::Cow;

/// The encoding that nobody names finds out.
const AUTO: &str = "auto";

/// Bytes of a field that are no text.
#[derive(Debug)]
pub(super) struct Undecodable {
    /// Where the value begins in which they are: a subfield's, or all of the field.
    pub(super) start: usize,
    /// The code of the subfield, if the value is one's.
    pub(super) code: Option<u8>,
    /// What is wrong with it.
    pub(super) error: DecodeError,
}

/// What a reader was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextOptions {
    /// `None` to find it out for each record.
    encoding: Option<Encoding>,
    policy: ErrorPolicy,
    references: bool,
}

impl TextOptions {
    /// The reader's keyword arguments.
    ///
    /// # Errors
    /// If a name is none.
    pub(super) fn new(encoding: &Word, errors: &Word, references: bool) -> PyResult<Self> {
        let names = "'auto', 'utf-8', 'marc-8', 'iso-5426', 'iso-8859-1' or 'ascii'";
        let encoding = encoding.one_of("encoding", names, |name| match name {
            AUTO => Some(None),
            name => Encoding::from_name(name).map(Some),
        })?;
        let names = "'strict', 'replace', 'ignore' or 'backslashreplace'";
        let policy = errors.one_of("encoding_errors", names, ErrorPolicy::from_name)?;
        Ok(Self { encoding, policy, references })
    }

    /// The same for the records of a text format: their text is UTF-8, or what their leader says.
    pub(super) const fn of_text_format(self) -> Self {
        Self { encoding: None, ..self }
    }

    /// The encoding that was named, if one was.
    pub(super) const fn asked(self) -> Option<Encoding> {
        self.encoding
    }

    /// How this record is read.
    ///
    /// What leader/09 calls UTF-8 is taken at its word until it fails, so that a loop over such
    /// records looks at none of their text; see [`NativeText::second_thought`].
    #[inline]
    pub(super) fn text_of(self, record: RecordRef<'_>) -> NativeText {
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None if record.leader().is_utf8() => Encoding::Utf8,
            None => detect(record, None).encoding,
        };
        NativeText {
            encoding,
            is_asked: self.encoding.is_some(),
            policy: self.policy,
            references: self.references,
        }
    }
}

/// How a record's bytes become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NativeText {
    pub(super) encoding: Encoding,
    /// Whether somebody named the encoding.
    pub(super) is_asked: bool,
    policy: ErrorPolicy,
    references: bool,
}

const POLICIES: [ErrorPolicy; 4] =
    [ErrorPolicy::Strict, ErrorPolicy::Replace, ErrorPolicy::Ignore, ErrorPolicy::BackslashReplace];

const ENCODINGS: [Encoding; 5] =
    [Encoding::Utf8, Encoding::Marc8, Encoding::Iso5426, Encoding::Latin1, Encoding::Ascii];

impl NativeText {
    /// The numbers that [`code`](Self::code) gives are below this.
    pub(super) const CODES: u8 = 1 << 7;

    /// The number by which a pickle knows it.
    pub(super) fn code(self) -> u8 {
        let place = |found: Option<usize>| found.unwrap_or_default() as u8;
        place(ENCODINGS.iter().position(|&encoding| encoding == self.encoding))
            | place(POLICIES.iter().position(|&policy| policy == self.policy)) << 3
            | u8::from(self.references) << 5
            | u8::from(self.is_asked) << 6
    }

    /// What [`code`](Self::code) says; `None` for a number it never gives.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        Some(Self {
            encoding: *ENCODINGS.get(usize::from(code & 7))?,
            policy: POLICIES[usize::from(code >> 3 & 3)],
            references: code & 1 << 5 != 0,
            is_asked: code & 1 << 6 != 0,
        })
    }

    /// Whether strings can be made of the bytes as they stand, where they are valid UTF-8.
    #[inline]
    pub(super) const fn is_utf8(self) -> bool {
        matches!(self.encoding, Encoding::Utf8)
    }

    /// What the record's encoding must be, if what leader/09 said of it has failed: a UNIMARC record
    /// may say `a` and mean nothing by it.
    #[cold]
    pub(super) fn second_thought(self, record: RecordRef<'_>) -> Option<Self> {
        if self.is_asked || self.encoding != Encoding::Utf8 || !record.leader().is_utf8() {
            return None;
        }
        let Detected { encoding, .. } = detect(record, None);
        (encoding != Encoding::Utf8).then_some(Self { encoding, ..self })
    }

    /// The text of a whole field, delimiters and all. Where an encoding has states, each subfield
    /// begins anew.
    ///
    /// # Errors
    /// If the bytes are no text and the policy is strict.
    #[inline]
    pub(super) fn text(self, bytes: &[u8], control: bool) -> Result<Cow<'_, str>, Undecodable> {
        if self.encoding == Encoding::Utf8
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Ok(Cow::Borrowed(text));
        }
        self.converted(bytes, control)
    }

    fn converted(self, bytes: &[u8], control: bool) -> Result<Cow<'_, str>, Undecodable> {
        let options = DecodeOptions::new().policy(self.policy).numeric_references(self.references);
        let decode = |start: usize, code, value| {
            let text = self.encoding.decode_with(value, &options);
            text.map_err(|error| Undecodable { start, code, error })
        };
        if control {
            return decode(0, None, bytes);
        }
        if !self.references
            && let Ok(text) = self.encoding.decode_borrowed(bytes)
        {
            return Ok(Cow::Borrowed(text));
        }
        let mut text = String::with_capacity(bytes.len());
        let mut start = 0;
        for (nth, part) in bytes.split(|&byte| byte == SUBFIELD_DELIMITER).enumerate() {
            // The code is a byte of its own, and what comes before the first delimiter is
            // indicators.
            let code = usize::from(nth > 0 && !part.is_empty());
            if nth > 0 {
                text.push(char::from(SUBFIELD_DELIMITER));
            }
            let (code, value) = part.split_at(code);
            text.push_str(&decode(start, None, code)?);
            text.push_str(&decode(start + code.len(), code.first().copied(), value)?);
            start += part.len() + 1;
        }
        Ok(Cow::Owned(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pickle_knows_every_way_by_a_number() {
        for encoding in ENCODINGS {
            for policy in POLICIES {
                for references in [false, true] {
                    let is_asked = references;
                    let text = NativeText { encoding, is_asked, policy, references };
                    assert!(text.code() < NativeText::CODES);
                    assert_eq!(NativeText::from_code(text.code()), Some(text));
                }
            }
        }
        assert_eq!(NativeText::from_code(7), None);
    }

    #[test]
    fn each_subfield_begins_anew_and_an_error_says_where() {
        let marc8 = NativeText {
            encoding: Encoding::Marc8,
            is_asked: false,
            policy: ErrorPolicy::Strict,
            references: false,
        };
        let text = marc8.text(b"10\x1fa\x1b(NmIR\x1fbMir", false).unwrap();
        assert_eq!(text, "10\x1faМир\x1fbMir");
        let error = marc8.text(b"10\x1faMir\x1fbx\xffy", false).unwrap_err();
        assert_eq!((error.start, error.error.offset()), (9, 1));
        let lenient = NativeText { policy: ErrorPolicy::BackslashReplace, ..marc8 };
        assert_eq!(lenient.text(b"10\x1fbx\xffy", false).unwrap(), "10\x1fbx\\xffy");
        let utf8 = NativeText { encoding: Encoding::Utf8, ..marc8 };
        let error = utf8.text(b"10\x1faMir\x1fbx\xffy", false).unwrap_err();
        assert_eq!((error.start, error.error.offset()), (9, 1));
    }
}
