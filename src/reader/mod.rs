//! Readers: records out of a source, one after the other.

mod batch;
mod batches;
mod builder;
mod check;
mod engine;
mod index;
mod project;
mod quarantine;
mod rust;
mod shared_record;
mod stats;
mod stream;
#[cfg(feature = "formats")]
mod text_index;
mod undecodable;

pub use batch::{Batch, BatchRecord, Item};
pub use builder::ReaderBuilder;
pub use check::{Summary, check};
pub use quarantine::Quarantine;
pub use rust::Reader;
pub use shared_record::SharedRecord;
pub use stats::Stats;

#[cfg(feature = "formats")]
pub(crate) use builder::Options;
#[cfg(feature = "formats")]
pub(crate) use engine::Turn;
#[cfg(feature = "formats")]
pub(crate) use index::What;
#[cfg(feature = "formats")]
pub(crate) use {
    batches::{Batches, Step},
    project::{Parsed, ParsedRecord, Project},
    stream::Stream,
};
