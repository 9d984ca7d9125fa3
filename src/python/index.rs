//! An index: records by number and by control number.

mod errors;
mod records;

use super::{
    args::{choice::Choice, format_options},
    batch_handle::BatchHandle,
    gil::exclusive::PATIENCE,
    io::{
        path::{is_path, path_of},
        path_output::raised_in,
    },
    pickle::maker,
    record::Record,
};
use crate::{
    index::{Build, Candidates, Index as Opened, IndexError, index_path},
    parse::Batch,
    stream::Options,
};
use errors::to_exception;
use pyo3::{
    exceptions::{PyIndexError, PyTypeError},
    prelude::*,
    types::{PyBytes, PyInt, PySlice, PyString},
};
use records::{Next, Records};
use std::{path::PathBuf, sync::Arc, task::Poll};

/// The records of a file by number and by control number (001), by an index file beside it.
///
/// `Index.build(path)` reads the whole file once and writes the index file; `Index.open(path)`
/// opens it, in microseconds for any number of records. `index[5]` is the sixth record,
/// `index.get("ocm1")` the first with this control number. Each look-up reads a few pages of the
/// index file and then the record; nothing is kept in memory, except the last block of BGZF. The
/// records are those of a `Reader` with the same options, without damaged ones.
///
/// A key is the text of the first field 001 with all its blanks: `index.get("   00000002 ")`. Bytes
/// that are not UTF-8 are surrogates in it, as in `os.fsdecode`; a `bytes` key is taken as it is.
/// `key in index` and `for key in index` work by keys, in the order of the file; a key that several
/// records have comes as often.
///
/// A file that has changed since it was indexed raises `StaleIndexError`. Threads may share an
/// index. A pickled index opens its two paths again.
#[pyclass(frozen, module = "tidemarc")]
pub(crate) struct Index {
    opened: Opened,
    text: TextWords,
}

/// The options for text, as they were passed: encoding, encoding_errors, numeric_references.
type TextWords = (String, String, bool);

/// State of a pickled index: the two paths, and the options for text.
type IndexState = (PathBuf, PathBuf, TextWords);

/// Opens an index that was pickled or copied.
#[pyfunction]
pub(crate) fn _restore_index(py: Python<'_>, state: IndexState) -> PyResult<Index> {
    let (path, file, words) = state;
    let encoding = (Choice::Text(words.0), Choice::Text(words.1), words.2);
    Index::open_paths(py, &path, &file, encoding)
}

#[pymethods]
impl Index {
    /// Reads the file at `path`, writes the index file at `target`, and returns the index.
    ///
    /// By default the index file is at `path` with `.tmi` after it. The options are as for
    /// `Reader`. Damaged records have no entry; `faults` is their number. The file must be a
    /// regular one, and if it is compressed it must be BGZF. An older index file, or an empty file,
    /// is replaced when the new one is complete; any other file is not replaced. Memory is bounded
    /// for any number of records: beyond two million, the keys are sorted in a temporary file
    /// beside the index file.
    #[staticmethod]
    #[pyo3(
        signature = (path, target=None, *, format=Choice::of("auto"), repair=false, encoding=Choice::of("auto"), encoding_errors=Choice::of("strict"), numeric_references=false, threads=None, max_record_length=16777216, controls=Choice::of("error"), mnemonics=Choice::of("all")),
        text_signature = "(path, target=None, *, format='auto', repair=False, encoding='auto', encoding_errors='strict', numeric_references=False, threads=None, max_record_length=16777216, controls='error', mnemonics='all')"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn build(
        path: &Bound<'_, PyAny>,
        target: Option<&Bound<'_, PyAny>>,
        format: Choice,
        repair: bool,
        encoding: Choice,
        encoding_errors: Choice,
        numeric_references: bool,
        threads: Option<isize>,
        max_record_length: isize,
        controls: Choice,
        mnemonics: Choice,
    ) -> PyResult<Self> {
        let py = path.py();
        let text = format_options::text_options(&encoding, &encoding_errors, numeric_references)?;
        let read = format_options::read_options(
            ("format", &format),
            &controls,
            &mnemonics,
            threads,
            max_record_length,
            None,
        )?;
        let options = Options { repair, text, ..read };
        let (path, target) = paths(path, target)?;
        let raise = |error| to_exception(py, error);
        let begun = py.detach(|| Build::begin(&path, &target, options));
        let mut build = begun.map_err(raise)?;
        while py.detach(|| build.step(Some(PATIENCE))).map_err(raise)? != Poll::Ready(true) {
            py.check_signals()?;
        }
        let finished = py.detach(|| {
            let check = || Python::attach(|py| py.check_signals().map_err(raised_in));
            build.finish(&mut { check })
        });
        let opened = finished.map_err(raise)?;
        Ok(Self { opened, text: (word(encoding), word(encoding_errors), numeric_references) })
    }

    /// Opens the index file at `target`, by default `path` with `.tmi` after it.
    ///
    /// `encoding`, `encoding_errors` and `numeric_references` are as for `Reader`; the other options
    /// are those with which the index was built. Raises `StaleIndexError` if the file at `path` is
    /// not the one that was indexed, and `DamagedIndexError` for a damaged index file.
    #[staticmethod]
    #[pyo3(
        signature = (path, target=None, *, encoding=Choice::of("auto"), encoding_errors=Choice::of("strict"), numeric_references=false),
        text_signature = "(path, target=None, *, encoding='auto', encoding_errors='strict', numeric_references=False)"
    )]
    fn open(
        path: &Bound<'_, PyAny>,
        target: Option<&Bound<'_, PyAny>>,
        encoding: Choice,
        encoding_errors: Choice,
        numeric_references: bool,
    ) -> PyResult<Self> {
        let py = path.py();
        let (path, target) = paths(path, target)?;
        Self::open_paths(py, &path, &target, (encoding, encoding_errors, numeric_references))
    }

    fn __len__(&self) -> PyResult<usize> {
        Ok(usize::try_from(self.opened.len())?)
    }

    /// Returns the record at an index, from 0 or, if it is negative, from the end; for a slice, an
    /// iterator over its records.
    fn __getitem__<'py>(
        slf: &Bound<'py, Self>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, index) = (slf.py(), slf.get());
        if let Ok(slice) = item.cast::<PySlice>() {
            let range = slice.indices(isize::try_from(index.opened.len())?)?;
            let records = Records::range(slf, range.start, range.step, range.slicelength);
            return Ok(Bound::new(py, records)?.into_any());
        }
        let at = index.position(item)?;
        let batch =
            py.detach(|| index.opened.batch(at)).map_err(|error| to_exception(py, error))?;
        record_of(py, batch)
    }

    /// Returns true if a record has this key.
    fn __contains__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        let (py, key) = (key.py(), key_of(key)?);
        let found = py.detach(|| self.opened.contains(&key));
        found.map_err(|error| to_exception(py, error))
    }

    /// Iterates over the keys, in the order of the records that have them.
    fn __iter__(slf: &Bound<'_, Self>) -> Records {
        Records::keys(slf)
    }

    /// Returns the first record with this key, or None.
    #[pyo3(signature = (key, /))]
    fn get<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, key) = (key.py(), key_of(key)?);
        let found = py.detach(|| {
            let mut candidates = Candidates::of(&self.opened, &key)?;
            self.opened.next_match(&mut candidates, &key)
        });
        let batch = found.map_err(|error| to_exception(py, error))?;
        batch.map(|batch| record_of(py, batch)).transpose()
    }

    /// Returns an iterator over all records with this key, in the order of the file.
    #[pyo3(signature = (key, /))]
    fn get_all(slf: &Bound<'_, Self>, key: &Bound<'_, PyAny>) -> PyResult<Records> {
        let (py, index, key) = (slf.py(), slf.get(), key_of(key)?);
        let found = py.detach(|| Candidates::of(&index.opened, &key));
        let candidates = found.map_err(|error| to_exception(py, error))?;
        Ok(Records::matches(slf, key, candidates))
    }

    /// Returns the offset of a record, in bytes from the start of the data: the `offset` of the
    /// record, without reading it.
    #[pyo3(signature = (index, /))]
    fn offset(&self, index: &Bound<'_, PyAny>) -> PyResult<u64> {
        let (py, at) = (index.py(), self.position(index)?);
        let found =
            py.detach(|| self.opened.offset(at)).map_err(|error| to_exception(py, error))?;
        found.ok_or_else(out_of_range)
    }

    /// Returns the virtual offset of a record in a file of BGZF: the offset of its block in the
    /// file, times 65,536, and the offset in the data of the block. None for other files.
    #[pyo3(signature = (index, /))]
    fn virtual_offset(&self, index: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
        let (py, at) = (index.py(), self.position(index)?);
        let found = py.detach(|| self.opened.virtual_offset(at));
        found.map_err(|error| to_exception(py, error))
    }

    /// Number of damaged spans of the file, which have no entry.
    #[getter]
    fn faults(&self) -> u64 {
        self.opened.faults()
    }

    /// Number of records whose key an earlier record has too.
    #[getter]
    fn duplicates(&self) -> u64 {
        self.opened.duplicates()
    }

    /// Number of records without a key: they have no field 001.
    #[getter]
    fn without_key(&self) -> u64 {
        self.opened.without_key()
    }

    /// The format of the file.
    #[getter]
    fn format(&self) -> &'static str {
        self.opened.format().name()
    }

    /// The path of the file.
    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(self.opened.path().as_os_str().into_pyobject(py)?)
    }

    /// The path of the index file.
    #[getter]
    fn target<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(self.opened.index_file().as_os_str().into_pyobject(py)?)
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        let state = (
            self.opened.path().as_os_str(),
            self.opened.index_file().as_os_str(),
            (&*self.text.0, &*self.text.1, self.text.2),
        );
        Ok((maker(py, "_restore_index")?, (state.into_pyobject(py)?.into_any(),)))
    }

    fn __repr__(&self) -> String {
        let (index, path) = (&self.opened, self.opened.path().display().to_string());
        format!(
            "<tidemarc.Index of {path:?}: {} records, {} faults, {} duplicates>",
            index.len(),
            index.faults(),
            index.duplicates()
        )
    }
}

impl Index {
    fn open_paths(
        py: Python<'_>,
        path: &std::path::Path,
        target: &std::path::Path,
        (encoding, encoding_errors, numeric_references): (Choice, Choice, bool),
    ) -> PyResult<Self> {
        let text = format_options::text_options(&encoding, &encoding_errors, numeric_references)?;
        let opened = py.detach(|| Opened::open_with(path, target, text));
        let opened = opened.map_err(|error| to_exception(py, error))?;
        Ok(Self { opened, text: (word(encoding), word(encoding_errors), numeric_references) })
    }

    /// Returns the place that an index of Python means, which may count from the end.
    fn position(&self, index: &Bound<'_, PyAny>) -> PyResult<u64> {
        let number = index.py().import("operator")?.call_method1("index", (index,))?;
        let at: i128 = number.cast::<PyInt>()?.extract().map_err(|_| out_of_range())?;
        let length = i128::from(self.opened.len());
        let at = if at < 0 { at + length } else { at };
        u64::try_from(at).ok().filter(|&at| at < self.opened.len()).ok_or_else(out_of_range)
    }

    /// Does a step of an iterator.
    fn step<'py>(&self, py: Python<'py>, next: Next) -> PyResult<Bound<'py, PyAny>> {
        match next {
            Next::Record(batch) => record_of(py, *batch),
            Next::Key(key) => match std::str::from_utf8(&key) {
                Ok(key) => Ok(PyString::new(py, key).into_any()),
                Err(_) => PyBytes::new(py, &key).call_method1("decode", ("utf-8", ESCAPE)),
            },
        }
    }
}

/// The way in which bytes that are not UTF-8 are text.
const ESCAPE: &str = "surrogateescape";

fn out_of_range() -> PyErr {
    PyIndexError::new_err("index out of range")
}

fn word(choice: Choice) -> String {
    match choice {
        Choice::Text(word) | Choice::Other(word) => word,
    }
}

/// Makes the record of a batch that is one record.
fn record_of(py: Python<'_>, batch: Batch) -> PyResult<Bound<'_, PyAny>> {
    let handle = BatchHandle::new(py, Arc::new(batch))?;
    Ok(Bound::new(py, Record::of_batch(handle, 0))?.into_any())
}

/// Returns the bytes of a key.
fn key_of(key: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(text) = key.cast::<PyString>() {
        if let Ok(text) = text.to_str() {
            return Ok(text.as_bytes().to_vec());
        }
        return key.call_method1("encode", ("utf-8", ESCAPE))?.extract();
    }
    match key.cast::<PyBytes>() {
        Ok(bytes) => Ok(bytes.as_bytes().to_vec()),
        Err(_) => {
            let name = key.get_type().name()?;
            Err(PyTypeError::new_err(format!("a key is a str or bytes, not {name}")))
        }
    }
}

/// Returns the paths of a file and of its index file.
fn paths(
    path: &Bound<'_, PyAny>,
    target: Option<&Bound<'_, PyAny>>,
) -> PyResult<(PathBuf, PathBuf)> {
    let path_in = |object: &Bound<'_, PyAny>, name| match is_path(object)? {
        true => path_of(object),
        false => {
            let class = object.get_type().name()?;
            Err(PyTypeError::new_err(format!("{name} must be a path, not {class}")))
        }
    };
    let path = path_in(path, "path")?;
    let target = target.map(|target| path_in(target, "target")).transpose()?;
    let target = target.unwrap_or_else(|| index_path(&path));
    Ok((path, target))
}

/// The result of a step of an iterator, before it is a Python object.
type Step = Result<Option<Next>, IndexError>;
