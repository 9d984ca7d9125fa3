//! The text of a field that was read, and whether its objects still say the same.

use super::{Field, FieldView, Origin, parts};
use crate::{
    encoding::{ErrorPolicy, RecordText, TextError},
    error::{Error, Position},
    python::{
        faults::{self, errors::to_exception},
        objects::{code_of, elements, value_of},
        reading::Reading,
    },
    record::{DataField, ErrorKind, Fault, SUBFIELD_DELIMITER, Severity},
};
use pyo3::{exceptions::PyValueError, prelude::*, types::PyString};
use std::borrow::Cow;

impl Field {
    /// Returns the text of a field that was read.
    #[inline]
    pub(crate) fn read_text(&self, py: Python<'_>) -> PyResult<Cow<'_, str>> {
        self.text_of_bytes().map_err(|fault| self.undecodable(py, &fault))
    }

    /// Returns the text of a field that was read, or the reason why it cannot be decoded.
    #[inline]
    pub(crate) fn text_of_bytes(&self) -> Result<Cow<'_, str>, TextError> {
        let Some(origin) = &self.origin else { return Ok(Cow::Borrowed("")) };
        let Some((bytes, reading)) = self.bytes() else { return Ok(Cow::Borrowed("")) };
        let control = origin.tag.is_control();
        reading.text(bytes, control).or_else(|fault| match self.second_reading() {
            Some(text) => text.bytes(bytes, control),
            None => Err(fault),
        })
    }

    /// Makes the exception for undecodable bytes, with their position.
    #[cold]
    pub(crate) fn undecodable(&self, py: Python<'_>, found: &TextError) -> PyErr {
        let (code, error) = (found.code(), *found.decode_error());
        let Some(origin) = &self.origin else { return PyValueError::new_err(error.to_string()) };
        let batch = origin.batch.get();
        let entry = &batch.entries()[origin.at as usize];
        let fault = Fault::new(ErrorKind::Encoding).with_severity(Severity::LostField);
        let fault = code.map_or(fault, |code| fault.in_subfield(code));
        let tag = self.tag_bytes(py).ok();
        let of_record = batch.position_of(entry);
        // Position of the bytes in the record and in the input. It is unknown for a text format.
        let at = (!batch.is_text()).then(|| {
            let data = batch.offset_of_data(origin.at, origin.start);
            let at = (data - batch.offset_of(entry)) as usize + found.offset();
            (at, batch.offset_of(entry) + at as u64)
        });
        let position = Position {
            offset: at.map(|(_, offset)| offset).or(of_record.offset),
            tag,
            raw: self.bytes().map(|(bytes, _)| bytes.to_vec()).unwrap_or_default().into(),
            ..of_record.clone()
        };
        let location = at.map(|(at, _)| at..at + error.bytes().len());
        let whole = Error::with_cause(fault, Position { tag, location, ..of_record }, error);
        let raised = to_exception(py, &Error::with_cause(fault, position, error));
        // The exception is about the field. Its fault is about the record, as in `check`.
        match raised.value(py).setattr("_fault", faults::fault::Fault::new(whole)) {
            Ok(()) => raised,
            Err(failure) => failure,
        }
    }

    /// Returns the text of a data field that tidemarc read, if it is bare data without indicators
    /// and subfields, like Aleph's `FMT`, and unchanged. pymarc loses such text.
    pub(crate) fn bare_text(&self, py: Python<'_>) -> PyResult<Option<Cow<'_, str>>> {
        let (Some(origin), Some((bytes, Reading::Native(_)))) = (&self.origin, self.bytes()) else {
            return Ok(None);
        };
        let is_bare = !origin.tag.is_control() && DataField::new(origin.tag, bytes).is_bare();
        if !is_bare || !(self.is_pristine(py) || self.says_the_same(py)?) {
            return Ok(None);
        }
        self.read_text(py).map(Some)
    }

    /// Returns true if the indicators are those that were read.
    pub(crate) fn has_own_head(&self, py: Python<'_>) -> PyResult<bool> {
        let Some(indicators) = self.indicators.get(py) else { return Ok(true) };
        let [first, second] = self.read_indicators(py)?;
        indicators.bind(py).eq((first, second))
    }

    /// Returns the indicators of a data field that was read.
    pub(crate) fn read_indicators(&self, py: Python<'_>) -> PyResult<[char; 2]> {
        match (self.head(py), self.bytes()) {
            (Ok(head), _) => Ok(FieldView::new(&head).indicators),
            // The indicators are known even if the bytes after them are undecodable.
            (Err(_), Some((&[first @ b' '..=b'~', second @ b' '..=b'~', ..], _))) => {
                Ok([char::from(first), char::from(second)])
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Returns the text of a field that was read, for a text format. For a data field it is the
    /// subfields, from the first delimiter on. The flag is true if undecodable bytes were replaced:
    /// by the reader's policy or, if the reader is strict, by this policy.
    pub(crate) fn text_to_write(
        &self,
        policy: ErrorPolicy,
    ) -> Result<(Cow<'_, str>, bool), TextError> {
        let Some((bytes, reading)) = self.bytes() else { return Ok((Cow::Borrowed(""), false)) };
        let control = self.origin.as_ref().is_some_and(|origin| origin.tag.is_control());
        let bytes = if control { bytes } else { &bytes[first_delimiter(bytes)..] };
        let Reading::Native(text) = reading else {
            return reading.text(bytes, control).map(|text| (text, false));
        };
        let strict = text.with_policy(ErrorPolicy::Strict);
        if let Ok(text) = strict.bytes(bytes, control) {
            return Ok((text, false));
        }
        let settled = self.second_reading().unwrap_or(text);
        let error = match settled.with_policy(ErrorPolicy::Strict).bytes(bytes, control) {
            Ok(text) => return Ok((text, false)),
            Err(error) => error,
        };
        match (text.decode_options().error_policy(), policy) {
            (ErrorPolicy::Strict, ErrorPolicy::Strict) => Err(error),
            (ErrorPolicy::Strict, policy) | (policy, _) => {
                settled.with_policy(policy).bytes(bytes, control).map(|text| (text, true))
            }
        }
    }

    /// Returns true if a value that was handed out has text in the place of undecodable bytes, by
    /// the reader's policy, and still has it.
    pub(super) fn has_replaced_text(&self, py: Python<'_>) -> PyResult<bool> {
        let Some((bytes, Reading::Native(text))) = self.bytes() else { return Ok(false) };
        if text.decode_options().error_policy() == ErrorPolicy::Strict {
            return Ok(false);
        }
        let strict = |text: RecordText| text.with_policy(ErrorPolicy::Strict);
        let text = match strict(text).bytes(bytes, self.is_control(py)) {
            Ok(_) => return Ok(false),
            Err(_) => self.second_reading().unwrap_or(text),
        };
        if self.is_control(py) {
            let Some(data) = self.data.get(py) else { return Ok(false) };
            let is_decodable = strict(text).bytes(bytes, true).is_ok();
            return Ok(!is_decodable
                && text.bytes(bytes, true).is_ok_and(|read| still_has(data.bind(py), &read)));
        }
        let Some(list) = self.made_subfields(py)? else { return Ok(false) };
        let starts = memchr::memchr_iter(SUBFIELD_DELIMITER, bytes);
        for start in starts {
            let after = &bytes[start + 1..];
            let length = memchr::memchr(SUBFIELD_DELIMITER, after).unwrap_or(after.len());
            let subfield = &bytes[start..=start + length];
            if strict(text).bytes(subfield, false).is_ok() {
                continue;
            }
            let Ok(read) = text.bytes(subfield, false) else { continue };
            let Some((code, value)) = FieldView::new(&read).next() else { continue };
            for subfield in &list {
                if code_of(subfield)?.eq(code)? && still_has(&value_of(subfield)?, value) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Returns the text before the first delimiter of a data field that was read. It can be
    /// decodable even if the subfields are not.
    pub(crate) fn head(&self, py: Python<'_>) -> PyResult<Cow<'_, str>> {
        let Some((bytes, reading)) = self.bytes() else { return Ok(Cow::Borrowed("")) };
        let head = head_of(bytes);
        if head.iter().all(|byte| matches!(byte, b' '..=b'~'))
            && let Ok(head) = std::str::from_utf8(head)
        {
            return Ok(Cow::Borrowed(head));
        }
        match self.text_of_bytes() {
            Ok(Cow::Borrowed(text)) => Ok(Cow::Borrowed(parts::head_of(text))),
            Ok(Cow::Owned(text)) => Ok(Cow::Owned(parts::head_of(&text).to_owned())),
            Err(_) => reading.text(head, false).map_err(|fault| self.undecodable(py, &fault)),
        }
    }

    /// Returns another way to decode the field, for use after the first has failed.
    #[cold]
    pub(super) fn second_reading(&self) -> Option<RecordText> {
        let Origin { batch, at, reading: Reading::Native(text), .. } = self.origin.as_ref()? else {
            return None;
        };
        let batch = batch.get();
        Some(text.settled(&batch.view_of(&batch.entries()[*at as usize])?))
    }

    /// Returns true if nothing that can be changed was handed out or set, except for the tag.
    pub(crate) fn is_pristine(&self, py: Python<'_>) -> bool {
        self.has_own_content(py) && !self.indicators.is_some(py)
    }

    /// Returns true if the field has the text that was read. Equal indicators may have been handed
    /// out, and the tag is not compared. The text need not be decodable.
    pub(crate) fn has_read_text(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.has_own_content(py) && self.has_own_head(py)?)
    }

    /// Returns true if neither data nor subfields were handed out or set.
    fn has_own_content(&self, py: Python<'_>) -> bool {
        self.origin.as_ref().is_some_and(|origin| origin.tag.is_control() == self.control.get(py))
            && !self.data.is_some(py)
            && !self.subfields.is_some(py)
    }

    /// Returns true if the objects that were handed out still have the values that were read.
    pub(crate) fn says_the_same(&self, py: Python<'_>) -> PyResult<bool> {
        let Ok(text) = self.text_of_bytes() else {
            // Undecodable text was never handed out, so a value that is present was set.
            return match self.is_control(py) {
                true => Ok(!self.data.is_some(py)),
                false => Ok(!self.subfields.is_some(py) && self.has_own_head(py)?),
            };
        };
        if self.is_control(py) {
            return match self.data.get(py) {
                Some(data) => data.bind(py).eq(&*text),
                None => Ok(true),
            };
        }
        if !self.has_own_head(py)? {
            return Ok(false);
        }
        let mut parts = FieldView::new(&text);
        let Some(list) = self.subfields.get(py) else { return Ok(true) };
        for subfield in elements(list.bind(py))? {
            let Some(part) = parts.next() else { return Ok(false) };
            if !subfield.eq(part)? {
                return Ok(false);
            }
        }
        Ok(parts.next().is_none())
    }
}

/// Returns true if a value has this text with replacements in it, or one of its U+FFFD.
fn still_has(value: &Bound<'_, PyAny>, read: &str) -> bool {
    let value = value.cast::<PyString>().ok().and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.contains(read) || value.contains('\u{FFFD}'))
}

/// Returns the offset of the first delimiter of a data field; 0 if there is no delimiter.
pub(super) fn first_delimiter(bytes: &[u8]) -> usize {
    memchr::memchr(SUBFIELD_DELIMITER, bytes).unwrap_or(0)
}

/// Returns the bytes before the first delimiter of a data field. They are the indicators if the
/// field is well-formed.
pub(super) fn head_of(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(SUBFIELD_DELIMITER, bytes).unwrap_or(bytes.len())]
}
