//! A selector, as a Python object.

use super::{
    faults::errors::exception,
    field::Field,
    gil::nesting::{attribute, str_of},
    objects::{code_of, elements, value_of},
    record::{
        Record,
        as_record::{MixedField, MixedRecord},
    },
};
use crate::{
    encoding::RecordText,
    record::{LEADER_LENGTH, SUBFIELD_DELIMITER, Tag},
    select::{self, SelectorError, TagPattern, Value},
};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    intern,
    prelude::*,
    types::{PyList, PyString, PyTuple},
};
use std::ops::ControlFlow;

/// A selector in MARCspec: a short expression that names values of a record, such as
/// `650$a{$2=\fast}`. docs/selectors.md describes the language.
///
/// `str(selector)` returns the canonical form. Two selectors with the same canonical form are equal.
#[pyclass(frozen, module = "tidemarc", eq, hash)]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Selector {
    selector: select::Selector,
    tags: Vec<TagPattern>,
}

#[pymethods]
impl Selector {
    #[new]
    #[pyo3(signature = (text, /))]
    fn new(py: Python<'_>, text: &str) -> PyResult<Self> {
        let selector = text.parse::<select::Selector>().map_err(|error| refused(py, &error))?;
        let tags = selector.tags();
        Ok(Self { selector, tags })
    }

    /// Returns the values in a record: those of the first spec in the order of the record, then those
    /// of the next. An undecodable field raises `EncodingError`, unless the record was read with
    /// another value of `encoding_errors`.
    #[pyo3(signature = (record, /))]
    fn values<'py>(&self, record: &Bound<'py, Record>) -> PyResult<Bound<'py, PyList>> {
        let py = record.py();
        let needs_leader = self.tags.iter().any(|tag| tag.is_leader());
        if let Some((view, text)) = record.get().read_view(py, needs_leader)
            && let Ok(values) = collected(py, |visitor| self.selector.visit(&view, text, visitor))?
        {
            return Ok(values);
        }
        // The fields are made as objects if one was handed out, or to raise the exception for one
        // that is undecodable.
        let LiveRecord { record, own } = &self.live(record, needs_leader)?;
        // A field that has the bytes that were read is decoded by the rule of its own record.
        let text_of = |at: usize, field| match &own[at] {
            Some(own) => own.get().text_of_bytes(),
            None => RecordText::UTF_8.field(record, field),
        };
        let visited = collected(py, |visitor| self.selector.visit_with(record, &text_of, visitor))?;
        visited.map_err(|failure| match &own[failure.field] {
            Some(own) => own.get().undecodable(py, &failure.error),
            None => PyValueError::new_err(failure.error.to_string()),
        })
    }

    /// The tags of all fields that the values or the conditions depend on, sorted; `.` stands for
    /// any character, and `LDR` is the leader.
    #[getter]
    fn tags<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.tags.iter().map(TagPattern::as_str))
    }

    fn __str__(&self) -> String {
        self.selector.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Selector({})", PyString::new(py, &self.__str__()).repr()?))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (String,)) {
        (slf.get_type().into_any(), (slf.get().__str__(),))
    }
}

impl Selector {
    /// Returns the selector itself.
    pub(super) const fn get(&self) -> &select::Selector {
        &self.selector
    }

    /// Returns the current fields that are needed, and the current leader if it is needed.
    fn live<'py>(
        &self,
        record: &Bound<'py, Record>,
        needs_leader: bool,
    ) -> PyResult<LiveRecord<'py>> {
        let py = record.py();
        let mut leader = [b' '; LEADER_LENGTH];
        if needs_leader {
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
            if self.tags.iter().any(|pattern| pattern.matches(tag)) {
                let read = read_field(&field, tag)?;
                let bytes = match read.as_ref().and_then(|read| read.get().bytes()) {
                    Some((bytes, _)) => bytes.to_vec(),
                    None => text_of(&field, tag)?.into_bytes(),
                };
                fields.push(MixedField { tag, bytes, is_made_of_text: read.is_none() });
                own.push(read);
            }
        }
        Ok(LiveRecord { record: MixedRecord { leader, fields }, own })
    }
}

/// The current state of a record whose fields were handed out.
struct LiveRecord<'py> {
    record: MixedRecord,
    /// For each field of `record` the object that decodes its bytes; `None` if they were made of
    /// text.
    own: Vec<Option<Bound<'py, Field>>>,
}

/// Calls `visit` with a function that appends each value to a list. Returns the list, or the error
/// of `visit`.
fn collected<'py, 'r, E>(
    py: Python<'py>,
    visit: impl FnOnce(&mut dyn FnMut(Value<'r>) -> ControlFlow<()>) -> Result<(), E>,
) -> PyResult<Result<Bound<'py, PyList>, E>> {
    let (list, mut failure) = (PyList::empty(py), None);
    let visited = visit(&mut |value| match list.append(value.text()) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(visited.map(|()| list)),
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

/// Makes the exception for text that is not a selector.
#[cold]
pub(super) fn refused(py: Python<'_>, error: &SelectorError) -> PyErr {
    let raised = exception(py, "SelectorError", error.to_string());
    let set = || -> PyResult<()> {
        let value = raised.value(py);
        value.setattr("selector", error.selector())?;
        value.setattr("position", error.position())?;
        value.setattr("expected", error.expected())
    };
    match set() {
        Ok(()) => raised,
        Err(failure) => failure,
    }
}
