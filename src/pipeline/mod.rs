//! The parallel pipeline: an I/O thread, two rings, and a parse stage on a private Rayon pool.
//!
//! ```text
//! I/O thread                               pool                       caller
//! source ─▶ RawBatch ─▶ Ticket ─┬─▶ [work ring] ─▶ job: claim, run ─▶ fulfil
//!                               └─▶ [order ring] ───────────────────▶ front ticket ─▶ batch
//!        ◀──────────────────────────[return ring]◀────────────────── old batches
//! ```
//!
//! The pipeline knows rings, tickets, waiting and shutdown; what a batch means is the business of
//! the [`Stage`]. `docs/concurrency.md` argues for each ordering, and `models.rs` checks them.

#[cfg(feature = "parallel")]
mod consumer;
#[cfg(all(test, loom, feature = "parallel"))]
mod models;
#[cfg(feature = "parallel")]
mod pool;
#[cfg(feature = "parallel")]
mod producer;
#[cfg(feature = "parallel")]
mod ring;
#[cfg(feature = "parallel")]
mod shared;
#[cfg(feature = "parallel")]
mod signal;
#[cfg(feature = "parallel")]
mod slot;
mod stage;
#[cfg(all(test, not(loom), feature = "parallel"))]
mod tests;
#[cfg(feature = "parallel")]
mod ticket;

#[cfg(feature = "parallel")]
pub(crate) use consumer::{Next, Pipeline};
#[cfg(feature = "python")]
pub(crate) use pool::{MOST_THREADS, fork};
#[cfg(feature = "parallel")]
pub use pool::{set_threads, threads};
pub(crate) use stage::Stage;
pub(crate) use stage::{Work, run_guarded};

/// How many batches may wait in the order ring. With the one the caller is in, the one the I/O
/// thread fills and two in limbo, this bounds the memory of a stream.
pub(crate) const DEPTH: usize = 16;

/// How many unclaimed batches make a backlog worth waking a worker for. Below it the caller parses
/// sooner itself than a worker would wake.
#[cfg(feature = "parallel")]
const BACKLOG: isize = 4;

/// How many bytes of buffers may be in flight before the I/O thread waits. One batch may go beyond.
#[cfg(feature = "parallel")]
const BUDGET: usize = 4 << 20;
