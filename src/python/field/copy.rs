//! Copies and pickles of a field.

use super::{Field, NOT_BEGUN, Origin};
use crate::{
    parse::Batch,
    python::{
        batch_handle::BatchHandle,
        pickle::{Reduced, maker, real_offset, real_reading, shallow_copy, state_of, with_slots},
        pymarc::raw_field::RawField,
    },
    record::{InvalidTag, Tag},
};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyBytes, PyDict, PyString, PyType},
};
use std::sync::Arc;

/// State of a field that was read: tag, bytes, code of its `Reading`, number of the record, offset
/// of the bytes.
pub(crate) type FieldState = (Py<PyString>, Vec<u8>, u8, u64, u64);

/// The argument from which `__new__` makes a field that was read.
#[pyclass(frozen, module = "tidemarc._tidemarc", name = "_FieldArgument")]
pub(crate) struct FieldArgument(pub(crate) FieldState);

impl Field {
    /// Makes a field outside of any other record: in a record of its own, which has the number of
    /// the original record, and at its original offset.
    pub(super) fn of_bytes(
        py: Python<'_>,
        (tag, bytes, reading, number, offset): &FieldState,
    ) -> PyResult<Self> {
        let failed = |error: &dyn std::fmt::Display| PyValueError::new_err(error.to_string());
        let tag = Tag::stated(tag.bind(py).to_str()?).ok_or_else(|| failed(&InvalidTag))?;
        let reading = real_reading(*reading)?;
        let (bytes_length, offset) = (bytes.len(), real_offset(*offset)?);
        let record = crate::record::Record::of_parts(
            *crate::record::Record::new().leader().as_bytes(),
            [(tag, bytes.clone())],
        );
        let Ok(record) = record.to_iso2709() else {
            // The field comes from a text format and is too long for ISO 2709.
            let batch = BatchHandle::new(py, Arc::new(Batch::of_text(&record, *number, offset)))?;
            let span = batch.get().spans_of(0)[0];
            return Ok(Self::of_record(batch, 0, span, reading));
        };
        // The field is the only one: leader, entry and terminator are before it.
        let base = (record.len() - bytes_length - 2) as u64;
        let batch = Batch::of_one(record, *number, offset.saturating_sub(base), None)
            .map_err(|fault| failed(&fault))?;
        let span = batch.spans_of(0)[0];
        Ok(Self::of_record(BatchHandle::new(py, Arc::new(batch))?, 0, span, reading))
    }

    /// Returns a function that makes the field again, its arguments, and the state.
    pub(super) fn reduced<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let (py, field) = (slf.py(), slf.get());
        let make = maker(py, "_new_field")?;
        let raw = match (field.bytes(), &field.origin) {
            (Some((bytes, reading)), Some(Origin { batch, at, start, tag, .. })) => {
                let batch = batch.get();
                let number = batch.number_of(&batch.entries()[*at as usize]);
                let offset = batch.offset_of_data(*at, *start);
                Some((tag.as_str(), PyBytes::new(py, bytes), reading.code(), number, offset))
            }
            _ => None,
        };
        let base = base_of(slf);
        let state =
            state_of(slf.as_any(), &base, || with_slots(slf.as_any(), &base, field.changed(py)?))?;
        Ok((make, (slf.get_type(), raw).into_pyobject(py)?, state))
    }

    /// Returns the values that were set or handed out, which the original bytes do not have.
    fn changed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let slots = PyDict::new(py);
        let of_origin = self.origin.as_ref().map(|origin| origin.tag.is_control());
        if self.origin.is_none() || self.tag.is_some(py) {
            slots.set_item("tag", self.tag(py))?;
        }
        if of_origin != Some(self.is_control(py)) {
            slots.set_item("control_field", self.is_control(py))?;
        }
        let cells = [
            ("data", &self.data),
            ("indicators", &self.indicators),
            ("subfields", &self.subfields),
        ];
        for (name, cell) in cells {
            if let Some(value) = cell.get(py) {
                slots.set_item(name, value)?;
            }
        }
        self.add_position(py, &slots)?;
        Ok(slots)
    }

    fn add_position(&self, py: Python<'_>, slots: &Bound<'_, PyDict>) -> PyResult<()> {
        match self.position.get(py) {
            NOT_BEGUN => Ok(()),
            position => slots.set_item(POSITION, position),
        }
    }

    /// Returns the content of pymarc's slots, and the attributes of a subclass.
    pub(super) fn state<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, field, slots) = (slf.py(), slf.get(), PyDict::new(slf.py()));
        slots.set_item("tag", field.tag(py))?;
        slots.set_item("control_field", field.is_control(py))?;
        slots.set_item("data", field.data(py)?)?;
        slots.set_item("indicators", field.indicators(py)?)?;
        slots.set_item("subfields", field.live_list(py)?)?;
        field.add_position(py, &slots)?;
        with_slots(slf.as_any(), &base_of(slf), slots)
    }

    /// Sets one of pymarc's slots. Returns true if `name` is such a slot.
    pub(super) fn put_slot(&self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = value.py();
        let object = Some(value.clone().unbind());
        match name {
            "tag" => self.tag.set(py, object),
            "data" => self.data.set(py, object),
            "subfields" => self.subfields.set(py, object),
            "indicators" | "_indicators" => {
                self.indicators.set(py, object.filter(|_| !value.is_none()));
            }
            "control_field" => self.control.set(py, value.is_truthy()?),
            POSITION => self.position.set(py, value.extract()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Returns a copy that shares the parts of the field. So all parts are made first.
    pub(super) fn shared_copy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, field) = (slf.py(), slf.get());
        // Undecodable parts are copied as bytes.
        let made = field.data(py).and_then(|_| field.live_list(py));
        match made.and_then(|_| field.indicators(py)) {
            Err(error) if !error.is_instance_of::<PyValueError>(py) => Err(error),
            _ => shallow_copy(slf.as_any()),
        }
    }
}

/// pymarc's name for the position of an iteration.
const POSITION: &str = "_Field__pos";

/// Returns the class of this module that the field's class is or extends.
fn base_of<'py>(field: &Bound<'py, Field>) -> Bound<'py, PyType> {
    match field.is_instance_of::<RawField>() {
        true => field.py().get_type::<RawField>(),
        false => field.py().get_type::<Field>(),
    }
}
