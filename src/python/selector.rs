//! A selector, as a Python object.

use super::{
    faults::errors::mistake,
    record::{Record, live::LiveRecord},
};
use crate::select::{self, SelectorError, TagPattern, Value};
use pyo3::{
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
        let live = LiveRecord::of(record, &self.tags)?;
        let text_of = |at, field| live.text_of(at, field);
        let visited =
            collected(py, |visitor| self.selector.visit_with(&live.record, &text_of, visitor))?;
        visited.map_err(|failure| live.raised(py, &failure))
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

/// Makes the exception for text that is not a selector.
#[cold]
pub(super) fn refused(py: Python<'_>, error: &SelectorError) -> PyErr {
    let text = ("selector", error.selector());
    mistake(py, "SelectorError", error.to_string(), text, error.position(), Some(error.expected()))
}
