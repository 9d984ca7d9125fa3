//! The file that a Python object reads or writes, so that no input is overwritten.

use super::path::{is_path, path_of};
use crate::{
    output::in_place::would_replace,
    python::faults::errors::io_exception,
    source::{Conflict, FileId, is_read},
};
use pyo3::{exceptions::PyValueError, intern, prelude::*, types::PyInt};

/// Largest number of objects, one around the other, that are examined for their file.
const DEPTH: usize = 4;

/// Returns the file that a file object reads or writes, if it is known: by `fileno()`, or from the
/// object inside (`raw` of buffers, `fileobj` of decompressors).
pub(crate) fn file_of(object: &Bound<'_, PyAny>) -> Option<FileId> {
    opened_by(object).map(|(file, _)| file)
}

/// Does the same as [`file_of`], and also returns the descriptor.
fn opened_by<'py>(object: &Bound<'py, PyAny>) -> Option<(FileId, Bound<'py, PyAny>)> {
    let py = object.py();
    let mut object = object.clone();
    for _ in 0..DEPTH {
        // A temporary file in memory moves to the disk if its descriptor is requested. It has no
        // name, so nothing can overwrite it.
        if object.getattr_opt(intern!(py, "rollover")).ok()?.is_some() {
            return None;
        }
        if let Some(file) = file_by_descriptor(&object) {
            return Some(file);
        }
        let inner = [intern!(py, "raw"), intern!(py, "fileobj")]
            .into_iter()
            .find_map(|name| object.getattr_opt(name).ok().flatten());
        object = inner?;
    }
    None
}

#[cfg(unix)]
fn file_by_descriptor<'py>(object: &Bound<'py, PyAny>) -> Option<(FileId, Bound<'py, PyAny>)> {
    let descriptor = object.call_method0("fileno").ok()?;
    let status = object.py().import("os").ok()?.call_method1("fstat", (&descriptor,)).ok()?;
    let number = |name: &str| status.getattr(name).ok()?.extract::<u64>().ok();
    let file = FileId::of_status(number("st_mode")?, number("st_dev")?, number("st_ino")?)?;
    Some((file, descriptor))
}

#[cfg(not(unix))]
const fn file_by_descriptor<'py>(_: &Bound<'py, PyAny>) -> Option<(FileId, Bound<'py, PyAny>)> {
    None
}

/// Refuses a file object that would overwrite bytes that a reader of this process has not read yet.
/// `what` is its name in the message.
///
/// # Errors
/// If it is open on such a file, and not for appending.
pub(crate) fn refuse_what_is_read(object: &Bound<'_, PyAny>, what: &'static str) -> PyResult<()> {
    let py = object.py();
    let Some((file, descriptor)) = opened_by(object) else { return Ok(()) };
    if !is_read(&file) || appends(&descriptor)? {
        return Ok(());
    }
    let name = object.getattr_opt(intern!(py, "name")).ok().flatten();
    let name = name.filter(|name| !name.is_instance_of::<PyInt>()).and_then(|name| name.str().ok());
    let name = name.map(|name| name.to_string_lossy().into_owned());
    let error = Conflict::Read.of(what, name.unwrap_or_else(|| format!("descriptor {descriptor}")));
    Err(io_exception(py, error))
}

/// Returns true if all writing to a descriptor goes to the end of its file.
fn appends(descriptor: &Bound<'_, PyAny>) -> PyResult<bool> {
    let fcntl = descriptor.py().import("fcntl")?;
    let flags = fcntl.call_method1("fcntl", (descriptor, fcntl.getattr("F_GETFL")?))?;
    let appends = descriptor.py().import("os")?.getattr("O_APPEND")?;
    flags.bitand(appends)?.is_truthy()
}

/// Returns the file that writing to `target`, a path or a file object, changes.
fn written_file(target: &Bound<'_, PyAny>) -> PyResult<Option<FileId>> {
    Ok(if is_path(target)? { FileId::of_path(&path_of(target)?) } else { file_of(target) })
}

/// Returns true if writing to `target` overwrites the input: `source`, which is these files if they
/// are known. A path that is replaced when it is complete is not overwritten.
pub(crate) fn would_overwrite(
    source: &Bound<'_, PyAny>,
    files: &[FileId],
    target: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    if is_path(target)? && would_replace(&path_of(target)?) {
        return Ok(false);
    }
    is_source(source, files, target)
}

/// Returns true if `target` leads to the input: `source`, which is these files if they are known.
fn is_source(
    source: &Bound<'_, PyAny>,
    files: &[FileId],
    target: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    if source.is(target) && !is_path(target)? {
        return is_one_way(source);
    }
    Ok(!files.is_empty() && written_file(target)?.is_some_and(|file| files.contains(&file)))
}

/// Refuses a target with this name in the message, if it leads to the input.
///
/// # Errors
/// If it does.
pub(crate) fn refuse_source(
    source: &Bound<'_, PyAny>,
    files: &[FileId],
    target: &Bound<'_, PyAny>,
    name: &str,
) -> PyResult<()> {
    if is_source(source, files, target)? { Err(is_the_source(name)) } else { Ok(()) }
}

/// Makes the exception for a target with this name that is the input.
pub(crate) fn is_the_source(name: &str) -> PyErr {
    PyValueError::new_err(format!("source and {name} are the same file"))
}

/// Returns true if bytes written to an object go to the place from which it is read. An object that
/// cannot seek has two directions, as a socket has, and nothing to overwrite.
fn is_one_way(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    match object.call_method0("seekable") {
        Ok(seeks) => Ok(seeks.is_truthy().unwrap_or(false)),
        // A mapped file does not have this method before Python 3.13.
        Err(_) => Ok(object.getattr_opt("seek")?.is_some()),
    }
}

/// Returns true if two targets are the same, so that writing to one destroys the other.
pub(crate) fn is_one_target(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    let file = written_file(one)?;
    if file.is_some() {
        return Ok(written_file(other)? == file);
    }
    if !(is_path(one)? && is_path(other)?) {
        return Ok(one.is(other));
    }
    // Files that do not exist yet are the same if they have the same name. Writing to a device
    // twice is harmless.
    if path_of(one)?.exists() || path_of(other)?.exists() {
        return Ok(false);
    }
    let real_path = one.py().import("os.path")?.getattr("realpath")?;
    real_path.call1((path_of(one)?,))?.eq(real_path.call1((path_of(other)?,))?)
}
