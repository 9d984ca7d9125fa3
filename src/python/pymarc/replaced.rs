//! Methods that a subclass overrides, and names of pymarc's modules that a program replaces, as
//! mocks do.
//!
//! An object of our own class costs one comparison of addresses, and the names one load.

use crate::python::field::Field;
use pyo3::{
    PyTypeInfo, intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyModule, PyString},
};
use std::sync::atomic::{AtomicBool, Ordering};

use super::raw_field::RawField;

/// True while a name in `tidemarc.pymarc.record` or `tidemarc.pymarc.reader` is replaced.
static NAMES_ARE_REPLACED: AtomicBool = AtomicBool::new(false);

/// Says whether a name in pymarc's modules is replaced. Those modules call it.
#[pyfunction]
pub(crate) fn _names_are_replaced(replaced: bool) {
    NAMES_ARE_REPLACED.store(replaced, Ordering::Relaxed);
}

/// Returns true while a name in pymarc's modules is replaced. The GIL orders it.
#[inline]
pub(crate) fn names_are_replaced() -> bool {
    NAMES_ARE_REPLACED.load(Ordering::Relaxed)
}

/// Returns the object that `tidemarc.pymarc.record` has under this name.
#[cold]
pub(crate) fn of_record_module<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "tidemarc.pymarc.record"))?.getattr(name)
}

/// Returns true if the object is of this class of ours, and of no subclass.
#[inline]
pub(crate) fn is_exact<T: PyTypeInfo>(object: &Bound<'_, T>) -> bool {
    object.as_any().is_exact_instance_of::<T>()
}

/// Returns the object as a field if it is of one of our own classes, and of no subclass.
#[inline]
pub(crate) fn plain_field<'a, 'py>(object: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, Field>> {
    let is_plain =
        object.is_exact_instance_of::<Field>() || object.is_exact_instance_of::<RawField>();
    object.cast::<Field>().ok().filter(|_| is_plain)
}

/// Returns true if a subclass has overridden this attribute of our class.
pub(crate) fn is_overridden<T: PyTypeInfo>(
    object: &Bound<'_, T>,
    name: &Bound<'_, PyString>,
) -> PyResult<bool> {
    if is_exact(object) {
        return Ok(false);
    }
    let own = object.py().get_type::<T>().getattr(name)?;
    Ok(!object.as_any().get_type().getattr(name)?.is(&own))
}

/// The method `add_field` as this module made it.
static ADD_FIELD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Keeps the method `add_field`, before a program can replace it.
pub(crate) fn keep_methods(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let method = module.getattr(intern!(py, "Record"))?.getattr(intern!(py, "add_field"))?;
    ADD_FIELD.get_or_init(py, || method.unbind());
    Ok(())
}

/// Returns true if this record's `add_field` is our own: neither overridden nor replaced.
pub(crate) fn adds_fields_itself(record: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = record.py();
    let method = record.get_type().getattr(intern!(py, "add_field"))?;
    Ok(ADD_FIELD.get(py).is_some_and(|own| own.is(&method)))
}
