//! The line format of `yaz-marcdump`: a leader, then one field a line.
//!
//! ```text
//! 00714cam a2200205 a 4500
//! 001 ocm1
//! 245 10 $a Emma / $c Jane Austen.
//! ```
//!
//! Read by [`Reader`](crate::Reader), written by
//! [`Writer`](super::Writer) or, one record a call, by [`write_record`].

mod read;
mod write;

pub(super) use read::{extents, parse};
pub(super) use write::write_as;
pub use write::write_record;
