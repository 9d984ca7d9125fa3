//! Reading from memory that may change meanwhile: `bytearray`, `memoryview`, `mmap`, `array`.

use crate::source::{Arrival, Input};
use pyo3::{buffer::PyBuffer, prelude::*, types::PySlice};
use std::io;

/// Copies a chunk at a time under the GIL. No Rust slice ever covers the memory.
pub(super) struct BufferInput {
    /// A `memoryview` of bytes.
    view: Py<PyAny>,
    length: usize,
    position: usize,
}

impl BufferInput {
    /// `object` must have a buffer.
    pub(super) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let view = object.py().import("builtins")?.getattr("memoryview")?.call1((object,))?;
        let view = view.call_method1("cast", ("B",))?;
        Ok(Self { length: view.len()?, view: view.unbind(), position: 0 })
    }

    pub(super) const fn length(&self) -> u64 {
        self.length as u64
    }
}

/// Fills `target` from a Python memoryview of bytes, from `start` on.
pub(super) fn copy_bytes(view: &Bound<'_, PyAny>, start: usize, target: &mut [u8]) -> PyResult<()> {
    let py = view.py();
    // Not `PySlice::new`, which in PyO3 0.30.1 never releases the numbers it makes.
    let range = py.get_type::<PySlice>().call1((start, start + target.len()))?;
    PyBuffer::<u8>::get(&view.get_item(range)?)?.copy_to_slice(py, target)
}

impl Input for BufferInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        let count = buffer.len().min(self.length - self.position);
        if count == 0 {
            return Ok(Arrival::Bytes(0));
        }
        Python::attach(|py| copy_bytes(self.view.bind(py), self.position, &mut buffer[..count]))
            .map_err(io::Error::other)?;
        self.position += count;
        Ok(Arrival::Bytes(count))
    }

    fn may_change_thread(&self) -> bool {
        false
    }
}
