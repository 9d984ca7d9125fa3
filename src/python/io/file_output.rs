//! Writing to a Python file object.

use super::{file_input::count_in, same_file::refuse_what_is_read, source::refuse_text_file};
use pyo3::{
    exceptions::{PyBlockingIOError, PyOSError, PyTypeError},
    intern,
    prelude::*,
    types::{PyBytes, PyInt},
};

/// Text about text files in the docs and in the `TypeError`.
const TEXT_FILE: &str =
    "expected a binary file, got one in text mode: open it with open(path, \"wb\")";

/// Refuses an object that is not a binary file, or a file that is being read. `what` names it in
/// the message, and `expected` says what may be passed.
pub(crate) fn check(file: &Bound<'_, PyAny>, what: &'static str, expected: &str) -> PyResult<()> {
    refuse_text_file(file, TEXT_FILE)?;
    if !file.getattr_opt("write")?.is_some_and(|write| write.is_callable()) {
        let name = file.get_type().name()?;
        return Err(PyTypeError::new_err(format!("expected {expected}, got {name}")));
    }
    refuse_what_is_read(file, what)
}

/// Writes to a file until it has taken all bytes. Returns the number of bytes that it took before
/// it raised. `name` is the name of the file in messages.
pub(crate) fn write_all(
    file: &Bound<'_, PyAny>,
    bytes: &[u8],
    name: &str,
) -> (usize, PyResult<()>) {
    let mut taken = 0;
    while taken < bytes.len() {
        match write(file, &bytes[taken..], name) {
            Ok(0) => return (taken, Err(PyOSError::new_err(format!("{name} takes no data")))),
            Ok(count) => taken += count,
            Err(raised) => return (taken, Err(raised)),
        }
    }
    (taken, Ok(()))
}

/// Calls a file's `write` once, and returns the number of bytes that it took: a file may take fewer
/// than it receives.
///
/// A raw file that returns `None` takes nothing at the moment; any other file has then taken
/// everything. A buffered file that takes only a part raises `BlockingIOError`, which states the
/// number.
pub(crate) fn write(file: &Bound<'_, PyAny>, bytes: &[u8], name: &str) -> PyResult<usize> {
    let (py, length) = (file.py(), bytes.len());
    let answer = match file.call_method1(intern!(py, "write"), (PyBytes::new(py, bytes),)) {
        Ok(answer) => answer,
        Err(raised) if raised.is_instance_of::<PyBlockingIOError>(py) => {
            let count = raised.value(py).getattr(intern!(py, "characters_written"));
            let count = count.and_then(|count| count.extract::<usize>()).unwrap_or(0);
            return if (1..=length).contains(&count) { Ok(count) } else { Err(raised) };
        }
        Err(raised) => return Err(raised),
    };
    if let Ok(count) = answer.cast_exact::<PyInt>().map_err(PyErr::from).and_then(|n| n.extract())
        && count <= length
    {
        return Ok(count);
    }
    if !answer.is_none() {
        return count_in(&answer, length, &format!("{name}'s write"), |count| {
            format!("{name} says it wrote {count} bytes of {length}")
        });
    }
    match file.is_instance(&py.import("io")?.getattr("RawIOBase")?)? {
        true => Err(PyBlockingIOError::new_err(format!("{name} takes no data at the moment"))),
        false => Ok(length),
    }
}

/// Calls a file's `flush`, if it has one.
pub(crate) fn flush(file: &Bound<'_, PyAny>) -> PyResult<()> {
    match file.getattr_opt("flush")? {
        Some(flush) => flush.call0().map(drop),
        None => Ok(()),
    }
}
