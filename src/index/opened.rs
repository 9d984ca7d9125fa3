//! An open index.

use super::{
    builder::IndexBuilder,
    error::IndexError,
    file::{read_footer, read_page},
    footer::{Footer, Sections},
    one_record::{HEAD, OneRecord},
    page::Page,
    search::Candidates,
};
use crate::{
    encoding::TextOptions,
    error::InputName,
    format::Format,
    reader::SharedRecord,
    source::{FileId, INDEX_SUFFIX, InUse},
    stream::Options,
};
use std::{
    ffi::OsString,
    fmt,
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    vec::Vec,
};

/// The index of a file: its records by number and by control number (001).
///
/// An index is built once, into an index file beside the data file, and then opened in
/// microseconds, whatever the number of records. Each look-up reads a few pages of the index file
/// and then the record. Both files stay open, and nothing of them is kept in memory, except the last
/// block of BGZF. An index may be used by several threads at once.
///
/// Records are counted from 0 here: all records that a [`Reader`](crate::Reader) with the same
/// options delivers, without faults. Their [number](SharedRecord::number) is the one that the
/// reader gives them, from 1 and counting faults.
///
/// A key is the bytes of the first field 001 of a record, with all blanks, without its terminator.
///
/// ```
/// use tidemarc::Index;
///
/// # let path = std::env::temp_dir().join(format!("tidemarc-index-doc-{}.mrc", std::process::id()));
/// # std::fs::copy("tests/fixtures/books.mrc", &path)?;
/// let index = Index::build(&path)?; // writes books.mrc.tmi
/// assert_eq!(index.len(), 60);
///
/// let index = Index::open(&path)?;
/// let record = index.record(2)?.unwrap();
/// assert_eq!(record.number(), 3);
/// let key = record.view().control_number().unwrap();
/// assert_eq!(index.get(key)?.unwrap().offset(), record.offset());
/// assert!(index.get(b"no such number")?.is_none());
/// # std::fs::remove_file(&path)?;
/// # std::fs::remove_file(path.with_extension("mrc.tmi"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Index {
    pub(super) path: PathBuf,
    pub(super) file: File,
    index_path: PathBuf,
    index_file: File,
    pub(super) footer: Footer,
    pub(super) sections: Sections,
    pub(super) reading: OneRecord,
    /// The block of BGZF that was decompressed last, by its number.
    pub(super) block: Mutex<Option<(u64, Arc<Vec<u8>>)>>,
    _in_use: Option<InUse>,
}

/// Returns the path of the index file of a data file: the same path with `.tmi` after it.
pub(crate) fn index_path(path: &Path) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(INDEX_SUFFIX);
    path.into()
}

impl Index {
    /// Returns a builder, to set the options of reading and the path of the index file.
    #[must_use]
    pub fn builder() -> IndexBuilder {
        IndexBuilder::new()
    }

    /// Reads a whole file, writes its index file (the same path with `.tmi` after it), and returns
    /// the index.
    ///
    /// It reads at nearly the speed of a reader, with the default number of threads. Memory is
    /// bounded: beyond two million keys they are sorted by a temporary file beside the index file.
    /// Damaged records have no entry, and are [counted](Self::faults).
    ///
    /// # Errors
    /// Fails if the file cannot be read or is not MARC, is not a regular file, is compressed in
    /// another way than BGZF, or changes meanwhile; if the index file cannot be written, or is an
    /// existing file of another kind. An older index file is then unchanged.
    pub fn build(path: impl AsRef<Path>) -> Result<Self, IndexError> {
        Self::builder().build(path)
    }

    /// Opens the index file of a data file: the same path with `.tmi` after it.
    ///
    /// # Errors
    /// Fails if one of the two files cannot be opened, if the data file has another length, time of
    /// its last change, or other bytes at its ends than the file that was indexed
    /// ([`Stale`](IndexError::Stale)), or if the index file is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, IndexError> {
        Self::builder().open(path)
    }

    pub(crate) fn open_with(
        path: &Path,
        index_path: &Path,
        text: TextOptions,
    ) -> Result<Self, IndexError> {
        let (in_source, in_index) = (IndexError::io(path), IndexError::io(index_path));
        let index_file = File::open(index_path).map_err(&in_index)?;
        let footer = read_footer(index_path, &index_file)?;
        let file = File::open(path).map_err(&in_source)?;
        if let Some(difference) = footer.source.difference(&file).map_err(&in_source)? {
            return Err(IndexError::stale(path, difference));
        }
        let mut options = Options {
            repair: footer.repairs,
            max_record_length: footer.max_record_length as usize,
            text,
            ..Options::default()
        };
        options.formats.controls = footer.controls;
        options.formats.mnemonics = footer.mnemonics;
        let in_use = FileId::of_file(&file, path).map(InUse::reading);
        let name = InputName::from(path);
        let reading = OneRecord::new(&options, footer.format, name.clone(), &[]);
        let mut index = Self {
            path: path.to_owned(),
            file,
            index_path: index_path.to_owned(),
            index_file,
            sections: footer.sections(),
            footer,
            reading,
            block: Mutex::new(None),
            _in_use: in_use,
        };
        if index.footer.format == Format::Marcxml {
            let length = index.footer.data_length.min(HEAD) as u32;
            let head = index.data(0, length)?.unwrap_or_default();
            index.reading = OneRecord::new(&options, index.footer.format, name, &head);
        }
        Ok(index)
    }

    /// Returns the number of records.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.footer.records
    }

    /// Returns true if there are no records.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.footer.records == 0
    }

    /// Returns the number of faults: damaged spans of the file, which have no entry.
    #[must_use]
    pub const fn faults(&self) -> u64 {
        self.footer.faults
    }

    /// Returns the number of records whose key an earlier record has too.
    #[must_use]
    pub const fn duplicates(&self) -> u64 {
        self.footer.duplicates
    }

    /// Returns the number of records without a key: they have no field 001.
    #[must_use]
    pub const fn without_key(&self) -> u64 {
        self.footer.records - self.footer.keys
    }

    /// Returns the path of the data file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of the index file.
    #[must_use]
    pub fn index_file(&self) -> &Path {
        &self.index_path
    }

    /// Returns the format of the data.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.footer.format
    }

    /// Returns true if damaged records were repaired when the file was indexed. Then they have
    /// entries too.
    #[must_use]
    pub const fn repairs(&self) -> bool {
        self.footer.repairs
    }

    /// Returns a record by its index among the records, from 0; `None` beyond the last.
    ///
    /// # Errors
    /// Fails if one of the files cannot be read, if the data file has changed since it was opened,
    /// or if the index file is damaged.
    pub fn record(&self, at: u64) -> Result<Option<SharedRecord>, IndexError> {
        if at >= self.len() {
            return Ok(None);
        }
        let batch = self.batch(at)?;
        Ok(Some(SharedRecord::new(Arc::new(batch), 0)))
    }

    /// Returns the offset of a record, in bytes from the start of the data; `None` beyond the last
    /// record. The data of a compressed file is what it contains.
    ///
    /// # Errors
    /// Fails if the index file cannot be read, or is damaged.
    pub fn offset(&self, at: u64) -> Result<Option<u64>, IndexError> {
        if at >= self.len() {
            return Ok(None);
        }
        self.place(at).map(|place| Some(place.offset))
    }

    /// Returns the virtual offset of a record in a file of BGZF: the offset of its block in the
    /// file, times 65,536, and the offset of the record in the data of the block (SAM specification,
    /// section 4.1.1). Returns `None` beyond the last record, and for a file that is not BGZF.
    ///
    /// # Errors
    /// Fails if the index file cannot be read, or is damaged.
    pub fn virtual_offset(&self, at: u64) -> Result<Option<u64>, IndexError> {
        let Some(offset) = self.offset(at)? else { return Ok(None) };
        if self.footer.blocks == 0 {
            return Ok(None);
        }
        let (_, block) = self.block_of(offset)?;
        Ok(Some(block.file << 16 | (offset - block.data)))
    }

    /// Returns the first record with this key.
    ///
    /// # Errors
    /// Returns the errors of [`record`](Self::record).
    pub fn get(&self, key: &[u8]) -> Result<Option<SharedRecord>, IndexError> {
        self.get_all(key).next().transpose()
    }

    /// Returns true if a record has this key. It reads that record, to be sure.
    ///
    /// # Errors
    /// Returns the errors of [`record`](Self::record).
    pub fn contains(&self, key: &[u8]) -> Result<bool, IndexError> {
        self.get(key).map(|found| found.is_some())
    }

    /// Returns all records with this key, in the order of the file.
    ///
    /// ```
    /// # use tidemarc::Index;
    /// # let path = std::env::temp_dir().join(format!("tidemarc-all-doc-{}.mrc", std::process::id()));
    /// // A file with everything twice.
    /// let books = std::fs::read("tests/fixtures/books.mrc")?;
    /// std::fs::write(&path, books.repeat(2))?;
    /// let index = Index::build(&path)?;
    /// assert_eq!(index.duplicates(), 60);
    /// for record in index.get_all(b"tm000003") {
    ///     println!("{}", record?.offset());
    /// }
    /// assert_eq!(index.get_all(b"tm000003").count(), 2);
    /// # std::fs::remove_file(&path)?;
    /// # std::fs::remove_file(path.with_extension("mrc.tmi"))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_all<'i>(
        &'i self,
        key: &'i [u8],
    ) -> impl Iterator<Item = Result<SharedRecord, IndexError>> + use<'i> {
        let mut candidates = Some(Candidates::of(self, key));
        std::iter::from_fn(move || {
            let mut found = match candidates.take()? {
                Ok(found) => found,
                Err(error) => return Some(Err(error)),
            };
            let next = self.next_match(&mut found, key).transpose()?;
            // After an error there is nothing more.
            let next = next.map(|batch| SharedRecord::new(Arc::new(batch), 0));
            candidates = next.is_ok().then_some(Ok(found));
            Some(next)
        })
    }

    /// Reads a page of the index file.
    pub(super) fn page(&self, number: u64) -> Result<Page, IndexError> {
        read_page(&self.index_path, &self.index_file, number)
    }

    pub(super) fn damaged(&self, page: u64, reason: &'static str) -> IndexError {
        IndexError::damaged(&self.index_path, page, reason)
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("path", &self.path)
            .field("index_file", &self.index_path)
            .field("records", &self.len())
            .finish_non_exhaustive()
    }
}

static_assertions::assert_impl_all!(Index: Send, Sync);
