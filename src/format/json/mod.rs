//! MARC-in-JSON, as `pymarc`, `ruby-marc` and others have it: in an array, one record a line (JSON
//! Lines), or one object after the other.
//!
//! Read by [`Reader`](crate::Reader), written by
//! [`Writer`](super::Writer) or, one record a call, by [`write_record`].

mod extents;
mod nesting;
mod read;
mod scan;
mod search;
mod write;

pub(super) use write::write_as;
pub use write::write_record;
pub(super) use {extents::JsonExtents, read::parse};
