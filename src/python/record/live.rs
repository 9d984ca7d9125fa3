//! The current state of a record for selectors and filters: the fields that they need, as they were
//! read or as they are now.

use super::{
    Record,
    as_record::{MixedField, MixedRecord},
};
use crate::{
    encoding::{RecordText, TextError},
    python::{
        field::Field,
        gil::nesting::{attribute, str_of},
        objects::{code_of, elements, value_of},
    },
    record::{self, LEADER_LENGTH, SUBFIELD_DELIMITER, Tag},
    select::{TagPattern, Undecodable},
};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    intern,
    prelude::*,
    types::PyString,
};
use std::borrow::Cow;

/// The current state of a record whose fields were handed out.
pub(crate) struct LiveRecord<'py> {
    pub(crate) record: MixedRecord,
    /// For each field of `record` the object that decodes its bytes; `None` if they were made of
    /// text.
    own: Vec<Option<Bound<'py, Field>>>,
}

impl<'py> LiveRecord<'py> {
    /// Returns the current fields with these tags, and the current leader if it is among them.
    pub(crate) fn of(record: &Bound<'py, Record>, tags: &[TagPattern]) -> PyResult<Self> {
        let py = record.py();
        let mut leader = [b' '; LEADER_LENGTH];
        if tags.iter().any(|tag| tag.is_leader()) {
            let text = str_of(&attribute(record.as_any(), intern!(py, "leader"))?)?;
            leader = leader_of(text.to_str()?)?;
        }
        let (mut fields, mut own) = (Vec::new(), Vec::new());
        for field in elements(&record.get().list(py)?)? {
            let tag = str_of(&attribute(&field, intern!(py, "tag"))?)?;
            let Ok(tag) = <[u8; 3]>::try_from(tag.to_str()?.as_bytes()).map(Tag::new) else {
                // No selector has a tag of another length.
                continue;
            };
            if tags.iter().any(|pattern| pattern.matches(tag)) {
                let read = read_field(&field, tag)?;
                let bytes = match read.as_ref().and_then(|read| read.get().bytes()) {
                    Some((bytes, _)) => bytes.to_vec(),
                    None => text_of(&field, tag)?.into_bytes(),
                };
                fields.push(MixedField { tag, bytes, is_made_of_text: read.is_none() });
                own.push(read);
            }
        }
        Ok(Self { record: MixedRecord { leader, fields }, own })
    }

    /// Returns the text of a field of `record`. One that has the bytes that were read is decoded by
    /// the rule of its own record.
    pub(crate) fn text_of<'f>(
        &'f self,
        at: usize,
        field: record::Field<'f>,
    ) -> Result<Cow<'f, str>, TextError> {
        match &self.own[at] {
            Some(own) => own.get().text_of_bytes(),
            None => RecordText::UTF_8.field(&self.record, field),
        }
    }

    /// Makes the exception for an undecodable field of `record`.
    pub(crate) fn raised(&self, py: Python<'_>, failure: &Undecodable) -> PyErr {
        match &self.own[failure.field] {
            Some(own) => own.get().undecodable(py, &failure.error),
            None => PyValueError::new_err(failure.error.to_string()),
        }
    }
}

/// Returns a field that has this tag and the text that was read.
fn read_field<'py>(field: &Bound<'py, PyAny>, tag: Tag) -> PyResult<Option<Bound<'py, Field>>> {
    let py = field.py();
    let Ok(field) = field.cast::<Field>() else { return Ok(None) };
    let is_read = field.get().read_tag(py) == Some(tag) && field.get().has_read_text(py)?;
    Ok(is_read.then(|| field.clone()))
}

/// Returns the bytes of a leader. Its characters are those of Latin-1, since a damaged record may
/// have such bytes.
fn leader_of(text: &str) -> PyResult<[u8; LEADER_LENGTH]> {
    let bytes = text.chars().map(u8::try_from).collect::<Result<Vec<_>, _>>().ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        PyValueError::new_err(format!("a leader is {LEADER_LENGTH} characters, not {text:?}"))
    })
}

/// Returns the text of a field: for a data field its indicators, and each subfield after a
/// delimiter.
fn text_of(field: &Bound<'_, PyAny>, tag: Tag) -> PyResult<String> {
    let py = field.py();
    let is_control = attribute(field, intern!(py, "control_field"))?.is_truthy()?;
    if is_control != tag.is_control() {
        return Err(PyValueError::new_err(format!(
            "field {tag} is {}, which does not fit its tag",
            if is_control { "a control field" } else { "a data field" }
        )));
    }
    let mut text = String::new();
    if is_control {
        let data = attribute(field, intern!(py, "data"))?;
        if !data.is_none() {
            text.push_str(str_in(&data, tag)?.to_str()?);
        }
        return Ok(text);
    }
    for name in [intern!(py, "indicator1"), intern!(py, "indicator2")] {
        push_char(&mut text, &attribute(field, name)?, "an indicator", tag)?;
    }
    for subfield in elements(&attribute(field, intern!(py, "subfields"))?)? {
        text.push(DELIMITER);
        push_char(&mut text, &code_of(&subfield)?, "a subfield code", tag)?;
        let value = value_of(&subfield)?;
        let value = str_in(&value, tag)?.to_str()?;
        if value.contains(DELIMITER) {
            return Err(PyValueError::new_err(format!(
                "a value in field {tag} contains the subfield delimiter, U+001F"
            )));
        }
        text.push_str(value);
    }
    Ok(text)
}

const DELIMITER: char = SUBFIELD_DELIMITER as char;

/// Appends an object that must be one character.
fn push_char(text: &mut String, object: &Bound<'_, PyAny>, what: &str, tag: Tag) -> PyResult<()> {
    let string = str_in(object, tag)?.to_str()?;
    let mut characters = string.chars();
    match (characters.next(), characters.next()) {
        (Some(c), None) if c != DELIMITER => {
            text.push(c);
            Ok(())
        }
        _ => Err(PyValueError::new_err(format!(
            "{what} of field {tag} is one character, not {string:?}"
        ))),
    }
}

/// Returns an object of field `tag` as text. Text in bytes has no characters to select.
fn str_in<'a, 'py>(object: &'a Bound<'py, PyAny>, tag: Tag) -> PyResult<&'a Bound<'py, PyString>> {
    object.cast::<PyString>().map_err(|_| {
        let name = object.get_type();
        PyTypeError::new_err(format!("field {tag} has an object of {name} in the place of text"))
    })
}
