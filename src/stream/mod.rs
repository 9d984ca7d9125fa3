//! Streams: batches and records of one input in their order, with quarantine, limits, totals and
//! end, on the caller's thread or through the pipeline.

mod batches;
mod current_input;
mod engine;
#[cfg(feature = "formats")]
mod format_options;
#[cfg(not(feature = "formats"))]
mod iso2709_only;
mod options;
mod quarantine;
mod ranges;
mod several;
mod steps;

#[cfg(feature = "formats")]
use format_options as formats;
#[cfg(not(feature = "formats"))]
use iso2709_only as formats;

pub use quarantine::Quarantine;

pub(crate) use {
    batches::{Batches, NextEntry},
    engine::Engine,
    options::{MOST_BYTES, MOST_PARTITIONS, Options},
    ranges::{Ranges, WAITING},
    steps::Stream,
};
