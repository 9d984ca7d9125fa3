//! The file that a Python object reads or writes, so that no input is overwritten.

use super::source::{is_path, path_of};
use crate::{output::would_replace, source::FileId};
use pyo3::{intern, prelude::*};

/// Largest number of objects, one around the other, that are examined for their file.
const DEPTH: usize = 4;

/// Returns the file that a file object reads or writes, if it is known: by `fileno()`, or from the
/// object inside (`raw` of buffers, `fileobj` of decompressors).
pub(super) fn file_of(object: &Bound<'_, PyAny>) -> Option<FileId> {
    let py = object.py();
    let mut object = object.clone();
    for _ in 0..DEPTH {
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
fn file_by_descriptor(object: &Bound<'_, PyAny>) -> Option<FileId> {
    let descriptor = object.call_method0("fileno").ok()?;
    let status = object.py().import("os").ok()?.call_method1("fstat", (descriptor,)).ok()?;
    let number = |name: &str| status.getattr(name).ok()?.extract::<u64>().ok();
    FileId::of_status(number("st_mode")?, number("st_dev")?, number("st_ino")?)
}

#[cfg(not(unix))]
const fn file_by_descriptor(_: &Bound<'_, PyAny>) -> Option<FileId> {
    None
}

/// Returns the file that is written at `target`: a path, or a file object.
fn written_file(target: &Bound<'_, PyAny>) -> PyResult<Option<FileId>> {
    Ok(if is_path(target)? { FileId::of_path(&path_of(target)?) } else { file_of(target) })
}

/// Returns true if writing to `target` overwrites the input: `source`, which is `file` if that is
/// known. A path that is replaced when it is complete is not overwritten.
pub(super) fn would_overwrite(
    source: &Bound<'_, PyAny>,
    file: Option<&FileId>,
    target: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    if is_path(target)? && would_replace(&path_of(target)?) {
        return Ok(false);
    }
    is_source(source, file, target)
}

/// Returns true if `target` leads to the input: `source`, which is this file if that is known.
pub(super) fn is_source(
    source: &Bound<'_, PyAny>,
    file: Option<&FileId>,
    target: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    if source.is(target) && !is_path(target)? {
        return is_one_way(source);
    }
    Ok(file.is_some() && written_file(target)?.as_ref() == file)
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
pub(super) fn is_one_target(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
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
