//! Reading from memory that may change at the same time: `bytearray`, `memoryview`, `mmap`,
//! `array`.

use crate::{
    framing::signatures::packed::HEAD,
    python::{gil::visited::Visited, objects::slice},
    source::{Input, ReadOutcome},
};
use pyo3::{buffer::PyBuffer, exceptions::PyTypeError, prelude::*};
use std::{
    io,
    sync::{Arc, Weak},
};

/// An input that copies one chunk at a time under the GIL. No Rust slice ever covers the memory.
pub(crate) struct BufferInput {
    /// A `memoryview` of bytes.
    view: Arc<Visited>,
    length: usize,
    position: usize,
}

impl BufferInput {
    /// Makes an input; `None` if `object` has no buffer.
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let py = object.py();
        let view = match py.import("builtins")?.getattr("memoryview")?.call1((object,)) {
            Ok(view) => view,
            Err(error) if error.is_instance_of::<PyTypeError>(py) => return Ok(None),
            Err(error) => return Err(error),
        };
        let view = match view.call_method1("cast", ("B",)) {
            Ok(view) => view,
            // The memory is contiguous, but `cast` does not know its items.
            Err(_) if view.getattr("c_contiguous")?.is_truthy()? => {
                let raw = py.import("pickle")?.getattr("PickleBuffer")?.call1((view,))?;
                raw.call_method0("raw")?
            }
            Err(error) => return Err(error),
        };
        Ok(Some(Self {
            length: view.len()?,
            view: Arc::new(Visited::new(view.unbind())),
            position: 0,
        }))
    }

    /// Returns the same input, beginning at this byte.
    pub(crate) fn from(self, position: usize) -> Self {
        Self { position, ..self }
    }

    /// Returns the first bytes.
    pub(crate) fn head(&self) -> PyResult<Vec<u8>> {
        let mut head = vec![0; self.length.min(HEAD)];
        Python::attach(|py| copy_bytes(&self.view.get(py)?, 0, &mut head))?;
        Ok(head)
    }

    pub(crate) fn view(&self) -> Weak<Visited> {
        Arc::downgrade(&self.view)
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length as u64
    }
}

/// Fills `target` from a Python memoryview of bytes, from `start` on.
pub(crate) fn copy_bytes(view: &Bound<'_, PyAny>, start: usize, target: &mut [u8]) -> PyResult<()> {
    let py = view.py();
    let range = slice(py, Some(start), Some(start + target.len()))?;
    PyBuffer::<u8>::get(&view.get_item(range)?)?.copy_to_slice(py, target)
}

impl Input for BufferInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        let count = buffer.len().min(self.length - self.position);
        if count == 0 {
            return Ok(ReadOutcome::Bytes(0));
        }
        Python::attach(|py| copy_bytes(&self.view.get(py)?, self.position, &mut buffer[..count]))
            .map_err(io::Error::other)?;
        self.position += count;
        Ok(ReadOutcome::Bytes(count))
    }

    fn may_change_thread(&mut self) -> bool {
        false
    }
}
