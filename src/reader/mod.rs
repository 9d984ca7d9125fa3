//! Readers: records out of a source, one after the other.

mod batch;
mod builder;
mod check;
mod engine;
mod index;
mod open;
mod options;
mod proof;
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
pub use quarantine::Quarantine;
pub use rust::Reader;
pub use shared_record::SharedRecord;
pub use stats::Stats;

#[cfg(feature = "python")]
pub(crate) use engine::Turn;
#[cfg(feature = "python")]
pub(crate) use index::What;
#[cfg(feature = "python")]
pub(crate) use options::{MOST_BYTES, Options};
#[cfg(feature = "python")]
pub(crate) use proof::Proof;
#[cfg(feature = "python")]
pub(crate) use quarantine::is_delay;
#[cfg(feature = "python")]
pub(crate) use stream::{Step, Stream};
