//! MARC-in-JSON, as `pymarc`, `ruby-marc` and others write it: in an array, one record on each line
//! (JSON Lines), or one object after the other.
//!
//! It is read by [`Reader`](crate::Reader) and written by [`Writer`](super::Writer) or,
//! one record at a time, by [`write_record`].

mod framer;
mod nesting;
mod read;
mod scan;
mod search;
mod write;

pub(super) use write::object;
pub use write::write_record;
pub(super) use {framer::JsonFramer, read::parse};
