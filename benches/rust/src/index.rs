//! The index of a file.

use std::path::Path;

use tidemarc::{Index, Reader, ReaderBuilder};

use crate::{Outcome, Result};

/// Reads the file, and writes its index file beside it.
fn build(reader: ReaderBuilder, file: &Path) -> Result<Outcome> {
    let index = Index::builder().reader(reader).build(file)?;
    let check = Some(index.duplicates() + index.without_key());
    Ok(Outcome { records: Some(index.len()), check, ..Outcome::default() })
}

pub fn default_threads(file: &Path) -> Result<Outcome> {
    build(Reader::builder(), file)
}

pub fn one_thread(file: &Path) -> Result<Outcome> {
    build(Reader::builder().threads(1), file)
}
