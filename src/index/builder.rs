//! The options of an index.

use super::{
    build::Build,
    error::IndexError,
    opened::{Index, index_path},
};
use crate::reader::ReaderBuilder;
use std::{
    path::{Path, PathBuf},
    task::Poll,
};

/// Builds or opens an [`Index`] with options.
///
/// ```
/// use tidemarc::{Index, Reader};
///
/// let file = std::env::temp_dir().join(format!("tidemarc-doc-{}.tmi", std::process::id()));
/// let builder = Index::builder().reader(Reader::builder().repair(true)).index_file(&file);
/// let index = builder.build("tests/fixtures/books-damaged.mrc")?;
/// assert_eq!((index.len(), index.faults()), (59, 2));
/// # std::fs::remove_file(file)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct IndexBuilder {
    reader: ReaderBuilder,
    file: Option<PathBuf>,
}

impl IndexBuilder {
    /// Creates a builder with all defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the options for reading. [`build`](Self::build) uses all of them except
    /// [`start`](ReaderBuilder::start), [`range`](ReaderBuilder::range),
    /// [`partitions`](ReaderBuilder::partitions), [`max_faults`](ReaderBuilder::max_faults),
    /// [`skip_faults`](ReaderBuilder::skip_faults) and [`read_ahead`](ReaderBuilder::read_ahead).
    /// [`open`](Self::open) uses those for text alone; the index file has the others.
    #[must_use]
    pub fn reader(mut self, reader: ReaderBuilder) -> Self {
        self.reader = reader;
        self
    }

    /// Sets the path of the index file.
    ///
    /// Default: the path of the data file with `.tmi` after it.
    #[must_use]
    pub fn index_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Reads a whole file, and writes its index file. An older index file is replaced when the new
    /// one is complete. See [`Index::build`].
    ///
    /// # Errors
    /// Returns the errors of [`Index::build`].
    pub fn build(&self, path: impl AsRef<Path>) -> Result<Index, IndexError> {
        let path = path.as_ref();
        let (options, settled) = self.reader.options();
        settled.map_err(IndexError::io(path))?;
        let mut build = Build::begin(path, &self.path_of(path), options)?;
        while !matches!(build.step(None)?, Poll::Ready(true)) {}
        build.finish(&mut || Ok(()))
    }

    /// Opens the index file of a data file. See [`Index::open`].
    ///
    /// # Errors
    /// Returns the errors of [`Index::open`].
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Index, IndexError> {
        let path = path.as_ref();
        Index::open_with(path, &self.path_of(path), self.reader.options().0.text)
    }

    fn path_of(&self, path: &Path) -> PathBuf {
        self.file.clone().unwrap_or_else(|| index_path(path))
    }
}
