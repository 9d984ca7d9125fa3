//! Reading from memory that may change meanwhile: `bytearray`, `memoryview`, `mmap`, `array`.

use crate::source::{Arrival, Input};
use pyo3::{buffer::PyBuffer, prelude::*};
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

/// Copies the first bytes of a Python buffer of bytes.
pub(super) fn copy_bytes(view: &Bound<'_, PyAny>, target: &mut [u8]) -> PyResult<()> {
    PyBuffer::<u8>::get(view)?.copy_to_slice(view.py(), target)
}

impl Input for BufferInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        let count = buffer.len().min(self.length - self.position);
        if count == 0 {
            return Ok(Arrival::Bytes(0));
        }
        Python::attach(|py| {
            let range = pyo3::types::PySlice::new(
                py,
                self.position as isize,
                (self.position + count) as isize,
                1,
            );
            let part = self.view.bind(py).get_item(range)?;
            copy_bytes(&part, &mut buffer[..count])
        })
        .map_err(io::Error::other)?;
        self.position += count;
        Ok(Arrival::Bytes(count))
    }

    fn may_change_thread(&self) -> bool {
        false
    }
}
