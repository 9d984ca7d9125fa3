//! A record in MARC-in-JSON, as Python dicts and lists.

use super::{Record, fields::AnyField};
use crate::{
    python::{
        field::{Field, FieldView},
        gil::nesting::{ask, attribute, str_of},
        objects::{code_of, elements, value_of},
        pymarc::replaced::plain_field,
    },
    record::{DataField, Indicators, Subfield, Tag},
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyList, PyString},
};

impl Record {
    pub(super) fn dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let (py, record) = (slf.py(), slf.get());
        let dict = pair(py, intern!(py, "leader"), str_of(&record.leader_text(py))?)?;
        let of_object = |field: &Bound<'py, PyAny>| match plain_field(field) {
            Some(field) => field.get().dict(py),
            None => dict_of(field),
        };
        let mut fields = Vec::new();
        if record.is_of_subclass {
            // It may have overridden the iteration.
            let objects: Vec<_> = ask(|| slf.try_iter()?.collect())?;
            for field in &objects {
                fields.push(of_object(field)?);
            }
        } else {
            record.each_field(py, &mut |field| {
                fields.push(match field {
                    AnyField::Read(field) => field.dict(py)?,
                    AnyField::Object(field) => of_object(field)?,
                });
                Ok(())
            })?;
        }
        dict.set_item(intern!(py, "fields"), PyList::new(py, fields)?)?;
        Ok(dict)
    }
}

impl Field {
    /// Returns `{tag: data}` or `{tag: {"ind1": …, "ind2": …, "subfields": [{code: value}, …]}}`.
    pub(super) fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        if self.is_control(py) {
            return pair(py, self.tag(py), self.data(py)?);
        }
        match self.bare_text(py)? {
            Some(text) => pair(py, self.tag(py), &*text),
            None => pair(py, self.tag(py), self.content(py)?),
        }
    }

    fn content<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        if let Some(content) = self.plain_content(py)? {
            return Ok(content);
        }
        let subfields = match self.made_subfields(py)? {
            Some(list) => pairs_of(py, list)?,
            None => {
                let text = self.read_text(py)?;
                let pairs = FieldView::new(&text).map(|(code, value)| pair(py, code, value));
                PyList::new(py, pairs.collect::<PyResult<Vec<_>>>()?)?
            }
        };
        match self.has_own_indicators(py) {
            true => content(self.indicator1(py)?, self.indicator2(py)?, &subfields),
            false => {
                let [first, second] = self.read_indicators(py)?.map(|c| char_text(py, c));
                content(first, second, &subfields)
            }
        }
    }

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
            subfields.push(pair(py, char::from(code), value)?);
        }
        if !first.is_ascii() || !second.is_ascii() {
            return Ok(None);
        }
        let (first, second) = (char_text(py, first.into()), char_text(py, second.into()));
        content(first, second, &PyList::new(py, subfields)?).map(Some)
    }
}

fn char_text(py: Python<'_>, c: char) -> Bound<'_, PyAny> {
    PyString::new(py, c.encode_utf8(&mut [0; 4])).into_any()
}

#[inline]
fn pair<'py>(
    py: Python<'py>,
    code: impl IntoPyObject<'py>,
    value: impl IntoPyObject<'py>,
) -> PyResult<Bound<'py, PyDict>> {
    let pair = PyDict::new(py);
    pair.set_item(code, value)?;
    Ok(pair)
}

/// Returns the pairs of the elements of a list of subfields.
fn pairs_of<'py>(py: Python<'py>, list: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyList>> {
    let pairs = list.iter().map(|subfield| pair(py, code_of(subfield)?, value_of(subfield)?));
    PyList::new(py, pairs.collect::<PyResult<Vec<_>>>()?)
}

fn content<'py>(
    first: Bound<'py, PyAny>,
    second: Bound<'py, PyAny>,
    subfields: &Bound<'py, PyList>,
) -> PyResult<Bound<'py, PyDict>> {
    let (py, content) = (subfields.py(), PyDict::new(subfields.py()));
    content.set_item(intern!(py, "ind1"), first)?;
    content.set_item(intern!(py, "ind2"), second)?;
    content.set_item(intern!(py, "subfields"), subfields)?;
    Ok(content)
}

/// Returns the dict of an object that is not a `Field` but behaves like one.
fn dict_of<'py>(field: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = field.py();
    let tag = attribute(field, intern!(py, "tag"))?;
    if attribute(field, intern!(py, "control_field"))?.is_truthy()? {
        return pair(py, tag, attribute(field, intern!(py, "data"))?);
    }
    let subfields = pairs_of(py, elements(&attribute(field, intern!(py, "subfields"))?)?)?;
    let (first, second) = (intern!(py, "indicator1"), intern!(py, "indicator2"));
    pair(py, tag, content(attribute(field, first)?, attribute(field, second)?, &subfields)?)
}
