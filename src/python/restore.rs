//! The functions that a pickle names. Each makes an object again, in its class.

use super::{
    field::{Field, FieldArgument, FieldState},
    leader::Leader,
    pymarc::raw_field::RawField,
    record::{Record, RecordArgument, RecordState},
};
use pyo3::{intern, prelude::*, types::PyType};

/// Makes an object of the class `cls` by the `__new__` of `base`, our class: the `__new__` of `cls`
/// may require arguments.
fn made<'py>(
    base: &Bound<'py, PyType>,
    cls: &Bound<'py, PyType>,
    argument: Option<impl IntoPyObject<'py>>,
) -> PyResult<Bound<'py, PyAny>> {
    let new = intern!(cls.py(), "__new__");
    match argument {
        Some(argument) => base.call_method1(new, (cls, argument)),
        None => base.call_method1(new, (cls,)),
    }
}

/// Makes a record of the class `cls`; one that was read if its place is given.
#[pyfunction]
pub(crate) fn _new_record<'py>(
    cls: &Bound<'py, PyType>,
    place: Option<RecordState>,
) -> PyResult<Bound<'py, PyAny>> {
    made(&cls.py().get_type::<Record>(), cls, place.map(RecordArgument))
}

/// Makes a field of the class `cls`; one that was read if its bytes are given.
#[pyfunction]
pub(crate) fn _new_field<'py>(
    cls: &Bound<'py, PyType>,
    raw: Option<FieldState>,
) -> PyResult<Bound<'py, PyAny>> {
    let base = match cls.is_subclass_of::<RawField>()? {
        true => cls.py().get_type::<RawField>(),
        false => cls.py().get_type::<Field>(),
    };
    made(&base, cls, raw.map(FieldArgument))
}

/// Makes a leader of the class `cls`, without its text.
#[pyfunction]
pub(crate) fn _new_leader<'py>(cls: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    made(&cls.py().get_type::<Leader>(), cls, None::<()>)
}
