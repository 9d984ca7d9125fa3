//! Objects of ours that hold each other, to any depth or in a ring: asked to a limit, dropped
//! without one.

use pyo3::{
    exceptions::PyRecursionError,
    prelude::*,
    types::{PyList, PyString},
};
use std::cell::{Cell, RefCell};

/// Number of questions that may be asked within each other on one thread. Sound records need four.
///
/// The interpreter's own check would allow 10,000 from Python 3.13 on, whatever
/// `sys.setrecursionlimit` says, and counts on frames smaller than ours: the stack would be used up
/// before. It does not see calls of slots (`object[key]`, iteration) at all.
const LIMIT: u32 = 200;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static DROPPING: Dropping = const {
        Dropping { is_begun: Cell::new(false), waiting: RefCell::new(Vec::new()) }
    };
}

/// Counts one question as answered, also if it panics.
struct Asked;

impl Drop for Asked {
    fn drop(&mut self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get() - 1));
    }
}

/// Asks something of an object that a user has put somewhere: it may be the very object that asks.
///
/// # Errors
/// `RecursionError` within 200 other questions, and whatever `question` raises.
#[inline]
pub(super) fn ask<R>(question: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
    let is_too_deep = DEPTH.try_with(|depth| {
        depth.set(depth.get() + 1);
        depth.get() > LIMIT
    });
    // A thread that is ending has no counter any more, and nothing to count.
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

/// `str(object)`, of whatever stands where text should.
#[inline]
pub(super) fn str_of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    match object.cast_exact::<PyString>() {
        Ok(text) => Ok(text.clone()),
        Err(_) => ask(|| object.str()),
    }
}

/// `object[key]`, of whatever stands where text or a list should.
#[inline]
pub(super) fn item<'py, K: IntoPyObject<'py>>(
    object: &Bound<'py, PyAny>,
    key: K,
) -> PyResult<Bound<'py, PyAny>> {
    match object.is_exact_instance_of::<PyString>() || object.is_exact_instance_of::<PyList>() {
        true => object.get_item(key),
        false => ask(|| object.get_item(key)),
    }
}

/// `object.name`, which a subclass may have redefined.
#[inline]
pub(super) fn attribute<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    ask(|| object.getattr(name))
}

/// `object.name()`, which a subclass may have redefined.
#[inline]
pub(super) fn call<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    ask(|| object.call_method0(name))
}

/// The objects that the end of others leaves without an owner on this thread.
struct Dropping {
    is_begun: Cell<bool>,
    waiting: RefCell<Vec<Py<PyAny>>>,
}

/// Drops an object that one of ours held, and which may be the last to hold another.
///
/// One at a time: what goes with it waits in a list instead of on the stack, on which a chain of
/// 400,000 fields has no room. CPython does the same for its own containers, but since Python 3.13 no
/// earlier than 10,000 deep, which is too late where our frames stand between its own. Text holds
/// nothing, and goes at once.
pub(super) fn let_go(object: Py<PyAny>) {
    let is_text = Python::try_attach(|py| object.bind(py).is_instance_of::<PyString>());
    if is_text == Some(false) {
        let mut object = Some(object);
        // A thread that is ending has no list any more: then the object goes at once.
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
        // No borrow lasts while an object goes: it may leave others.
        let mut next = object.take();
        while let Some(object) = next {
            drop(object);
            next = self.waiting.borrow_mut().pop();
        }
        self.is_begun.set(false);
    }
}
