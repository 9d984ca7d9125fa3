//! Records and fields made again out of what a copy or a pickle holds, in whatever class they had.

use super::{
    field::{Field, Raw},
    raw_field::RawField,
    record::{Place, Record},
};
use crate::framing::MAX_OFFSET;
use pyo3::{
    exceptions::PyValueError,
    intern,
    prelude::*,
    types::{PyTuple, PyType},
};

/// What `__new__` makes a record or field of. Nobody but the functions here can make one, so that no
/// argument of a user's is taken for it.
#[pyclass(frozen, module = "tidemarc._tidemarc", name = "_Seed")]
pub(super) struct Seed(pub(super) Of);

/// What a seed is of.
pub(super) enum Of {
    Record(Place),
    Field(Raw),
}

impl Seed {
    /// The seed among the arguments of a `__new__`.
    pub(super) fn among<'py>(arguments: &Bound<'py, PyTuple>) -> Option<Bound<'py, Self>> {
        arguments.get_item(0).ok()?.cast_into().ok()
    }
}

/// An offset as a pickle has it. One that no input has is refused: it would be counted on from.
pub(super) fn real_offset(offset: u64) -> PyResult<u64> {
    match offset <= MAX_OFFSET {
        true => Ok(offset),
        false => Err(PyValueError::new_err(format!("no input has an offset of {offset}"))),
    }
}

/// An object of the class `cls` by the `__new__` of `base`, which is ours: that of `cls` may ask for
/// arguments.
fn made<'py>(
    base: &Bound<'py, PyType>,
    cls: &Bound<'py, PyType>,
    seed: Option<Seed>,
) -> PyResult<Bound<'py, PyAny>> {
    base.call_method1(
        intern!(cls.py(), "__new__"),
        match seed {
            Some(seed) => (cls, seed).into_pyobject(cls.py())?,
            None => (cls,).into_pyobject(cls.py())?,
        },
    )
}

/// A record of the class `cls`: one that was read, if its place is given.
#[pyfunction]
pub(super) fn _new_record<'py>(
    cls: &Bound<'py, PyType>,
    place: Option<Place>,
) -> PyResult<Bound<'py, PyAny>> {
    made(&cls.py().get_type::<Record>(), cls, place.map(|place| Seed(Of::Record(place))))
}

/// A field of the class `cls`: one that was read, if its bytes are given.
#[pyfunction]
pub(super) fn _new_field<'py>(
    cls: &Bound<'py, PyType>,
    raw: Option<Raw>,
) -> PyResult<Bound<'py, PyAny>> {
    let base = match cls.is_subclass_of::<RawField>()? {
        true => cls.py().get_type::<RawField>(),
        false => cls.py().get_type::<Field>(),
    };
    made(&base, cls, raw.map(|raw| Seed(Of::Field(raw))))
}
