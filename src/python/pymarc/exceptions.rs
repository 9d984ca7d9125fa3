//! pymarc's exceptions, which are classes of `tidemarc.pymarc.exceptions`.

use pyo3::{call::PyCallArgs, intern, prelude::*};

/// Makes the exception `name` with these arguments.
pub(crate) fn new<'py>(py: Python<'py>, name: &str, arguments: impl PyCallArgs<'py>) -> PyErr {
    py.import(intern!(py, "tidemarc.pymarc.exceptions"))
        .and_then(|exceptions| exceptions.getattr(name))
        .and_then(|class| class.call1(arguments))
        .map_or_else(|failure| failure, PyErr::from_value)
}
