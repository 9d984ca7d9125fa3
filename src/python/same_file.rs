//! Which file a Python object reads or writes, so that none is written over what is read.

use super::source::{is_path, path_of};
use crate::{output::would_replace, source::FileId};
use pyo3::{intern, prelude::*};

/// How many objects, one around the other, are asked for their file.
const DEPTH: usize = 4;

/// The file that a file object reads or writes, if it has one and says which: by `fileno()`, or by
/// what it is around (`raw` of buffers, `fileobj` of what unpacks).
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

/// The file that is written to where `target` is: a path, or a file object.
fn written_file(target: &Bound<'_, PyAny>) -> PyResult<Option<FileId>> {
    Ok(if is_path(target)? { FileId::of_path(&path_of(target)?) } else { file_of(target) })
}

/// Whether to write to `target` is to write over what is read: from `source`, which is this file if
/// that is known. A path that is replaced when it is complete is not written over.
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

/// Whether `target` leads to what is read: from `source`, which is this file if that is known.
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

/// Whether what is written to an object goes where it is read from. What cannot seek has two
/// directions, as a socket has, and nothing to lose.
fn is_one_way(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    match object.call_method0("seekable") {
        Ok(seeks) => Ok(seeks.is_truthy().unwrap_or(false)),
        // A mapped file has no such method before Python 3.13.
        Err(_) => Ok(object.getattr_opt("seek")?.is_some()),
    }
}

/// Whether two targets are one, so that what is written to one destroys the other.
pub(super) fn is_one_target(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    let file = written_file(one)?;
    if file.is_some() {
        return Ok(written_file(other)? == file);
    }
    if !(is_path(one)? && is_path(other)?) {
        return Ok(one.is(other));
    }
    // What is not there yet is one if it is to have the same name; a device twice is no harm.
    if path_of(one)?.exists() || path_of(other)?.exists() {
        return Ok(false);
    }
    let real_path = one.py().import("os.path")?.getattr("realpath")?;
    real_path.call1((path_of(one)?,))?.eq(real_path.call1((path_of(other)?,))?)
}
