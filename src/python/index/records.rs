//! Iterators over the records or the keys of an index.

use super::{Index, Step, to_exception};
use crate::{
    index::{Candidates, Index as Opened},
    parse::Batch,
};
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};

/// A record or a key.
pub(super) enum Next {
    Record(Box<Batch>),
    Key(Vec<u8>),
}

/// The records or keys that are still to come.
enum Rest {
    /// Records at equal distances.
    Range { at: isize, step: isize, count: usize },
    /// Records with a key.
    Matches { key: Vec<u8>, candidates: Candidates },
    /// The keys of the records from this one on.
    Keys { at: u64 },
}

impl Rest {
    fn next(&mut self, index: &Opened) -> Step {
        match self {
            Self::Range { count: 0, .. } => Ok(None),
            Self::Range { at, step, count } => {
                let batch = index.batch(*at as u64)?;
                // A step beyond the last record is not used.
                (*at, *count) = (at.wrapping_add(*step), *count - 1);
                Ok(Some(Next::Record(Box::new(batch))))
            }
            Self::Matches { key, candidates } => {
                let found = index.next_match(candidates, key)?;
                Ok(found.map(|batch| Next::Record(Box::new(batch))))
            }
            Self::Keys { at } => {
                while *at < index.len() {
                    let batch = index.batch(*at)?;
                    *at += 1;
                    if let Some(key) = batch.record_at(0).control_number() {
                        return Ok(Some(Next::Key(key.to_vec())));
                    }
                }
                Ok(None)
            }
        }
    }
}

/// An iterator over records or keys of an index. It holds nothing of the file in memory.
#[pyclass(frozen, module = "tidemarc._tidemarc", name = "_IndexIterator")]
pub(crate) struct Records {
    index: Py<Index>,
    rest: Mutex<Rest>,
}

impl Records {
    fn new(index: &Bound<'_, Index>, rest: Rest) -> Self {
        Self { index: index.clone().unbind(), rest: Mutex::new(rest) }
    }

    pub(super) fn range(index: &Bound<'_, Index>, at: isize, step: isize, count: usize) -> Self {
        Self::new(index, Rest::Range { at, step, count })
    }

    pub(super) fn matches(index: &Bound<'_, Index>, key: Vec<u8>, candidates: Candidates) -> Self {
        Self::new(index, Rest::Matches { key, candidates })
    }

    pub(super) fn keys(index: &Bound<'_, Index>) -> Self {
        Self::new(index, Rest::Keys { at: 0 })
    }
}

#[pymethods]
impl Records {
    const fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let index = self.index.get();
        let next = py.detach(|| {
            let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
            rest.next(&index.opened)
        });
        let next = next.map_err(|error| to_exception(py, error))?;
        next.map(|next| index.step(py, next)).transpose()
    }
}
