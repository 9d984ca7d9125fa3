//! MARCXML ([`MARC21slim`](https://www.loc.gov/standards/marcxml/)).
//!
//! It is read by [`Reader`](crate::Reader) and written by [`Writer`](super::Writer) or,
//! one record at a time, by [`write_record`].

mod chars;
mod envelope;
mod frame;
mod framer;
mod markup;
mod names;
mod plain;
mod read;
mod schema;
mod sections;
mod write;

pub use write::{NAMESPACE, write_record};
pub(super) use write::{begin, element, end};
pub(super) use {chars::is_legal, framer::XmlFramer, read::parse, schema::is_code};
