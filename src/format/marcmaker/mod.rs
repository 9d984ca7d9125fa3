//! MARCMaker text (`.mrk`), in MarcEdit's dialect with the mnemonics of the
//! [Library of Congress](https://www.loc.gov/marc/makrbrkr.html).
//!
//! It is read by [`Reader`](crate::Reader) and written by [`Writer`](super::Writer) or,
//! one record at a time, by [`write_record`].

mod mnemonics;
mod read;
mod write;

#[cfg(feature = "cli")]
pub(super) use read::is_comment;
pub(super) use read::{framer, parse};
pub(super) use write::lines;
pub use write::write_record;
