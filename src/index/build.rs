//! Building of an index file, batch by batch.

use super::{
    bgzf,
    entry::{MAX_RECORDS, Place},
    error::{Difference, IndexError},
    file::is_index,
    footer::{Footer, bits_of, head},
    identity::{Identity, Version, ends},
    opened::Index,
    page::PageWriter,
    places::{Part, Places},
    sort::{MOST_KEYS, Sorter},
};
use crate::{
    framing::signatures::packed::{Compression, HEAD},
    output::OutputFile,
    parse::{Batch, Stats},
    pipeline::NextBatch,
    source::{FileId, positioned::read_exact_at},
    stream::{Batches, Options},
};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    string::{String, ToString},
    task::Poll,
    time::Duration,
    vec::Vec,
};

/// Number of keys that are written between two looks at the caller's wish to stop.
const KEYS_AT_ONCE: u64 = 1 << 16;

/// The building of an index, until it is finished. If it is dropped before, an old index file is
/// unchanged.
pub(crate) struct Build {
    batches: Batches<Places>,
    options: Options,
    path: PathBuf,
    target: PathBuf,
    /// The data file, for all that does not read its records.
    file: File,
    version: Version,
    is_bgzf: bool,
    pub(super) output: PageWriter<OutputFile>,
    keys: Sorter,
    records: u64,
    faults: u32,
}

impl Build {
    /// Opens a data file, and the file for its index. Nothing is read yet.
    ///
    /// # Errors
    /// If one of them cannot be opened, if the data file cannot have an index, or if the other is
    /// a file that is not an index.
    pub(crate) fn begin(path: &Path, target: &Path, options: Options) -> Result<Self, IndexError> {
        Self::with_limit(path, target, options, MOST_KEYS)
    }

    /// Does the same, and sorts at most this many keys in memory.
    pub(super) fn with_limit(
        path: &Path,
        target: &Path,
        options: Options,
        most_keys: usize,
    ) -> Result<Self, IndexError> {
        let in_source = IndexError::io(path);
        let in_target = IndexError::io(target);
        // The records are those of the whole file, in any case.
        let options = Options {
            start: 0,
            range: None,
            partitions: 1,
            max_faults: None,
            read_ahead: true,
            ..options
        };
        let stream = options.clone().stream_of_path(path).map_err(&in_source)?;
        let file = File::open(path).map_err(&in_source)?;
        let metadata = file.metadata().map_err(&in_source)?;
        let unsupported =
            |reason: String| IndexError::Unsupported { path: path.to_owned(), reason };
        if !metadata.is_file() {
            return Err(unsupported("only a regular file can have an index".to_string()));
        }
        let files = stream.files();
        if files.first() != FileId::of_file(&file, path).as_ref() {
            return Err(unsupported("the file was replaced while it was opened".to_string()));
        }
        let version = Version::of_metadata(&metadata).map_err(&in_source)?;
        let mut first = [0; HEAD];
        let first = &mut first[..HEAD.min(usize::try_from(version.length).unwrap_or(HEAD))];
        read_exact_at(&file, first, 0).map_err(&in_source)?;
        let compression = Compression::of(first);
        let is_bgzf =
            compression.is_some() && bgzf::is_bgzf(&file, version.length).map_err(&in_source)?;
        if let Some(kind) = compression.filter(|_| !is_bgzf) {
            let name = kind.format().name();
            return Err(unsupported(format!("the file is compressed ({name}): {}", bgzf::ADVICE)));
        }
        check_target(target, files.first())?;
        let mut output = PageWriter::new(OutputFile::create(target).map_err(&in_target)?);
        output.put(&head()).and_then(|()| output.end_section()).map_err(&in_target)?;
        let folder = target.parent().filter(|folder| *folder != Path::new(""));
        Ok(Self {
            batches: stream.project(Places),
            options,
            version,
            is_bgzf,
            output,
            keys: Sorter::new(folder.unwrap_or(Path::new(".")).to_owned(), most_keys),
            records: 0,
            faults: 0,
            path: path.to_owned(),
            target: target.to_owned(),
            file,
        })
    }

    /// Indexes the next batch. Returns true at the end of the input. Waits no longer than
    /// `patience`, or as long as it takes.
    ///
    /// # Errors
    /// If the data file cannot be read, or is not MARC, and if the index file or its temporary file
    /// cannot be written.
    pub(crate) fn step(&mut self, patience: Option<Duration>) -> Result<Poll<bool>, IndexError> {
        match self.batches.next(patience) {
            NextBatch::Batch((batch, part)) => {
                self.take(&batch, &part)?;
                self.batches.give_back(part);
                Ok(Poll::Ready(false))
            }
            NextBatch::Pending => Ok(Poll::Pending),
            NextBatch::End => Ok(Poll::Ready(true)),
            NextBatch::Failed(error) => Err(IndexError::Read(self.batches.failure(error))),
        }
    }

    fn take(&mut self, batch: &Batch, part: &Part) -> Result<(), IndexError> {
        if let Some(error) = part.fatal.and_then(|at| batch.error(at)) {
            return Err(IndexError::Read(error));
        }
        let too_many = || IndexError::Unsupported {
            path: self.path.clone(),
            reason: format!("an index holds at most {MAX_RECORDS} records and {} faults", u32::MAX),
        };
        let faults = self.faults.checked_add(part.faults).ok_or_else(too_many)?;
        let records = self.records + part.places.len() as u64;
        if records > MAX_RECORDS {
            return Err(too_many());
        }
        let in_target = IndexError::io(&self.target);
        for place in &part.places {
            let place = Place { faults: self.faults + place.faults, ..*place };
            self.output.put(&place.to_bytes()).map_err(&in_target)?;
        }
        for key in &part.keys {
            self.keys.add(key.later_by(self.records)).map_err(&in_target)?;
        }
        (self.records, self.faults) = (records, faults);
        Ok(())
    }

    /// Returns the counts of the records so far.
    pub(crate) fn stats(&self) -> Stats {
        self.batches.stats()
    }

    /// Sorts the keys, writes the rest of the index file, and opens it. Calls a function again and
    /// again, which may end the work by an error.
    ///
    /// # Errors
    /// If the data file was changed while it was read, if the files cannot be read or written, and
    /// the errors of the function.
    pub(crate) fn finish(
        self,
        proceed: &mut dyn FnMut() -> io::Result<()>,
    ) -> Result<Index, IndexError> {
        let (in_source, in_target) = (IndexError::io(&self.path), IndexError::io(&self.target));
        let stats = self.stats();
        let found = self.batches.found().get().unwrap_or(crate::format::Format::Iso2709);
        let mut output = self.output;
        output.end_section().map_err(&in_target)?;
        let keys = self.keys.count();
        let (duplicates, buckets) =
            write_keys(&mut output, self.keys, proceed).map_err(&in_target)?;
        for start in buckets {
            output.put(&start.to_le_bytes()).map_err(&in_target)?;
        }
        output.end_section().map_err(&in_target)?;
        let mut blocks: u64 = 0;
        if self.is_bgzf {
            let mut end = 0;
            bgzf::scan(&self.file, self.version.length, &in_source, |block| {
                (blocks, end) = (blocks + 1, block.data);
                if blocks.is_multiple_of(KEYS_AT_ONCE) {
                    proceed().map_err(&in_target)?;
                }
                output.put(&block.to_bytes()).map_err(&in_target)
            })?;
            output.end_section().map_err(&in_target)?;
            if end != stats.position() {
                let reason = format!("its blocks state {end} bytes, and have {}", stats.position());
                return Err(IndexError::Unsupported { path: self.path.clone(), reason });
            }
        }
        // The file that was read must be the one whose identity is written.
        let now = Version::of(&self.file).map_err(&in_source)?;
        let difference = self.version.difference(now).or_else(|| {
            let read = stats.position();
            (!self.is_bgzf && read != now.length)
                .then_some(Difference::Length { indexed: read, found: now.length })
        });
        if let Some(difference) = difference {
            return Err(IndexError::stale(&self.path, difference));
        }
        let ends = ends(&self.file, self.version.length).map_err(&in_source)?;
        let footer = Footer {
            source: Identity { version: self.version, ends },
            records: self.records,
            faults: u64::from(self.faults),
            keys,
            duplicates,
            data_length: stats.position(),
            blocks,
            // The reader's options keep it below 2^30.
            max_record_length: self.options.max_record_length as u32,
            repairs: self.options.repair,
            format: found,
            controls: self.options.formats.controls,
            mnemonics: self.options.formats.mnemonics,
        };
        let written = output.put(&footer.to_bytes()).and_then(|()| output.end_section());
        written.and_then(|_| output.into_output().commit()).map_err(&in_target)?;
        Index::open_with(&self.path, &self.target, self.options.text)
    }
}

/// Writes the section of the keys. Returns the number of records of which an earlier one has the
/// key, and the first key of each bucket.
fn write_keys(
    output: &mut PageWriter<OutputFile>,
    keys: Sorter,
    proceed: &mut dyn FnMut() -> io::Result<()>,
) -> io::Result<(u64, Vec<u64>)> {
    let (count, bits) = (keys.count(), bits_of(keys.count()));
    let mut buckets = Vec::with_capacity((1 << bits) + 1);
    let (mut duplicates, mut last) = (0, None);
    for (at, key) in (0_u64..).zip(keys.finish()?) {
        let key = key?;
        while buckets.len() as u64 <= key.bucket(bits) {
            buckets.push(at);
        }
        duplicates += u64::from(last == Some(key.hash()));
        last = Some(key.hash());
        output.put(&key.to_bytes())?;
        if at % KEYS_AT_ONCE == 0 {
            proceed()?;
        }
    }
    buckets.resize((1 << bits) + 1, count);
    output.end_section()?;
    Ok((duplicates, buckets))
}

/// Checks that an index file may be written to a path: there is none, or an older index file.
fn check_target(target: &Path, source: Option<&FileId>) -> Result<(), IndexError> {
    let exists = || IndexError::Exists { path: target.to_owned() };
    match fs::metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(IndexError::io(target)(error)),
        Ok(metadata) if !metadata.is_file() => Err(exists()),
        Ok(_) if FileId::of_path(target).as_ref() == source => Err(exists()),
        Ok(metadata) if metadata.len() == 0 => Ok(()),
        Ok(_) => match is_index(target).map_err(IndexError::io(target))? {
            true => Ok(()),
            false => Err(exists()),
        },
    }
}
