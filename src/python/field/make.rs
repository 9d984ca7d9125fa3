//! Fields that a program makes.

use super::{Field, text};
use crate::python::objects;
use pyo3::{
    exceptions::PyValueError,
    intern,
    prelude::*,
    types::{PyInt, PyList, PyString},
};

impl Field {
    /// Makes a control field with this data.
    pub(crate) fn control(py: Python<'_>, tag: &str, data: &Bound<'_, PyAny>) -> Self {
        let field = Self::empty(None, true);
        field.tag.set(py, Some(PyString::new(py, tag).into_any().unbind()));
        field.data.set(py, Some(data.clone().unbind()));
        field
    }

    /// Makes a data field with these parts.
    pub(crate) fn with_subfields(
        py: Python<'_>,
        tag: &str,
        indicators: [char; 2],
        subfields: &Bound<'_, PyList>,
    ) -> PyResult<Self> {
        let field = Self::empty(None, false);
        field.tag.set(py, Some(PyString::new(py, tag).into_any().unbind()));
        field.subfields.set(py, Some(subfields.clone().into_any().unbind()));
        let [first, second] = indicators;
        field.indicators.set(py, Some(objects::indicators(py, first, second)?.unbind()));
        Ok(field)
    }

    /// Sets the parts of the field, as `__init__` does in pymarc.
    pub(super) fn fill(
        &self,
        tag: &Bound<'_, PyAny>,
        indicators: Option<&Bound<'_, PyAny>>,
        subfields: Option<Bound<'_, PyAny>>,
        data: Option<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = tag.py();
        let given = match subfields {
            Some(given) if given.is_truthy()? => Some(given),
            _ => None,
        };
        if let Some(given) = &given
            && given.get_item(0)?.is_instance_of::<PyString>()
        {
            return Err(PyValueError::new_err(text::OLD_SUBFIELDS));
        }
        let tag = normal_tag(tag)?;
        let control = tag.lt("010")? && tag.call_method0(intern!(py, "isdigit"))?.is_truthy()?;
        self.tag.set(py, Some(tag.unbind()));
        self.control.set(py, control);
        if control {
            self.data.set(py, data.map(Bound::unbind));
            return Ok(());
        }
        // An empty list is replaced by a new one, as in pymarc.
        let list = given.unwrap_or_else(|| PyList::empty(py).into_any());
        self.subfields.set(py, Some(list.unbind()));
        match indicators {
            Some(given) if given.is_truthy()? => self.put_indicators(given),
            _ => {
                self.indicators.set(py, Some(objects::indicators(py, " ", " ")?.unbind()));
                Ok(())
            }
        }
    }
}

/// Returns a tag as pymarc accepts it: numbers are padded to three digits.
fn normal_tag<'py>(tag: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = tag.py();
    if let Ok(text) = tag.cast::<PyString>() {
        let is_number = text.call_method0(intern!(py, "isdigit"))?.is_truthy()?;
        if !is_number || text.len()? == 3 {
            return Ok(tag.clone());
        }
    }
    match py.get_type::<PyInt>().call1((tag,)) {
        Ok(number) => number.call_method1(intern!(py, "__format__"), ("03",)),
        Err(error) if tag.is_instance_of::<PyString>() => Err(error),
        Err(_) => Ok(tag.str()?.into_any()),
    }
}
