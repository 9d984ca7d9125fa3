//! Conversion of the core's errors to Python exceptions.

use crate::{
    error::{Error, Unwritten, copy_of},
    output::{Irreplaceable, OPEN_IT_YOURSELF},
    record::{ErrorKind, Fault},
    source::in_use::WouldOverwrite,
};
use pyo3::{
    exceptions::{PyMemoryError, PyOSError, PyValueError},
    prelude::*,
    types::{PyBytes, PyString, PyTuple},
};
use std::{error::Error as _, ffi::OsStr, io, path::Path};

/// Returns the name of the class in `tidemarc.errors` for this kind. I/O is an `OSError`.
const fn class_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::RecordLength => "RecordLengthError",
        ErrorKind::Leader => "LeaderError",
        ErrorKind::BaseAddress => "BaseAddressError",
        ErrorKind::Directory | ErrorKind::DirectoryLength | ErrorKind::FieldPositions => {
            "DirectoryError"
        }
        ErrorKind::FieldTerminator => "FieldTerminatorError",
        ErrorKind::RecordTerminator => "RecordTerminatorError",
        ErrorKind::Truncation => "TruncatedRecordError",
        ErrorKind::OverLong => "RecordTooLongError",
        ErrorKind::Syntax => "RecordSyntaxError",
        ErrorKind::Encoding => "EncodingError",
        ErrorKind::Panic => "WorkerPanicError",
        ErrorKind::Io => "TidemarcError",
        ErrorKind::Foreign => "ForeignFormatError",
        ErrorKind::TooManyFaults => "TooManyFaultsError",
        _ => "RecordError",
    }
}

/// Makes the bytes of a fault. They may be too many for the memory that is left.
pub(crate) fn raw_bytes<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyBytes>> {
    PyBytes::new_with(py, error.length() as usize, |bytes| {
        error.copy_raw_to(bytes);
        Ok(())
    })
}

/// Returns the text of the cause, if the cause is a message.
pub(super) fn cause_in_words(error: &Error) -> Option<String> {
    let cause = error.source().filter(|cause| !cause.is::<Fault>() && !cause.is::<Error>());
    cause.map(ToString::to_string)
}

/// Returns the parts of a pickled `Fault` that are not attributes of the exception. The exception
/// makes a `Fault` of them only on access, since the bytes may be many.
fn rest<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyTuple>> {
    let location = error.location_in_raw();
    ((location.start, location.end), cause_in_words(error)).into_pyobject(py)
}

/// Sets the parts of an error as attributes of an exception.
pub(crate) fn set_parts(exception: &Bound<'_, PyAny>, error: &Error) -> PyResult<()> {
    let py = exception.py();
    let subfield = error.subfield().map(|code| char::from(code).to_string());
    let tag = error.tag();
    for (name, value) in [
        ("kind", error.kind().name().into_pyobject(py)?.into_any()),
        ("code", error.code().into_pyobject(py)?.into_any()),
        ("severity", error.severity().name().into_pyobject(py)?.into_any()),
        ("length", error.length().into_pyobject(py)?.into_any()),
        ("subfield", subfield.into_pyobject(py)?.into_any()),
        ("source", error.input_path().map(Path::as_os_str).into_pyobject(py)?.into_any()),
        ("record_number", error.record_number().into_pyobject(py)?.into_any()),
        ("overall_number", error.overall_number().into_pyobject(py)?.into_any()),
        ("offset", error.offset().into_pyobject(py)?.into_any()),
        ("control_number", error.control_number().into_pyobject(py)?.into_any()),
        ("tag", tag.as_ref().and_then(|tag| tag.as_str()).into_pyobject(py)?.into_any()),
        ("entry", error.fault().entry().into_pyobject(py)?.into_any()),
        ("_rest", rest(py, error)?.into_any()),
        // `raw` is last: it may be large, and the other attributes should be set even if memory
        // runs out.
        ("raw", raw_bytes(py, error)?.into_any()),
    ] {
        exception.setattr(name, value)?;
    }
    Ok(())
}

/// Makes the exception for an error of the core, with its parts as attributes. For an input among
/// several that cannot be read, it is the `OSError` with its path.
pub(crate) fn to_exception(py: Python<'_>, error: &Error) -> PyErr {
    if let (ErrorKind::Io, Some(cause)) = (error.kind(), error.io_error()) {
        let name = error.input_path().map(|path| filename(py, path.as_os_str()));
        return file_exception(py, copy_of(cause), name);
    }
    let make = || -> PyResult<PyErr> {
        let class = py.import("tidemarc.errors")?.getattr(class_name(error.kind()))?;
        let exception = class.call1((error.to_string(),))?;
        exception.setattr("reason", error.reason())?;
        set_parts(&exception, error)?;
        let exception = PyErr::from_value(exception);
        exception.set_cause(py, error.last_fault().map(|last| to_exception(py, last)));
        Ok(exception)
    };
    make().unwrap_or_else(|failure| failure)
}

/// Makes the exception for a mistake in an expression: its attributes are the text of the expression
/// under its `name`, the position of the mistake in it, and what was expected there.
#[cold]
pub(crate) fn mistake(
    py: Python<'_>,
    class: &str,
    message: String,
    (name, text): (&str, &str),
    position: usize,
    expected: Option<&str>,
) -> PyErr {
    let raised = exception(py, class, message);
    let set = || -> PyResult<()> {
        let value = raised.value(py);
        value.setattr(name, text)?;
        value.setattr("position", position)?;
        value.setattr("expected", expected)
    };
    match set() {
        Ok(()) => raised,
        Err(failure) => failure,
    }
}

/// Makes the `OSError`, of the right subclass, for an error of the operating system. An exception
/// of Python that passed through Rust's reader is returned unchanged.
pub(crate) fn io_exception(py: Python<'_>, error: io::Error) -> PyErr {
    file_exception(py, error, None)
}

/// Returns a path as text, for a message.
fn shown_name(filename: &Bound<'_, PyAny>) -> String {
    let text = match filename.cast::<PyString>() {
        Ok(text) => text.to_str().map(String::from),
        Err(_) => filename.repr().and_then(|text| text.to_str().map(String::from)),
    };
    text.unwrap_or_default()
}

/// Does the same as [`io_exception`] with a `filename`: a `str` or `bytes`, as the caller passed
/// it.
pub(crate) fn file_exception(
    py: Python<'_>,
    error: io::Error,
    filename: Option<Py<PyAny>>,
) -> PyErr {
    let error = match Unwritten::out_of(error) {
        Ok(unwritten) => return unwritten_exception(py, *unwritten),
        Err(error) => error,
    };
    if error.get_ref().is_some_and(|inner| inner.is::<WouldOverwrite>()) {
        return PyValueError::new_err(error.to_string());
    }
    let irreplaceable = error.get_ref().and_then(|inner| inner.downcast_ref::<Irreplaceable>());
    let advice = irreplaceable.map(|_| OPEN_IT_YOURSELF);
    let number = irreplaceable.map_or(&error, |inner| &inner.cause).raw_os_error();
    if let Some(inner) = error.get_ref()
        && inner.is::<PyErr>()
    {
        return match error.into_inner().map(|inner| inner.downcast::<PyErr>()) {
            Some(Ok(exception)) => *exception,
            _ => PyOSError::new_err("reading failed"),
        };
    }
    match number {
        // `OSError(errno, text)` chooses its own subclass.
        Some(number) => {
            let text = py
                .import("os")
                .and_then(|os| os.call_method1("strerror", (number,)))
                .and_then(|text| text.extract::<String>())
                .unwrap_or_else(|_| error.to_string());
            let text = advice.map_or(text.clone(), |advice| format!("{text}: {advice}"));
            match filename {
                Some(filename) => PyOSError::new_err((number, text, filename)),
                None => PyOSError::new_err((number, text)),
            }
        }
        None if error.kind() == io::ErrorKind::OutOfMemory => {
            PyMemoryError::new_err(error.to_string())
        }
        None if error.kind() == io::ErrorKind::NotFound => {
            let number = py.import("errno").and_then(|errno| errno.getattr("ENOENT"));
            match number {
                Ok(number) => PyOSError::new_err((number.unbind(), error.to_string(), filename)),
                Err(raised) => raised,
            }
        }
        None => match filename {
            // The attribute `filename` would take the place of the text.
            Some(name) => {
                PyOSError::new_err(format!("{}: {error}", shown_name(&name.into_bound(py))))
            }
            None => PyErr::from(error),
        },
    }
}

/// Makes the exception for a quarantine that could not be written. It names that file, not the
/// input.
fn unwritten_exception(py: Python<'_>, unwritten: Unwritten) -> PyErr {
    let is_raised = unwritten.cause.get_ref().is_some_and(|inner| inner.is::<PyErr>());
    if !is_raised && unwritten.cause.raw_os_error().is_none() {
        return PyOSError::new_err(unwritten.to_string());
    }
    let path = unwritten.path.as_ref().map(|path| filename(py, path.as_os_str()));
    file_exception(py, unwritten.cause, path)
}

/// Returns a path as a Python string: undecodable bytes are surrogates, as in `os.fsdecode`.
pub(crate) fn filename(py: Python<'_>, path: &OsStr) -> Py<PyAny> {
    let Ok(path) = path.into_pyobject(py);
    path.into_any().unbind()
}

/// Makes the `OSError` for a path that could not be opened.
pub(crate) fn open_exception(py: Python<'_>, error: io::Error, path: &Path) -> PyErr {
    file_exception(py, error, Some(filename(py, path.as_os_str())))
}

/// Makes an exception of a class in `tidemarc.errors`, with its own text.
pub(crate) fn exception(py: Python<'_>, name: &str, message: String) -> PyErr {
    py.import("tidemarc.errors")
        .and_then(|errors| errors.getattr(name))
        .and_then(|class| class.call1((message,)))
        .map_or_else(|failure| failure, PyErr::from_value)
}
