//! The subfields: found in the bytes until the live list is accessed, and then in the list.

use super::{Field, FieldView, NOT_BEGUN};
use crate::error::shown;
use crate::python::{
    gil::nesting::{ask, item, str_of},
    objects::{self, code_of, elements, value_of},
    pymarc::replaced::plain_field,
};
use pyo3::{
    exceptions::{PyAttributeError, PyIndexError, PyKeyError, PyValueError},
    intern,
    prelude::*,
    types::{PyDict, PyList, PyString, PyTuple},
};

impl Field {
    /// Returns the subfields of the live list, if it was made.
    pub(crate) fn made_subfields<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
        self.subfields.get(py).map(|list| elements(list.bind(py))).transpose()
    }

    /// Returns the first value with this code.
    pub(super) fn find<'py>(
        &self,
        code: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = code.py();
        if self.is_control(py) {
            return Ok(None);
        }
        if let Some(list) = self.made_subfields(py)? {
            for subfield in list {
                if code_of(&subfield)?.eq(code)? {
                    return value_of(&subfield).map(Some);
                }
            }
            return Ok(None);
        }
        let Ok(code) = code.cast::<PyString>() else { return Ok(None) };
        let Ok(code) = code.to_str() else { return Ok(None) };
        let text = self.read_text(py)?;
        let found = FieldView::new(&text).find(|&(own, _)| own == code);
        Ok(found.map(|(_, value)| PyString::new(py, value).into_any()))
    }

    pub(super) fn next_subfield<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.is_control(py) {
            return Ok(None);
        }
        let position = self.position.get(py);
        if position == NOT_BEGUN {
            return Err(PyAttributeError::new_err("'Field' object has no attribute '_Field__pos'"));
        }
        let subfield = match item(&self.live_list(py)?, position) {
            Ok(subfield) => subfield,
            Err(error) if error.is_instance_of::<PyIndexError>(py) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.position.set(py, position + 1);
        Ok(Some(subfield))
    }

    /// Returns the place of a field that tidemarc read: input, number, offset and control number of
    /// its record, and its tag.
    #[cold]
    fn place(&self, py: Python<'_>) -> Option<String> {
        let origin = self.origin.as_ref().filter(|_| self.is_native())?;
        let batch = origin.batch.get();
        let control_number = batch.record_at(origin.at as usize).control_number().map(shown);
        let place = batch.place_of(origin.at, control_number);
        Some(format!("{place}: field {}", self.tag_shown(py)))
    }

    /// Makes the `KeyError` for a code that the field does not have. pymarc's has no message.
    #[cold]
    pub(super) fn no_subfield(&self, code: &Bound<'_, PyAny>) -> PyErr {
        let py = code.py();
        let Some(place) = self.place(py) else { return PyKeyError::new_err(()) };
        if self.is_control(py) {
            return PyKeyError::new_err(format!("{place} is a control field, without subfields"));
        }
        match str_of(code) {
            Ok(code) => PyKeyError::new_err(format!("{place} has no subfield ${code}")),
            Err(error) => error,
        }
    }

    pub(super) fn replace_value(
        &self,
        code: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let py = code.py();
        if self.is_control(py) {
            return Err(self.place(py).map_or_else(
                || PyKeyError::new_err("field is a control field"),
                |place| PyKeyError::new_err(format!("{place} is a control field")),
            ));
        }
        let list = self.live_list(py)?;
        let mut found = None;
        for (at, subfield) in elements(&list)?.into_iter().enumerate() {
            let own = code_of(&subfield)?;
            if own.eq(code)? {
                if found.is_some() {
                    let code = str_of(code)?;
                    return Err(PyKeyError::new_err(match self.place(py) {
                        Some(place) => format!("{place} has more than one subfield ${code}"),
                        None => format!("more than one code '{code}'"),
                    }));
                }
                found = Some((at, own));
            }
        }
        let Some((at, own)) = found else {
            let code = str_of(code)?;
            return Err(PyKeyError::new_err(match self.place(py) {
                Some(place) => format!("{place} has no subfield ${code}"),
                None => format!("no code '{code}'"),
            }));
        };
        self.check_subfield(&own, value)?;
        let subfield = objects::subfield(py, own, value)?;
        ask(|| list.set_item(at, subfield))
    }

    pub(super) fn values_with<'py>(
        &self,
        codes: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = codes.py();
        let values = PyList::empty(py);
        if self.is_control(py) || codes.is_empty() {
            return Ok(values);
        }
        if let Some(list) = self.made_subfields(py)? {
            for subfield in list {
                if codes.contains(code_of(&subfield)?)? {
                    values.append(value_of(&subfield)?)?;
                }
            }
            return Ok(values);
        }
        let text = self.read_text(py)?;
        let codes: Vec<_> = codes.iter().filter_map(|code| code.cast_into().ok()).collect();
        let is_wanted = |own: &str| {
            codes.iter().any(|code: &Bound<'_, PyString>| code.to_str().is_ok_and(|c| c == own))
        };
        for (code, value) in FieldView::new(&text) {
            if is_wanted(code) {
                values.append(value)?;
            }
        }
        Ok(values)
    }

    pub(super) fn insert_subfield(
        &self,
        code: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        position: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = code.py();
        self.check_subfield(code, value)?;
        if self.is_control(py) {
            return Ok(());
        }
        let list = self.live_list(py)?;
        let appends = match position {
            Some(position) => position.gt(list.len()?)?,
            None => true,
        };
        let subfield = objects::subfield(py, code, value)?;
        match (position, list.cast::<PyList>()) {
            (Some(position), _) if !appends => {
                list.call_method1(intern!(py, "insert"), (position, subfield)).map(drop)
            }
            (_, Ok(list)) => list.append(subfield),
            (_, Err(_)) => list.call_method1(intern!(py, "append"), (subfield,)).map(drop),
        }
    }

    pub(super) fn take_subfield<'py>(
        &self,
        code: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = code.py();
        if self.is_control(py) {
            return Ok(None);
        }
        let list = self.live_list(py)?;
        for (at, subfield) in elements(&list)?.into_iter().enumerate() {
            if code_of(&subfield)?.eq(code)? {
                let taken = list.call_method1(intern!(py, "pop"), (at,))?;
                return value_of(&taken).map(Some);
            }
        }
        Ok(None)
    }

    pub(super) fn dict_of_lists<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        if self.is_control(py) {
            return Ok(dict);
        }
        for subfield in elements(&self.live_list(py)?)? {
            let code = code_of(&subfield)?;
            let values = match dict.get_item(&code)? {
                Some(values) => values.cast_into::<PyList>()?,
                None => {
                    let values = PyList::empty(py);
                    dict.set_item(code, &values)?;
                    values
                }
            };
            values.append(value_of(&subfield)?)?;
        }
        Ok(dict)
    }

    pub(super) fn occurrence_number<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, code) = (slf.py(), intern!(slf.py(), "6"));
        let linkage = match plain_field(slf.as_any()) {
            Some(field) => field.get().find(code.as_any())?,
            // A subclass may have overridden this method.
            None => Some(ask(|| slf.call_method1(intern!(py, "get"), (code, "")))?),
        };
        let Some(linkage) = linkage else { return Ok(None) };
        if !linkage.is_truthy()? {
            return Ok(None);
        }
        let split = intern!(py, "split");
        let number = linkage.call_method1(split, ("-",))?.get_item(1)?;
        number.call_method1(split, ("/",))?.get_item(0).map(Some)
    }
}

/// Makes pairs of codes and values from a flat list.
pub(super) fn of_legacy_list<'py>(flat: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let py = flat.py();
    let list = PyList::empty(py);
    let mut parts = flat.try_iter()?;
    while let Some(code) = parts.next() {
        let Some(value) = parts.next() else {
            return Err(PyValueError::new_err("zip() argument 2 is shorter than argument 1"));
        };
        list.append(objects::subfield(py, code?, value?)?)?;
    }
    Ok(list)
}
