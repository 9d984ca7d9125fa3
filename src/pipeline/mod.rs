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
mod limits;
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
#[cfg_attr(not(feature = "parallel"), expect(dead_code, reason = "nothing is queued"))]
mod stage;
#[cfg(all(test, not(loom), feature = "parallel"))]
mod tests;
#[cfg(feature = "parallel")]
mod ticket;

#[cfg(feature = "parallel")]
pub(crate) use consumer::{Next, Pipeline};
pub use limits::Limits;
#[cfg(feature = "python")]
pub(crate) use pool::{MOST_THREADS, fork};
#[cfg(feature = "parallel")]
pub use pool::{set_threads, threads};
pub(crate) use stage::{Stage, Work, run_guarded};
