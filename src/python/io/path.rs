//! Paths as Python passes them.

use pyo3::{exceptions::PyValueError, prelude::*, types::PyString};
use std::path::PathBuf;

/// Returns true if the object is a path by the rule of `os.fspath`, which looks at its class.
pub(crate) fn is_path(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.is_instance_of::<PyString>() || object.get_type().hasattr("__fspath__")?)
}

/// Returns the path that a `str` or an `os.PathLike` states.
pub(crate) fn path_of(object: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let path = object.py().import("os")?.call_method1("fsdecode", (object,))?;
    if path.contains("\0")? {
        return Err(PyValueError::new_err("embedded null character in path"));
    }
    path.extract()
}
