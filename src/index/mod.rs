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
mod one_record;
mod opened;
mod page;
mod places;
mod record;
mod search;
mod sort;
#[cfg(feature = "cli")]
mod temporary;

#[cfg_attr(not(feature = "cli"), expect(unused_imports, reason = "others need no steps"))]
pub(crate) use build::Build;
pub use builder::IndexBuilder;
pub use error::{Difference, IndexError};
pub use opened::Index;
#[cfg_attr(not(feature = "cli"), expect(unused_imports, reason = "others name no index file"))]
pub(crate) use opened::index_path;
#[cfg_attr(not(feature = "cli"), expect(unused_imports, reason = "others keep no candidates"))]
pub(crate) use search::Candidates;
#[cfg(feature = "cli")]
pub(crate) use {
    entry::Place,
    one_record::{HEAD, OneRecord},
    places::{Part, Places},
};

#[cfg(test)]
mod tests;
