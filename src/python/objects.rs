//! The named tuples, and the other objects that programs put into the live lists.

use super::gil::nesting::{ask, attribute};
use crate::record::Tag;
use pyo3::{
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyList, PySlice, PyString, PyTuple, PyType},
};

static SUBFIELD: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static INDICATORS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Makes a pair of this class. It does the work of the class's own `__new__`, which is Python code,
/// without calling it.
fn pair<'py>(
    class: &Bound<'py, PyType>,
    pair: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> PyResult<Bound<'py, PyAny>> {
    static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = class.py();
    let new = NEW.get_or_try_init(py, || {
        py.get_type::<PyTuple>().getattr(intern!(py, "__new__")).map(Bound::unbind)
    })?;
    new.bind(py).call1((class, pair.into_pyobject(py)?))
}

/// Returns the string of a tag. Tags are few and fields many, so the tags of three digits are made
/// once. They are interned, like the literals with which programs compare them.
#[inline]
pub(crate) fn tag_text(py: Python<'_>, tag: Tag) -> Bound<'_, PyString> {
    static NUMBERS: [PyOnceLock<Py<PyString>>; 1000] = [const { PyOnceLock::new() }; 1000];
    let digits = tag.as_bytes().map(|byte| usize::from(byte.wrapping_sub(b'0')));
    let text = tag.as_str().unwrap_or_default();
    match digits {
        [a @ 0..=9, b @ 0..=9, c @ 0..=9] => NUMBERS[a * 100 + b * 10 + c]
            .get_or_init(py, || PyString::intern(py, text).unbind())
            .bind(py)
            .clone(),
        _ => PyString::new(py, text),
    }
}

/// Makes `Subfield(code, value)`.
#[inline]
pub(crate) fn subfield<'py>(
    py: Python<'py>,
    code: impl IntoPyObject<'py>,
    value: impl IntoPyObject<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    pair(SUBFIELD.import(py, "tidemarc._types", "Subfield")?, (code, value))
}

/// Makes `Indicators(first, second)`.
pub(crate) fn indicators<'py>(
    py: Python<'py>,
    first: impl IntoPyObject<'py>,
    second: impl IntoPyObject<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    pair(indicators_class(py)?, (first, second))
}

pub(crate) fn indicators_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    INDICATORS.import(py, "tidemarc._types", "Indicators")
}

/// Returns the first or second of the indicators.
#[inline]
pub(crate) fn indicator<'py>(
    indicators: &Bound<'py, PyAny>,
    at: usize,
) -> PyResult<Bound<'py, PyAny>> {
    part_of(indicators, &INDICATORS, at, |py| match at {
        0 => intern!(py, "first"),
        _ => intern!(py, "second"),
    })
}

/// Makes `slice(start, stop)`. `PySlice::new` of PyO3 0.30.1 never releases the numbers that it
/// makes, so it is not used.
pub(crate) fn slice(
    py: Python<'_>,
    start: Option<usize>,
    stop: Option<usize>,
) -> PyResult<Bound<'_, PyAny>> {
    py.get_type::<PySlice>().call1((start, stop))
}

/// Returns the current elements of a live list. A program may have put any other iterable in its
/// place.
pub(crate) fn elements<'py>(list: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    match list.cast::<PyList>() {
        Ok(list) => Ok(list.iter().collect()),
        Err(_) => ask(|| list.try_iter()?.collect()),
    }
}

/// Returns the code of an element of a list of subfields.
#[inline]
pub(crate) fn code_of<'py>(subfield: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    part_of(subfield, &SUBFIELD, 0, |py| intern!(py, "code"))
}

/// Returns the value of an element of a list of subfields.
#[inline]
pub(crate) fn value_of<'py>(subfield: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    part_of(subfield, &SUBFIELD, 1, |py| intern!(py, "value"))
}

/// Returns one part of a pair of this class, or the attribute of any other object.
#[inline]
fn part_of<'py>(
    pair: &Bound<'py, PyAny>,
    class: &PyOnceLock<Py<PyType>>,
    at: usize,
    name: impl FnOnce(Python<'py>) -> &'py Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = pair.py();
    if let Some(class) = class.get(py)
        && pair.get_type().is(class.bind(py))
        && let Ok(pair) = pair.cast::<PyTuple>()
    {
        return pair.get_item(at);
    }
    attribute(pair, name(py))
}
