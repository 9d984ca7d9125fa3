//! The line format of `yaz-marcdump`: a leader, then one field on each line.
//!
//! ```text
//! 00714cam a2200205 a 4500
//! 001 ocm1
//! 245 10 $a Emma / $c Jane Austen.
//! ```
//!
//! It is read by [`Reader`](crate::Reader) and written by [`Writer`](super::Writer) or,
//! one record at a time, by [`write_record`].

mod read;
mod write;

#[cfg(feature = "cli")]
pub(super) use read::is_comment;
pub(super) use read::{framer, parse};
pub(super) use write::lines;
pub use write::write_record;
