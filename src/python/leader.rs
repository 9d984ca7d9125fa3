//! The leader, as an object that can be changed in place.

use super::{
    gil::{
        gil_cell::{GilCell, Held},
        nesting::{ask, item, let_go, str_of},
    },
    pymarc::exceptions,
    restore::{Reduced, added, set_state, state_of},
};
use crate::record::LEADER_LENGTH;
use pyo3::{
    exceptions::{PyIndexError, PyTypeError},
    gc::{PyTraverseError, PyVisit},
    intern,
    prelude::*,
    types::{PyDict, PyInt, PySlice, PyString, PyTuple},
};
use std::mem;

/// The text of a leader.
pub(crate) enum Text {
    /// 24 ASCII characters: the usual leader.
    Ascii([u8; LEADER_LENGTH]),
    /// Any other object that a program has put there.
    Other(Py<PyAny>),
}

impl Held for Text {
    fn held(&self, py: Python<'_>) -> Self {
        match self {
            Self::Ascii(bytes) => Self::Ascii(*bytes),
            Self::Other(text) => Self::Other(text.clone_ref(py)),
        }
    }
}

/// The 24 characters of a record's leader.
///
/// `leader[9]`, `leader[5:9]` and `leader.coding_scheme` read and write positions; `str(leader)`
/// returns all of them.
#[pyclass(frozen, module = "tidemarc", subclass)]
pub(crate) struct Leader(GilCell<Text>);

impl Leader {
    pub(crate) fn of(py: Python<'_>, bytes: &[u8; LEADER_LENGTH]) -> Self {
        Self(GilCell::new(if bytes.is_ascii() {
            Text::Ascii(*bytes)
        } else {
            Text::Other(PyString::new(py, &latin1(bytes)).into_any().unbind())
        }))
    }

    /// Returns the characters as a Python string, or the object that has replaced them.
    pub(crate) fn text<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self.0.get(py) {
            Text::Ascii(bytes) => PyString::new(py, &latin1(&bytes)).into_any(),
            Text::Other(text) => text.into_bound(py),
        }
    }

    fn put(&self, text: &Bound<'_, PyAny>) {
        let ascii = text
            .cast::<PyString>()
            .ok()
            .and_then(|text| text.to_str().ok())
            .and_then(|text| text.as_bytes().try_into().ok().filter(|_| text.is_ascii()));
        let new = match ascii {
            Some(bytes) => Text::Ascii(bytes),
            None => Text::Other(text.clone().unbind()),
        };
        self.0.set(text.py(), new);
    }

    /// Writes an ASCII character to leader/09, as `coding_scheme = "a"` does.
    pub(crate) fn put_coding_scheme(&self, py: Python<'_>, byte: u8) -> PyResult<()> {
        if let Text::Ascii(mut bytes) = self.0.get(py) {
            bytes[9] = byte;
            self.0.set(py, Text::Ascii(bytes));
            return Ok(());
        }
        self.replace(9, PyString::new(py, &char::from(byte).to_string()).as_any())
    }

    fn replace(&self, at: usize, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        let after = at + value.len()?;
        if after > LEADER_LENGTH {
            let text = format!("{} is too long to be inserted at {at}", str_of(value)?);
            return Err(exceptions::new(py, "BadLeaderValue", (text,)));
        }
        let text = self.text(py);
        let before = item(&text, slice(py, None, Some(at))?)?;
        let rest = item(&text, slice(py, Some(after), None)?)?;
        self.put(&before.add(value)?.add(rest)?);
        Ok(())
    }

    fn part<'py>(&self, py: Python<'py>, at: usize, length: usize) -> PyResult<Bound<'py, PyAny>> {
        match self.0.get(py) {
            Text::Ascii(bytes) => {
                Ok(PyString::new(py, &latin1(&bytes[at..at + length])).into_any())
            }
            Text::Other(text) if length == 1 => item(text.bind(py), at),
            Text::Other(text) => item(text.bind(py), slice(py, Some(at), Some(at + length))?),
        }
    }

    fn set_part(
        &self,
        at: usize,
        length: usize,
        complaint: &str,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if value.len()? != length {
            let text = format!("{complaint}, got {}", str_of(value)?);
            return Err(exceptions::new(value.py(), "BadLeaderValue", (text,)));
        }
        self.replace(at, value)
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        if let Text::Other(text) =
            mem::replace(self.0.get_mut(), Text::Ascii([b' '; LEADER_LENGTH]))
        {
            let_go(text);
        }
    }
}

/// Makes `slice(start, stop)`. `PySlice::new` of PyO3 0.30.1 never releases the numbers that it
/// makes, so it is not used.
pub(crate) fn slice(
    py: Python<'_>,
    start: Option<usize>,
    stop: Option<usize>,
) -> PyResult<Bound<'_, PyAny>> {
    py.get_type::<PySlice>().call1((start, stop))
}

/// Decodes byte by byte: a byte that is not ASCII, in a malformed leader, reads as Latin-1.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

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
        if key.is_instance_of::<PyInt>() || key.is_instance_of::<PySlice>() {
            return item(&slf.get().text(slf.py()), key);
        }
        let name = key.cast::<PyString>()?;
        ask(|| slf.getattr(name))
    }

    fn __setitem__(
        slf: &Bound<'_, Self>,
        key: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let py = slf.py();
        let at = if key.is_instance_of::<PySlice>() {
            key.getattr(intern!(py, "start"))?
        } else if key.is_instance_of::<PyInt>() {
            key.clone()
        } else {
            let name = key.cast::<PyString>()?;
            return ask(|| slf.setattr(name, value));
        };
        if at.is_none() {
            return Err(PyTypeError::new_err(
                "'<' not supported between instances of 'NoneType' and 'int'",
            ));
        }
        let at: isize = at.extract()?;
        let at =
            usize::try_from(at).map_err(|_| PyIndexError::new_err("Position must be positive"))?;
        slf.get().replace(at, value)
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
        let make = py.import("tidemarc._tidemarc")?.getattr("_new_leader")?;
        let state = state_of(slf.as_any(), &py.get_type::<Self>(), || Self::__getstate__(slf))?;
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
    fn __setstate__<'py>(slf: &Bound<'py, Self>, state: &Bound<'py, PyAny>) -> PyResult<()> {
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

    /// Leader/00-04: the record's length.
    #[getter]
    fn record_length<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 0, 5)
    }

    #[setter]
    fn set_record_length(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(0, 5, "Record length is 4 chars field", value)
    }

    /// Leader/05: record status.
    #[getter]
    fn record_status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 5, 1)
    }

    #[setter]
    fn set_record_status(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(5, 1, "Record status is 1 char field", value)
    }

    /// Leader/06: type of record.
    #[getter]
    fn type_of_record<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 6, 1)
    }

    #[setter]
    fn set_type_of_record(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(6, 1, "Type of record is 1 char field", value)
    }

    /// Leader/07: bibliographic level.
    #[getter]
    fn bibliographic_level<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 7, 1)
    }

    #[setter]
    fn set_bibliographic_level(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(7, 1, "Bibliographic level is 1 char field", value)
    }

    /// Leader/08: type of control.
    #[getter]
    fn type_of_control<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 8, 1)
    }

    #[setter]
    fn set_type_of_control(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(8, 1, "Type of control is 1 char field", value)
    }

    /// Leader/09: character coding scheme; `a` is UTF-8.
    #[getter]
    fn coding_scheme<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 9, 1)
    }

    #[setter]
    fn set_coding_scheme(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(9, 1, "Character coding scheme is 1 char field", value)
    }

    /// Leader/10: indicator count.
    #[getter]
    fn indicator_count<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 10, 1)
    }

    #[setter]
    fn set_indicator_count(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(10, 1, "Indicator count is 1 char field", value)
    }

    /// Leader/11: subfield code count.
    #[getter]
    fn subfield_code_count<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 11, 1)
    }

    #[setter]
    fn set_subfield_code_count(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(11, 1, "Subfield code count is 1 char field", value)
    }

    /// Leader/12-16: base address of data.
    #[getter]
    fn base_address<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 12, 5)
    }

    #[setter]
    fn set_base_address(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(12, 5, "Base address of data is 4 chars field", value)
    }

    /// Leader/17: encoding level.
    #[getter]
    fn encoding_level<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 17, 1)
    }

    #[setter]
    fn set_encoding_level(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(17, 1, "Encoding level is 1 char field", value)
    }

    /// Leader/18: descriptive cataloging form.
    #[getter]
    fn cataloging_form<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 18, 1)
    }

    #[setter]
    fn set_cataloging_form(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(18, 1, "Descriptive cataloging form is 1 char field", value)
    }

    /// Leader/19: multipart resource record level.
    #[getter]
    fn multipart_ressource<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 19, 1)
    }

    #[setter]
    fn set_multipart_ressource(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(19, 1, "Multipart resource record level is 1 char field", value)
    }

    /// Leader/20: length of the length-of-field portion.
    #[getter]
    fn length_of_field_length<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 20, 1)
    }

    #[setter]
    fn set_length_of_field_length(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(20, 1, "Length of the length-of-field portion is 1 char field", value)
    }

    /// Leader/21: length of the starting-character-position portion.
    #[getter]
    fn starting_character_position_length<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 21, 1)
    }

    #[setter]
    fn set_starting_character_position_length(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(
            21,
            1,
            "Length of the starting-character-position portion is 1 char field",
            value,
        )
    }

    /// Leader/22: length of the implementation-defined portion.
    #[getter]
    fn implementation_defined_length<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.part(py, 22, 1)
    }

    #[setter]
    fn set_implementation_defined_length(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_part(22, 1, "Length of the implementation-defined portion is 1 char field", value)
    }
}
