//! Streams over the files in zip archives.

use crate::{
    compress::{ArchivedFile, Progress, Ratio, Unpacked, files_in_archive, files_in_memory},
    error::{InputName, escaped},
    source::{
        FileId, Input, Memory, Metered, NamedInput, Opened, SharedBytes, open::open_file, open_path,
    },
    stream::{Options, Stream},
};
use std::{
    boxed::Box,
    format,
    fs::File,
    io::{self, Seek as _, SeekFrom},
    path::Path,
    sync::Arc,
    vec,
    vec::Vec,
};

/// Message of the error for an archive without a file to read.
const NO_FILE: &str = "the zip archive has no file";

/// Message of the error for an archive that was not one when the reader was made.
const CHANGED: &str = "the zip archive has changed since the reader was made";

/// A zip archive, which can be opened for each of its files.
#[derive(Clone)]
pub(super) enum Archive {
    /// A file at a path. It is open only while one of its files is read.
    Path {
        name: InputName,
        id: Option<FileId>,
    },
    /// An open file. Its position is that of the file that is being read.
    File {
        archive: Arc<File>,
        id: Option<FileId>,
    },
    Memory(SharedBytes),
}

impl Archive {
    /// Opens the archive at an offset.
    fn open(&self, start: u64) -> io::Result<Opened> {
        match self {
            Self::Path { name, .. } => open_path(name.as_path(), start, None),
            Self::File { archive, .. } => {
                let mut file = archive.try_clone()?;
                file.seek(SeekFrom::Start(start))?;
                open_file(file, 0, None)
            }
            Self::Memory(bytes) => Ok(Opened {
                input: Box::new(Memory::new(Arc::clone(bytes), start)),
                length: None,
                compressed_length: None,
                archive: None,
                is_member: false,
                start,
                skip: 0,
                file: None,
            }),
        }
    }

    fn id(&self) -> Option<FileId> {
        match self {
            Self::Path { id, .. } | Self::File { id, .. } => id.clone(),
            Self::Memory(_) => None,
        }
    }
}

/// Returns the name of a file in an archive, which may have a name too.
fn name_of(archive: Option<&InputName>, file: &ArchivedFile) -> InputName {
    let name = escaped(file.name());
    match archive {
        Some(archive) => InputName::from(&*format!("{}/{name}", &**archive)),
        None => InputName::from(&*name),
    }
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Checks that an archive that could not be listed when the stream was made has no directory, so that
/// it can be read as it is.
///
/// # Errors
/// If the directory is damaged or lists no file, or if it is new.
#[cold]
pub(super) fn check_no_files(archive: Option<File>) -> io::Result<()> {
    let Some(mut archive) = archive else { return Ok(()) };
    match files_in_archive(archive.try_clone()?)? {
        // The input over the file has the same position.
        None => archive.rewind(),
        Some(files) => Err(invalid(if files.is_empty() { NO_FILE } else { CHANGED })),
    }
}

impl Options {
    /// Returns a stream over an open zip archive of this length; see
    /// [`stream_of_files`](Self::stream_of_files).
    ///
    /// # Errors
    /// The same.
    pub(super) fn stream_of_archive(
        self,
        file: File,
        id: Option<FileId>,
        length: Option<u64>,
        skip: u64,
        name: InputName,
    ) -> io::Result<Stream> {
        let files = files_in_archive(file.try_clone()?)?;
        let archive = Archive::File { archive: Arc::new(file), id };
        self.stream_of_files(&archive, files, length, skip, Some(name))
    }

    /// Does the same for a zip archive in memory.
    ///
    /// # Errors
    /// The same.
    pub(super) fn stream_of_archive_in_place(self, bytes: SharedBytes) -> io::Result<Stream> {
        let (files, length) = {
            let bytes = (*bytes).as_ref();
            (files_in_memory(bytes)?, bytes.len() as u64)
        };
        let skip = self.start;
        self.stream_of_files(&Archive::Memory(bytes), files, Some(length), skip, None)
    }

    /// Returns a stream over the files in a zip archive, in the order of its directory. Of a single
    /// file the first `skip` bytes are skipped. An archive without a directory is read as it is.
    ///
    /// # Errors
    /// If the directory is damaged or lists no file; if the only file cannot be read; if there are
    /// several, and the start is not 0.
    fn stream_of_files(
        self,
        archive: &Archive,
        files: Option<Vec<ArchivedFile>>,
        length: Option<u64>,
        skip: u64,
        name: Option<InputName>,
    ) -> io::Result<Stream> {
        let (ratio, progress) = (Ratio::new(self.max_ratio), Progress::new());
        let (input, name) = match files.as_deref() {
            None => (Unpacked::plain(self.metered(archive.open(0)?.input)), name),
            Some([]) => return Err(invalid(NO_FILE)),
            Some([file]) => {
                let open = |start| Ok(self.metered(archive.open(start)?.input));
                let input = file.open(open, ratio, Arc::clone(&progress))?;
                // The file in the archive may be compressed itself.
                let input = Unpacked::new(input, ratio, Progress::new());
                (input, Some(name_of(name.as_ref(), file)))
            }
            Some(files) => {
                let inputs = self.inputs_in(archive, files, name.as_ref(), &progress);
                return self.stream_of_inputs(inputs, progress);
            }
        };
        let stream = self.stream_of_data(input, progress, skip, None, false, name);
        Ok(stream.of_compressed(length).of_file(archive.id()))
    }

    /// Returns the inputs that a path stands for in a list: the files in a zip archive, or the path
    /// itself. An archive whose directory cannot be read is an error in its place, so that the other
    /// inputs are read.
    ///
    /// # Errors
    /// If the path cannot be read.
    pub(super) fn inputs_of_path(
        &self,
        path: &Path,
        progress: &Arc<Progress>,
    ) -> io::Result<Vec<NamedInput>> {
        let (input, archive) = NamedInput::path(path, self.recognises())?;
        let Some(archive) = archive else { return Ok(vec![input]) };
        match files_in_archive(archive) {
            Ok(Some(files)) if !files.is_empty() => {
                let name = input.name.clone();
                let archive = Archive::Path { name: name.clone(), id: input.file };
                Ok(self.inputs_in(&archive, &files, Some(&name), progress))
            }
            _ => Ok(vec![input]),
        }
    }

    /// Returns an input that counts the bytes read of an open file, if a counter is set.
    pub(super) fn metered(&self, input: Box<dyn Input>) -> Box<dyn Input> {
        match &self.meter {
            Some(meter) => Box::new(Metered::new(input, Arc::clone(meter))),
            None => input,
        }
    }

    /// Returns the files in an archive as inputs of a stream with this progress.
    fn inputs_in(
        &self,
        archive: &Archive,
        files: &[ArchivedFile],
        name: Option<&InputName>,
        progress: &Arc<Progress>,
    ) -> Vec<NamedInput> {
        let ratio = Ratio::new(self.max_ratio);
        let input = |file: &ArchivedFile| {
            let packed_length = file.packed_length();
            let (name, id) = (name_of(name, file), archive.id());
            let (file, archive, progress) = (file.clone(), archive.clone(), Arc::clone(progress));
            let options = self.clone();
            let open = move |_| {
                let mut id = None;
                let open = |start| {
                    let opened = archive.open(start)?;
                    id = opened.file;
                    Ok(options.metered(opened.input))
                };
                let input = file.open(open, ratio, Arc::clone(&progress))?;
                Ok(Opened {
                    input,
                    length: Some(file.length()),
                    compressed_length: Some(packed_length),
                    archive: None,
                    is_member: true,
                    start: 0,
                    skip: 0,
                    file: id,
                })
            };
            NamedInput {
                name,
                open: Box::new(open),
                // The file may be compressed itself.
                length: None,
                compressed_length: Some(packed_length),
                file: id,
                is_regular: true,
            }
        };
        files.iter().map(input).collect()
    }
}
