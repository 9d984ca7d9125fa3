//! The index file: the place of each record of a file, by number and by control number.
//!
//! An index file is written beside the data file ([`Build`]), and read by positioned reads of whole
//! pages ([`Index`]). `docs/index-file.md` states the layout, byte by byte.

#![forbid(unsafe_code)]

#[cfg(feature = "compress")]
mod bgzf;
#[cfg(not(feature = "compress"))]
#[path = "bgzf_none.rs"]
mod bgzf;
mod build;
mod builder;
mod data;
mod entry;
mod error;
mod file;
mod footer;
mod identity;
mod opened;
mod page;
mod places;
mod record;
mod scratch;
mod search;
mod sort;

#[cfg_attr(not(feature = "python"), expect(unused_imports, reason = "only Python steps it"))]
pub(crate) use build::Build;
pub use builder::IndexBuilder;
pub use error::{Difference, IndexError};
pub use opened::Index;
#[cfg_attr(not(feature = "python"), expect(unused_imports, reason = "only Python names it"))]
pub(crate) use opened::index_path;
#[cfg_attr(not(feature = "python"), expect(unused_imports, reason = "only Python keeps them"))]
pub(crate) use search::Candidates;

#[cfg(test)]
mod tests;
