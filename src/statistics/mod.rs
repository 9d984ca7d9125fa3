//! Statistics of an input: its tags, indicators and subfields, with counts, histograms and samples;
//! record types, encodings, languages, years; faults by kind. `docs/statistics.md` describes them.

mod collector;
mod counts;
mod facet;
mod html;
mod json;
mod options;
mod report;
mod tally;
mod text;
mod values;

pub use facet::Facet;
pub use options::StatisticsOptions;
pub use report::{Statistics, SubfieldStatistics, TagStatistics};

#[cfg(feature = "cli")]
pub(crate) use html::{HEAD as PAGE_HEAD, text as html_text};

#[cfg(feature = "python")]
pub(crate) use collector::Collector;
