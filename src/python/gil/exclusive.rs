//! State of a frozen Python class that one thread at a time may use.
//!
//! `Reader.__next__` must not take a mutex, and usually it needs none: it enters by one
//! compare-and-swap, works with the GIL held, and leaves by a plain store. See
//! `docs/concurrency.md`, "The owner".

use crate::owner::{Entered, Inside, Owner};
use pyo3::{exceptions::PyRuntimeError, prelude::*};
use std::{
    cell::{Cell, UnsafeCell},
    num::NonZeroU64,
    ops::{Deref, DerefMut},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Longest wait before the signal handlers get their turn.
pub(crate) const PATIENCE: Duration = Duration::from_millis(50);

/// Returns the number of this thread, which no other thread ever has.
fn token() -> NonZeroU64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        static TOKEN: Cell<u64> = const { Cell::new(0) };
    }
    TOKEN.with(|token| {
        if token.get() == 0 {
            token.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        NonZeroU64::new(token.get()).unwrap_or(NonZeroU64::MIN)
    })
}

/// A value that an [`Owner`] guards.
pub(crate) struct Exclusive<T> {
    owner: Owner,
    /// Message of the `RuntimeError` on re-entrant use.
    reentrant: &'static str,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only through a `Guard`. The owner word allows one guard at a time,
// in any thread; entering acquires what leaving released.
unsafe impl<T: Send> Sync for Exclusive<T> {}

/// The reason why a value could not be entered at once.
pub(crate) enum Refusal {
    /// This thread is inside already, further up its stack.
    Reentrant,
    /// Another thread is inside.
    Busy,
}

impl<T: Send> Exclusive<T> {
    pub(crate) fn new(value: T, reentrant: &'static str) -> Self {
        Self { owner: Owner::new(), reentrant, value: UnsafeCell::new(value) }
    }

    /// Returns the value to the owner of all of it.
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Enters if no thread is inside.
    #[inline]
    pub(crate) fn try_enter<'a>(&'a self, py: Python<'a>) -> Result<Guard<'a, T>, Refusal> {
        match self.owner.try_enter(token()) {
            Ok(mut inside) => {
                // The GIL is held until `will_be_observed` is called.
                inside.set_observed(false);
                Ok(Guard { value: &self.value, inside, _py: py })
            }
            Err(Entered::Reentrant) => Err(Refusal::Reentrant),
            Err(Entered::Busy) => Err(Refusal::Busy),
        }
    }

    /// Enters, after a wait for other threads to leave.
    ///
    /// # Errors
    /// If this thread is inside already, or a signal handler raises.
    #[inline]
    pub(crate) fn enter<'a>(&'a self, py: Python<'a>) -> PyResult<Guard<'a, T>> {
        loop {
            match self.try_enter(py) {
                Ok(guard) => return Ok(guard),
                Err(Refusal::Reentrant) => return Err(PyRuntimeError::new_err(self.reentrant)),
                Err(Refusal::Busy) => {
                    if let Some(waiter) = self.owner.register_waiter() {
                        py.detach(|| self.owner.sleep(waiter, PATIENCE));
                        py.check_signals()?;
                    }
                }
            }
        }
    }
}

/// The right to use the value, until it is dropped.
pub(crate) struct Guard<'a, T> {
    value: &'a UnsafeCell<T>,
    /// A guard that leaves when it is dropped.
    inside: Inside<'a>,
    _py: Python<'a>,
}

impl<T> Guard<'_, T> {
    /// Prepares for a release of the GIL. It must be called before anything that may release it.
    pub(crate) fn will_be_observed(&mut self) {
        self.inside.set_observed(true);
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: by the owner word, this thread alone is inside.
        unsafe { &*self.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: by the owner word, this thread alone is inside.
        unsafe { &mut *self.value.get() }
    }
}
