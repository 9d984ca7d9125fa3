//! The workers: one Rayon pool per process, private to tidemarc.
//!
//! Private, so that a program's own use of Rayon neither starves the streams nor is starved by
//! them. It is made when the first backlog of the process needs it.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{
    env, fmt, mem, process, string,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
};

struct State {
    /// What `set_threads` asked for.
    wished: Option<usize>,
    pool: Option<Arc<ThreadPool>>,
    /// The process that made the pool: threads do not survive a fork.
    process: u32,
}

static STATE: Mutex<State> = Mutex::new(State { wished: None, pool: None, process: 0 });

/// The workers could not be started.
#[derive(Debug)]
pub struct PoolError(string::String);

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot start worker threads: {}", self.0)
    }
}

impl std::error::Error for PoolError {}

/// Sets how many threads parse, for every reader of this process that is made from now on.
///
/// 0 goes back to the default: the environment variable `RAYON_NUM_THREADS`, or else the number of
/// cores. Readers that are already running keep the workers they have.
pub fn set_threads(threads: usize) {
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    state.wished = (threads > 0).then_some(threads);
    // Dropping the last handle of a pool ends its threads once they are idle.
    let old = state.pool.take();
    let survives = state.process == process::id();
    drop(state);
    if !survives {
        mem::forget(old);
    }
}

/// How many threads parse: [`set_threads`], `RAYON_NUM_THREADS`, or the number of cores.
#[must_use]
pub fn threads() -> usize {
    let wished = STATE.lock().unwrap_or_else(PoisonError::into_inner).wished;
    wished
        .or_else(|| env::var("RAYON_NUM_THREADS").ok()?.parse().ok().filter(|&threads| threads > 0))
        .unwrap_or_else(cores)
}

#[cfg(feature = "python")]
pub(crate) mod fork {
    //! A fork copies a locked mutex, but not the thread that would unlock it.

    use super::{STATE, State};
    use std::{
        cell::RefCell,
        sync::{MutexGuard, PoisonError},
    };

    thread_local! {
        static HELD: RefCell<Option<MutexGuard<'static, State>>> = const { RefCell::new(None) };
    }

    /// Before a fork: waits until nobody is at the pool, and keeps it so.
    pub(crate) fn before() {
        let guard = STATE.lock().unwrap_or_else(PoisonError::into_inner);
        HELD.with_borrow_mut(|held| *held = Some(guard));
    }

    /// After it, in the parent and in the child.
    pub(crate) fn after() {
        HELD.with_borrow_mut(|held| drop(held.take()));
    }
}

/// The number of cores that this process may use. Asked once: the answer takes three files of the
/// operating system, longer than reading a record.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// The pool of this process, made if need be.
pub(super) fn current() -> Result<Arc<ThreadPool>, PoolError> {
    let threads = threads();
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    if state.process != process::id() {
        // After a fork: the old pool's threads are not there, and its drop would talk to them.
        mem::forget(state.pool.take());
        state.process = process::id();
    }
    if let Some(pool) = &state.pool {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("tidemarc-{index}"))
        // A job catches what its stage does. What is left is a drop that panics when the stream is
        // gone already; without a handler it would abort the process.
        .panic_handler(mem::forget)
        .build()
        .map_err(|error| PoolError(error.to_string()))?;
    let pool = Arc::new(pool);
    state.pool = Some(Arc::clone(&pool));
    Ok(pool)
}
