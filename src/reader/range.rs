//! Streams over ranges, and the splits of an input.

use super::ReaderBuilder;
use crate::{
    error::{Error, InputName, Position},
    framing::signatures::packed::HEAD,
    source::{
        BatchSource, FileId, Memory, Opened, SharedBytes, SliceReader, open_path,
        range::{
            ByteRange, FileAt, NoSource, RangeSource, Reach, ReadAt, SliceAt, first_frame,
            is_foreign, line_before,
        },
    },
    stream::{Options, Ranges, Stream, WAITING},
};
use std::{
    boxed::Box,
    fs::{self, File},
    io, mem,
    path::{Path, PathBuf},
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

/// The place of an input that can be read at any offset.
#[derive(Clone)]
pub(super) enum Place {
    Path(PathBuf),
    Memory(SharedBytes),
}

impl Place {
    /// Opens the input, to be read at any offset.
    fn open(&self) -> io::Result<Box<dyn ReadAt>> {
        Ok(match self {
            Self::Path(path) => Box::new(open_at(path)?),
            Self::Memory(bytes) => Box::new(SliceAt(Arc::clone(bytes))),
        })
    }

    /// Returns the source of the input from the start of the options on, and its file.
    fn source(
        &self,
        options: &Options,
        looks_inside: bool,
    ) -> io::Result<(Box<dyn BatchSource>, Option<FileId>)> {
        let bytes = match self {
            Self::Path(path) => {
                let Opened { input, file, .. } = open_path(path, options.start, None)?;
                let input = options.metered(input);
                return Ok((options.source(input, &options.text_parse(1), 0), file));
            }
            Self::Memory(bytes) => Arc::clone(bytes),
        };
        if looks_inside {
            let source = SliceReader::new(bytes, options.chunk_size, options.framer());
            return Ok((Box::new(source), None));
        }
        let input = Memory::new(bytes, options.start);
        Ok((options.source(input, &options.text_parse(1), 0), None))
    }

    fn name(&self) -> Option<InputName> {
        match self {
            Self::Path(path) => Some((&**path).into()),
            Self::Memory(_) => None,
        }
    }
}

impl Options {
    /// Returns true if a range or partitions are specified.
    pub(super) const fn has_ranges(&self) -> bool {
        self.range.is_some() || self.partitions > 1
    }

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

    /// Returns a stream over an input that has a range or partitions.
    ///
    /// # Errors
    /// Those of opening and reading. A range needs a regular file; without one, partitions of
    /// anything else are its one part.
    pub(super) fn stream_of_ranges(mut self, place: &Place) -> io::Result<Stream> {
        let range = self.range.take();
        let partitions = mem::replace(&mut self.partitions, 1);
        let mut input = match place.open() {
            Err(error) if range.is_none() && error.kind() == io::ErrorKind::InvalidInput => {
                return self.stream_of_place(place);
            }
            input => input?,
        };
        let shape = self.shape_of(&mut *input)?;
        let whole = ByteRange::from(0..);
        if shape == Shape::Whole {
            return match range.unwrap_or(whole).contains(0) {
                true => self.stream_of_place(place),
                false => Ok(self.stream_of_nothing(place, range.unwrap_or(whole).start)),
            };
        }
        let parts = match partitions {
            1 => Vec::new(),
            // A part that is read with others is kept until its delivery.
            _ => cut(range.unwrap_or(whole), input.length(), (WAITING * self.chunk_size) as u64),
        };
        if parts.len() > 1 {
            return self.stream_of_parts(place, shape, range, parts, partitions);
        }
        let Some(range) = range else { return self.stream_of_place(place) };
        let length = input.length();
        let reach = Reach::new(range.end_in(length));
        let (source, file) = self.range_source(place, shape, &mut *input, range, &reach)?;
        (self.start, self.range) = (range.start.min(length), Some(range));
        let text = self.text_parse(1);
        let stream = self.stream_of(source, text, Some(length), false, place.name());
        Ok(stream.of_range(reach).of_file(file))
    }

    /// Does the same for bytes in memory. An error is the first step of the stream.
    pub(super) fn stream_of_ranges_in_place(self, bytes: SharedBytes) -> Stream {
        let place = Place::Memory(bytes);
        let start = self.start;
        let nothing = self.clone();
        self.stream_of_ranges(&place).unwrap_or_else(|error| {
            let mut stream = nothing.stream_of_nothing(&place, start);
            stream.refuse(error);
            stream
        })
    }

    /// Returns a stream over all of an input.
    fn stream_of_place(self, place: &Place) -> io::Result<Stream> {
        match place {
            Place::Path(path) => self.stream_of_path(path),
            Place::Memory(bytes) => Ok(self.stream_in_place(Arc::clone(bytes))),
        }
    }

    /// Returns the source of a range, and the file that it reads.
    fn range_source(
        &self,
        place: &Place,
        shape: Shape,
        input: &mut dyn ReadAt,
        range: ByteRange,
        reach: &Reach,
    ) -> io::Result<(Box<dyn BatchSource>, Option<FileId>)> {
        let begin = match shape {
            Shape::Iso2709 => first_frame(input, &self.framer(), range.start)?,
            Shape::Lines => line_before(input, range.start)?,
            Shape::Whole => 0,
        };
        reach.advance(begin);
        let looks_inside = shape == Shape::Iso2709;
        let options = Self { start: begin, ..self.clone() };
        let (source, file) = place.source(&options, looks_inside)?;
        Ok((Box::new(RangeSource::new(source, range, looks_inside, reach)), file))
    }

    /// Returns a stream over several parts of an input that are read at once.
    fn stream_of_parts(
        mut self,
        place: &Place,
        shape: Shape,
        range: Option<ByteRange>,
        parts: Vec<ByteRange>,
        at_once: usize,
    ) -> io::Result<Stream> {
        let (length, file) = match place {
            Place::Path(path) => {
                let Opened { length, file, .. } = open_path(path, 0, None)?;
                (length, file)
            }
            Place::Memory(bytes) => (Some((**bytes).as_ref().len() as u64), None),
        };
        let (options, part_of, whole) = (self.clone(), place.clone(), file.clone());
        let open = move |part: ByteRange| {
            let mut input = part_of.open()?;
            let reach = Reach::new(u64::MAX);
            let found = options.range_source(&part_of, shape, &mut *input, part, &reach)?;
            let (source, file) = found;
            // Parts of two files would be records that no file has in this order.
            if file != whole {
                return Err(io::Error::other("the file was replaced while it was read"));
            }
            Ok(source)
        };
        self.start = range.map_or(0, |range| range.start);
        let text = self.text_parse(1);
        let ranges = Ranges::new(Arc::new(open), parts, at_once);
        let stream = self.stream_of(Box::new(NoSource), text, length, false, place.name());
        let stream = stream.of_file(file).of_ranges(ranges);
        Ok(match range {
            Some(_) => stream.of_range(Reach::new(0)),
            None => stream,
        })
    }

    /// Returns a stream over nothing.
    fn stream_of_nothing(mut self, place: &Place, start: u64) -> Stream {
        self.start = start;
        let text = self.text_parse(1);
        let stream = self.stream_of(Box::new(NoSource), text, None, false, place.name());
        stream.of_range(Reach::new(0))
    }

    /// Returns the splits of a file.
    pub(crate) fn splits_of_path(
        mut self,
        path: &Path,
        target_bytes: u64,
    ) -> io::Result<Vec<ByteRange>> {
        let mut input = open_at(path)?;
        let whole = ByteRange::from(0..);
        Ok(match self.shape_of(&mut input)? {
            Shape::Whole => vec![whole],
            Shape::Iso2709 | Shape::Lines => cut(whole, input.length(), target_bytes),
        })
    }
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

/// Returns ranges of about the same length, at most `target` bytes, that cover this one in an input
/// of this length.
fn cut(range: ByteRange, length: u64, target: u64) -> Vec<ByteRange> {
    let (start, end) = (range.start.min(length), range.end_in(length));
    let bytes = end.saturating_sub(start);
    let count = bytes.div_ceil(target.max(1)).max(1);
    let at = |part: u64| start + (u128::from(bytes) * u128::from(part) / u128::from(count)) as u64;
    (0..count).map(|part| ByteRange::from(at(part)..at(part + 1))).collect()
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
