//! The leader as an object that can be changed in place.

use super::{errors::exception, gil_cell::GilCell};
use pyo3::{
    exceptions::{PyAttributeError, PyIndexError, PyTypeError},
    prelude::*,
    types::{PyInt, PySlice, PyString},
};
use std::ops::Range;

const LENGTH: usize = crate::record::LEADER_LENGTH;

/// The 24 characters of a record's leader.
///
/// `leader[9]`, `leader[5:9]` and `leader.coding_scheme` read and write positions;
/// `str(leader)` is all of them.
#[pyclass(frozen, module = "tidemarc")]
pub(super) struct Leader(GilCell<[u8; LENGTH]>);

impl Leader {
    pub(super) const fn of(bytes: [u8; LENGTH]) -> Self {
        Self(GilCell::new(bytes))
    }

    pub(super) fn bytes(&self, py: Python<'_>) -> [u8; LENGTH] {
        self.0.get(py)
    }

    /// A leader out of a Python value: text of 24 ASCII characters, or another leader.
    pub(super) fn bytes_of(value: &Bound<'_, PyAny>) -> PyResult<[u8; LENGTH]> {
        if let Ok(leader) = value.cast::<Self>() {
            return Ok(leader.get().bytes(value.py()));
        }
        let text = value.cast::<PyString>()?.to_str()?;
        if !text.is_ascii() || text.len() != LENGTH {
            return Err(exception(
                value.py(),
                "LeaderError",
                format!("a leader is {LENGTH} ASCII characters, not {text:?}"),
            ));
        }
        text.as_bytes().try_into().map_err(|_| PyTypeError::new_err("a leader is text"))
    }

    fn text(&self, py: Python<'_>, range: Range<usize>) -> String {
        latin1(&self.bytes(py)[range])
    }

    fn replace(&self, py: Python<'_>, at: isize, value: &str) -> PyResult<()> {
        let at = usize::try_from(at)
            .map_err(|_| PyIndexError::new_err("the position must not be negative"))?;
        if !value.is_ascii() || at + value.len() > LENGTH {
            return Err(pyo3::exceptions::PyValueError::new_err(format!(
                "{value:?} does not fit into the leader at {at}"
            )));
        }
        let mut bytes = self.bytes(py);
        bytes[at..at + value.len()].copy_from_slice(value.as_bytes());
        self.0.set(py, bytes);
        Ok(())
    }
}

/// Byte for byte: what is not ASCII, in a leader that is not quite one, reads as Latin-1.
pub(super) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// The properties of a leader: name, first position, length.
const PARTS: &[(&str, usize, usize)] = &[
    ("record_length", 0, 5),
    ("record_status", 5, 1),
    ("type_of_record", 6, 1),
    ("bibliographic_level", 7, 1),
    ("type_of_control", 8, 1),
    ("coding_scheme", 9, 1),
    ("indicator_count", 10, 1),
    ("subfield_code_count", 11, 1),
    ("base_address", 12, 5),
    ("encoding_level", 17, 1),
    ("cataloging_form", 18, 1),
    ("multipart_ressource", 19, 1),
    ("length_of_field_length", 20, 1),
    ("starting_character_position_length", 21, 1),
    ("implementation_defined_length", 22, 1),
];

fn part(name: &str) -> Option<(usize, usize)> {
    PARTS.iter().find(|part| part.0 == name).map(|&(_, at, length)| (at, length))
}

#[pymethods]
impl Leader {
    #[new]
    fn new(leader: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::bytes_of(leader).map(Self::of)
    }

    fn __getitem__<'py>(&self, item: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(name) = item.cast::<PyString>() {
            return Ok(self
                .__getattr__(item.py(), name.to_str()?)?
                .into_pyobject(item.py())?
                .into_any());
        }
        self.text(item.py(), 0..LENGTH).into_pyobject(item.py())?.get_item(item)
    }

    fn __setitem__(&self, item: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(name) = item.cast::<PyString>() {
            return self.__setattr__(item.py(), name.to_str()?, value);
        }
        let at: isize = match item.cast::<PySlice>() {
            Ok(slice) => slice.getattr("start")?.extract()?,
            Err(_) => item.cast::<PyInt>()?.extract()?,
        };
        self.replace(item.py(), at, value.extract()?)
    }

    fn __getattr__(&self, py: Python<'_>, name: &str) -> PyResult<String> {
        let (at, length) = part(name).ok_or_else(|| PyAttributeError::new_err(name.to_owned()))?;
        Ok(self.text(py, at..at + length))
    }

    fn __setattr__(&self, py: Python<'_>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (at, length) = part(name).ok_or_else(|| PyAttributeError::new_err(name.to_owned()))?;
        let value: &str = value.extract()?;
        if value.len() != length {
            return Err(pyo3::exceptions::PyValueError::new_err(format!(
                "{name} is {length} characters long, not {value:?}"
            )));
        }
        self.replace(py, at as isize, value)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, pyo3::types::PyType>, (String,)) {
        (slf.get_type(), (latin1(&slf.get().bytes(slf.py())),))
    }

    fn __dir__(&self) -> Vec<&'static str> {
        PARTS.iter().map(|part| part.0).collect()
    }

    fn __str__(&self, py: Python<'_>) -> String {
        self.text(py, 0..LENGTH)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("Leader({:?})", self.text(py, 0..LENGTH))
    }
}
