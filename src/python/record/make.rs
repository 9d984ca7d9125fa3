//! Records that a program makes, and the flags of every record.

use super::{Decoding, FieldObjects, Origin, Record, RecordArgument, decode};
use crate::{
    python::{
        batch_handle::BatchHandle,
        gil::nesting::item,
        leader::Leader,
        objects::slice,
        pickle::argument_among,
        pymarc::replaced::{names_are_replaced, of_record_module},
        reading::Reading,
    },
    record::LEADER_LENGTH,
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyBytes, PyDict, PyString, PyTuple, PyType},
};

/// Leader of a new record.
const EMPTY: &[u8; LEADER_LENGTH] = b"          22        4500";

/// The flags that decide how the record is written.
#[derive(Clone, Copy)]
pub(crate) struct RecordFlags(pub(super) u8);

impl RecordFlags {
    pub(super) const TO_UNICODE: u8 = 1;
    pub(super) const FORCE_UTF8: u8 = 2;
    /// Set for a record of tidemarc: it is written as it was read, or refused.
    pub(super) const NATIVE: u8 = 4;
    /// Set for a record that has a position in an input, but whose fields were decoded immediately,
    /// by Python's codecs.
    pub(super) const AT_ONCE: u8 = 8;

    pub(crate) const NATIVE_RECORD: Self = Self(Self::NATIVE | Self::TO_UNICODE);

    /// Returns the flags of a record of pymarc.
    pub(crate) const fn pymarc(to_unicode: bool, force_utf8: bool) -> Self {
        Self((to_unicode as u8 * Self::TO_UNICODE) | (force_utf8 as u8 * Self::FORCE_UTF8))
    }
}

impl Record {
    /// Returns true if this flag is set.
    pub(super) fn has(&self, py: Python<'_>, flag: u8) -> bool {
        self.flags.get(py) & flag != 0
    }

    pub(super) fn is_native(&self, py: Python<'_>) -> bool {
        self.has(py, RecordFlags::NATIVE)
    }

    pub(super) fn set_flag(&self, py: Python<'_>, flag: u8, on: bool) {
        let flags = self.flags.get(py);
        self.flags.set(py, if on { flags | flag } else { flags & !flag });
    }

    /// Makes a record of this class: empty, or the one that the arguments describe.
    pub(super) fn of_class(cls: &Bound<'_, PyType>, args: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let py = cls.py();
        let mut record = match argument_among::<RecordArgument>(args) {
            Some(argument) => Self::of_place(py, &argument.get().0)?,
            None => {
                let flags = RecordFlags::pymarc(true, false);
                Self::with_origin(None, FieldObjects::none(py), flags)
            }
        };
        record.is_of_subclass = !cls.is(py.get_type::<Self>());
        Ok(record)
    }

    /// Decodes `marc` into a new record.
    pub(crate) fn decoded<'py>(
        marc: &Bound<'py, PyBytes>,
        options: &Decoding<'py>,
    ) -> PyResult<Bound<'py, Self>> {
        let py = marc.py();
        let record = Self::with_origin(None, FieldObjects::none(py), options.record_flags());
        let record = Bound::new(py, record)?;
        decode::decode(&record, marc, options)?;
        Ok(record)
    }

    /// Decodes a damaged record that was repaired as pymarc decodes a sound record. The result
    /// knows its position in the input, and so its faults.
    pub(crate) fn decoded_repaired<'py>(
        py: Python<'py>,
        batch: Py<BatchHandle>,
        at: usize,
        options: &Decoding<'py>,
    ) -> PyResult<Bound<'py, Self>> {
        let flags = RecordFlags(options.record_flags().0 | RecordFlags::AT_ONCE);
        // Everything is decoded, so the reading is not used.
        let origin = Origin { batch: batch.clone_ref(py), at: at as u32, reading: Reading::Utf8 };
        let record = Self::with_origin(Some(origin), FieldObjects::none(py), flags);
        let record = Bound::new(py, record)?;
        let entry = &batch.get().entries()[at];
        if let Some(view) = batch.get().view_of(entry) {
            decode::decode_repaired(&record, view, options)?;
        }
        Ok(record)
    }

    /// Sets the parts of the record, as `__init__` does in pymarc.
    pub(super) fn fill<'py>(
        slf: &Bound<'py, Self>,
        data: Option<&Bound<'py, PyAny>>,
        fields: Option<Bound<'py, PyAny>>,
        leader: Option<&Bound<'py, PyAny>>,
        options: &Decoding<'py>,
    ) -> PyResult<()> {
        let (py, record) = (slf.py(), slf.get());
        record.flags.set(py, options.record_flags().0);
        record.put_leader(py, new_leader(py, leader)?);
        record.fields.set(py, FieldObjects::none(py));
        record.position.set(py, 0);
        if let Some(fields) = fields
            && fields.is_truthy()?
        {
            record.fields.set(py, FieldObjects::List(fields.unbind()));
        } else if let Some(data) = data
            && data.len()? > 0
        {
            // A subclass may have overridden this method.
            let arguments = PyDict::new(py);
            arguments.set_item("to_unicode", options.to_unicode)?;
            arguments.set_item("force_utf8", options.force_utf8)?;
            arguments.set_item("hide_utf8_warnings", options.hide_utf8_warnings)?;
            arguments.set_item("utf8_handling", &options.utf8_handling)?;
            arguments.set_item("encoding", &options.encoding)?;
            slf.call_method(intern!(py, "decode_marc"), (data,), Some(&arguments))?;
        } else if options.force_utf8 {
            let leader = record.live_leader(py)?;
            if names_are_replaced() {
                let text = item(&leader, slice(py, Some(0), Some(9))?)?
                    .add("a")?
                    .add(item(&leader, slice(py, Some(10), None)?)?)?;
                record.put_leader(py, made_by_name(&text)?);
            } else if let Ok(leader) = leader.cast::<Leader>() {
                leader.get().put_coding_scheme(py, b'a')?;
            }
        }
        Ok(())
    }
}

/// Returns the leader of a new record: the values that MARC prescribes, and otherwise those of the
/// argument.
fn new_leader<'py>(
    py: Python<'py>,
    leader: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(leader) = leader else {
        if names_are_replaced() {
            return made_by_name(PyString::from_bytes(py, EMPTY)?.as_any());
        }
        return Ok(Bound::new(py, Leader::of(py, EMPTY))?.into_any());
    };
    let text = item(leader, slice(py, Some(0), Some(10))?)?
        .add("22")?
        .add(item(leader, slice(py, Some(12), Some(20))?)?)?
        .add("4500")?;
    if names_are_replaced() {
        return made_by_name(&text);
    }
    py.get_type::<Leader>().call1((text,)).map(|leader| leader.into_any())
}

/// Calls the class that pymarc's module has under the name `Leader`.
#[cold]
fn made_by_name<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    of_record_module(text.py(), "Leader")?.call1((text,))
}
