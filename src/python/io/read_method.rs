//! The methods by which a Python object can be read, in the order in which they are tried.
//!
//! A class that decrypts, filters or counts overrides one of them, usually `read`. The others are
//! inherited, and would bypass it. So the method of the most derived class is used, and an
//! attribute of the object itself comes before those of its class.

use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyString},
};

/// Largest number of objects, each delegating to the next, whose methods are examined.
const DEPTH: usize = 4;

/// A method for reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    ReadInto1,
    Read1,
    ReadInto,
    Read,
    RecvInto,
    Recv,
}

use Method::{Read, Read1, ReadInto, ReadInto1, Recv, RecvInto};

/// The order within one class: `readinto1` and `read1` first, because on a buffered pipe the other
/// methods wait for the whole chunk.
const OF_FILES: [Method; 4] = [ReadInto1, Read1, ReadInto, Read];
const OF_SOCKETS: [Method; 2] = [RecvInto, Recv];

impl Method {
    pub(crate) fn name(self, py: Python<'_>) -> &Bound<'_, PyString> {
        match self {
            ReadInto1 => intern!(py, "readinto1"),
            Read1 => intern!(py, "read1"),
            ReadInto => intern!(py, "readinto"),
            Read => intern!(py, "read"),
            RecvInto => intern!(py, "recv_into"),
            Recv => intern!(py, "recv"),
        }
    }

    /// Returns true if the method fills a buffer and returns a number of bytes. The others return
    /// bytes.
    pub(crate) const fn fills(self) -> bool {
        matches!(self, ReadInto1 | ReadInto | RecvInto)
    }
}

/// The methods of an object, in the order in which they are tried.
pub(crate) struct Methods {
    order: Vec<Method>,
    /// True if the first method is defined by the object or by a class other than `mmap`, whose
    /// contents are a buffer.
    pub(crate) is_own: bool,
}

impl Methods {
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::among(&OF_FILES, object, DEPTH)
    }

    pub(crate) fn of_socket(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::among(&OF_SOCKETS, object, 0)
    }

    fn among(known: &[Method], object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Self> {
        let py = object.py();
        let mut methods = Self { order: Vec::with_capacity(known.len()), is_own: false };
        let own = object.getattr_opt(intern!(py, "__dict__")).ok().flatten();
        if let Some(Ok(own)) = own.map(Bound::cast_into::<PyDict>) {
            methods.add(known, own.as_any())?;
        }
        methods.is_own = !methods.order.is_empty();
        for class in object.get_type().mro() {
            let was_empty = methods.order.is_empty();
            methods.add(known, &class.getattr(intern!(py, "__dict__"))?)?;
            if was_empty && !methods.order.is_empty() {
                methods.is_own = !is_mmap(&class)?;
            }
        }
        if methods.order.is_empty()
            && depth > 0
            && let Some(inner) = delegate(object)?
        {
            methods.order = Self::among(known, &inner, depth - 1)?.order;
        }
        // An object with computed attributes (`__getattr__`, a mock) may have any of them; `read`
        // is the most likely.
        methods.add_missing(known.iter().rev());
        Ok(methods)
    }

    /// Adds the methods in a namespace.
    fn add(&mut self, known: &[Method], namespace: &Bound<'_, PyAny>) -> PyResult<()> {
        for method in known {
            if !self.order.contains(method) && namespace.contains(method.name(namespace.py()))? {
                self.order.push(*method);
            }
        }
        Ok(())
    }

    fn add_missing<'a>(&mut self, known: impl Iterator<Item = &'a Method>) {
        for method in known {
            if !self.order.contains(method) {
                self.order.push(*method);
            }
        }
    }

    /// Takes the next method that `object` has and that can be called.
    ///
    /// # Errors
    /// Any exception of the access to the attribute, except `AttributeError`.
    pub(crate) fn next_of(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Option<Method>> {
        while !self.order.is_empty() {
            let method = self.order.remove(0);
            let found = object.getattr_opt(method.name(object.py()))?;
            if found.is_some_and(|found| found.is_callable()) {
                return Ok(Some(method));
            }
        }
        Ok(None)
    }
}

fn is_mmap(class: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = class.py();
    Ok(class.getattr(intern!(py, "__module__"))?.eq("mmap")?
        && class.getattr(intern!(py, "__name__"))?.eq("mmap")?)
}

/// Returns the object to which an object without methods of its own passes `read` unchanged.
fn delegate<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    let Some(read) = object.getattr_opt(Read.name(py))? else { return Ok(None) };
    let Ok(Some(inner)) = read.getattr_opt(intern!(py, "__self__")) else { return Ok(None) };
    let is_unchanged = !inner.is(object)
        && inner
            .getattr_opt(Read.name(py))
            .is_ok_and(|own| own.is_some_and(|own| own.eq(&read).unwrap_or(false)));
    Ok(is_unchanged.then_some(inner))
}
