//! Exclusive entry: a word that says which thread is inside.

use crate::sync::{AtomicU64, Condvar, Mutex, Ordering, lock, wait};
use std::{
    num::NonZeroU64,
    time::{Duration, Instant},
};

/// The lowest bit of the word: a thread sleeps until the owner leaves.
const WAITERS: u64 = 1;

/// A guard that lets one thread in at a time. Entering costs one compare-and-swap, leaving one
/// exchange or even only a plain store. The mutex and the condition variable are only for sleeping
/// threads.
///
/// The word is 0 if no thread is inside. Otherwise it is the owner's token shifted left by one, and
/// the waiters bit.
#[derive(Debug)]
pub(crate) struct Owner {
    word: AtomicU64,
    /// Number of times that sleepers have been woken.
    wakes: Mutex<u64>,
    wake: Condvar,
}

/// The reason why a thread cannot enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entered {
    /// The thread is already inside, further up its stack.
    Reentrant,
    /// Another thread is inside.
    Busy,
}

/// The right of the one thread that is inside. Dropping it leaves, so only the thread that entered
/// can leave.
#[derive(Debug)]
#[must_use = "dropping it leaves"]
pub(crate) struct Inside<'a> {
    owner: &'a Owner,
    /// True if a thread may register to wait while this one leaves.
    is_observed: bool,
}

/// A registered waiter: the owner that was inside will wake it, even if it does not sleep yet.
#[derive(Debug)]
#[must_use = "a registered waiter sleeps, or the owner wakes it for nothing"]
pub(crate) struct Waiter {
    /// The value of `Owner::wakes` when it registered.
    wakes: u64,
}

impl Owner {
    pub(crate) fn new() -> Self {
        Self { word: AtomicU64::new(0), wakes: Mutex::new(0), wake: Condvar::new() }
    }

    /// Enters if no thread is inside. `me` is this thread's number, below 2^63.
    #[inline]
    pub(crate) fn try_enter(&self, me: NonZeroU64) -> Result<Inside<'_>, Entered> {
        let mine = me.get() << 1;
        // Acquire: pairs with the Release of leaving. Relaxed on failure: a token that another
        // thread stored is only compared, and our own token was stored by this thread.
        match self.word.compare_exchange(0, mine, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok(Inside { owner: self, is_observed: true }),
            Err(word) if word & !WAITERS == mine => Err(Entered::Reentrant),
            Err(_) => Err(Entered::Busy),
        }
    }

    /// Makes the thread inside wake this thread when it leaves. Returns `None` if no thread is
    /// inside any more: then try to enter.
    ///
    /// If any thread leaves [unobserved](Inside::set_observed), this must be called under the same
    /// lock (the GIL) as [`try_enter`](Self::try_enter), and the sleep must not be.
    pub(crate) fn register_waiter(&self) -> Option<Waiter> {
        // No thread is woken under the mutex, so the wakes counted now are earlier than ours.
        let wakes = lock(&self.wakes);
        let mut word = self.word.load(Ordering::Relaxed);
        while word & WAITERS == 0 {
            if word == 0 {
                return None;
            }
            let marked = word | WAITERS;
            // Relaxed: only the word itself is communicated, and the owner's exchange reads it.
            match self.word.compare_exchange(word, marked, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        Some(Waiter { wakes: *wakes })
    }

    /// Sleeps until the thread that was inside has left, but no longer than `patience`.
    pub(crate) fn sleep(&self, waiter: Waiter, patience: Duration) {
        let deadline = Instant::now().checked_add(patience);
        let mut wakes = lock(&self.wakes);
        let mut in_time = true;
        while *wakes == waiter.wakes && in_time {
            (wakes, in_time) = wait(&self.wake, wakes, deadline);
        }
    }

    #[cold]
    fn wake_all(&self) {
        // It wakes all of them: each thread that cannot enter marks the next owner's word.
        *lock(&self.wakes) += 1;
        self.wake.notify_all();
    }
}

impl Inside<'_> {
    /// Sets whether a thread may register to wait while this one leaves. If not, it leaves without
    /// an exchange.
    ///
    /// The argument: a thread that registers holds the GIL, and so does a thread that leaves in
    /// this way. So a waiter has either registered before, and is seen, or comes after the owner
    /// has left. It does not matter whether the GIL was released since entering. On a build of
    /// Python without a GIL, a thread always leaves with the exchange.
    #[inline]
    pub(crate) const fn set_observed(&mut self, is_observed: bool) {
        self.is_observed = is_observed;
    }
}

impl Drop for Inside<'_> {
    /// Leaves, and wakes the sleepers.
    #[inline]
    fn drop(&mut self) {
        // Relaxed: the GIL orders this load after any registration.
        if !self.is_observed && self.owner.word.load(Ordering::Relaxed) & WAITERS == 0 {
            // Release: the next thread that enters sees what this one did.
            self.owner.word.store(0, Ordering::Release);
            return;
        }
        // Release, as above. The exchange reads the last value of the word, so no waiter's bit is
        // overlooked.
        if self.owner.word.swap(0, Ordering::Release) & WAITERS != 0 {
            self.owner.wake_all();
        }
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::Owner;
    use crate::sync::{Arc, AtomicU64, Mutex, Ordering, lock};
    use loom::thread;
    use std::{num::NonZeroU64, time::Duration, vec::Vec};

    /// A model of a reader for its pullers: the GIL, the owner, and the records after it.
    struct Reader {
        gil: Mutex<()>,
        owner: Owner,
        next: AtomicU64,
    }

    /// The use of the GIL by a pull, between entering and leaving.
    #[derive(Clone, Copy)]
    enum Pull {
        /// Holds the GIL: the next record of a batch.
        Holds,
        /// Releases the GIL and takes it again: a change of batch.
        Retakes,
        /// Releases the GIL and leaves without it: Python never does this, but the owner promises
        /// it.
        LetsGo,
    }
    use Pull::{Holds, LetsGo, Retakes};

    impl Reader {
        /// Makes one call of `next()`.
        fn pull(&self, me: u64, pull: Pull) -> u64 {
            let me = NonZeroU64::new(me).unwrap();
            loop {
                let gil = lock(&self.gil);
                let Ok(mut inside) = self.owner.try_enter(me) else {
                    let waiter = self.owner.register_waiter();
                    drop(gil);
                    if let Some(waiter) = waiter {
                        self.owner.sleep(waiter, Duration::MAX);
                    }
                    continue;
                };
                // Two steps without ordering are right only if no other thread is inside, and if
                // the earlier changes made inside are visible.
                let take = || {
                    let next = self.next.load(Ordering::Relaxed);
                    self.next.store(next + 1, Ordering::Relaxed);
                    next
                };
                if let Holds = pull {
                    let record = take();
                    inside.set_observed(false);
                    drop(inside);
                    return record;
                }
                drop(gil);
                let record = take();
                if let LetsGo = pull {
                    drop(inside);
                } else {
                    let _gil = lock(&self.gil);
                    inside.set_observed(false);
                    drop(inside);
                }
                return record;
            }
        }
    }

    /// Runs several pullers, each with its list of pulls: each record comes out exactly once, and
    /// no thread sleeps forever.
    fn pull(preemptions: Option<usize>, pullers: &'static [&'static [Pull]]) {
        let mut builder = loom::model::Builder::new();
        let wished = builder.preemption_bound.unwrap_or(0);
        builder.preemption_bound = preemptions.map(|bound| bound.max(wished));
        builder.check(move || {
            let next = AtomicU64::new(0);
            let reader = Arc::new(Reader { gil: Mutex::new(()), owner: Owner::new(), next });
            let start = |me: usize| {
                let reader = Arc::clone(&reader);
                move || -> Vec<u64> {
                    pullers[me].iter().map(|&pull| reader.pull(me as u64 + 1, pull)).collect()
                }
            };
            let others: Vec<_> = (1..pullers.len()).map(|me| thread::spawn(start(me))).collect();
            let mut records = start(0)();
            for other in others {
                records.extend(other.join().unwrap());
            }
            records.sort_unstable();
            assert!(records.iter().copied().eq(0..records.len() as u64), "{records:?}");
            assert_eq!(reader.owner.word.load(Ordering::Relaxed), 0);
        });
    }

    #[test]
    fn two_pullers_that_let_go() {
        pull(None, &[&[LetsGo], &[LetsGo]]);
        pull(None, &[&[LetsGo, Holds], &[Retakes]]);
    }

    #[test]
    fn two_pullers_under_the_gil() {
        pull(None, &[&[Retakes, Holds], &[Retakes, Holds]]);
    }

    #[test]
    fn three_pullers() {
        pull(Some(4), &[&[LetsGo], &[Retakes, Holds], &[Retakes]]);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::{Entered, Owner};
    use std::{num::NonZeroU64, sync::Mutex, thread, time::Duration};

    const ME: NonZeroU64 = NonZeroU64::MIN;
    const OTHER: NonZeroU64 = NonZeroU64::MAX;

    #[test]
    fn tells_reentrance_from_company() {
        let (owner, other) = (Owner::new(), NonZeroU64::new(OTHER.get() >> 1).unwrap());
        let inside = owner.try_enter(ME).unwrap();
        assert_eq!(owner.try_enter(ME).unwrap_err(), Entered::Reentrant);
        assert_eq!(owner.try_enter(other).unwrap_err(), Entered::Busy);
        let waiter = owner.register_waiter().expect("somebody is inside");
        assert_eq!(owner.try_enter(ME).unwrap_err(), Entered::Reentrant);
        drop(inside);
        // The wake came before the sleep, and is not lost.
        owner.sleep(waiter, Duration::MAX);
        assert!(owner.register_waiter().is_none());
        owner.try_enter(other).unwrap().set_observed(false);
        drop(owner.try_enter(ME).unwrap());
    }

    #[test]
    fn patience_ends() {
        let owner = Owner::new();
        let _inside = owner.try_enter(ME).unwrap();
        let waiter = owner.register_waiter().expect("somebody is inside");
        owner.sleep(waiter, Duration::from_millis(1));
    }

    /// Four threads pass through under a lock like the GIL. Every other time they release it
    /// inside. A lost wake would make one of them sleep forever.
    #[test]
    fn nobody_sleeps_for_ever() {
        const ROUNDS: u64 = 20_000;
        let (owner, gil, mut inside) = (Owner::new(), Mutex::new(()), Mutex::new(0));
        thread::scope(|scope| {
            for me in 1..=4 {
                let me = NonZeroU64::new(me).unwrap();
                let (owner, gil, inside) = (&owner, &gil, &inside);
                scope.spawn(move || {
                    let mut round = 0;
                    while round < ROUNDS {
                        let held = gil.lock().unwrap();
                        let Ok(mut entered) = owner.try_enter(me) else {
                            let waiter = owner.register_waiter();
                            drop(held);
                            waiter
                                .into_iter()
                                .for_each(|waiter| owner.sleep(waiter, Duration::MAX));
                            continue;
                        };
                        // No other thread holds this lock, unless two are inside.
                        *inside.try_lock().unwrap() += 1;
                        round += 1;
                        if round % 2 == 0 {
                            entered.set_observed(false);
                            drop(entered);
                        } else {
                            drop(held);
                            thread::yield_now();
                            drop(entered);
                        }
                    }
                });
            }
        });
        assert_eq!(*inside.get_mut().unwrap(), 4 * ROUNDS);
    }
}
