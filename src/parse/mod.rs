//! The parse stage: from the frames of a batch to an index of records and fields, and the work that
//! is done on a batch while its bytes are in the cache.

mod batch;
mod by_entry;
pub(crate) mod entry;
mod index;
#[cfg(not(feature = "formats"))]
mod iso2709_only;
#[cfg(feature = "index")]
mod one;
mod project;
mod sieve;
mod stage;
mod stats;
mod text;
#[cfg(feature = "formats")]
mod text_format;

#[cfg(not(feature = "formats"))]
use iso2709_only as formats;
#[cfg(feature = "formats")]
use text_format as formats;

pub use batch::{Batch, BatchRecord, Item};
pub use project::{Parsed, ParsedRecord, Project};
pub use stats::Stats;

pub(crate) use entry::What;
pub(crate) use formats::TextParse;
pub(crate) use index::{Index, Parse};
pub(crate) use sieve::{Choose, Sieve};
pub(crate) use stage::ParseStage;
