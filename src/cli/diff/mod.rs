//! The comparison of two files of records.
//!
//! Each file is read once. Of each record only hashes of its key and of its content stay in memory;
//! its place goes to a temporary file. After the records are paired by their keys, those that differ
//! are read again from their places, and compared field by field.

mod content;
mod fields;
mod html;
mod json;
mod pairing;
mod records;
mod side;
mod text;

pub(super) use content::Rule;
pub(super) use html::Html;
pub(super) use json::Json;
pub(super) use pairing::{Paired, pair};
pub(super) use records::{Change, changes};
pub(super) use side::Side;
pub(super) use text::Text;
