//! The name of an input in Python: what `os.fsdecode` makes of its path.

use crate::error::InputName;
use pyo3::{Borrowed, prelude::*, types::PyString};
use std::{convert::Infallible, ffi::OsString, path::Path};

impl<'py> IntoPyObject<'py> for &InputName {
    type Target = PyString;
    type Output = Bound<'py, PyString>;
    type Error = Infallible;

    fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
        self.as_path().as_os_str().into_pyobject(py)
    }
}

impl<'py> FromPyObject<'_, 'py> for InputName {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = object.extract::<&str>() {
            return Ok(text.into());
        }
        Ok(Path::new(&object.extract::<OsString>()?).into())
    }
}
