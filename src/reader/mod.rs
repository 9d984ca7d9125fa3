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

#[cfg(feature = "formats")]
pub(crate) use index::What;
#[cfg(feature = "python")]
pub(crate) use {
    batches::{Batches, Step},
    engine::Turn,
    options::{MOST_BYTES, Options},
    quarantine::is_delay,
    stream::Stream,
};
