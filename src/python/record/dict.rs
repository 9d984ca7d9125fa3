//! A record in MARC-in-JSON, as Python dicts and lists.

use super::{FieldObjects, Record};
use crate::{
    python::{
        field::{Field, FieldView},
        gil::nesting::{attribute, str_of},
        objects::{code_of, elements, value_of},
    },
    record::{DataField, Indicators, Subfield, Tag},
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyList, PyString},
};

impl Record {
    pub(super) fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let record = PyDict::new(py);
        record.set_item(intern!(py, "leader"), str_of(&self.leader_text(py))?)?;
        let list = PyList::empty(py);
        record.set_item(intern!(py, "fields"), &list)?;
        let fields = self.fields.get(py);
        if let (FieldObjects::Untouched, Some(origin)) = (&fields, &self.origin) {
            for span in origin.spans() {
                list.append(origin.field(py, *span).dict(py)?)?;
            }
            return Ok(record);
        }
        for field in elements(&self.list(py)?)? {
            list.append(match field.cast::<Field>() {
                Ok(field) => field.get().dict(py)?,
                Err(_) => dict_of(&field)?,
            })?;
        }
        Ok(record)
    }
}

impl Field {
    /// Returns `{tag: data}` or `{tag: {"ind1": …, "ind2": …, "subfields": [{code: value}, …]}}`.
    pub(super) fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        if self.is_control(py) {
            dict.set_item(self.tag(py), self.data(py)?)?;
            return Ok(dict);
        }
        if let Some(content) = self.plain_content(py)? {
            dict.set_item(self.tag(py), content)?;
            return Ok(dict);
        }
        let subfields = PyList::empty(py);
        let content = match self.made_subfields(py)? {
            Some(list) => {
                for subfield in list {
                    let pair = PyDict::new(py);
                    pair.set_item(code_of(&subfield)?, value_of(&subfield)?)?;
                    subfields.append(pair)?;
                }
                content(py, self.indicator1(py)?, self.indicator2(py)?, &subfields)?
            }
            None => {
                let text = self.read_text(py)?;
                let parts = FieldView::new(&text);
                let [first, second] = parts.indicators;
                for (code, value) in parts {
                    let pair = PyDict::new(py);
                    pair.set_item(code, value)?;
                    subfields.append(pair)?;
                }
                match self.has_own_indicators(py) {
                    true => content(py, self.indicator1(py)?, self.indicator2(py)?, &subfields)?,
                    false => content(py, char_text(py, first), char_text(py, second), &subfields)?,
                }
            }
        };
        dict.set_item(self.tag(py), content)?;
        Ok(dict)
    }
}

impl Field {
    /// Returns the content of a data field that is only in the bytes, before it is known that they
    /// can be decoded: Python decodes them strictly when it makes the strings. Returns `None` for
    /// an unusual field.
    fn plain_content<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some((bytes, reading)) = self.bytes() else { return Ok(None) };
        if !reading.is_utf8() || !self.is_pristine(py) {
            return Ok(None);
        }
        let field = DataField::new(Tag::default(), bytes);
        let Indicators { first, second } = field.indicators();
        let mut subfields = Vec::with_capacity(8);
        for Subfield { code, value } in field.subfields() {
            let Ok(value) = PyString::from_bytes(py, value) else { return Ok(None) };
            if !code.is_ascii() {
                return Ok(None);
            }
            let pair = PyDict::new(py);
            pair.set_item(char::from(code), value)?;
            subfields.push(pair);
        }
        if !first.is_ascii() || !second.is_ascii() {
            return Ok(None);
        }
        let (first, second) = (char_text(py, first.into()), char_text(py, second.into()));
        content(py, first, second, &PyList::new(py, subfields)?).map(Some)
    }
}

fn char_text(py: Python<'_>, c: char) -> Bound<'_, PyAny> {
    PyString::new(py, c.encode_utf8(&mut [0; 4])).into_any()
}

fn content<'py>(
    py: Python<'py>,
    first: Bound<'py, PyAny>,
    second: Bound<'py, PyAny>,
    subfields: &Bound<'py, PyList>,
) -> PyResult<Bound<'py, PyDict>> {
    let content = PyDict::new(py);
    content.set_item(intern!(py, "ind1"), first)?;
    content.set_item(intern!(py, "ind2"), second)?;
    content.set_item(intern!(py, "subfields"), subfields)?;
    Ok(content)
}

/// Returns the dict of an object that is not a `Field` but behaves like one.
fn dict_of<'py>(field: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = field.py();
    let dict = PyDict::new(py);
    let tag = attribute(field, intern!(py, "tag"))?;
    if attribute(field, intern!(py, "control_field"))?.is_truthy()? {
        dict.set_item(tag, attribute(field, intern!(py, "data"))?)?;
        return Ok(dict);
    }
    let subfields = PyList::empty(py);
    for subfield in elements(&attribute(field, intern!(py, "subfields"))?)? {
        let pair = PyDict::new(py);
        pair.set_item(code_of(&subfield)?, value_of(&subfield)?)?;
        subfields.append(pair)?;
    }
    let (first, second) = (intern!(py, "indicator1"), intern!(py, "indicator2"));
    let content = content(py, attribute(field, first)?, attribute(field, second)?, &subfields)?;
    dict.set_item(tag, content)?;
    Ok(dict)
}
