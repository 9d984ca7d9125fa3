//! Streams over ranges, and the splits of an input.

use super::{ReaderBuilder, open::Shared};
use crate::{
    error::{Error, Position},
    framing::signatures::packed::HEAD,
    source::{
        BatchSource, Opened, Plain, SharedBytes, SliceReader, open_path,
        range::{
            ByteRange, FileAt, NoSource, RangeSource, Reach, ReadAt, SliceAt, first_frame,
            is_foreign, line_before,
        },
    },
    stream::{Options, Stream},
};
use std::{
    boxed::Box,
    fs::{self, File},
    io::{self, Cursor},
    path::Path,
    sync::Arc,
    vec,
    vec::Vec,
};

/// The way in which the ranges of an input are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "formats"), expect(dead_code, reason = "there is one format"))]
pub(super) enum Shape {
    /// By the frames of ISO 2709.
    Iso2709,
    /// By the blank lines between records.
    Lines,
    /// The input is one range.
    Whole,
}

/// Returns the error for a source without offsets.
pub(crate) fn no_seek() -> io::Error {
    let message = "a range can be read only of a regular file at a path, or of bytes in memory";
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

impl Options {
    /// Returns the shape of an input, and settles its format unless it is one range.
    fn shape_of(&mut self, input: &mut dyn ReadAt) -> io::Result<Shape> {
        let mut head = [0; HEAD];
        let count = input.read_at(0, &mut head)?;
        let is_packed = self.recognises().is_some_and(|is_packed| is_packed(&head[..count]));
        // Files of the kernel state a length of 0, but contain bytes.
        if is_packed || input.length() == 0 {
            return Ok(Shape::Whole);
        }
        Ok(match self.shape(input)? {
            Shape::Iso2709 if self.repair && is_foreign(input, &self.framer())? => Shape::Whole,
            shape => shape,
        })
    }

    /// Returns the offset at which the reading of a range begins; `None` if the input is one range.
    fn place(&mut self, input: &mut dyn ReadAt, range: ByteRange) -> io::Result<Option<Begin>> {
        let shape = self.shape_of(input)?;
        let offset = match shape {
            Shape::Iso2709 => first_frame(input, &self.framer(), range.start)?,
            Shape::Lines => line_before(input, range.start)?,
            Shape::Whole => return Ok(None),
        };
        Ok(Some(Begin { offset, looks_inside: shape == Shape::Iso2709, length: input.length() }))
    }

    /// Returns a stream over a range of a regular file.
    pub(super) fn range_of_path(mut self, path: &Path, range: ByteRange) -> io::Result<Stream> {
        let mut input = open_at(path)?;
        let Some(begin) = self.place(&mut input, range)? else {
            let Opened { length, file, .. } = open_path(path, 0, self.recognises())?;
            return match range.contains(0) {
                true => self.stream_of_path(path),
                false => Ok(self.no_stream(length, range, Some(path)).of_file(file)),
            };
        };
        let Opened { input, file, .. } = open_path(path, begin.offset, None)?;
        self.start = begin.offset;
        let source = self.source(input, &self.text_parse());
        Ok(self.range_stream(source, begin, range, Some(path)).of_file(file))
    }

    /// Returns a stream over a range of bytes in memory.
    pub(super) fn range_in_place(mut self, bytes: SharedBytes, range: ByteRange) -> Stream {
        let begin = match self.place(&mut SliceAt(Arc::clone(&bytes)), range) {
            Ok(begin) => begin,
            Err(error) => {
                let mut stream = self.no_stream(None, range, None);
                stream.refuse(error);
                return stream;
            }
        };
        let Some(begin) = begin else {
            return match range.contains(0) {
                true => self.stream_in_place(bytes),
                false => self.no_stream(None, range, None),
            };
        };
        self.start = begin.offset;
        let source: Box<dyn BatchSource> = if begin.looks_inside {
            Box::new(SliceReader::new(bytes, self.chunk_size, self.framer()))
        } else {
            let mut input = Cursor::new(Shared(bytes));
            input.set_position(begin.offset);
            self.source(Plain(input), &self.text_parse())
        };
        self.range_stream(source, begin, range, None)
    }

    /// Returns a stream over a range. `source` begins where the range does, or before.
    fn range_stream(
        mut self,
        source: Box<dyn BatchSource>,
        begin: Begin,
        range: ByteRange,
        path: Option<&Path>,
    ) -> Stream {
        let end = range.end_in(begin.length);
        let reach = Reach::new(end, begin.offset);
        let source = RangeSource::new(source, range, begin.looks_inside, &reach);
        let text = self.text_parse();
        (self.start, self.range) = (range.start.min(begin.length), Some(range));
        let name = path.map(Into::into);
        let stream = self.stream_of(Box::new(source), text, Some(begin.length), false, name);
        stream.of_range(reach)
    }

    /// Returns a stream over nothing.
    fn no_stream(mut self, length: Option<u64>, range: ByteRange, path: Option<&Path>) -> Stream {
        self.start = range.start.min(length.unwrap_or(u64::MAX));
        let text = self.text_parse();
        let name = path.map(Into::into);
        let stream = self.stream_of(Box::new(NoSource), text, length, false, name);
        stream.of_range(Reach::new(0, 0))
    }

    /// Returns the splits of a file.
    pub(crate) fn splits_of_path(
        mut self,
        path: &Path,
        target_bytes: u64,
    ) -> io::Result<Vec<ByteRange>> {
        let mut input = open_at(path)?;
        let length = input.length();
        Ok(match self.shape_of(&mut input)? {
            Shape::Whole => vec![ByteRange { start: 0, end: None }],
            Shape::Iso2709 | Shape::Lines => cut(length, target_bytes),
        })
    }
}

/// The beginning of a range.
struct Begin {
    /// Offset at which reading begins.
    offset: u64,
    /// True if the parse may find an item inside a frame.
    looks_inside: bool,
    /// Length of the input in bytes.
    length: u64,
}

/// Opens a regular file to be read at any offset. Nothing else is opened: to open a FIFO would end
/// the wait of its writer.
///
/// # Errors
/// Those of opening, and one if the path is not a regular file.
fn open_at(path: &Path) -> io::Result<FileAt> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        // The error is that of a reader of the path.
        open_path(path, 0, None)?;
    }
    if !metadata.is_file() {
        return Err(no_seek());
    }
    Ok(FileAt::new(File::open(path)?, metadata.len()))
}

/// Returns ranges of about the same length, at most `target` bytes, that cover this many bytes.
fn cut(length: u64, target: u64) -> Vec<ByteRange> {
    let count = length.div_ceil(target.max(1)).max(1);
    let at = |number: u64| (u128::from(length) * u128::from(number) / u128::from(count)) as u64;
    (0..count).map(|number| ByteRange::from(at(number)..at(number + 1))).collect()
}

impl ReaderBuilder {
    /// Returns the ranges of a file for readers with these options; see [`splits`](crate::splits).
    ///
    /// # Errors
    /// If the path cannot be opened, or is not a regular file.
    pub fn splits(
        &self,
        path: impl AsRef<Path>,
        target_bytes: u64,
    ) -> Result<Vec<ByteRange>, Error> {
        let path = path.as_ref();
        self.options.clone().splits_of_path(path, target_bytes).map_err(|error| {
            let name = Some(path.into());
            Error::io(error, Position { name, ..Position::default() })
        })
    }
}

/// Returns ranges that cover a file, of about the same length and at most `target_bytes` bytes
/// each, for readers of its parts ([`ReaderBuilder::range`]).
///
/// The file is not read, except for the first bytes, which show its format. A file that cannot be
/// cut, because it is compressed or in MARCXML or JSON, is one range with an open end.
///
/// ```
/// use tidemarc::{Reader, splits};
///
/// let path = "tests/fixtures/books.mrc";
/// let mut count = 0;
/// for range in splits(path, 20_000)? {
///     count += Reader::builder().range(range).from_path(path)?.count();
/// }
/// assert_eq!(count, 60);
/// # Ok::<(), tidemarc::Error>(())
/// ```
///
/// # Errors
/// If the path cannot be opened, or is not a regular file.
pub fn splits(path: impl AsRef<Path>, target_bytes: u64) -> Result<Vec<ByteRange>, Error> {
    ReaderBuilder::new().splits(path, target_bytes)
}
