//! Reading from a Python object: its `readinto1`, `read1`, `readinto` or `read`, or a socket's
//! `recv_into`, one call a fill.

use super::{buffer_input::copy_bytes, reachable::Reachable};
use crate::source::{Arrival, Input};
use pyo3::{
    exceptions::{PyBlockingIOError, PyOSError, PyTypeError},
    intern,
    prelude::*,
    types::{PyByteArray, PyBytes, PyInt, PyMemoryView, PyString},
};
use std::{
    io,
    sync::{Arc, Weak},
};

/// What the docs and the `TypeError` say of a text file.
pub(super) const TEXT_FILE: &str =
    "expected a binary file, got one in text mode: open it with open(path, \"rb\")";

/// How the method is called.
enum Way {
    /// It fills a buffer and says how much. The source may keep the memoryview it is given, so it
    /// gets one of a `bytearray` of Python's, and never of our memory.
    Into(Option<Py<PyByteArray>>),
    /// It returns bytes, of which those beyond what was asked for wait here.
    Bytes(Option<(Py<PyBytes>, usize)>),
}

/// A Python source. It is read on its caller's thread alone.
pub(super) struct FileInput {
    /// The bound method by which the source is read.
    method: Arc<Reachable>,
    way: Way,
}

impl FileInput {
    /// By the best way in which `object` can be read; `None` if it cannot.
    pub(super) fn new(object: &Bound<'_, PyAny>, is_socket: bool) -> PyResult<Option<Self>> {
        // `readinto1` and `read1` first: on a buffered pipe the others wait for the whole chunk.
        let ways: &[(&str, bool)] = if is_socket {
            &[("recv_into", true)]
        } else {
            &[("readinto1", true), ("read1", false), ("readinto", true), ("read", false)]
        };
        for &(name, fills) in ways {
            let Some(method) = object.getattr_opt(name)? else { continue };
            if !method.is_callable() {
                continue;
            }
            let method = Arc::new(Reachable::new(method.unbind()));
            let way = if fills { Way::Into(None) } else { Way::Bytes(None) };
            return Ok(Some(Self { method, way }));
        }
        Ok(None)
    }

    pub(super) fn method(&self) -> Weak<Reachable> {
        Arc::downgrade(&self.method)
    }
}

impl Input for FileInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        Python::attach(|py| {
            let method = self.method.get(py)?;
            match &mut self.way {
                Way::Into(room) => read_into(&method, room, buffer),
                Way::Bytes(rest) => read_bytes(&method, rest, buffer),
            }
        })
        .map(Arrival::Bytes)
        .map_err(io::Error::other)
    }

    fn may_change_thread(&self) -> bool {
        false
    }
}

fn read_into(
    method: &Bound<'_, PyAny>,
    room: &mut Option<Py<PyByteArray>>,
    buffer: &mut [u8],
) -> PyResult<usize> {
    let py = method.py();
    let array = match room {
        Some(array) if array.bind(py).len() == buffer.len() => array.bind(py).clone(),
        // Not `PyByteArray::new`, which panics where there is no memory for so many bytes.
        _ => {
            let zeros = py.get_type::<PyByteArray>().call1((buffer.len(),))?;
            room.insert(zeros.cast_into::<PyByteArray>()?.unbind()).bind(py).clone()
        }
    };
    // A view for each call, because the source may release the one it is given.
    let answer = method.call1((PyMemoryView::from(&array)?,))?;
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

/// The number of bytes, of no more than `most`, that a method returned; `wrong` says what is wrong
/// with another number.
pub(super) fn count_in(
    answer: &Bound<'_, PyAny>,
    most: usize,
    method: &str,
    wrong: impl FnOnce(&str) -> String,
) -> PyResult<usize> {
    let py = answer.py();
    let count = match answer.cast::<PyInt>() {
        Ok(count) => count.as_any().clone(),
        Err(_) => {
            let index = py.import(intern!(py, "operator"))?.getattr(intern!(py, "index"))?;
            index.call1((answer,)).map_err(|error| {
                let name = named_type(answer);
                not_of_type(py, error, || {
                    format!("{method} returned {name}, not a number of bytes")
                })
            })?
        }
    };
    // Negative, or beyond any number of bytes, if it is no `usize`.
    count.extract().ok().filter(|&count| count <= most).ok_or_else(|| {
        // Python writes no numbers of thousands of digits.
        let count = count.str().map_or_else(|_| "countless".into(), |count| count.to_string());
        PyOSError::new_err(wrong(&count))
    })
}

/// A `TypeError` in our words in the place of Python's; any other exception as it is.
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
    method: &Bound<'_, PyAny>,
    rest: &mut Option<(Py<PyBytes>, usize)>,
    buffer: &mut [u8],
) -> PyResult<usize> {
    let py = method.py();
    if rest.is_none() {
        let answer = method.call1((buffer.len(),))?;
        let bytes = match answer.cast_into::<PyBytes>() {
            Ok(bytes) => bytes,
            Err(error) => convert(&error.into_inner())?,
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

/// What `read` returned instead of bytes: other buffers are as good, text and `None` are not.
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
