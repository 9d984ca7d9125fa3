//! Readers: records out of a source, one after the other.

mod batch;
mod batches;
mod builder;
mod check;
mod engine;
mod index;
mod open;
mod options;
mod project;
mod projected;
mod quarantine;
mod rust;
mod shared_record;
mod stats;
mod stream;
mod text;
#[cfg(feature = "formats")]
mod text_index;
mod words;

pub use batch::{Batch, BatchRecord, Item};
pub use builder::ReaderBuilder;
pub use check::{Summary, check};
pub use project::{Parsed, ParsedRecord, Project};
pub use projected::Projected;
pub use quarantine::Quarantine;
pub use rust::Reader;
pub use shared_record::SharedRecord;
pub use stats::Stats;

#[cfg(feature = "python")]
pub(crate) use {batches::Batches, engine::Turn};
#[cfg(feature = "formats")]
pub(crate) use {batches::Step, index::What, stream::Stream};
#[cfg(feature = "python")]
pub(crate) use {
    options::{MOST_BYTES, Options},
    quarantine::is_delay,
};
