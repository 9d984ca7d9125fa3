//! Records made and not read, and the arguments of their constructor.

use super::{Decoding, Fields, Origin, Record, decode};
use crate::python::{
    batch_handle::BatchHandle,
    leader::{Leader, slice},
    nesting::item,
    reading::Reading,
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyBytes, PyDict, PyList},
};

/// What `Record()` says of how the record is written.
#[derive(Clone, Copy)]
pub(in crate::python) struct Manner(pub(super) u8);

impl Manner {
    pub(super) const TO_UNICODE: u8 = 1;
    pub(super) const FORCE_UTF8: u8 = 2;
    /// The record is tidemarc's: it is written as it was read, or refused.
    pub(super) const NATIVE: u8 = 4;
    /// The record has its place in an input, and all the same its fields were decoded when it was
    /// read, by Python's codecs.
    pub(super) const AT_ONCE: u8 = 8;

    pub(in crate::python) const NATIVE_RECORD: Self = Self(Self::NATIVE | Self::TO_UNICODE);

    /// pymarc's.
    pub(in crate::python) const fn pymarc(to_unicode: bool, force_utf8: bool) -> Self {
        Self(
            if to_unicode { Self::TO_UNICODE } else { 0 }
                | if force_utf8 { Self::FORCE_UTF8 } else { 0 },
        )
    }
}

impl Record {
    /// A record without leader and fields, to be decoded into.
    pub(in crate::python) fn decoded<'py>(
        marc: &Bound<'py, PyBytes>,
        options: &Decoding<'_, 'py>,
    ) -> PyResult<Bound<'py, Self>> {
        let py = marc.py();
        let manner = Manner::pymarc(options.to_unicode, options.force_utf8);
        let fields = Fields::List(PyList::empty(py).into_any().unbind());
        let record = Bound::new(py, Self::with_origin(None, fields, manner))?;
        decode::decode(&record, marc, options)?;
        Ok(record)
    }

    /// A damaged record that was repaired, decoded as pymarc decodes a sound one. It knows where it
    /// stands in the input, and so what was wrong with it.
    pub(in crate::python) fn decoded_repaired<'py>(
        py: Python<'py>,
        batch: Py<BatchHandle>,
        at: usize,
        options: &Decoding<'_, 'py>,
    ) -> PyResult<Bound<'py, Self>> {
        let manner = Manner::pymarc(options.to_unicode, options.force_utf8).0 | Manner::AT_ONCE;
        let fields = Fields::List(PyList::empty(py).into_any().unbind());
        // Nothing is left to be read in any way.
        let origin = Origin { batch: batch.clone_ref(py), at: at as u32, reading: Reading::Utf8 };
        let record = Bound::new(py, Self::with_origin(Some(origin), fields, Manner(manner)))?;
        let entry = &batch.get().entries()[at];
        if let Some(view) = batch.get().view_of(entry) {
            decode::decode_repaired(&record, view, options)?;
        }
        Ok(record)
    }

    /// Takes the place of what `__init__` says in pymarc.
    pub(super) fn fill<'py>(
        slf: &Bound<'py, Self>,
        data: Option<&Bound<'py, PyAny>>,
        fields: Option<Bound<'py, PyAny>>,
        leader: Option<&Bound<'py, PyAny>>,
        options: &Decoding<'_, 'py>,
    ) -> PyResult<()> {
        let (py, record) = (slf.py(), slf.get());
        record.manner.set(py, Manner::pymarc(options.to_unicode, options.force_utf8).0);
        record.put_leader(py, new_leader(py, leader)?);
        record.fields.set(py, Fields::List(PyList::empty(py).into_any().unbind()));
        record.position.set(py, 0);
        if let Some(fields) = fields
            && fields.is_truthy()?
        {
            record.fields.set(py, Fields::List(fields.unbind()));
        } else if let Some(data) = data
            && data.len()? > 0
        {
            // A method, which a subclass may have redefined.
            let arguments = PyDict::new(py);
            arguments.set_item("to_unicode", options.to_unicode)?;
            arguments.set_item("force_utf8", options.force_utf8)?;
            arguments.set_item("hide_utf8_warnings", options.hide_utf8_warnings)?;
            arguments.set_item("utf8_handling", options.utf8_handling)?;
            arguments.set_item("encoding", options.encoding)?;
            slf.call_method(intern!(py, "decode_marc"), (data,), Some(&arguments))?;
        } else if options.force_utf8
            && let Ok(leader) = record.leader(py)?.cast::<Leader>()
        {
            leader.get().put_coding_scheme(py, b'a')?;
        }
        Ok(())
    }
}

/// The leader of a record made from nothing: what MARC prescribes, and otherwise what was asked for.
fn new_leader<'py>(
    py: Python<'py>,
    leader: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(leader) = leader else {
        return Ok(Bound::new(py, Leader::of(py, b"          22        4500"))?.into_any());
    };
    let text = item(leader, slice(py, Some(0), Some(10))?)?
        .add("22")?
        .add(item(leader, slice(py, Some(12), Some(20))?)?)?
        .add("4500")?;
    py.get_type::<Leader>().call1((text,)).map(|leader| leader.into_any())
}

/// Whatever is true or false in Python.
pub(super) struct Truth(pub(super) bool);

impl<'py> FromPyObject<'_, 'py> for Truth {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        object.is_truthy().map(Self)
    }
}

/// An argument for which even None stands for something else than its absence.
pub(super) struct Given<'py>(pub(super) Option<Bound<'py, PyAny>>);

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(Some(object.to_owned())))
    }
}
