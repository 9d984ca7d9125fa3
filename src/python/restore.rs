//! Records, fields and leaders made again out of what a copy or a pickle holds, in whatever class they
//! had.
//!
//! A pickle has three parts: a function, its arguments, which are the class and the bytes that were
//! read, and a state of pymarc's form: a subclass's attributes, and a dict of what fills slots in
//! pymarc. All that can lead back to the object is in the state, which is made after the object. So a
//! ring is one ring again.

use super::{
    field::{Field, Raw},
    leader::Leader,
    nesting::{ask, call},
    raw_field::RawField,
    record::{Place, Record},
};
use crate::framing::MAX_OFFSET;
use pyo3::{
    exceptions::PyValueError,
    intern,
    prelude::*,
    types::{PyDict, PyString, PyTuple, PyType},
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

/// A leader of the class `cls`, without its text.
#[pyfunction]
pub(super) fn _new_leader<'py>(cls: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    made(&cls.py().get_type::<Leader>(), cls, None)
}

/// A function, its arguments, and the state: what `__reduce__` returns.
pub(super) type Reduced<'py> = (Bound<'py, PyAny>, Bound<'py, PyTuple>, Bound<'py, PyAny>);

/// The state for `__reduce__`: what a subclass's own `__getstate__` returns, or `state`.
///
/// `base` is our class.
pub(super) fn state_of<'py>(
    object: &Bound<'py, PyAny>,
    base: &Bound<'py, PyType>,
    state: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (class, name) = (object.get_type(), intern!(object.py(), "__getstate__"));
    match class.is(base) || class.getattr(name)?.is(&base.getattr(name)?) {
        true => state(),
        false => call(object, name),
    }
}

/// A state: what a subclass has added to an object of our class `base`, and our own slots.
pub(super) fn with_slots<'py>(
    object: &Bound<'py, PyAny>,
    base: &Bound<'py, PyType>,
    own: Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let (attributes, slots) = added(object, base)?;
    if let Some(slots) = &slots {
        own.update(slots.as_mapping())?;
    }
    match own.is_empty() {
        true => Ok(attributes),
        false => Ok((attributes, own).into_pyobject(py)?.into_any()),
    }
}

/// A subclass's attributes, or None, and what is in its slots.
pub(super) fn added<'py>(
    object: &Bound<'py, PyAny>,
    base: &Bound<'py, PyType>,
) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyDict>>)> {
    let py = object.py();
    if object.get_type().is(base) {
        return Ok((py.None().into_bound(py), None));
    }
    // That of `object` itself: it knows nothing of ours.
    let state = py.get_type::<PyAny>().call_method1(intern!(py, "__getstate__"), (object,))?;
    match state.cast::<PyTuple>() {
        Ok(pair) => Ok((pair.get_item(0)?, pair.get_item(1)?.cast_into().ok())),
        Err(_) => Ok((state, None)),
    }
}

/// Takes over a state as Python does it by default; `put` takes what is ours, and says whether it is.
pub(super) fn set_state<'py>(
    object: &Bound<'py, PyAny>,
    state: &Bound<'py, PyAny>,
    put: impl Fn(&str, &Bound<'py, PyAny>) -> PyResult<bool>,
) -> PyResult<()> {
    let py = object.py();
    let none = || py.None().into_bound(py);
    let (attributes, slots) = match state.cast::<PyTuple>() {
        Ok(pair) if pair.len() == 2 => (pair.get_item(0)?, pair.get_item(1)?),
        _ => (state.clone(), none()),
    };
    for (part, is_slots) in [(attributes, false), (slots, true)] {
        if part.is_none() {
            continue;
        }
        for (name, value) in part.cast::<PyDict>()?.iter() {
            let name = name.cast::<PyString>()?;
            if put(name.to_str()?, &value)? {
                continue;
            }
            match is_slots {
                true => object.setattr(name, value)?,
                false => object.getattr(intern!(py, "__dict__"))?.set_item(name, value)?,
            }
        }
    }
    Ok(())
}

/// What `copy.copy` makes of an object by its `__reduce_ex__`, which a subclass may have redefined.
pub(super) fn shallow_copy<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let reduced = ask(|| object.call_method1(intern!(py, "__reduce_ex__"), (4,)))?;
    let Ok(parts) = reduced.cast::<PyTuple>() else { return Ok(object.clone()) };
    let (copy, none) = (py.import(intern!(py, "copy"))?, py.None().into_bound(py));
    let arguments = [object.clone(), none].into_iter().chain(parts.iter()).collect::<Vec<_>>();
    ask(|| copy.call_method1(intern!(py, "_reconstruct"), PyTuple::new(py, arguments)?))
}
