//! Streams: batches and records of one input in their order, with quarantine, limits, totals and
//! end, on the caller's thread or through the pipeline.

mod batches;
mod engine;
mod options;
mod quarantine;
mod steps;

pub use quarantine::Quarantine;

#[cfg(feature = "python")]
pub(crate) use quarantine::is_delay;
pub(crate) use {
    batches::{Batches, Step},
    engine::{Engine, Turn},
    options::{Found, MOST_BYTES, Options},
    steps::Stream,
};
