//! Copies and pickles of records, fields and leaders.
//!
//! A pickle has three parts: a function; its arguments, which are the class and the original bytes;
//! and a state in pymarc's form, which is the attributes of a subclass and a dict of the values of
//! pymarc's slots. Every reference that can lead back to the object is in the state, which is set
//! after the object was made. So a ring of references becomes a ring again.

use super::{
    gil::nesting::{ask, call},
    reading::Reading,
};
use crate::framing::MAX_OFFSET;
use pyo3::{
    PyClass,
    exceptions::PyValueError,
    intern,
    prelude::*,
    types::{PyDict, PyString, PyTuple, PyType},
};

/// Finds the argument from which `__new__` makes an object again, among its arguments. Only
/// `restore.rs` makes one, so no argument of a program is mistaken for it.
pub(crate) fn argument_among<'py, T: PyClass>(
    arguments: &Bound<'py, PyTuple>,
) -> Option<Bound<'py, T>> {
    arguments.get_item(0).ok()?.cast_into().ok()
}

/// Returns the function of this module that a pickle names.
pub(crate) fn maker<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("tidemarc._tidemarc")?.getattr(name)
}

/// Returns an offset of a pickle. Refuses an offset that no input can have, since later offsets are
/// computed from it.
pub(crate) fn real_offset(offset: u64) -> PyResult<u64> {
    match offset <= MAX_OFFSET {
        true => Ok(offset),
        false => Err(PyValueError::new_err(format!("no input has an offset of {offset}"))),
    }
}

/// Returns the text rule of a pickle.
pub(crate) fn real_reading(code: u8) -> PyResult<Reading> {
    Reading::from_code(code).ok_or_else(|| PyValueError::new_err("unknown code of a text rule"))
}

/// The result of `__reduce__`: a function, its arguments, and the state.
pub(crate) type Reduced<'py> = (Bound<'py, PyAny>, Bound<'py, PyTuple>, Bound<'py, PyAny>);

/// Returns the state for `__reduce__`: the result of a subclass's own `__getstate__`, or `state`.
///
/// `base` is our class.
pub(crate) fn state_of<'py>(
    object: &Bound<'py, PyAny>,
    base: &Bound<'py, PyType>,
    state: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (class, name) = (object.get_type(), intern!(object.py(), "__getstate__"));
    match class.is(base) || class.getattr(name)?.is(&base.getattr(name)?) {
        true => state(),
        false => call(object, name),
    }
}

/// Makes a state from our own slots and the attributes that a subclass has added to our class
/// `base`.
pub(crate) fn with_slots<'py>(
    object: &Bound<'py, PyAny>,
    base: &Bound<'py, PyType>,
    own: Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let (attributes, slots) = added(object, base)?;
    if let Some(slots) = &slots {
        own.update(slots.as_mapping())?;
    }
    match own.is_empty() {
        true => Ok(attributes),
        false => Ok((attributes, own).into_pyobject(py)?.into_any()),
    }
}

/// Returns a subclass's attributes, or None, and the values of its slots.
pub(crate) fn added<'py>(
    object: &Bound<'py, PyAny>,
    base: &Bound<'py, PyType>,
) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyDict>>)> {
    let py = object.py();
    if object.get_type().is(base) {
        return Ok((py.None().into_bound(py), None));
    }
    // The method of `object` does not know our state.
    let state = py.get_type::<PyAny>().call_method1(intern!(py, "__getstate__"), (object,))?;
    match state.cast::<PyTuple>() {
        Ok(pair) => Ok((pair.get_item(0)?, pair.get_item(1)?.cast_into().ok())),
        Err(_) => Ok((state, None)),
    }
}

/// Restores a state as Python does by default. `put` receives each value first, and returns true if
/// it is one of ours.
pub(crate) fn set_state<'py>(
    object: &Bound<'py, PyAny>,
    state: &Bound<'py, PyAny>,
    put: impl Fn(&str, &Bound<'py, PyAny>) -> PyResult<bool>,
) -> PyResult<()> {
    let py = object.py();
    let none = || py.None().into_bound(py);
    let (attributes, slots) = match state.cast::<PyTuple>() {
        Ok(pair) if pair.len() == 2 => (pair.get_item(0)?, pair.get_item(1)?),
        _ => (state.clone(), none()),
    };
    for (part, is_slots) in [(attributes, false), (slots, true)] {
        if part.is_none() {
            continue;
        }
        for (name, value) in part.cast::<PyDict>()?.iter() {
            let name = name.cast::<PyString>()?;
            if put(name.to_str()?, &value)? {
                continue;
            }
            match is_slots {
                true => object.setattr(name, value)?,
                false => object.getattr(intern!(py, "__dict__"))?.set_item(name, value)?,
            }
        }
    }
    Ok(())
}

/// Returns the result of `copy.copy` by the `__reduce_ex__` of an object, which a subclass may have
/// overridden.
pub(crate) fn shallow_copy<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let reduced = ask(|| object.call_method1(intern!(py, "__reduce_ex__"), (4,)))?;
    let Ok(parts) = reduced.cast::<PyTuple>() else { return Ok(object.clone()) };
    let (copy, none) = (py.import(intern!(py, "copy"))?, py.None().into_bound(py));
    let arguments = [object.clone(), none].into_iter().chain(parts.iter()).collect::<Vec<_>>();
    ask(|| copy.call_method1(intern!(py, "_reconstruct"), PyTuple::new(py, arguments)?))
}
