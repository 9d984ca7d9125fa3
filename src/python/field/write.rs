//! A field as bytes: as tidemarc writes it, which refuses a field that could not be read again, and
//! as pymarc writes it, which refuses nothing.

use super::{Field, FieldView, check::pair_of, head_of};
use crate::{
    encoding::{EncodePolicy, Encoding, ErrorPolicy},
    format::{Note, NoteKind},
    python::{
        faults::refused::{Refused, text_of},
        gil::nesting::{attribute, str_of},
        objects::{code_of, elements, value_of},
        pymarc::replaced::is_overridden,
        reading::Reading,
    },
    record::{FIELD_TERMINATOR, RECORD_TERMINATOR, SUBFIELD_DELIMITER, Tag},
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyBytes, PyList, PyString},
};
use std::borrow::Cow;

/// The encodings in which pymarc writes a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Utf8,
    Latin1,
}

impl Codec {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Latin1 => "iso8859-1",
        }
    }

    /// Appends text. Returns false if this encoding cannot represent it.
    #[inline]
    pub(crate) fn push(self, target: &mut Vec<u8>, text: &str) -> bool {
        if self == Self::Utf8 || text.is_ascii() {
            target.extend_from_slice(text.as_bytes());
            return true;
        }
        text.chars().all(|c| u8::try_from(c).map(|byte| target.push(byte)).is_ok())
    }
}

/// The form in which the fields of a record are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// ISO 2709 in this encoding. `is_relabelled` is true if leader/09 has changed since the record
    /// was read. The policy applies to undecodable bytes and to characters that the encoding lacks.
    Iso2709 { encoding: Encoding, is_relabelled: bool, policy: ErrorPolicy },
    /// UTF-8 for a text format. The writer's policy applies to undecodable bytes.
    Text(ErrorPolicy),
}

/// The form in which a field was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// The original bytes.
    Bytes,
    /// Text in the encoding of the form.
    Text(Replaced),
}

/// The parts of a field that were dropped or replaced when it was written as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Replaced {
    /// True if bytes are undecodable.
    pub(crate) undecodable: bool,
    /// True if the encoding lacks a character.
    pub(crate) unencodable: bool,
}

impl Written {
    /// Returns notes on the replaced parts of the field with this tag and index.
    pub(crate) fn notes(self, tag: Tag, at: usize) -> impl Iterator<Item = Note> {
        let replaced = match self {
            Self::Bytes => Replaced::default(),
            Self::Text(replaced) => replaced,
        };
        let undecodable = replaced.undecodable.then_some(NoteKind::Undecodable);
        let unencodable = replaced.unencodable.then_some(NoteKind::Unencodable);
        [undecodable, unencodable]
            .into_iter()
            .flatten()
            .map(move |kind| Note::on_field(kind, tag, at))
    }
}

impl Form {
    const fn encoding(self) -> Encoding {
        match self {
            Self::Iso2709 { encoding, .. } => encoding,
            Self::Text(_) => Encoding::Utf8,
        }
    }

    const fn policy(self) -> ErrorPolicy {
        match self {
            Self::Iso2709 { policy, .. } | Self::Text(policy) => policy,
        }
    }
}

impl Field {
    /// Appends the bytes of the field to `target`, without the terminator. These are the original
    /// bytes if nothing has changed and they belong to the record that is written (`own`);
    /// otherwise they are made from the parts.
    ///
    /// # Errors
    /// If the text contains a separator, or the encoding cannot represent it.
    pub(crate) fn write_checked(
        &self,
        py: Python<'_>,
        form: Form,
        is_own: bool,
        target: &mut Vec<u8>,
    ) -> Result<Written, Refused> {
        let bytes = match form {
            Form::Iso2709 { encoding, is_relabelled, .. } => self.bytes_in(encoding, is_relabelled),
            Form::Text(_) => self.bytes().filter(|_| is_own).map(|(bytes, _)| bytes),
        };
        if let Some(bytes) = bytes
            && (self.is_pristine(py) || self.says_the_same(py)?)
        {
            target.extend_from_slice(bytes);
            return Ok(Written::Bytes);
        }
        let bytes = match form {
            Form::Iso2709 { .. } => bytes,
            Form::Text(_) => None,
        };
        let mut target = FieldBytes { target, form, replaced: Replaced::default() };
        self.write_parts(py, bytes, form, &mut target)?;
        let mut replaced = target.replaced;
        replaced.undecodable |= self.has_replaced_text(py)?;
        Ok(Written::Text(replaced))
    }

    /// Appends the parts of a changed field. `bytes` are the original bytes, if they may be copied.
    fn write_parts(
        &self,
        py: Python<'_>,
        bytes: Option<&[u8]>,
        form: Form,
        target: &mut FieldBytes<'_>,
    ) -> Result<(), Refused> {
        if self.is_control(py) {
            if !self.data.is_some(py) && self.bytes().is_some() {
                let text = self.own_text(py, form, target)?;
                return target.push(&PyString::new(py, &text));
            }
            let data = self.data(py)?.unwrap_or_else(|| py.None().into_bound(py));
            return target.push(text_of(&data, "the data of a control field")?);
        }
        self.write_head(py, bytes, target)?;
        let Some(list) = self.made_subfields(py)? else {
            if let Some(bytes) = bytes {
                // The subfields were never accessed, so they are copied even if they are
                // undecodable.
                target.target.extend_from_slice(&bytes[head_of(bytes).len()..]);
                return Ok(());
            }
            let text = self.own_text(py, form, target)?;
            for (code, value) in FieldView::new(&text) {
                target.target.push(SUBFIELD_DELIMITER);
                target.push(&PyString::new(py, code))?;
                target.push(&PyString::new(py, value))?;
            }
            return Ok(());
        };
        for subfield in list {
            target.target.push(SUBFIELD_DELIMITER);
            let (code, value) = pair_of(&subfield)?;
            target.push_code(text_of(&code, "a subfield code")?)?;
            target.push(text_of(&value, "the value of a subfield")?)?;
        }
        Ok(())
    }

    /// Returns the text that was read, under the policy of the form.
    fn own_text(
        &self,
        py: Python<'_>,
        form: Form,
        target: &mut FieldBytes<'_>,
    ) -> Result<Cow<'_, str>, Refused> {
        match (self.text_to_write(form.policy()), form) {
            (Ok((text, is_replaced)), _) => {
                target.replaced.undecodable |= is_replaced;
                Ok(text)
            }
            (Err(error), Form::Iso2709 { .. }) => Err(self.undecodable(py, &error).into()),
            (Err(error), Form::Text(_)) => Err(Refused::Unwritable(error.to_string())),
        }
    }

    /// Returns the original bytes if they may be copied into a record in this encoding.
    fn bytes_in(&self, encoding: Encoding, is_relabelled: bool) -> Option<&[u8]> {
        let (bytes, own) = self.bytes()?;
        let is_same = matches!(own, Reading::Native(_) | Reading::Utf8)
            && own.encoding() == encoding
            // A record that now says UTF-8, and did not before, must contain UTF-8.
            && !(is_relabelled && encoding == Encoding::Utf8 && std::str::from_utf8(bytes).is_err());
        is_same.then_some(bytes)
    }

    /// Appends the indicators, and the stray bytes before the first delimiter of a malformed field.
    fn write_head(
        &self,
        py: Python<'_>,
        bytes: Option<&[u8]>,
        target: &mut FieldBytes<'_>,
    ) -> Result<(), Refused> {
        let Some(indicators) = self.indicators_of(py)? else {
            return Err(Refused::Unwritable("a data field has two indicators".into()));
        };
        let head = self.head(py);
        if let (Ok(head), Some(bytes)) = (&head, bytes) {
            let [first, second] = FieldView::new(head).indicators;
            if indicators.eq((first, second))? {
                target.target.extend_from_slice(head_of(bytes));
                return Ok(());
            }
        }
        let start = target.target.len();
        for indicator in elements(&indicators)? {
            target.push(text_of(&indicator, "an indicator")?)?;
        }
        if target.target.len() != start + 2 {
            let found = indicators.repr()?;
            let reason =
                format!("a data field has two indicators of one ASCII character, not {found}");
            return Err(Refused::Unwritable(reason));
        }
        match (head, bytes) {
            (Ok(head), _) => {
                let stray: String = head.chars().skip(2).collect();
                target.push(&PyString::new(py, &stray))?;
            }
            (Err(_), Some(bytes)) if !self.subfields.is_some(py) => {
                target.target.extend_from_slice(head_of(bytes).get(2..).unwrap_or_default());
            }
            // The new subfields replace the undecodable bytes before the first delimiter too.
            (Err(_), _) => {}
        }
        Ok(())
    }

    /// Appends the bytes that pymarc writes for this field, with the terminator.
    ///
    /// # Errors
    /// If the encoding cannot represent the text: Python's own exception.
    pub(crate) fn write_like_pymarc(
        &self,
        py: Python<'_>,
        codec: Codec,
        target: &mut Vec<u8>,
    ) -> PyResult<()> {
        if let Some((bytes, Reading::Utf8)) = self.bytes()
            && codec == Codec::Utf8
            && self.is_pristine(py)
            && !has_empty_subfield(bytes)
        {
            target.extend_from_slice(bytes);
            target.push(FIELD_TERMINATOR);
            return Ok(());
        }
        let start = target.len();
        if self.push_text(py, codec, target)? {
            target.push(FIELD_TERMINATOR);
            return Ok(());
        }
        target.truncate(start);
        let indicators = [self.indicator1(py)?, self.indicator2(py)?];
        let joined = self.joined(py, indicators)?;
        let bytes = joined.call_method1(intern!(py, "encode"), (codec.name(),))?;
        target.extend_from_slice(bytes.cast::<PyBytes>()?.as_bytes());
        Ok(())
    }

    /// Appends the text of the field. Returns false if the text, or a part of it, cannot be decoded
    /// or encoded.
    fn push_text(&self, py: Python<'_>, codec: Codec, target: &mut Vec<u8>) -> PyResult<bool> {
        let push = |target: &mut Vec<u8>, part: Bound<'_, PyAny>| -> PyResult<bool> {
            let text = part.cast::<PyString>().ok().and_then(|part| part.to_str().ok());
            Ok(text.is_some_and(|text| codec.push(target, text)))
        };
        if self.is_control(py) {
            return push(target, self.data(py)?.unwrap_or_else(|| py.None().into_bound(py)));
        }
        if !push(target, self.indicator1(py)?)? || !push(target, self.indicator2(py)?)? {
            return Ok(false);
        }
        match self.made_subfields(py)? {
            None => {
                for (code, value) in FieldView::new(&self.read_text(py)?) {
                    target.push(SUBFIELD_DELIMITER);
                    if !codec.push(target, code) || !codec.push(target, value) {
                        return Ok(false);
                    }
                }
            }
            Some(list) => {
                for subfield in list {
                    target.push(SUBFIELD_DELIMITER);
                    if !push(target, code_of(&subfield)?)? || !push(target, value_of(&subfield)?)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Returns the whole field as one Python string, joined as pymarc does.
    fn joined<'py>(
        &self,
        py: Python<'py>,
        indicators: [Bound<'py, PyAny>; 2],
    ) -> PyResult<Bound<'py, PyAny>> {
        let parts = PyList::empty(py);
        if self.is_control(py) {
            parts.append(str_of(&self.data(py)?.unwrap_or_else(|| py.None().into_bound(py)))?)?;
        } else {
            for indicator in indicators {
                parts.append(str_of(&indicator)?)?;
            }
            for subfield in elements(&self.live_list(py)?)? {
                parts.append("\x1f")?;
                parts.append(str_of(&code_of(&subfield)?)?)?;
                parts.append(str_of(&value_of(&subfield)?)?)?;
            }
        }
        parts.append("\x1e")?;
        PyString::new(py, "").call_method1(intern!(py, "join"), (parts,))
    }

    /// Returns the result of `as_marc(encoding)`.
    pub(super) fn encoded<'py>(
        slf: &Bound<'py, Self>,
        encoding: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = encoding.py();
        let name = encoding.cast::<PyString>().ok().and_then(|name| name.to_str().ok());
        let codec = match name {
            Some("utf-8" | "utf8" | "UTF-8") => Some(Codec::Utf8),
            Some("iso8859-1" | "latin-1" | "latin1") => Some(Codec::Latin1),
            _ => None,
        };
        let (first, second) = (intern!(py, "indicator1"), intern!(py, "indicator2"));
        let is_own = !is_overridden(slf, first)? && !is_overridden(slf, second)?;
        let Some(codec) = codec.filter(|_| is_own) else {
            let joined = slf.get().joined(py, [attribute(slf, first)?, attribute(slf, second)?])?;
            return joined.call_method1(intern!(py, "encode"), (encoding,));
        };
        let mut bytes = Vec::new();
        slf.get().write_like_pymarc(py, codec, &mut bytes)?;
        Ok(PyBytes::new(py, &bytes).into_any())
    }
}

/// Returns true if a delimiter has no code after it: pymarc leaves out such a subfield.
fn has_empty_subfield(bytes: &[u8]) -> bool {
    bytes.last() == Some(&SUBFIELD_DELIMITER)
        || memchr::memchr_iter(SUBFIELD_DELIMITER, bytes)
            .any(|at| bytes.get(at + 1) == Some(&SUBFIELD_DELIMITER))
}

/// The bytes of a field while they are made of text.
struct FieldBytes<'t> {
    target: &'t mut Vec<u8>,
    form: Form,
    replaced: Replaced,
}

impl FieldBytes<'_> {
    /// Appends text. Refuses the three separators of ISO 2709: they would damage the record.
    fn push(&mut self, text: &Bound<'_, PyString>) -> Result<(), Refused> {
        let unwritable = |reason: &str| Refused::Unwritable(format!("{text:?} {reason}"));
        let Ok(text) = text.to_str() else {
            return Err(unwritable("cannot be written: it holds half of a surrogate pair"));
        };
        let is_separator =
            |byte| matches!(byte, SUBFIELD_DELIMITER | FIELD_TERMINATOR | RECORD_TERMINATOR);
        if text.bytes().any(is_separator) {
            return Err(unwritable("holds a separator of ISO 2709 (0x1D, 0x1E or 0x1F)"));
        }
        let encoding = self.form.encoding();
        let bytes = match encoding.encode(text, EncodePolicy::Strict) {
            Ok(bytes) => bytes,
            Err(error) => {
                let policy = EncodePolicy::from(self.form.policy());
                self.replaced.unencodable = true;
                encoding.encode(text, policy).map_err(|_| {
                    unwritable(&format!(
                        "cannot be written: {error}; set leader[9] = \"a\" to write UTF-8"
                    ))
                })?
            }
        };
        self.target.extend_from_slice(&bytes);
        Ok(())
    }

    /// Appends a subfield code. A code that is empty or longer than one character is refused, since
    /// the value would be read differently.
    fn push_code(&mut self, code: &Bound<'_, PyString>) -> Result<(), Refused> {
        let start = self.target.len();
        self.push(code)?;
        // In other encodings a code is read as one byte.
        let is_utf8 = self.form.encoding() == Encoding::Utf8;
        let is_code = code.len()? == 1 && (is_utf8 || self.target.len() == start + 1);
        match is_code {
            true => Ok(()),
            false => {
                Err(Refused::Unwritable(format!("a subfield code is one character, not {code:?}")))
            }
        }
    }
}
