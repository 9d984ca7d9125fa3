//! The output of a writer, and the bytes that it has not taken yet.

use crate::{
    compress::Packer,
    format::{Document, Note},
    python::{
        faults::errors::io_exception,
        gil::visited::Visited,
        io::{
            file_output::{flush, write_all},
            path_output::PathOutput,
        },
    },
};
use pyo3::{exceptions::PyException, prelude::*};
use std::mem;

/// The output of a writer.
pub(super) enum Output {
    /// A file that the writer opened.
    Path(PathOutput),
    /// A file object of the caller: `Writer::object`. The bytes here are those that it has not
    /// taken yet. They are written first.
    Object(Vec<u8>),
    Closed,
}

/// The end of a writer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The document is complete. It replaces the file at the path.
    Commit,
    /// Something failed. The file at the path remains as it was.
    Abandon,
}

/// The state that a thread inside a writer may use.
pub(crate) struct WriterState {
    pub(super) target: Output,
    pub(crate) document: Document,
    /// The bytes and notes of the current record; kept for their capacity.
    pub(crate) bytes: Vec<u8>,
    pub(crate) notes: Vec<Note>,
    /// The compressor between the document and the target, if there is one.
    pub(super) packer: Option<Packer>,
}

/// Number of bytes that are compressed without the GIL: they take a millisecond or more.
const MANY: usize = 32 << 10;

impl WriterState {
    pub(super) const fn new(target: Output, document: Document, packer: Option<Packer>) -> Self {
        Self { target, document, bytes: Vec::new(), notes: Vec::new(), packer }
    }

    /// Returns true if the writer accepts records.
    pub(super) const fn is_open(&self) -> bool {
        !matches!(self.target, Output::Closed) && !self.document.is_ended()
    }

    /// Writes `bytes`. The flag is true if all of them were taken; otherwise none was.
    ///
    /// If a file object takes a part of them and then fails, the rest counts as taken. The next
    /// call writes it first, and raises if that fails again. So a program that repeats a record
    /// that was not taken writes nothing twice, and no record follows the half of another.
    pub(super) fn write(&mut self, py: Python<'_>, object: &Visited) -> (bool, PyResult<()>) {
        if self.packer.is_some() {
            let written = self.pack(py, object);
            return (written.is_ok(), written);
        }
        let Self { target, bytes, .. } = self;
        let written = match target {
            _ if bytes.is_empty() => Ok(()),
            Output::Path(output) => output.write(py, bytes),
            Output::Closed => Ok(()),
            Output::Object(rest) => match object.get(py) {
                Ok(file) => {
                    if let Err(raised) = write_rest(&file, rest) {
                        return (false, Err(raised));
                    }
                    let (count, written) = write_all(&file, bytes, "the file");
                    let is_taken = count > 0 || written.is_ok();
                    if is_taken {
                        rest.extend_from_slice(&bytes[count..]);
                    }
                    // An exception that is not a failure of the file (Ctrl-C) is raised at once.
                    let is_late =
                        |raised: &PyErr| is_taken && raised.is_instance_of::<PyException>(py);
                    let written = written
                        .or_else(|raised| if is_late(&raised) { Ok(()) } else { Err(raised) });
                    return (is_taken, written);
                }
                Err(raised) => Err(raised),
            },
        };
        (written.is_ok(), written)
    }

    /// Compresses `bytes`, after the target has taken what was compressed before. Takes all of them,
    /// or none if it raises.
    fn pack(&mut self, py: Python<'_>, object: &Visited) -> PyResult<()> {
        let Self { target, bytes, packer: Some(packer), .. } = self else { return Ok(()) };
        if packer.is_full() {
            write_packed(py, target, object, packer.packed())?;
        }
        let packed = match bytes.len() < MANY {
            true => packer.push(bytes),
            false => py.detach(|| packer.push(bytes)),
        };
        packed.map_err(|error| io_exception(py, error))
    }

    /// Writes records that were compressed to blocks, after the bytes before them.
    pub(super) fn write_blocks(
        &mut self,
        py: Python<'_>,
        object: &Visited,
        blocks: &[u8],
    ) -> PyResult<()> {
        self.pack(py, object)?;
        let Self { packer: Some(packer), .. } = self else { return Ok(()) };
        packer.push_blocks(blocks).map_err(|error| io_exception(py, error))
    }

    /// Ends the compressed output. Replaces `bytes`, the end of the document, by all compressed bytes
    /// that the target has not taken.
    fn finish_packed(&mut self, py: Python<'_>) -> PyResult<()> {
        let Self { bytes, packer, .. } = self;
        let Some(mut packer) = packer.take() else { return Ok(()) };
        let finished = py.detach(|| packer.push(bytes).and_then(|()| packer.finish()));
        finished.map_err(|error| io_exception(py, error))?;
        *bytes = mem::take(packer.packed());
        Ok(())
    }

    /// Ends the document, so that no more records are accepted. `bytes` holds its last bytes.
    pub(super) fn seal(&mut self) {
        if !self.document.is_ended() {
            self.bytes.clear();
            self.document.end(&mut self.bytes);
        }
    }

    /// Ends the document, and releases the output. If the document of a path is abandoned, returns
    /// the resulting state of the path in words.
    ///
    /// If a file object raises, the bytes that it has not taken are kept, and the next call
    /// continues with them.
    pub(super) fn close(
        &mut self,
        py: Python<'_>,
        object: &Visited,
        ending: Ending,
    ) -> PyResult<Option<String>> {
        self.seal();
        let is_dropped = |target: &Output| match target {
            Output::Path(file) => ending == Ending::Abandon && file.is_replacement(),
            Output::Object(_) => false,
            Output::Closed => true,
        };
        if !is_dropped(&self.target)
            && let Err(raised) = self.finish_packed(py)
        {
            // Compressed data without its end must not replace a file.
            self.target = Output::Closed;
            object.clear();
            return Err(raised);
        }
        let Self { target, bytes, .. } = self;
        let end = mem::take(bytes);
        match mem::replace(target, Output::Closed) {
            Output::Path(file) if ending == Ending::Abandon && file.is_replacement() => {
                Ok(file.abandon(py))
            }
            Output::Path(mut file) => {
                file.write(py, &end)?;
                file.commit(py).map(|()| None)
            }
            Output::Object(mut rest) => {
                let file = object.get(py)?;
                rest.extend_from_slice(&end);
                if let Err(raised) = write_rest(&file, &mut rest) {
                    *target = Output::Object(rest);
                    return Err(raised);
                }
                object.clear();
                flush(&file).map(|()| None)
            }
            Output::Closed => Ok(None),
        }
    }

    /// Ends an output that the program can no longer close.
    pub(super) fn close_forgotten(
        &mut self,
        py: Python<'_>,
        object: &Visited,
        ending: Ending,
    ) -> PyResult<()> {
        match &mut self.target {
            // A failed `close()` has raised already.
            Output::Object(_) if self.document.is_ended() => Ok(()),
            Output::Path(_) => self.close(py, object, ending).map(drop),
            // A file object belongs to the caller: it receives the rest of a record, and no end.
            Output::Object(_) if self.packer.is_some() => {
                self.bytes.clear();
                self.finish_packed(py)?;
                write_rest(&object.get(py)?, &mut self.bytes)
            }
            Output::Object(rest) if !rest.is_empty() => write_rest(&object.get(py)?, rest),
            Output::Object(_) | Output::Closed => Ok(()),
        }
    }
}

/// Writes compressed bytes, and removes those that the target has taken.
fn write_packed(
    py: Python<'_>,
    target: &mut Output,
    object: &Visited,
    packed: &mut Vec<u8>,
) -> PyResult<()> {
    match target {
        Output::Path(output) => {
            output.write(py, packed)?;
            packed.clear();
            Ok(())
        }
        Output::Object(_) => write_rest(&object.get(py)?, packed),
        Output::Closed => Ok(()),
    }
}

fn write_rest(file: &Bound<'_, PyAny>, rest: &mut Vec<u8>) -> PyResult<()> {
    let (count, written) = write_all(file, rest, "the file");
    rest.drain(..count);
    written
}
