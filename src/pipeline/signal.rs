//! Waiting: one thread sleeps until other threads make a condition true.

use crate::sync::{AtomicBool, Condvar, Mutex, Ordering, fence, lock, wait};
use std::time::{Duration, Instant};

/// Lets one thread sleep. While it does not sleep, the wakers pay a fence and a load.
///
/// rtrb publishes with Release alone, so the flag here and the ring's positions need the
/// store-buffering argument: the sleeper sets the flag, fences, and checks the condition; the waker
/// changes the condition, fences, and checks the flag. With a `SeqCst` fence on both sides at least
/// one of them sees the change of the other: either the sleeper finds the condition true, or the
/// waker finds the flag set. The mutex is for the sleep itself, where a system call follows.
pub(super) struct Signal {
    /// True if a thread sleeps, or is about to, and has not been notified yet.
    waiting: AtomicBool,
    notified: Mutex<bool>,
    wake: Condvar,
}

impl Signal {
    pub(super) fn new() -> Self {
        Self { waiting: AtomicBool::new(false), notified: Mutex::new(false), wake: Condvar::new() }
    }

    /// Sleeps until `condition` holds, but no longer than `patience`. Returns true if it holds.
    ///
    /// One thread at a time may wait.
    pub(super) fn wait_until(
        &self,
        patience: Option<Duration>,
        mut condition: impl FnMut() -> bool,
    ) -> bool {
        // Notifications that do not make the condition true must not prolong the wait.
        let deadline = patience.and_then(|patience| Instant::now().checked_add(patience));
        loop {
            self.waiting.store(true, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            let holds = condition();
            if holds || !self.sleep(deadline) {
                self.waiting.store(false, Ordering::Relaxed);
                return holds || condition();
            }
        }
    }

    /// Sleeps until notified: false if the deadline came first. A notification that comes while no
    /// thread sleeps ends the next sleep at once.
    fn sleep(&self, deadline: Option<Instant>) -> bool {
        let mut notified = lock(&self.notified);
        while !*notified {
            let in_time;
            (notified, in_time) = wait(&self.wake, notified, deadline);
            if !in_time {
                return false;
            }
        }
        *notified = false;
        true
    }

    /// To be called after the condition was changed.
    #[inline]
    pub(super) fn notify(&self) {
        fence(Ordering::SeqCst);
        if self.waiting.load(Ordering::Relaxed) {
            self.notify_sleeper();
        }
    }

    #[cold]
    fn notify_sleeper(&self) {
        let mut notified = lock(&self.notified);
        *notified = true;
        // Until the sleeper is up, one wake is enough. It sets the flag anew under no lock, but
        // after it took this one to see `notified`.
        self.waiting.store(false, Ordering::Relaxed);
        drop(notified);
        self.wake.notify_one();
    }
}
