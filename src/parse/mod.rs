//! The parse stage: from the frames of a batch to an index of records and fields, and the work that
//! is done on a batch while its bytes are in the cache.

mod batch;
mod index;
#[cfg_attr(
    not(feature = "formats"),
    expect(dead_code, reason = "only a conversion walks the entries")
)]
mod project;
mod stats;
mod text;
#[cfg(feature = "formats")]
mod text_index;

pub use batch::{Batch, BatchRecord, Item};
pub use project::{Parsed, ParsedRecord, Project};
pub use stats::Stats;

pub(crate) use index::{Entry, Index, Parse, ParseStage, What};
