//! The indicators of a field: those that were read, until others are set.

use super::{Field, text};
use crate::python::objects::{self, indicators_class};
use pyo3::{
    exceptions::{PyAttributeError, PyValueError},
    intern,
    prelude::*,
    types::{PyDict, PyList, PyString, PyTuple},
};

impl Field {
    /// Returns true if the indicators in the bytes are not used, or there are no bytes.
    pub(crate) fn has_own_indicators(&self, py: Python<'_>) -> bool {
        self.origin.is_none() || self.indicators.is_some(py)
    }

    /// Returns the indicators, if there are any. New ones are not kept.
    pub(crate) fn indicators_of<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(indicators) = self.indicators.get(py) {
            return Ok(Some(indicators.into_bound(py)).filter(|made| !made.is_none()));
        }
        match &self.origin {
            Some(origin) if !origin.tag.is_control() => {
                let [first, second] = self.read_indicators(py)?;
                objects::indicators(py, first, second).map(Some)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn put_indicators(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        let is_sequence = value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>();
        if is_sequence && !matches!(value.len()?, 0 | 2) {
            return Err(PyValueError::new_err(text::OLD_INDICATORS));
        }
        let class = indicators_class(py)?;
        let indicators = if value.is_none() {
            return self.check_indicators(value);
        } else if value.is_instance(class)? {
            value.clone()
        } else {
            let parts = value.try_iter()?.collect::<PyResult<Vec<_>>>()?;
            class.call1(PyTuple::new(py, parts)?)?
        };
        self.check_indicators(&indicators)?;
        self.indicators.set(py, Some(indicators.unbind()));
        Ok(())
    }

    pub(super) fn indicator<'py>(&self, py: Python<'py>, at: usize) -> PyResult<Bound<'py, PyAny>> {
        match self.indicators_of(py)? {
            Some(indicators) => objects::indicator(&indicators, at),
            None => Ok(PyString::new(py, "").into_any()),
        }
    }

    pub(super) fn set_indicator(&self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        let Some(indicators) = self.indicators_of(py)?.filter(|_| !self.is_control(py)) else {
            return Err(PyAttributeError::new_err("'NoneType' object has no attribute '_replace'"));
        };
        let change = PyDict::new(py);
        change.set_item(name, value)?;
        let changed = indicators.call_method(intern!(py, "_replace"), (), Some(&change))?;
        self.check_indicators(&changed)?;
        self.indicators.set(py, Some(changed.unbind()));
        Ok(())
    }
}
