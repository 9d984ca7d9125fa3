//! Reading from a Python object: one call for each fill, of a method that [`Methods`] names.

use super::{
    buffer_input::copy_bytes,
    read_method::{Method, Methods},
};
use crate::{
    python::gil::visited::Visited,
    source::{Input, ReadOutcome},
};
use pyo3::{
    exceptions::{PyBlockingIOError, PyNotImplementedError, PyOSError, PyTypeError},
    intern,
    prelude::*,
    types::{PyByteArray, PyBytes, PyInt, PyMemoryView, PyString},
};
use std::{
    io,
    sync::{Arc, Weak},
};

/// Text about text files in the docs and in the `TypeError`.
pub(crate) const TEXT_FILE: &str =
    "expected a binary file, got one in text mode: open it with open(path, \"rb\")";

/// A Python source. It is read only on its caller's thread.
pub(crate) struct FileInput {
    source: Arc<Visited>,
    method: Method,
    /// True before the first call of a buffered file, which may have buffered bytes. `readinto1`
    /// would wait for others to add to them, but `read1` returns them.
    may_be_buffered: bool,
    /// The methods to try next if a method reports that it is unsupported.
    others: Methods,
    /// The buffer that a method fills. The source may keep the memoryview that it receives, so the
    /// memory belongs to a Python `bytearray` and never to us.
    room: Option<Py<PyByteArray>>,
    /// Bytes that a method returned, and the number of them already taken. Bytes beyond the
    /// requested number wait here. They are never of a subclass, whose instance may hold the
    /// source: the garbage collector does not see it here.
    rest: Option<(Py<PyBytes>, usize)>,
}

impl FileInput {
    /// Makes an input that uses the first method that `object` has; `None` if it has no such
    /// method.
    pub(crate) fn new(object: &Bound<'_, PyAny>, mut methods: Methods) -> PyResult<Option<Self>> {
        let Some(method) = methods.next_of(object)? else { return Ok(None) };
        let may_be_buffered = method == Method::ReadInto1 && is_buffered_file(object)?;
        let source = Arc::new(Visited::new(object.clone().unbind()));
        Ok(Some(Self { source, method, may_be_buffered, others: methods, room: None, rest: None }))
    }

    pub(crate) fn source(&self) -> Weak<Visited> {
        Arc::downgrade(&self.source)
    }

    fn call(&mut self, source: &Bound<'_, PyAny>, buffer: &mut [u8]) -> PyResult<usize> {
        if std::mem::take(&mut self.may_be_buffered) {
            return read_bytes(source, Method::Read1, &mut self.rest, buffer);
        }
        if self.rest.is_some() {
            return read_bytes(source, self.method, &mut self.rest, buffer);
        }
        match self.method.fills() {
            true => read_into(source, self.method, &mut self.room, buffer),
            false => read_bytes(source, self.method, &mut self.rest, buffer),
        }
    }
}

impl Input for FileInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        Python::attach(|py| {
            let source = self.source.get(py)?;
            loop {
                let read = self.call(&source, buffer);
                let Err(error) = read else { return read };
                let next =
                    if is_unsupported(py, &error)? { self.others.next_of(&source)? } else { None };
                self.method = next.ok_or(error)?;
            }
        })
        .map(ReadOutcome::Bytes)
        .map_err(io::Error::other)
    }

    fn may_change_thread(&mut self) -> bool {
        false
    }
}

/// Returns true for the buffered files of the standard library themselves.
fn is_buffered_file(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let (class, io) = (object.get_type(), object.py().import(intern!(object.py(), "io"))?);
    let is = |name: &str| io.getattr(name).map(|buffered| class.is(&buffered));
    Ok(is("BufferedReader")? || is("BufferedRandom")?)
}

/// Returns true if the exception of a method means that it is unsupported, although it can be
/// called.
fn is_unsupported(py: Python<'_>, error: &PyErr) -> PyResult<bool> {
    let unsupported = py.import(intern!(py, "io"))?.getattr(intern!(py, "UnsupportedOperation"))?;
    Ok(error.is_instance(py, &unsupported) || error.is_instance_of::<PyNotImplementedError>(py))
}

fn read_into(
    source: &Bound<'_, PyAny>,
    method: Method,
    room: &mut Option<Py<PyByteArray>>,
    buffer: &mut [u8],
) -> PyResult<usize> {
    let py = source.py();
    let array = match room {
        Some(array) if array.bind(py).len() == buffer.len() => array.bind(py).clone(),
        // `PyByteArray::new` panics if there is not enough memory, so it is not used.
        _ => {
            let zeros = py.get_type::<PyByteArray>().call1((buffer.len(),))?;
            room.insert(zeros.cast_into::<PyByteArray>()?.unbind()).bind(py).clone()
        }
    };
    // Each call gets a new view, because the source may release the view that it receives.
    let answer = source.call_method1(method.name(py), (PyMemoryView::from(&array)?,))?;
    if answer.is_none() {
        return Err(PyBlockingIOError::new_err("the source has no data at the moment"));
    }
    let room = buffer.len();
    let count = count_in(&answer, room, "the source's readinto", |count| {
        format!("the source says it read {count} bytes into a buffer of {room}")
    })?;
    copy_bytes(PyMemoryView::from(&array)?.as_any(), 0, &mut buffer[..count])?;
    Ok(count)
}

/// Returns the number of bytes, at most `most`, that a method returned. `wrong` makes the error for
/// any other number.
///
/// A mock also has an `__index__`, which always returns 1; only an `int` of Python is accepted.
pub(crate) fn count_in(
    answer: &Bound<'_, PyAny>,
    most: usize,
    method: &str,
    wrong: impl FnOnce(&str) -> String,
) -> PyResult<usize> {
    let py = answer.py();
    let count = match answer.cast::<PyInt>() {
        Ok(count) => count.as_any().clone(),
        Err(_) => {
            let integral = py.import(intern!(py, "numbers"))?.getattr(intern!(py, "Integral"))?;
            if !answer.is_instance(&integral)? {
                let name = named_type(answer);
                return Err(PyTypeError::new_err(format!(
                    "{method} returned {name}, not a number of bytes"
                )));
            }
            let index = py.import(intern!(py, "operator"))?.getattr(intern!(py, "index"))?;
            index.call1((answer,))?
        }
    };
    // A number that is not a `usize` is negative, or larger than any number of bytes.
    count.extract().ok().filter(|&count| count <= most).ok_or_else(|| {
        // Python refuses to write numbers of thousands of digits.
        let count = count.str().map_or_else(|_| "countless".into(), |count| count.to_string());
        PyOSError::new_err(wrong(&count))
    })
}

/// Replaces a `TypeError` of Python by one with our message; returns any other exception unchanged.
fn not_of_type(py: Python<'_>, error: PyErr, message: impl FnOnce() -> String) -> PyErr {
    match error.is_instance_of::<PyTypeError>(py) {
        true => PyTypeError::new_err(message()),
        false => error,
    }
}

fn named_type(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string())
}

fn read_bytes(
    source: &Bound<'_, PyAny>,
    method: Method,
    rest: &mut Option<(Py<PyBytes>, usize)>,
    buffer: &mut [u8],
) -> PyResult<usize> {
    let py = source.py();
    if rest.is_none() {
        let answer = source.call_method1(method.name(py), (buffer.len(),))?;
        let bytes = match answer.cast_exact::<PyBytes>() {
            Ok(bytes) => bytes.clone(),
            Err(_) => convert(&answer)?,
        };
        *rest = Some((bytes.unbind(), 0));
    }
    let Some((bytes, taken)) = rest else { return Ok(0) };
    let left = &bytes.bind(py).as_bytes()[*taken..];
    let count = left.len().min(buffer.len());
    buffer[..count].copy_from_slice(&left[..count]);
    if count == left.len() {
        *rest = None;
    } else {
        *taken += count;
    }
    Ok(count)
}

/// Copies the result of `read` to bytes. Other buffers are accepted; text and `None` are not.
fn convert<'py>(answer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if answer.is_none() {
        return Err(PyBlockingIOError::new_err("the source has no data at the moment"));
    }
    if answer.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(TEXT_FILE));
    }
    let py = answer.py();
    let view = py.import(intern!(py, "builtins"))?.getattr(intern!(py, "memoryview"))?;
    view.call1((answer,))
        .and_then(|view| view.call_method0("tobytes"))
        .map_err(|error| {
            let name = named_type(answer);
            not_of_type(py, error, || format!("the source's read returned {name}, not bytes"))
        })?
        .cast_into::<PyBytes>()
        .map_err(Into::into)
}
