//! The leader, as an object that can be changed in place.

#![allow(unsafe_op_in_unsafe_fn, reason = "PyO3's code for `__setitem__`, once a macro holds it")]

mod text;

use super::{
    gil::{
        gil_cell::GilCell,
        nesting::{let_go, str_of},
    },
    pickle::{Reduced, added, maker, set_state, state_of},
    pymarc::exceptions,
};
use crate::record::LEADER_LENGTH;
use pyo3::{
    gc::{PyTraverseError, PyVisit},
    intern,
    prelude::*,
    types::{PyDict, PyString, PyTuple},
};
use std::mem;
use text::Text;
pub(crate) use text::latin1;

/// The 24 characters of a record's leader.
///
/// `leader[9]`, `leader[5:9]` and `leader.coding_scheme` read and write positions; `str(leader)`
/// returns all of them.
#[pyclass(frozen, module = "tidemarc", subclass, weakref)]
pub(crate) struct Leader(GilCell<Text>);

impl Drop for Leader {
    fn drop(&mut self) {
        if let Text::Other(text) =
            mem::replace(self.0.get_mut(), Text::Ascii([b' '; LEADER_LENGTH]))
        {
            let_go(text);
        }
    }
}

/// The one block of `#[pymethods]` that PyO3 allows a class: the methods, and for each part of the
/// leader a getter and a setter. A row is their names, the part's position and length, and the
/// beginning of pymarc's message about a value of another length.
macro_rules! leader_methods {
    ($(
        $(#[$doc:meta])*
        $get:ident, $set:ident: $at:literal, $length:literal, $complaint:literal;
    )*) => {
        #[pymethods]
        impl Leader {
            #[new]
            #[pyo3(signature = (*_args, **_kwargs), text_signature = "(leader)")]
            fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
                Self(GilCell::new(Text::Ascii([b' '; LEADER_LENGTH])))
            }

            #[pyo3(signature = (leader))]
            fn __init__(&self, leader: &Bound<'_, PyAny>) -> PyResult<()> {
                let py = leader.py();
                if let Ok(other) = leader.cast::<Self>() {
                    self.0.set(py, other.get().0.get(py));
                    return Ok(());
                }
                let text = leader.cast::<PyString>()?;
                if text.len()? != LEADER_LENGTH {
                    return Err(exceptions::new(py, "RecordLeaderInvalid", ()));
                }
                self.put(text);
                Ok(())
            }

            /// The whole leader as a string.
            #[getter]
            fn leader<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
                self.text(py)
            }

            #[setter]
            fn set_leader(&self, leader: &Bound<'_, PyAny>) {
                self.put(leader);
            }

            fn __getitem__<'py>(
                slf: &Bound<'py, Self>,
                key: &Bound<'py, PyAny>,
            ) -> PyResult<Bound<'py, PyAny>> {
                text::get_item(slf, key)
            }

            fn __setitem__(
                slf: &Bound<'_, Self>,
                key: &Bound<'_, PyAny>,
                value: &Bound<'_, PyAny>,
            ) -> PyResult<()> {
                text::set_item(slf, key, value)
            }

            fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
                self.0.traverse(|text| match text {
                    Text::Ascii(_) => Ok(()),
                    Text::Other(text) => visit.call(text),
                })
            }

            fn __clear__(&self) {
                Python::attach(|py| self.0.set(py, Text::Ascii([b' '; LEADER_LENGTH])));
            }

            /// Pickles and copies a leader: its text, and the attributes of a Python subclass.
            fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
                let py = slf.py();
                let make = maker(py, "_new_leader")?;
                let base = py.get_type::<Self>();
                let state = state_of(slf.as_any(), &base, || Self::__getstate__(slf))?;
                Ok((make, (slf.get_type(),).into_pyobject(py)?, state))
            }

            /// Returns the attributes, including `leader`; a pair if a subclass has slots.
            fn __getstate__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                let py = slf.py();
                let (attributes, slots) = added(slf.as_any(), &py.get_type::<Self>())?;
                let all = PyDict::new(py);
                if let Ok(attributes) = attributes.cast::<PyDict>() {
                    all.update(attributes.as_mapping())?;
                }
                all.set_item(intern!(py, "leader"), slf.get().text(py))?;
                match slots {
                    Some(slots) => Ok((all, slots).into_pyobject(py)?.into_any()),
                    None => Ok(all.into_any()),
                }
            }

            /// Restores the result of `__getstate__`, tidemarc's or pymarc's.
            fn __setstate__(slf: &Bound<'_, Self>, state: &Bound<'_, PyAny>) -> PyResult<()> {
                set_state(slf.as_any(), state, |name, value| {
                    let is_own = name == "leader";
                    if is_own {
                        slf.get().put(value);
                    }
                    Ok(is_own)
                })
            }

            fn __str__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
                str_of(&self.text(py))
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                Ok(format!("Leader({:?})", str_of(&self.text(py))?.to_str()?))
            }

            $(
                $(#[$doc])*
                #[getter]
                fn $get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    self.part(py, $at, $length)
                }

                #[setter]
                fn $set(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
                    self.set_part($at, $length, $complaint, value)
                }
            )*
        }
    };
}

leader_methods! {
    /// Leader/00-04: the record's length.
    record_length, set_record_length: 0, 5, "Record length is 4 chars field";
    /// Leader/05: record status.
    record_status, set_record_status: 5, 1, "Record status is 1 char field";
    /// Leader/06: type of record.
    type_of_record, set_type_of_record: 6, 1, "Type of record is 1 char field";
    /// Leader/07: bibliographic level.
    bibliographic_level, set_bibliographic_level: 7, 1, "Bibliographic level is 1 char field";
    /// Leader/08: type of control.
    type_of_control, set_type_of_control: 8, 1, "Type of control is 1 char field";
    /// Leader/09: character coding scheme; `a` is UTF-8.
    coding_scheme, set_coding_scheme: 9, 1, "Character coding scheme is 1 char field";
    /// Leader/10: indicator count.
    indicator_count, set_indicator_count: 10, 1, "Indicator count is 1 char field";
    /// Leader/11: subfield code count.
    subfield_code_count, set_subfield_code_count: 11, 1, "Subfield code count is 1 char field";
    /// Leader/12-16: base address of data.
    base_address, set_base_address: 12, 5, "Base address of data is 4 chars field";
    /// Leader/17: encoding level.
    encoding_level, set_encoding_level: 17, 1, "Encoding level is 1 char field";
    /// Leader/18: descriptive cataloging form.
    cataloging_form, set_cataloging_form: 18, 1, "Descriptive cataloging form is 1 char field";
    /// Leader/19: multipart resource record level.
    multipart_ressource, set_multipart_ressource:
        19, 1, "Multipart resource record level is 1 char field";
    /// Leader/20: length of the length-of-field portion.
    length_of_field_length, set_length_of_field_length:
        20, 1, "Length of the length-of-field portion is 1 char field";
    /// Leader/21: length of the starting-character-position portion.
    starting_character_position_length, set_starting_character_position_length:
        21, 1, "Length of the starting-character-position portion is 1 char field";
    /// Leader/22: length of the implementation-defined portion.
    implementation_defined_length, set_implementation_defined_length:
        22, 1, "Length of the implementation-defined portion is 1 char field";
}
