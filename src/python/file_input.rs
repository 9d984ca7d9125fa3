//! Reading from a Python object: its `readinto1`, `read1`, `readinto` or `read`, or a socket's
//! `recv_into`, one call a fill.

use super::buffer_input::copy_bytes;
use crate::source::{Arrival, Input};
use pyo3::{
    exceptions::{PyBlockingIOError, PyOSError, PyTypeError},
    intern,
    prelude::*,
    types::{PyByteArray, PyBytes, PySlice, PyString},
};
use std::io;

/// What the docs and the `TypeError` say of a text file.
pub(super) const TEXT_FILE: &str =
    "expected a binary file, got one in text mode: open it with open(path, \"rb\")";

/// A bound method of a source, and how it is called.
enum Method {
    /// Fills a buffer and says how much. The source may keep the memoryview it is given, so it
    /// gets one of a `bytearray` of Python's, and never of our memory.
    Into { method: Py<PyAny>, room: Option<Room> },
    /// Returns bytes, of which those beyond what was asked for wait here.
    Bytes { method: Py<PyAny>, rest: Option<(Py<PyBytes>, usize)> },
}

struct Room {
    view: Py<PyAny>,
    length: usize,
}

/// A Python source. It is read on its caller's thread alone.
pub(super) struct FileInput(Method);

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
            let method = method.unbind();
            return Ok(Some(Self(if fills {
                Method::Into { method, room: None }
            } else {
                Method::Bytes { method, rest: None }
            })));
        }
        Ok(None)
    }
}

impl Input for FileInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        Python::attach(|py| match &mut self.0 {
            Method::Into { method, room } => read_into(method.bind(py), room, buffer),
            Method::Bytes { method, rest } => read_bytes(method.bind(py), rest, buffer),
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
    room: &mut Option<Room>,
    buffer: &mut [u8],
) -> PyResult<usize> {
    let py = method.py();
    let room = match room {
        Some(room) if room.length == buffer.len() => room,
        _ => {
            // `PyByteArray::new` copies its source: zeros, where the memory comes from hardly
            // matters, since it is made once a stream.
            let array = PyByteArray::new(py, buffer);
            let view = py.import("builtins")?.getattr("memoryview")?.call1((array,))?;
            room.insert(Room { view: view.unbind(), length: buffer.len() })
        }
    };
    let view = room.view.bind(py);
    let answer = method.call1((view,))?;
    if answer.is_none() {
        return Err(PyBlockingIOError::new_err("the source has no data at the moment"));
    }
    let count: usize = answer.extract().map_err(|_| {
        let name = answer.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string());
        PyTypeError::new_err(format!(
            "the source's readinto returned {name}, not a number of bytes"
        ))
    })?;
    if count > room.length {
        return Err(PyOSError::new_err(format!(
            "the source says it read {count} bytes into a buffer of {}",
            room.length
        )));
    }
    let part = view.get_item(PySlice::new(py, 0, count as isize, 1))?;
    copy_bytes(&part, &mut buffer[..count])?;
    Ok(count)
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
    let name = answer.get_type().name()?;
    view.call1((answer,))
        .and_then(|view| view.call_method0("tobytes"))
        .map_err(|_| PyTypeError::new_err(format!("the source's read returned {name}, not bytes")))?
        .cast_into::<PyBytes>()
        .map_err(Into::into)
}
