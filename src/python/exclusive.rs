//! State of a frozen Python class that one thread at a time may use.
//!
//! `Reader.__next__` must not take a mutex, and most of the time it need not: it enters by one
//! compare-and-swap, does its work with the GIL held, and leaves by a plain store. See
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

/// How long a wait may last before the signal handlers have their turn.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);

/// This thread's number, never used again by another.
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

/// A value behind an [`Owner`].
pub(super) struct Exclusive<T> {
    owner: Owner,
    /// What the `RuntimeError` says to who calls it from further up its own stack.
    reentrant: &'static str,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only through a `Guard`, of which the owner word allows one at a
// time, in whichever thread; entering acquires what leaving released.
unsafe impl<T: Send> Sync for Exclusive<T> {}

/// Why a value could not be entered at once.
pub(super) enum Refusal {
    /// This very thread is inside, further up the stack.
    Reentrant,
    /// Another thread is inside.
    Busy,
}

impl<T: Send> Exclusive<T> {
    pub(super) fn new(value: T, reentrant: &'static str) -> Self {
        Self { owner: Owner::new(), reentrant, value: UnsafeCell::new(value) }
    }

    /// The value, for who owns all of it.
    pub(super) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Enters if nobody is inside.
    #[inline]
    pub(super) fn try_enter<'a>(&'a self, py: Python<'a>) -> Result<Guard<'a, T>, Refusal> {
        match self.owner.try_enter(token()) {
            Ok(mut inside) => {
                // Until `will_be_observed` says otherwise, the GIL is held.
                inside.set_observed(false);
                Ok(Guard { value: &self.value, inside, _py: py })
            }
            Err(Entered::Reentrant) => Err(Refusal::Reentrant),
            Err(Entered::Busy) => Err(Refusal::Busy),
        }
    }

    /// Enters, waiting for other threads to leave.
    ///
    /// # Errors
    /// If this thread is inside already, or a signal handler raises.
    #[inline]
    pub(super) fn enter<'a>(&'a self, py: Python<'a>) -> PyResult<Guard<'a, T>> {
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
pub(super) struct Guard<'a, T> {
    value: &'a UnsafeCell<T>,
    /// Leaves when it is dropped.
    inside: Inside<'a>,
    _py: Python<'a>,
}

impl<T> Guard<'_, T> {
    /// To be called before anything that lets go of the GIL, or that may.
    pub(super) fn will_be_observed(&mut self) {
        self.inside.set_observed(true);
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the owner word says that we alone are inside.
        unsafe { &*self.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the owner word says that we alone are inside.
        unsafe { &mut *self.value.get() }
    }
}
