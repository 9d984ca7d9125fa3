//! The workers: one Rayon pool per process, private to tidemarc.
//!
//! Private, so that a program's own use of Rayon neither starves the streams nor is starved by
//! them. It is made when the first backlog of the process needs it.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{
    env, mem, process,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    thread,
};

struct State {
    pool: Option<Arc<ThreadPool>>,
    /// The process that made the pool: threads do not survive a fork.
    process: u32,
}

static STATE: Mutex<State> = Mutex::new(State { pool: None, process: 0 });

/// Limit on the threads that parse. One thread reads for all of them, and many more than this search
/// each other for work: they take seconds for the work that two do in a moment.
pub(crate) const MOST_THREADS: usize = 256;

/// The number of `set_threads`; 0 for the default. It is not part of the state, so that reading it
/// waits for no thread.
static WISHED: AtomicUsize = AtomicUsize::new(0);

/// The process that locked the state last.
static HOLDER: AtomicU32 = AtomicU32::new(0);

/// Returns true if a thread of another process has the lock: this one was forked from C at that
/// moment, past our hooks, and no thread will ever unlock its copy.
fn is_held_by_the_dead() -> bool {
    // A thread that has just locked it for the first time is about to note that.
    const LOOKS: u32 = 100;
    let is_held = || {
        HOLDER.load(Ordering::Relaxed) != process::id()
            && matches!(STATE.try_lock(), Err(TryLockError::WouldBlock))
    };
    (0..LOOKS).all(|_| {
        is_held() && {
            thread::yield_now();
            true
        }
    })
}

/// Notes which process has the lock.
fn held(state: MutexGuard<'static, State>) -> MutexGuard<'static, State> {
    HOLDER.store(process::id(), Ordering::Relaxed);
    state
}

/// Changes the state, under its lock; `None` if no thread ever can.
fn with_state<R>(change: impl FnOnce(&mut State) -> R) -> Option<R> {
    #[cfg(feature = "python")]
    if fork::is_held_here() {
        return Some(fork::with_held(change));
    }
    if is_held_by_the_dead() {
        return None;
    }
    Some(change(&mut held(STATE.lock().unwrap_or_else(PoisonError::into_inner))))
}

/// Starts a thread, unless a fork is in progress, and keeps forks waiting meanwhile: the C library
/// that hands the memory of an ended thread to a new one may be in a state that no child should
/// inherit. No thread waits here for a fork, whose hooks may be waiting for the caller.
pub(crate) fn apart_from_forks<R>(start: impl FnOnce() -> R) -> Option<R> {
    loop {
        #[cfg(feature = "python")]
        if fork::is_held_here() {
            return Some(start());
        }
        let _state = match STATE.try_lock() {
            Ok(state) => held(state),
            Err(TryLockError::Poisoned(poisoned)) => held(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                if is_held_by_the_dead() {
                    return None;
                }
                #[cfg(feature = "python")]
                if fork::is_under_way() {
                    return None;
                }
                // Another thread makes the pool, or drops it.
                thread::yield_now();
                continue;
            }
        };
        return Some(start());
    }
}

/// The reason why there is no pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Without {
    /// Its threads could not be started.
    Threads,
    /// A fork is in progress, and its thread may be waiting for this very batch. Ask again.
    #[cfg_attr(not(feature = "python"), allow(dead_code, reason = "forks have hooks in Python"))]
    Waiting,
}

/// Sets how many threads parse, for every reader of this process that is made from now on.
///
/// 0 restores the default: the environment variable `RAYON_NUM_THREADS`, or else the number of
/// cores. More than 256 are taken for 256, also in that variable. Readers that are already running
/// keep the workers they have.
pub fn set_threads(threads: usize) {
    WISHED.store(threads, Ordering::Relaxed);
    // Dropping the last handle of a pool ends its threads once they are idle.
    let old = with_state(|state| (state.pool.take(), state.process == process::id()));
    if let Some((old, false)) = old {
        mem::forget(old);
    }
}

/// How many threads parse: [`set_threads`], `RAYON_NUM_THREADS`, or the number of cores; 256 at most.
#[must_use]
pub fn threads() -> usize {
    Some(WISHED.load(Ordering::Relaxed))
        .filter(|&wished| wished > 0)
        .or_else(|| env::var("RAYON_NUM_THREADS").ok()?.parse().ok().filter(|&threads| threads > 0))
        .unwrap_or_else(cores)
        .min(MOST_THREADS)
}

#[cfg(feature = "python")]
pub(crate) mod fork {
    //! A fork copies a locked mutex, but not the thread that would unlock it. So the thread that
    //! forks holds the lock meanwhile.
    //!
    //! Other hooks of the fork may run under the lock, and may read records. Then this thread uses the
    //! lock that it has, and the I/O thread of such a reader continues without the pool.

    use super::{STATE, State};
    use std::{
        cell::RefCell,
        sync::{
            MutexGuard, PoisonError,
            atomic::{AtomicBool, Ordering},
        },
    };

    /// True while a fork is in progress. Set before the lock is taken, so a thread to which the fork
    /// refuses the lock sees it afterwards.
    static UNDER_WAY: AtomicBool = AtomicBool::new(false);

    /// The lock, and the number of forks of this thread, one in the hook of another, that hold it.
    struct ForkLock {
        state: MutexGuard<'static, State>,
        depth: usize,
    }

    thread_local! {
        static HELD: RefCell<Option<ForkLock>> = const { RefCell::new(None) };
    }

    /// Before a fork: waits until no thread uses the lock, and keeps it so.
    pub(crate) fn before() {
        HELD.with_borrow_mut(|held| match held {
            Some(held) => held.depth += 1,
            None => {
                // A child that inherited it locked has no thread to keep away.
                if super::is_held_by_the_dead() {
                    return;
                }
                UNDER_WAY.store(true, Ordering::SeqCst);
                let state = super::held(STATE.lock().unwrap_or_else(PoisonError::into_inner));
                // Another thread's fork may have ended while we waited.
                UNDER_WAY.store(true, Ordering::SeqCst);
                *held = Some(ForkLock { state, depth: 1 });
            }
        });
    }

    /// After it, in the parent and in the child.
    pub(crate) fn after() {
        HELD.with_borrow_mut(|held| {
            let Some(innermost) = held else { return };
            innermost.depth -= 1;
            if innermost.depth == 0 {
                UNDER_WAY.store(false, Ordering::SeqCst);
                *held = None;
            }
        });
    }

    pub(super) fn is_under_way() -> bool {
        UNDER_WAY.load(Ordering::SeqCst)
    }

    pub(super) fn is_held_here() -> bool {
        HELD.with_borrow(Option::is_some)
    }

    /// Uses the lock that this thread holds.
    pub(super) fn with_held<R>(change: impl FnOnce(&mut State) -> R) -> R {
        HELD.with_borrow_mut(|held| match held {
            Some(held) => change(&mut held.state),
            None => change(&mut STATE.lock().unwrap_or_else(PoisonError::into_inner)),
        })
    }
}

/// Returns the number of cores that this process may use. It is determined once, because that reads
/// three files of the operating system and takes longer than a record.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// Returns the pool of this process, and makes it if need be.
pub(super) fn current() -> Result<Arc<ThreadPool>, Without> {
    #[cfg(feature = "python")]
    if fork::is_under_way() && !fork::is_held_here() {
        return made(&mut held(STATE.try_lock().map_err(|_| Without::Waiting)?));
    }
    with_state(made).unwrap_or(Err(Without::Threads))
}

fn made(state: &mut State) -> Result<Arc<ThreadPool>, Without> {
    if state.process != process::id() {
        // After a fork: the old pool's threads are not there, and its drop would talk to them.
        mem::forget(state.pool.take());
        state.process = process::id();
    }
    if let Some(pool) = &state.pool {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads())
        .thread_name(|index| format!("tidemarc-{index}"))
        // A job catches the panics of its stage. One case remains, a drop that panics when the stream
        // is gone already; without a handler it would abort the process.
        .panic_handler(mem::forget)
        .build()
        .map_err(|_| Without::Threads)?;
    let pool = Arc::new(pool);
    state.pool = Some(Arc::clone(&pool));
    Ok(pool)
}
