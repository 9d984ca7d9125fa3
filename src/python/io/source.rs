//! The sources that a Python program may pass.

use super::{
    buffer_input::BufferInput,
    file_input::{FileInput, TEXT_FILE},
    path::{is_path, path_of},
    read_method::Methods,
    same_file::file_of,
};
use crate::{
    error::InputName,
    parse::{Batch, Project},
    pipeline::NextBatch,
    python::{
        faults::errors::{file_exception, filename, io_exception, open_exception},
        gil::{exclusive::PATIENCE, release::Release, visited::Visited},
    },
    source::{Listed, list},
    stream::{Batches, Options, Stream},
};
use pyo3::{
    exceptions::{PyOSError, PyTypeError, PyValueError},
    prelude::*,
    pybacked::PyBackedBytes,
    types::{PyBool, PyBytes, PyInt, PyList, PyString, PyTuple},
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

/// A stream over a source, and its Python objects.
pub(crate) struct Opened<P: Project = ()> {
    pub(crate) stream: Batches<P>,
    /// The path as the caller passed it, for errors: a `str` or `bytes`.
    pub(crate) filename: Option<Py<PyAny>>,
    /// The Python objects that the stream holds, for the garbage collector.
    pub(crate) held: Vec<Weak<Visited>>,
    /// The decision to release the GIL for a step. `None` if reading calls Python code: such a
    /// stream is driven with the GIL held.
    pub(crate) release: Option<Release>,
    /// True if the source can be opened again, and then begins with the same byte: a path, or
    /// memory.
    pub(crate) is_repeatable: bool,
}

impl<P: Project> Opened<P> {
    /// Reads to the end, calls `take` with each batch and its output, and returns the stream. Work
    /// on a batch must take long enough to release the GIL for other threads.
    pub(crate) fn each_batch(
        self,
        py: Python<'_>,
        mut take: impl FnMut(&Batch, &mut P::Output) -> PyResult<()>,
    ) -> PyResult<Batches<P>> {
        let Self { mut stream, filename, release, .. } = self;
        let calls_python = release.is_none();
        if calls_python {
            stream.engine.around_parse = Box::new(|parse| Python::attach(|py| py.detach(parse)));
        }
        loop {
            let mut next = || stream.next(Some(PATIENCE));
            let turn = if calls_python { next() } else { py.detach(next) };
            match turn {
                NextBatch::Batch((batch, mut output)) => {
                    take(&batch, &mut output)?;
                    stream.give_back(output);
                }
                NextBatch::Pending => {}
                NextBatch::End => return Ok(stream),
                NextBatch::Failed(error) => return Err(file_exception(py, error, filename)),
            }
            py.check_signals()?;
        }
    }
}

impl Opened {
    /// Adds a projection.
    pub(crate) fn project<P: Project>(self, project: P) -> Opened<P> {
        let Self { stream, filename, held, release, is_repeatable } = self;
        let stream = stream.project(project);
        Opened { stream, filename, held, release, is_repeatable }
    }

    fn native(stream: Stream, chunk_size: usize) -> Self {
        let release = Some(Release::new(chunk_size));
        Self { stream, filename: None, held: Vec::new(), release, is_repeatable: false }
    }

    /// Makes the stream of a source that calls Python code. It is driven with the GIL held, and
    /// releases it for a parse that is long.
    fn calling_python(mut stream: Stream, chunk_size: usize, source: Weak<Visited>) -> Self {
        let mut release = Release::new(chunk_size);
        stream.engine.around_parse = Box::new(move |parse| {
            Python::attach(|py| release.run(py, parse));
        });
        Self { stream, filename: None, held: vec![source], release: None, is_repeatable: false }
    }

    fn repeatable(self) -> Self {
        Self { is_repeatable: true, ..self }
    }
}

/// Opens a source, which may stand for several files: a list of paths, a directory, a pattern. Paths
/// are opened without the GIL.
pub(crate) fn open(object: &Bound<'_, PyAny>, options: Options) -> PyResult<Opened> {
    if let Some(paths) = paths_of_list(object)? {
        return open_paths(object.py(), paths, options);
    }
    let raised = match open_one(object, options.clone()) {
        Ok(opened) => return Ok(opened),
        Err(raised) => raised,
    };
    // The usual path costs no search.
    if raised.is_instance_of::<PyOSError>(object.py())
        && let Some(paths) = paths_of(object)?
    {
        return open_paths(object.py(), paths, options);
    }
    Err(raised)
}

/// Returns the paths of a source that stands for several files; `None` for any other source.
///
/// # Errors
/// If a directory or a pattern stands for no file, or a list has something other than paths.
pub(crate) fn paths_of(object: &Bound<'_, PyAny>) -> PyResult<Option<Vec<PathBuf>>> {
    if let Some(paths) = paths_of_list(object)? {
        return Ok(Some(paths));
    }
    if !is_path_source(object)? {
        return Ok(None);
    }
    let (py, path) = (object.py(), path_of(object)?);
    match py.detach(|| list(&path)) {
        Ok(Listed::Files(files)) => Ok(Some(files)),
        Ok(Listed::Itself) => Ok(None),
        Err(error) => Err(file_exception(py, error, Some(given_name(object, &path)?))),
    }
}

/// Returns the files that a directory or a pattern stands for; None for any other path.
#[pyfunction]
pub(crate) fn _files(path: &Bound<'_, PyAny>) -> PyResult<Option<Vec<Py<PyAny>>>> {
    let of_path = |file: PathBuf| filename(path.py(), file.as_os_str());
    Ok(paths_of(path)?.map(|files| files.into_iter().map(of_path).collect()))
}

/// Returns the path as it was passed, which may be bytes, for errors like those of Python's `open`.
/// It is copied, since an instance of a subclass of `str` may hold its reader.
fn given_name(object: &Bound<'_, PyAny>, path: &Path) -> PyResult<Py<PyAny>> {
    let py = object.py();
    let given = py.import("os")?.call_method1("fspath", (object,))?;
    Ok(match given.cast::<PyBytes>() {
        Ok(bytes) => PyBytes::new(py, bytes.as_bytes()).into_any().unbind(),
        Err(_) => filename(py, path.as_os_str()),
    })
}

/// Returns the paths in a list or tuple; `None` for anything else.
fn paths_of_list(object: &Bound<'_, PyAny>) -> PyResult<Option<Vec<PathBuf>>> {
    if !object.is_instance_of::<PyList>() && !object.is_instance_of::<PyTuple>() {
        return Ok(None);
    }
    let mut paths = Vec::new();
    for element in object.try_iter()? {
        let element = element?;
        if !is_path_source(&element)? {
            let kind = element.get_type();
            let message = format!("a list of sources has paths only, not {}", kind.name()?);
            return Err(PyTypeError::new_err(message));
        }
        paths.push(path_of(&element)?);
    }
    Ok(Some(paths))
}

pub(crate) fn open_paths(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    options: Options,
) -> PyResult<Opened> {
    let chunk_size = options.chunk_size;
    match py.detach(|| options.stream_of_paths(paths)) {
        Ok(stream) => Ok(Opened::native(stream, chunk_size).repeatable()),
        Err((error, Some(path))) => Err(open_exception(py, error, &path)),
        Err((error, None)) => Err(PyValueError::new_err(error.to_string())),
    }
}

/// Opens a source that is one input. A path is opened without the GIL.
pub(crate) fn open_one(object: &Bound<'_, PyAny>, mut options: Options) -> PyResult<Opened> {
    let chunk_size = options.chunk_size;
    // An instance of a subclass may hold its reader, and must be visible to the garbage collector:
    // it is read like any other buffer.
    if let Ok(bytes) = object.cast_exact::<PyBytes>() {
        let bytes = PyBackedBytes::from(bytes.clone());
        let stream = options.stream_in_place(Arc::new(bytes));
        return Ok(Opened::native(stream, chunk_size).repeatable());
    }
    let is_bytes = object.is_instance_of::<PyBytes>();
    if options.range.is_some() && !is_path_source(object)? {
        return Err(PyValueError::new_err(format!(
            "a range can be read only of a path or of bytes, not of {}",
            object.get_type().name()?
        )));
    }
    if is_path_source(object)? {
        return open_path(object, options).map(Opened::repeatable);
    }
    if object.is_instance_of::<PyInt>() && !object.is_instance_of::<PyBool>() {
        return open_descriptor(object, options);
    }
    refuse_text_file(object, TEXT_FILE)?;
    let name = object.getattr_opt("name")?.and_then(|name| name.extract::<InputName>().ok());
    let methods = Methods::of(object)?;
    // An object with a `read` method of its own is read by that method, even if it is a buffer.
    if (is_bytes || !methods.is_own)
        && let Some(input) = BufferInput::new(object)?
    {
        let (length, view) = (input.length(), input.view());
        let start = options.start;
        let head = input.head()?;
        let is_packed = options.recognises().is_some_and(|is_packed| is_packed(&head));
        let (skip, total) = match is_packed {
            true => (start, None),
            false => (0, Some(length)),
        };
        options.start = if is_packed { start } else { start.min(length) };
        let input = if is_packed { input } else { input.from(options.start as usize) };
        let stream = options.stream(input, skip, total, true, None);
        return Ok(Opened::calling_python(stream, chunk_size, view).repeatable());
    }
    let methods = if is_socket(object)? { Methods::of_socket(object)? } else { methods };
    if let Some(input) = FileInput::new(object, methods)? {
        let source = input.source();
        let skip = options.start;
        let stream = options.stream(input, skip, None, true, name).of_file(file_of(object));
        return Ok(Opened::calling_python(stream, chunk_size, source));
    }
    Err(PyTypeError::new_err(format!(
        "expected a path, bytes-like object or binary file object, got {}",
        object.get_type().name()?
    )))
}

/// Returns true if a source is a path, and not memory or a file object that knows its path.
pub(crate) fn is_path_source(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(!object.is_instance_of::<PyBytes>() && is_path(object)? && !is_file_too(object)?)
}

/// Returns true if the object is a socket, by its type, since the `__class__` of a mock says
/// nothing. The module `socket` is not imported: if it is missing there are no sockets, and there
/// may not be enough memory.
fn is_socket(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let modules = object.py().import("sys")?.getattr("modules")?;
    match modules.get_item("socket") {
        Ok(socket) => object.get_type().is_subclass(&socket.getattr("socket")?),
        Err(_) => Ok(false),
    }
}

/// Refuses a file in text mode with this message; the standard streams have a better hint.
///
/// # Errors
/// If the file is in text mode.
pub(crate) fn refuse_text_file(file: &Bound<'_, PyAny>, message: &'static str) -> PyResult<()> {
    let py = file.py();
    if !file.is_instance(&py.import("io")?.getattr("TextIOBase")?)? {
        return Ok(());
    }
    let is_stream = |name: &&&str| {
        let stream = py.import("sys").and_then(|sys| sys.getattr(**name));
        stream.is_ok_and(|stream| stream.is(file))
    };
    Err(match ["stdin", "stdout", "stderr"].iter().find(is_stream) {
        Some(name) => PyTypeError::new_err(format!(
            "expected a binary file, got one in text mode: pass sys.{name}.buffer"
        )),
        None => PyTypeError::new_err(message),
    })
}

/// Returns true if an object with a path can also be read and closed: a file object that knows its
/// name, or a mock.
fn is_file_too(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let has = |name| Ok::<_, PyErr>(object.getattr_opt(name)?.is_some_and(|it| it.is_callable()));
    Ok(!object.is_instance_of::<PyString>() && has("read")? && has("close")?)
}

fn open_path(object: &Bound<'_, PyAny>, options: Options) -> PyResult<Opened> {
    let (py, chunk_size) = (object.py(), options.chunk_size);
    let path = path_of(object)?;
    let filename = given_name(object, &path)?;
    py.detach(|| options.stream_of_path(&path))
        .map(|stream| {
            // Of the files in an archive, each error has its own name.
            let filename = (!stream.has_inputs()).then(|| filename.clone_ref(py));
            Opened { filename, ..Opened::native(stream, chunk_size) }
        })
        .map_err(|error| file_exception(py, error, Some(filename.clone_ref(py))))
}

#[cfg(unix)]
fn open_descriptor(object: &Bound<'_, PyAny>, options: Options) -> PyResult<Opened> {
    use rustix::io::{Errno, fcntl_dupfd_cloexec};
    use std::os::fd::BorrowedFd;

    let py = object.py();
    let bad = || io_exception(py, Errno::BADF.into());
    // A number that no descriptor can have is reported like one that is not open.
    let number = object.extract().ok().filter(|&number: &i32| number >= 0).ok_or_else(bad)?;
    // SAFETY: the number is not -1, and is used for this one call, in which the system reports a
    // descriptor that is not open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    let copy = fcntl_dupfd_cloexec(borrowed, 0).map_err(|error| io_exception(py, error.into()))?;
    let name = InputName::from(&*format!("descriptor {object}"));
    let chunk_size = options.chunk_size;
    let stream = options.stream_of_file(copy.into(), name);
    let stream = stream.map_err(|error| io_exception(py, error))?;
    Ok(Opened::native(stream, chunk_size))
}

#[cfg(not(unix))]
fn open_descriptor(_: &Bound<'_, PyAny>, _: Options) -> PyResult<Opened> {
    Err(PyTypeError::new_err("file descriptors can be read on Unix only"))
}
