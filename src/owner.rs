//! One thread at a time: the word that says who is inside.

use crate::sync::{AtomicU64, Condvar, Mutex, Ordering, lock, wait};
use std::{
    num::NonZeroU64,
    time::{Duration, Instant},
};

/// The lowest bit of the word: somebody sleeps until the owner leaves.
const WAITERS: u64 = 1;

/// Lets one thread in at a time, for one compare-and-swap to enter and one exchange, or even a
/// plain store, to leave. The mutex and the condition variable are for those who sleep.
///
/// The word is 0 if nobody is inside, or else the owner's token shifted left by one, and the
/// waiters bit.
#[derive(Debug)]
pub(crate) struct Owner {
    word: AtomicU64,
    /// How often sleepers have been woken.
    wakes: Mutex<u64>,
    wake: Condvar,
}

/// Why a thread cannot enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entered {
    /// It is inside already, further up its stack.
    Reentrant,
    /// Another thread is inside.
    Busy,
}

/// The right of the one thread that is inside. Dropping it leaves: only who entered can.
#[derive(Debug)]
#[must_use = "dropping it leaves"]
pub(crate) struct Inside<'a> {
    owner: &'a Owner,
    /// Whether anybody may register to wait while this one leaves.
    is_observed: bool,
}

/// A registered waiter: the owner that was inside will wake it, whether it sleeps yet or not.
#[derive(Debug)]
#[must_use = "a registered waiter sleeps, or the owner wakes it for nothing"]
pub(crate) struct Waiter {
    /// `Owner::wakes` when it registered.
    wakes: u64,
}

impl Owner {
    pub(crate) fn new() -> Self {
        Self { word: AtomicU64::new(0), wakes: Mutex::new(0), wake: Condvar::new() }
    }

    /// Enters if nobody is inside. `me` is this thread's number, below 2^63.
    #[inline]
    pub(crate) fn try_enter(&self, me: NonZeroU64) -> Result<Inside<'_>, Entered> {
        let mine = me.get() << 1;
        // Acquire: pairs with the Release of leaving. Relaxed on failure: what another thread
        // stored is only compared, and our own token was stored by ourselves.
        match self.word.compare_exchange(0, mine, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok(Inside { owner: self, is_observed: true }),
            Err(word) if word & !WAITERS == mine => Err(Entered::Reentrant),
            Err(_) => Err(Entered::Busy),
        }
    }

    /// Sees to it that the thread inside wakes us when it leaves. `None` if nobody is inside any
    /// more: try to enter.
    ///
    /// Where anybody leaves [unobserved](Inside::set_observed), this must be called under the same lock
    /// (the GIL) as [`try_enter`](Self::try_enter), and the sleep must not.
    pub(crate) fn register_waiter(&self) -> Option<Waiter> {
        // Under the mutex nobody is woken, so the wakes counted now are earlier than ours.
        let wakes = lock(&self.wakes);
        let mut word = self.word.load(Ordering::Relaxed);
        while word & WAITERS == 0 {
            if word == 0 {
                return None;
            }
            let marked = word | WAITERS;
            // Relaxed: nothing but the word itself is told, and the owner's exchange reads it.
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
        // All of them: whoever does not get in marks the next owner's word.
        *lock(&self.wakes) += 1;
        self.wake.notify_all();
    }
}

impl Inside<'_> {
    /// Says whether anybody may register to wait while this one leaves. If not, it leaves without an
    /// exchange.
    ///
    /// The argument: whoever registers does so with the GIL held, and so does whoever leaves this way.
    /// So a waiter has either registered before, and is seen, or comes when we have left. It does
    /// not matter whether the GIL was let go of since entering. On a build of Python without a GIL one
    /// leaves as ever.
    #[inline]
    pub(crate) const fn set_observed(&mut self, is_observed: bool) {
        self.is_observed = is_observed;
    }
}

impl Drop for Inside<'_> {
    /// Leaves, and wakes who sleeps.
    #[inline]
    fn drop(&mut self) {
        // Relaxed: the GIL orders this load after any registration.
        if !self.is_observed && self.owner.word.load(Ordering::Relaxed) & WAITERS == 0 {
            // Release: who enters next sees what we did.
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

    /// What a reader is to its pullers: the GIL, the owner, and the records behind it.
    struct Reader {
        gil: Mutex<()>,
        owner: Owner,
        next: AtomicU64,
    }

    /// What a pull does with the GIL between entering and leaving.
    #[derive(Clone, Copy)]
    enum Pull {
        /// Holds it: the next record of a batch.
        Holds,
        /// Lets go of it and takes it again: a change of batch.
        Retakes,
        /// Lets go of it and leaves without: not Python's way, but the owner's promise.
        LetsGo,
    }
    use Pull::{Holds, LetsGo, Retakes};

    impl Reader {
        /// One `next()`.
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
                // Two steps without ordering: right only if nobody else is inside, and if we see
                // what was done inside before.
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

    /// Pullers that each pull as they are told: each record comes out exactly once, and nobody
    /// sleeps for ever.
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

    /// Four threads pass through under a lock like the GIL; every other time they let go of it
    /// inside. A lost wake would make one of them sleep for ever.
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
                        // Taken by nobody else, unless two are inside.
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
