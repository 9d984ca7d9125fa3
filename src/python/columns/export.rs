//! The capsules of Arrow's C interfaces.

use super::run::Run;
use arrow_array::{
    Array, RecordBatch, RecordBatchReader, StructArray,
    ffi::{FFI_ArrowSchema, to_ffi},
    ffi_stream::FFI_ArrowArrayStream,
};
use arrow_schema::{ArrowError, Schema, SchemaRef};
use pyo3::{
    exceptions::{PyException, PyKeyboardInterrupt, PyOSError, PyRuntimeError},
    prelude::*,
    types::{PyCapsule, PyTuple},
};
use std::io;

/// Makes a capsule of a schema.
pub(super) fn schema_capsule<'py>(
    py: Python<'py>,
    schema: &Schema,
) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(schema).map_err(refused)?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

/// Makes a capsule of the batches of a run.
pub(super) fn stream_capsule(py: Python<'_>, run: Run) -> PyResult<Bound<'_, PyCapsule>> {
    let stream = FFI_ArrowArrayStream::new(Box::new(Exported { run, is_over: false }));
    PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
}

/// Makes the two capsules of a batch: its schema, and its data.
pub(super) fn batch_capsules<'py>(
    py: Python<'py>,
    batch: &RecordBatch,
) -> PyResult<Bound<'py, PyTuple>> {
    let rows = StructArray::from(batch.clone());
    let (array, schema) = to_ffi(&rows.into_data()).map_err(refused)?;
    let schema = PyCapsule::new_with_value(py, schema, c"arrow_schema")?;
    let array = PyCapsule::new_with_value(py, array, c"arrow_array")?;
    PyTuple::new(py, [schema, array])
}

fn refused(error: ArrowError) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

/// The batches of a run, for a consumer of Arrow. The consumer may hold the GIL or not.
struct Exported {
    run: Run,
    /// True after an error: a consumer that asks again gets the end.
    is_over: bool,
}

impl Iterator for Exported {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next =
            Python::try_attach(|py| self.run.next(py).map_err(|raised| arrow_error(py, &raised)));
        let gone = || Err(ArrowError::ExternalError("the Python interpreter has ended".into()));
        let next = next.unwrap_or_else(gone).transpose();
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}

impl RecordBatchReader for Exported {
    fn schema(&self) -> SchemaRef {
        self.run.schema()
    }
}

/// Converts an exception to an error of Arrow, of which a consumer sees the text.
fn arrow_error(py: Python<'_>, raised: &PyErr) -> ArrowError {
    if raised.is_instance_of::<PyKeyboardInterrupt>(py) {
        // The consumer raises an error of its own. Python raises this one as soon as it runs again.
        let again = py.import("_thread").and_then(|thread| thread.call_method0("interrupt_main"));
        if let Err(failure) = again {
            failure.write_unraisable(py, None);
        }
    } else if !raised.is_instance_of::<PyException>(py) {
        raised.clone_ref(py).write_unraisable(py, None);
    }
    let text = raised.to_string();
    match raised.is_instance_of::<PyOSError>(py) {
        true => ArrowError::IoError(text.clone(), io::Error::other(text)),
        false => ArrowError::ExternalError(text.into()),
    }
}
