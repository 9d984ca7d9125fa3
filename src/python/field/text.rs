//! A field as text: its value, its heading, its line of MARCMaker.

use super::{
    Field, FieldView,
    parts::{title_of, value_of as value_of_text, with_plain_title, with_plain_value},
};
use crate::{
    encoding::ErrorPolicy,
    error::escaped,
    python::{
        gil::nesting::{call, str_of},
        objects::{code_of, elements, indicators_class, value_of},
        pymarc::replaced::plain_field,
        reading::Reading,
        text::{Pieces, is_one_of, strip},
    },
    record::{DataField, Tag},
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyBool, PyList, PyString, PyTuple},
};
use std::borrow::Cow;

/// pymarc's message about subfields in the form that was used before version 5.
pub(super) const OLD_SUBFIELDS: &str =
    "The subfield input no longer accepts strings, and should use Subfield.
                   Please consult the documentation for details.
                ";
/// pymarc's message about indicators that are not two.
pub(super) const OLD_INDICATORS: &str =
    "The indicators input no longer accepts an iterable of arbitrary length. Use
                   the Indicators() named tuple instead. Please consult the documentation
                   for details.
                ";

impl Field {
    /// Returns $a, or "$a $b": pymarc's title of a 245.
    pub(crate) fn title<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if !self.is_control(py) && !self.subfields.is_some(py) {
            if let Some((bytes, reading)) = self.bytes()
                && let Some(title) = plain_title(py, bytes, reading)
            {
                return Ok(title);
            }
            let text = self.read_text(py)?;
            return Ok(title_of(&text).map(|title| PyString::new(py, &title).into_any()));
        }
        let Some(title) = self.find(intern!(py, "a").as_any())? else { return Ok(None) };
        match self.find(intern!(py, "b").as_any())? {
            Some(rest) if title.is_truthy()? && rest.is_truthy()? => {
                title.add(PyString::new(py, " ").add(str_of(&rest)?)?).map(Some)
            }
            _ => Ok(Some(title)),
        }
    }

    pub(super) fn joined_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.is_control(py) {
            return self.data_or_empty(py);
        }
        // The value of nearly every field. Data without a delimiter has none.
        if !self.subfields.is_some(py)
            && let Some((bytes, reading)) = self.bytes()
            && reading.is_utf8()
            && let field = DataField::new(Tag::default(), bytes)
            && let Some(value) =
                with_plain_value(field, |value| PyString::from_bytes(py, value).ok())
        {
            return Ok(value.into_any());
        }
        if let Some(text) = self.bare_text(py)? {
            return Ok(PyString::new(py, &text).into_any());
        }
        let Some(list) = self.made_subfields(py)? else {
            return Ok(PyString::new(py, &value_of_text(&self.read_text(py)?)).into_any());
        };
        let values = list.iter().map(value_of).collect::<PyResult<Vec<_>>>()?;
        let mut joined = String::new();
        for (at, value) in values.iter().enumerate() {
            let text = value.cast::<PyString>().ok().and_then(|value| value.to_str().ok());
            let Some(text) = text else { return join_objects(py, &values) };
            if at > 0 {
                joined.push(' ');
            }
            joined.push_str(strip(text));
        }
        Ok(PyString::new(py, &joined).into_any())
    }

    /// Returns the result of `tag.startswith("6")`.
    pub(super) fn is_subject<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let tag = match self.read_tag(py) {
            Some(tag) => {
                return Ok(PyBool::new(py, tag.as_bytes()[0] == b'6').to_owned().into_any());
            }
            None => self.tag(py),
        };
        match tag.cast_exact::<PyString>().ok().and_then(|tag| tag.to_str().ok()) {
            Some(tag) => Ok(PyBool::new(py, tag.starts_with('6')).to_owned().into_any()),
            None => tag.call_method1(intern!(py, "startswith"), ("6",)),
        }
    }

    fn data_or_empty<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self.data(py)? {
            Some(data) if data.is_truthy()? => data,
            _ => PyString::new(py, "").into_any(),
        })
    }

    pub(super) fn heading<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, field) = (slf.py(), slf.get());
        if field.is_control(py) {
            return field.data_or_empty(py);
        }
        if let Some(text) = field.bare_text(py)? {
            return Ok(PyString::new(py, &text).into_any());
        }
        let is_subject = match plain_field(slf.as_any()) {
            Some(_) => field.is_subject(py)?.is_truthy()?,
            // A subclass may have overridden this method.
            None => call(slf.as_any(), intern!(py, "is_subject_field"))?.is_truthy()?,
        };
        let lead = |is_subdivision: bool| if is_subject && is_subdivision { " -- " } else { " " };
        let Some(list) = field.made_subfields(py)? else {
            let mut heading = String::new();
            for (code, value) in FieldView::new(&field.read_text(py)?).filter(|part| part.0 != "6")
            {
                heading.push_str(lead(matches!(code, "v" | "x" | "y" | "z")));
                heading.push_str(value);
            }
            return Ok(PyString::new(py, strip(&heading)).into_any());
        };
        let mut heading = Pieces::new(py, String::new());
        for subfield in list {
            let code = code_of(&subfield)?;
            if !is_one_of(&code, &["6"])? {
                heading.push_str(lead(is_subject && is_one_of(&code, &["v", "x", "y", "z"])?));
                heading.push(&value_of(&subfield)?)?;
            }
        }
        heading.finish_stripped()
    }

    pub(crate) fn line<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let mut line = Pieces::new(py, String::with_capacity(128));
        self.push_line(py, &mut line)?;
        line.finish()
    }

    /// Appends the line of MARCMaker. Undecodable bytes are marked: `\xe9`.
    pub(crate) fn push_line<'py>(&self, py: Python<'py>, line: &mut Pieces<'py>) -> PyResult<()> {
        line.push_str("=");
        match self.read_tag(py).as_ref().and_then(Tag::as_str) {
            Some(tag) => line.push_str(tag),
            None => line.push(&self.tag(py))?,
        }
        line.push_str("  ");
        if self.is_control(py) {
            let data = match self.data_or_empty(py) {
                Ok(data) => data,
                Err(error) => {
                    line.push_str(&self.marked_text().ok_or(error)?);
                    return Ok(());
                }
            };
            match data.cast_exact::<PyString>().ok().and_then(|data| data.to_str().ok()) {
                Some(data) => line.push_str(&data.replace(' ', "\\")),
                None => line.push(&data.call_method1(intern!(py, "replace"), (" ", "\\"))?)?,
            }
            return Ok(());
        }
        let bare = self.bare_text(py);
        if let Some(text) = bare.or_else(|error| self.marked_text().ok_or(error).map(Some))? {
            line.push_str(&text.replace(' ', "\\"));
            return Ok(());
        }
        let Some(list) = self.made_subfields(py)? else {
            return self.push_line_of_text(py, line);
        };
        self.push_indicators(py, line)?;
        for subfield in list {
            line.push_str("$");
            line.push(&code_of(&subfield)?)?;
            line.push(&value_of(&subfield)?)?;
        }
        Ok(())
    }

    /// Returns the text that was read, with each undecodable byte as `\xe9`. `None` if no reader of
    /// tidemarc decodes the field.
    #[cold]
    fn marked_text(&self) -> Option<Cow<'_, str>> {
        let (origin, (bytes, Reading::Native(text))) = (self.origin.as_ref()?, self.bytes()?)
        else {
            return None;
        };
        let text = self.second_reading().unwrap_or(text);
        let text = text.with_policy(ErrorPolicy::BackslashReplace);
        text.bytes(bytes, origin.tag.is_control()).ok()
    }

    fn push_indicators<'py>(&self, py: Python<'py>, line: &mut Pieces<'py>) -> PyResult<()> {
        let Some(indicators) = self.indicators_of(py)? else {
            return elements(py.None().bind(py)).map(drop);
        };
        let mut push = |indicator: Bound<'py, PyAny>| match is_one_of(&indicator, &[" "])? {
            true => {
                line.push_str("\\");
                Ok(())
            }
            false => line.push(&indicator),
        };
        match indicators.cast::<PyTuple>() {
            Ok(pair) if indicators.get_type().is(indicators_class(py)?) => {
                pair.iter().try_for_each(push)
            }
            _ => elements(&indicators)?.into_iter().try_for_each(&mut push),
        }
    }

    /// Appends the line of a field whose subfields are only in the bytes.
    fn push_line_of_text<'py>(&self, py: Python<'py>, line: &mut Pieces<'py>) -> PyResult<()> {
        let text = self.read_text(py);
        let text = text.or_else(|error| self.marked_text().ok_or(error))?;
        let parts = FieldView::new(&text);
        if self.has_own_indicators(py) {
            self.push_indicators(py, line)?;
        } else {
            for indicator in parts.indicators {
                let indicator = if indicator == ' ' { '\\' } else { indicator };
                line.push_str(indicator.encode_utf8(&mut [0; 4]));
            }
        }
        for (code, value) in parts {
            line.push_str("$");
            line.push_str(code);
            line.push_str(value);
        }
        Ok(())
    }
}

/// Returns the `repr` of a field.
pub(super) fn shown(slf: &Bound<'_, Field>) -> PyResult<String> {
    let (py, field) = (slf.py(), slf.get());
    let line = field.line(py)?;
    Ok(format!("<tidemarc.{} {}>", slf.get_type().name()?, escaped(&line.to_string_lossy())))
}

/// Returns the title in these bytes, without decoding the others; `None` if all of them are needed.
#[inline]
pub(crate) fn plain_title<'py>(
    py: Python<'py>,
    bytes: &[u8],
    reading: Reading,
) -> Option<Option<Bound<'py, PyAny>>> {
    if !reading.is_utf8() {
        return None;
    }
    let title = with_plain_title(bytes, |title| PyString::from_bytes(py, title).ok())?;
    Some(title.map(Bound::into_any))
}

/// Joins values as Python does: a value that is not a string raises the same error.
#[cold]
fn join_objects<'py>(py: Python<'py>, values: &[Bound<'py, PyAny>]) -> PyResult<Bound<'py, PyAny>> {
    let stripped = values.iter().map(|value| value.call_method0(intern!(py, "strip")));
    let stripped = PyList::new(py, stripped.collect::<PyResult<Vec<_>>>()?)?;
    PyString::new(py, " ").call_method1(intern!(py, "join"), (stripped,))
}
