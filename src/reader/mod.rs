//! The Rust face of reading: the reader, its builder, records that can be kept, `check`, reports.

mod archive;
mod builder;
mod check;
#[cfg(feature = "cli")]
mod fault_page;
#[cfg(feature = "formats")]
mod formats;
#[cfg(not(feature = "formats"))]
mod iso2709_only;
#[cfg(feature = "filter")]
mod matching;
mod open;
mod place;
mod projected;
mod range;
mod report;
mod rust;
mod scan;
mod shared_record;
mod words;

#[cfg(not(feature = "formats"))]
use iso2709_only as formats;

pub use builder::ReaderBuilder;
pub use check::{Summary, check};
#[cfg(feature = "cli")]
pub(crate) use fault_page::FaultPage;
#[cfg(feature = "filter")]
pub use matching::Matching;
pub use projected::Projected;
pub use range::splits;
#[cfg(feature = "cli")]
pub(crate) use report::push_cell;
pub use report::{ReportFormat, report};
#[cfg(feature = "python")]
pub(crate) use report::{ReportRows, SUFFIXES as REPORT_SUFFIXES};
pub use rust::Reader;
pub use shared_record::SharedRecord;
