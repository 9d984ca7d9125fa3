//! The parallel pipeline: an I/O thread, two rings, and a parse stage on a private Rayon pool.
//!
//! ```text
//! I/O thread                               pool                       caller
//! [feed] ─▶ RawBatch ─▶ Ticket ─┬─▶ [work ring] ─▶ job: claim, run ─▶ fulfil
//!    ▲                          └─▶ [order ring] ───────────────────▶ front ticket ─▶ batch
//!    │                                                                              ▲
//!    └─ the consumer, if the order ring is empty ───────────────────▶ RawBatch ─────┘
//!        ◀──────────────────────────[return ring]◀────────────────── old batches
//! ```
//!
//! The pipeline knows rings, tickets, waiting and shutdown; the meaning of a batch is the business of
//! the [`Stage`]. `docs/concurrency.md` argues for each ordering, and `models.rs` checks them.

#[cfg(feature = "parallel")]
mod consumer;
#[cfg(feature = "parallel")]
mod feed;
mod limits;
#[cfg(all(test, loom, feature = "parallel"))]
mod models;
#[cfg(feature = "parallel")]
mod pace;
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
#[cfg_attr(not(feature = "parallel"), expect(dead_code, reason = "nothing is queued"))]
mod stage;
#[cfg(all(test, not(loom), feature = "parallel"))]
mod tests;
#[cfg(feature = "parallel")]
mod ticket;

#[cfg(feature = "parallel")]
pub(crate) use consumer::Pipeline;
pub use limits::Limits;
#[cfg(feature = "parallel")]
pub(crate) use pool::apart_from_forks;
#[cfg(feature = "python")]
pub(crate) use pool::{MOST_THREADS, fork};
#[cfg(feature = "parallel")]
pub use pool::{set_threads, threads};
pub(crate) use stage::{NextBatch, Stage, Work, run_guarded};

/// Starts a thread. Without the feature there are no hooks that could fork meanwhile.
#[cfg(not(feature = "parallel"))]
pub(crate) fn apart_from_forks<R>(start: impl FnOnce() -> R) -> Option<R> {
    Some(start())
}
