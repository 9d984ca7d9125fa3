//! Copies and pickles of a record.

use super::{FieldObjects, Origin, Record, RecordFlags, as_record::TextRecord};
use crate::{
    error::{Error, InputName, Position},
    format::iso2709,
    parse::Batch,
    python::{
        batch_handle::BatchHandle,
        faults::errors::to_exception,
        pickle::{Reduced, real_offset, real_reading, shallow_copy, state_of, with_slots},
    },
};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};

/// State of a record that was read: its bytes, its number, its offset, the name of its input, and
/// the code of its `Reading`.
pub(crate) type RecordState = (Vec<u8>, u64, u64, Option<InputName>, u8);

/// The argument from which `__new__` makes a record that was read.
#[pyclass(frozen, module = "tidemarc._tidemarc", name = "_RecordArgument")]
pub(crate) struct RecordArgument(pub(crate) RecordState);

impl Origin {
    /// Returns the record in ISO 2709, if ISO 2709 can hold it.
    fn iso2709<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        if !self.is_text() {
            return Some(PyBytes::new(py, self.view().as_bytes()));
        }
        let mut bytes = Vec::new();
        // Another leader would be another record.
        let is_leader_changed = iso2709::write(&TextRecord(self.view()), &mut bytes).ok()?;
        (!is_leader_changed).then(|| PyBytes::new(py, &bytes))
    }
}

impl Record {
    /// Makes a record in a batch of its own.
    pub(super) fn of_place(
        py: Python<'_>,
        (raw, number, offset, source, reading): &RecordState,
    ) -> PyResult<Self> {
        let reading = real_reading(*reading)?;
        let batch = Batch::of_one(raw.clone(), *number, real_offset(*offset)?, source.clone())
            .map_err(|fault| to_exception(py, &Error::new(fault, Position::default())))?;
        let batch = BatchHandle::proved(py, batch)?;
        Ok(Self::read(batch, 0, reading, RecordFlags::NATIVE_RECORD))
    }

    /// Returns a function that makes the record again, its arguments, and the state.
    pub(super) fn reduced<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let (py, record) = (slf.py(), slf.get());
        let place = record.origin.as_ref().and_then(|origin| {
            let (number, offset, code) = (origin.number(), origin.offset(), origin.reading.code());
            Some((origin.iso2709(py)?, number, offset, origin.name(), code))
        });
        let restore = py.import("tidemarc._types")?.getattr("restore_record")?;
        let base = py.get_type::<Self>();
        let has_place = place.is_some();
        let state = state_of(slf.as_any(), &base, || {
            with_slots(slf.as_any(), &base, record.changed(py, has_place)?)
        })?;
        let arguments = (slf.get_type(), place, record.flags.get(py)).into_pyobject(py)?;
        Ok((restore, arguments, state))
    }

    /// Returns the objects that were set or handed out, which the original bytes do not have.
    fn changed<'py>(&self, py: Python<'py>, has_place: bool) -> PyResult<Bound<'py, PyDict>> {
        let slots = PyDict::new(py);
        // A record that ISO 2709 cannot hold is copied as its objects. The leader of a text format
        // is copied too, since it need not be the one that ISO 2709 would have.
        let is_text = self.origin.as_ref().is_some_and(Origin::is_text);
        if is_text || self.leader.is_some(py) {
            slots.set_item("leader", self.live_leader(py)?)?;
        }
        if !matches!(self.fields.get(py), FieldObjects::Untouched) || is_text && !has_place {
            slots.set_item("fields", self.list(py)?)?;
        }
        if let Some(pos) = self.pos.get(py) {
            slots.set_item("pos", pos)?;
        }
        self.add_position(py, &slots)?;
        Ok(slots)
    }

    fn add_position(&self, py: Python<'_>, slots: &Bound<'_, PyDict>) -> PyResult<()> {
        match self.position.get(py) {
            0 => Ok(()),
            position => slots.set_item(POSITION, position),
        }
    }

    /// Returns the content of pymarc's slots, and the attributes of a subclass.
    pub(super) fn state<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, record, slots) = (slf.py(), slf.get(), PyDict::new(slf.py()));
        slots.set_item("leader", record.live_leader(py)?)?;
        slots.set_item("fields", record.list(py)?)?;
        slots.set_item("pos", record.pos(py)?)?;
        slots.set_item("force_utf8", record.has(py, RecordFlags::FORCE_UTF8))?;
        slots.set_item("to_unicode", record.has(py, RecordFlags::TO_UNICODE))?;
        record.add_position(py, &slots)?;
        with_slots(slf.as_any(), &py.get_type::<Self>(), slots)
    }

    /// Sets one of pymarc's slots. Returns true if `name` is such a slot.
    pub(super) fn put_slot(&self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = value.py();
        let object = || value.clone().unbind();
        match name {
            "leader" => self.leader.set(py, Some(object())),
            "fields" => self.fields.set(py, FieldObjects::List(object())),
            "pos" => self.pos.set(py, Some(object())),
            "force_utf8" => self.set_flag(py, RecordFlags::FORCE_UTF8, value.is_truthy()?),
            "to_unicode" => self.set_flag(py, RecordFlags::TO_UNICODE, value.is_truthy()?),
            POSITION => self.position.set(py, value.extract()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Returns a copy that shares leader and fields. So both are made first.
    pub(super) fn shared_copy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.get().live_leader(slf.py())?;
        slf.get().list(slf.py())?;
        shallow_copy(slf.as_any())
    }
}

/// pymarc's name for the position of an iteration.
const POSITION: &str = "_Record__pos";
