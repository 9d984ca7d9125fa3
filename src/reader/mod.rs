//! The Rust face of reading: the reader, its builder, records that can be kept, `check`.

mod builder;
mod check;
#[cfg(feature = "formats")]
mod formats;
#[cfg(not(feature = "formats"))]
mod iso2709_only;
mod open;
mod projected;
mod rust;
mod shared_record;
mod words;

pub use builder::ReaderBuilder;
pub use check::{Summary, check};
pub use projected::Projected;
pub use rust::Reader;
pub use shared_record::SharedRecord;
