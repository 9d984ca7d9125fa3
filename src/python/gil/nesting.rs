//! Objects of ours that hold each other, to any depth or in a ring. Calls between them have a
//! limit; dropping has none.

use pyo3::{
    exceptions::PyRecursionError,
    prelude::*,
    types::{PyList, PyString},
};
use std::cell::{Cell, RefCell};

/// Largest number of calls within each other on one thread. Sound records need four.
///
/// The interpreter's own check would allow 10,000 calls from Python 3.13 on, regardless of
/// `sys.setrecursionlimit`, and assumes frames smaller than ours: the stack would overflow first.
/// It does not see calls of slots (`object[key]`, iteration) at all.
const LIMIT: u32 = 200;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static DROPPING: Dropping = const {
        Dropping { is_begun: Cell::new(false), waiting: RefCell::new(Vec::new()) }
    };
}

/// A guard that counts one call as finished, also if it panics.
struct Asked;

impl Drop for Asked {
    fn drop(&mut self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get() - 1));
    }
}

/// Calls a method of an object that a program has put somewhere. This may be the calling object
/// itself.
///
/// # Errors
/// `RecursionError` within 200 other calls, and any exception of `question`.
#[inline]
pub(crate) fn ask<R>(question: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
    let is_too_deep = DEPTH.try_with(|depth| {
        depth.set(depth.get() + 1);
        depth.get() > LIMIT
    });
    // A thread that is ending has no counter any more, and needs none.
    let Ok(is_too_deep) = is_too_deep else { return question() };
    let _asked = Asked;
    if is_too_deep { Err(too_deep()) } else { question() }
}

#[cold]
fn too_deep() -> PyErr {
    PyRecursionError::new_err(format!(
        "maximum recursion depth exceeded: records, fields or leaders hold each other in a ring, \
         or more than {LIMIT} deep"
    ))
}

/// Returns `str(object)` for an object of any type in the place of text.
#[inline]
pub(crate) fn str_of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    match object.cast_exact::<PyString>() {
        Ok(text) => Ok(text.clone()),
        Err(_) => ask(|| object.str()),
    }
}

/// Returns `object[key]` for an object of any type in the place of text or of a list.
#[inline]
pub(crate) fn item<'py, K: IntoPyObject<'py>>(
    object: &Bound<'py, PyAny>,
    key: K,
) -> PyResult<Bound<'py, PyAny>> {
    match object.is_exact_instance_of::<PyString>() || object.is_exact_instance_of::<PyList>() {
        true => object.get_item(key),
        false => ask(|| object.get_item(key)),
    }
}

/// Returns `object.name`, which a subclass may have overridden.
#[inline]
pub(crate) fn attribute<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    ask(|| object.getattr(name))
}

/// Returns `object.name()`, which a subclass may have overridden.
#[inline]
pub(crate) fn call<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    ask(|| object.call_method0(name))
}

/// The objects that have lost their last owner on this thread.
struct Dropping {
    is_begun: Cell<bool>,
    waiting: RefCell<Vec<Py<PyAny>>>,
}

/// Drops an object that one of ours held. It may be the last owner of other objects.
///
/// Objects are dropped one at a time. The others wait in a list and not on the stack, which has no
/// room for a chain of 400,000 fields. CPython does the same for its own containers; but since
/// Python 3.13 it begins only at a depth of 10,000, which is too late with our frames between its
/// own. Text holds no other objects, and is dropped at once.
pub(crate) fn let_go(object: Py<PyAny>) {
    let is_text = Python::try_attach(|py| object.bind(py).is_instance_of::<PyString>());
    if is_text == Some(false) {
        let mut object = Some(object);
        // A thread that is ending has no list any more: the object is dropped at once.
        let _ = DROPPING.try_with(|dropping| dropping.let_go(&mut object));
    }
}

impl Dropping {
    fn let_go(&self, object: &mut Option<Py<PyAny>>) {
        if self.is_begun.get() {
            self.waiting.borrow_mut().extend(object.take());
            return;
        }
        self.is_begun.set(true);
        // No borrow lasts while an object is dropped, since this may add others to the list.
        let mut next = object.take();
        while let Some(object) = next {
            drop(object);
            next = self.waiting.borrow_mut().pop();
        }
        self.is_begun.set(false);
    }
}
