//! The synchronisation primitives of the lock-free parts: those of `std`, or, under `--cfg loom`,
//! those of the model checker. Other production code never names loom.

#[cfg(not(loom))]
use std::sync as primitives;

#[cfg(loom)]
use loom::sync as primitives;

#[cfg(any(feature = "python", test))]
pub(crate) use primitives::atomic::AtomicU64;
pub(crate) use primitives::{
    Arc, Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicIsize, AtomicPtr, AtomicU32, AtomicUsize, Ordering, fence},
};

use std::time::{Duration, Instant};

/// Number of checks before a thread goes to sleep: they take about as long as a sleep and a wake.
#[cfg(not(loom))]
pub(crate) const SPINS: u32 = 400;
/// The models sleep at once: each check doubles the number of states to explore.
#[cfg(loom)]
pub(crate) const SPINS: u32 = 0;

/// A clock that begins with 0.
#[cfg(not(loom))]
pub(crate) struct Clock(Instant);

#[cfg(not(loom))]
impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// In the models all runs must be alike: a millisecond passes whenever the clock is read.
#[cfg(loom)]
pub(crate) struct Clock(std::cell::Cell<Duration>);

#[cfg(loom)]
impl Clock {
    pub(crate) fn start() -> Self {
        Self(std::cell::Cell::new(Duration::ZERO))
    }

    pub(crate) fn now(&self) -> Duration {
        self.0.set(self.0.get() + Duration::from_millis(1));
        self.0.get()
    }
}

/// Locks a mutex, even if a thread panicked while it held the lock: the data under our mutexes is
/// always consistent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Sleeps until a notification, or wakes without a reason. Returns false if the deadline had
/// already passed.
///
/// loom's `wait_timeout` never times out, and the models need that: a check of the clock would hide
/// a lost wake.
pub(crate) fn wait<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    deadline: Option<Instant>,
) -> (MutexGuard<'a, T>, bool) {
    let Some(deadline) = deadline else {
        return (condvar.wait(guard).unwrap_or_else(|poisoned| poisoned.into_inner()), true);
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return (guard, false);
    }
    let woken = condvar.wait_timeout(guard, left);
    (woken.unwrap_or_else(|poisoned| poisoned.into_inner()).0, true)
}

#[cfg(not(loom))]
pub(crate) mod cell {
    //! `std`'s `UnsafeCell` with loom's interface, which distinguishes reading from writing.

    /// See [`core::cell::UnsafeCell`].
    #[derive(Debug)]
    pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(core::cell::UnsafeCell::new(value))
        }

        #[inline]
        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}

#[cfg(loom)]
pub(crate) use loom::cell;
