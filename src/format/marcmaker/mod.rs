//! MARCMaker text (`.mrk`), in MarcEdit's dialect with the mnemonics of the
//! [Library of Congress](https://www.loc.gov/marc/makrbrkr.html).
//!
//! Read by [`Reader`](crate::Reader), written by
//! [`Writer`](super::Writer) or, one record a call, by [`write_record`].

mod mnemonics;
mod read;
mod write;

pub(super) use read::{extents, parse};
pub(super) use write::write_as;
pub use write::write_record;
