//! The formats in which records are interchanged.
//!
//! [`iso2709`] is always there. The feature `formats` adds the text formats, and a `Writer` for
//! all of them. [`Reader`](crate::Reader) reads them.

#![forbid(unsafe_code)]

pub mod iso2709;

#[cfg(feature = "formats")]
mod auto_source;
#[cfg(feature = "cli")]
mod beside;
#[cfg(feature = "formats")]
mod detect;
#[cfg(feature = "formats")]
#[cfg_attr(not(feature = "python"), expect(dead_code, reason = "a Python writer can be used on"))]
mod document;
#[cfg(feature = "formats")]
mod draft;
mod error;
#[cfg(feature = "formats")]
mod found;
#[cfg(feature = "formats")]
mod framing;
#[cfg(feature = "formats")]
pub mod iso2709_split;
#[cfg(feature = "formats")]
pub mod json;
#[cfg(feature = "formats")]
mod kind;
#[cfg(feature = "formats")]
mod leader;
#[cfg(feature = "formats")]
pub mod line;
#[cfg(feature = "formats")]
mod lines;
#[cfg(feature = "formats")]
pub mod marcmaker;
#[cfg(feature = "formats")]
pub mod marcxml;
#[cfg(feature = "formats")]
mod normal;
#[cfg(feature = "formats")]
mod note;
#[cfg(feature = "formats")]
mod options;
#[cfg(feature = "formats")]
mod plain;
#[cfg(feature = "formats")]
mod recode;
#[cfg(feature = "formats")]
mod shape;
#[cfg(feature = "formats")]
mod syntax;
#[cfg(feature = "formats")]
mod text;
#[cfg(feature = "formats")]
mod text_framer;
#[cfg(feature = "formats")]
mod unheld;
#[cfg(feature = "formats")]
mod writer;

#[cfg(feature = "formats")]
pub use crate::compress::{Compression, UnknownCompression};
#[cfg(feature = "formats")]
pub use crate::record::AsRecord;
#[cfg(feature = "cli")]
pub(crate) use beside::Beside;
#[cfg(feature = "formats")]
pub(crate) use document::{Document, Placement};
pub use error::{WriteError, WriteErrorKind};
#[cfg(feature = "formats")]
pub(crate) use {
    auto_source::{AutoSource, ReadRequest},
    draft::{Draft, ParseError},
    found::Found,
    options::ReadOptions,
    syntax::Syntax,
    unheld::unheld,
};
#[cfg(feature = "formats")]
pub use {
    detect::DETECTION_LENGTH,
    kind::{Format, UnknownFormat, UnknownSuffix},
    normal::NormalForm,
    note::{Note, NoteKind},
    options::{Controls, Mnemonics, Overlong, WriteOptions},
    writer::Writer,
};
