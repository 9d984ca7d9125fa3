//! Inputs whose data can be read at any offset.

use crate::{
    compress::{BlockPlace, Blocks, BlocksAt, Progress, Ratio, Unpacked},
    error::InputName,
    framing::signatures::packed::HEAD,
    source::{
        BatchSource, FileId, FileVersion, Input, Memory, Opened, PassOver, SharedBytes,
        SliceReader, open_path,
        range::{FileAt, ReadAt, SliceAt},
    },
    stream::{Options, Stream},
};
use std::{
    boxed::Box,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Returns the error for a source without offsets.
pub(crate) fn no_seek() -> io::Error {
    let message = "a range can be read only of a regular file at a path, or of bytes in memory";
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

/// The place of an input that can be read at any offset.
#[derive(Clone)]
pub(super) struct Place {
    bytes: Bytes,
    /// The blocks of a BGZF file, once they were found.
    blocks: Option<Blocks>,
}

#[derive(Clone)]
enum Bytes {
    Path(PathBuf),
    Memory(SharedBytes),
}

impl Place {
    pub(super) fn path(path: &Path) -> Self {
        Self { bytes: Bytes::Path(path.into()), blocks: None }
    }

    pub(super) const fn memory(bytes: SharedBytes) -> Self {
        Self { bytes: Bytes::Memory(bytes), blocks: None }
    }

    /// Returns a stream over all of the input.
    pub(super) fn stream(&self, options: Options) -> io::Result<Stream> {
        match &self.bytes {
            Bytes::Path(path) => options.stream_of_path(path),
            Bytes::Memory(bytes) => Ok(options.stream_in_place(Arc::clone(bytes))),
        }
    }

    pub(super) fn name(&self) -> Option<InputName> {
        match &self.bytes {
            Bytes::Path(path) => Some((&**path).into()),
            Bytes::Memory(_) => None,
        }
    }

    /// Returns true if the input is a BGZF file whose blocks were found.
    pub(super) const fn is_packed(&self) -> bool {
        self.blocks.is_some()
    }

    /// Opens the bytes of the input.
    fn open_bytes(&self) -> io::Result<(Box<dyn ReadAt>, Option<FileVersion>)> {
        match &self.bytes {
            Bytes::Path(path) => {
                let (file, length) = open_at(path)?;
                let version = FileVersion::of(&file, path);
                Ok((Box::new(FileAt::new(file, length)), version))
            }
            Bytes::Memory(bytes) => Ok((Box::new(SliceAt(Arc::clone(bytes))), None)),
        }
    }

    /// Returns the length of the bytes.
    pub(super) fn length(&self) -> io::Result<u64> {
        self.open_bytes().map(|(bytes, _)| bytes.length())
    }

    /// Opens the data of the input for the first time, and finds its blocks if it is BGZF. Returns
    /// `None` if it is compressed in another way.
    pub(super) fn open_first(&mut self, options: &Options) -> io::Result<Option<Data>> {
        let (mut bytes, version) = self.open_bytes()?;
        let mut head = [0; HEAD];
        let count = bytes.read_at(0, &mut head)?;
        if options.recognises().is_none_or(|is_packed| !is_packed(&head[..count])) {
            return Ok(Some(Data::Plain(bytes)));
        }
        self.blocks = Blocks::of_file(version, &mut *bytes)?;
        let open = |blocks: &Blocks| Data::Packed(Box::new(blocks.open(bytes)));
        Ok(self.blocks.as_ref().map(open))
    }

    /// Opens the data of the input again.
    pub(super) fn open(&self) -> io::Result<Data> {
        let (bytes, _) = self.open_bytes()?;
        Ok(match &self.blocks {
            None => Data::Plain(bytes),
            Some(blocks) => Data::Packed(Box::new(blocks.open(bytes))),
        })
    }

    /// Returns the file that is read.
    pub(super) fn file(&self) -> io::Result<Option<FileId>> {
        match &self.bytes {
            Bytes::Path(path) => open_path(path, 0, None).map(|opened| opened.file),
            Bytes::Memory(_) => Ok(None),
        }
    }

    /// Returns the input from a place of its data on, and its file.
    pub(super) fn input(
        &self,
        options: &Options,
        begin: Begin,
        progress: Arc<Progress>,
    ) -> io::Result<(Box<dyn Input>, Option<FileId>)> {
        let at = begin.block.map_or(begin.offset, |place| place.file);
        let (input, file) = match &self.bytes {
            Bytes::Path(path) => {
                let Opened { input, file, .. } = open_path(path, at, None)?;
                (options.metered(input), file)
            }
            Bytes::Memory(bytes) => {
                (Box::new(Memory::new(Arc::clone(bytes), at)) as Box<dyn Input>, None)
            }
        };
        let Some(place) = begin.block else { return Ok((input, file)) };
        let input = Unpacked::at_block(input, place, Ratio::new(options.max_ratio), progress);
        Ok((Box::new(PassOver::new(input, begin.offset - place.data)), file))
    }

    /// Returns the source of the input from a place of its data on, and its file.
    pub(super) fn source(
        &self,
        options: &Options,
        begin: Begin,
        is_iso2709: bool,
    ) -> io::Result<(Box<dyn BatchSource>, Option<FileId>)> {
        let options = Options { start: begin.offset, ..options.clone() };
        if let (Bytes::Memory(bytes), None, true) = (&self.bytes, begin.block, is_iso2709) {
            let bytes = Arc::clone(bytes);
            let source = SliceReader::new(bytes, options.chunk_size, options.framer());
            return Ok((Box::new(source), None));
        }
        let (input, file) = self.input(&options, begin, Progress::new())?;
        Ok((options.source(input, &options.text_parse(1), 0), file))
    }
}

/// A place in the data of an input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begin {
    offset: u64,
    /// The block of a BGZF file at which decompression begins.
    block: Option<BlockPlace>,
}

/// The data of an input, opened to be read at any offset.
pub(super) enum Data {
    Plain(Box<dyn ReadAt>),
    Packed(Box<BlocksAt>),
}

impl Data {
    pub(super) fn reader(&mut self) -> &mut dyn ReadAt {
        match self {
            Self::Plain(bytes) => &mut **bytes,
            Self::Packed(blocks) => &mut **blocks,
        }
    }

    /// Returns the end of everything that a reader may deliver: an error at the end of compressed
    /// data comes after its last byte.
    pub(super) fn end(&mut self) -> u64 {
        let length = self.reader().length();
        length + u64::from(matches!(self, Self::Packed(_)))
    }

    /// Prepares for the search for an offset.
    pub(super) fn check_before(&mut self, offset: u64) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Packed(blocks) => blocks.check_before(offset),
        }
    }

    /// Returns the place at an offset, from which a source may begin.
    pub(super) fn begin_at(&mut self, offset: u64) -> io::Result<Begin> {
        let block = match self {
            Self::Plain(_) => None,
            Self::Packed(blocks) => Some(blocks.place_before(offset)?),
        };
        Ok(Begin { offset, block })
    }
}

/// Opens a regular file, and returns its length. Nothing else is opened: to open a FIFO would end
/// the wait of its writer.
///
/// # Errors
/// Those of opening, and one if the path is not a regular file.
fn open_at(path: &Path) -> io::Result<(File, u64)> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        // The error is that of a reader of the path.
        open_path(path, 0, None)?;
    }
    if !metadata.is_file() {
        return Err(no_seek());
    }
    Ok((File::open(path)?, metadata.len()))
}
