//! Streams over ranges, and the splits of an input.

use super::{
    ReaderBuilder,
    place::{Data, Place},
};
use crate::{
    compress::Progress,
    error::{Error, Position},
    source::{
        BatchSource, FileId, SharedBytes,
        range::{ByteRange, NoSource, RangeSource, Reach, first_frame, is_foreign, line_before},
    },
    stream::{Options, Ranges, Stream, WAITING},
};
use std::{boxed::Box, io, mem, path::Path, sync::Arc, vec, vec::Vec};

/// Largest distance of the start of a part from the frame with which it begins, in bytes. Longer runs
/// of padding or of other data would be searched again for each part that begins in them.
const FARTHEST: u64 = 1 << 20;

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

impl Options {
    /// Returns true if a range or partitions are specified.
    pub(super) const fn has_ranges(&self) -> bool {
        self.range.is_some() || self.partitions > 1
    }

    /// Opens an input that can be read at any offset, and settles its format. Returns `None` if the
    /// input is one range.
    fn open_data(&mut self, place: &mut Place) -> io::Result<Option<(Data, Shape)>> {
        let Some(mut data) = place.open_first(self)? else { return Ok(None) };
        let input = data.reader();
        // Files of the kernel state a length of 0, but contain bytes.
        if input.length() == 0 {
            return Ok(None);
        }
        Ok(match self.shape(input)? {
            Shape::Iso2709 if self.repair && is_foreign(input, &self.framer())? => None,
            Shape::Whole => None,
            shape => Some((data, shape)),
        })
    }

    /// Returns a stream that has a start, of which only the data after the start is decompressed;
    /// `None` if the input is not BGZF, or cannot be read at any offset.
    pub(super) fn stream_from_block(&self, mut place: Place) -> Option<Stream> {
        if self.start == 0 {
            return None;
        }
        let mut data = place.open_first(self).ok()??;
        if !place.is_packed() {
            return None;
        }
        let start = self.start.min(data.reader().length());
        let (begin, progress) = (data.begin_at(start).ok()?, Progress::new());
        let (input, file) = place.input(self, begin, Arc::clone(&progress)).ok()?;
        let stream = self.clone().stream_of_data(input, progress, 0, None, false, place.name());
        Some(stream.of_compressed(place.length().ok()).of_file(file))
    }

    /// Returns a stream over an input that has a range or partitions.
    ///
    /// # Errors
    /// Those of opening and reading. A range needs a regular file; without one, partitions of
    /// anything else are its one part.
    pub(super) fn stream_of_ranges(mut self, mut place: Place) -> io::Result<Stream> {
        let range = self.range.take();
        let partitions = mem::replace(&mut self.partitions, 1);
        let found = match self.open_data(&mut place) {
            Err(error) if range.is_none() && error.kind() == io::ErrorKind::InvalidInput => {
                return place.stream(self);
            }
            found => found?,
        };
        let whole = ByteRange::from(0..);
        let Some((mut data, shape)) = found else {
            return match range.unwrap_or(whole).contains(0) {
                true => place.stream(self),
                false => Ok(self.stream_of_nothing(&place, range.unwrap_or(whole).start)),
            };
        };
        let length = data.reader().length();
        // A part that is read with others is kept until its delivery.
        let most = (WAITING * self.chunk_size) as u64;
        let parts = match partitions {
            1 => Vec::new(),
            _ => shares(range.unwrap_or(whole), data.end(), most, partitions),
        };
        if parts.len() > 1 {
            return self.stream_of_parts(place, shape, range, length, parts, partitions);
        }
        let Some(range) = range else { return place.stream(self) };
        let reach = Reach::new(range.end_in(length));
        let begin = self.begin_of_range(shape, &mut data, range.start, u64::MAX)?;
        let begin = begin.unwrap_or(0);
        let (source, file) = self.range_source(&place, shape, &mut data, range, begin, &reach)?;
        (self.start, self.range) = (range.start.min(length), Some(range));
        let text = self.text_parse(1);
        let stream = self.stream_of(source, text, Some(length), false, place.name());
        Ok(stream.of_range(reach).of_file(file))
    }

    /// Does the same for bytes in memory. An error is the first step of the stream.
    pub(super) fn stream_of_ranges_in_place(self, bytes: SharedBytes) -> Stream {
        let place = Place::memory(bytes);
        let start = self.start;
        let nothing = self.clone();
        self.stream_of_ranges(place.clone()).unwrap_or_else(|error| {
            let mut stream = nothing.stream_of_nothing(&place, start);
            stream.refuse(error);
            stream
        })
    }

    /// Returns the offset of a frame from which a source of a range may begin; `None` if the search
    /// looks farther than `most` bytes.
    fn begin_of_range(
        &self,
        shape: Shape,
        data: &mut Data,
        start: u64,
        most: u64,
    ) -> io::Result<Option<u64>> {
        data.check_before(start)?;
        let input = data.reader();
        match shape {
            Shape::Iso2709 => first_frame(input, &self.framer(), start, most),
            Shape::Lines => line_before(input, start, most),
            Shape::Whole => Ok(Some(0)),
        }
    }

    /// Returns the source of a range that begins with this frame, and the file that it reads.
    fn range_source(
        &self,
        place: &Place,
        shape: Shape,
        data: &mut Data,
        range: ByteRange,
        begin: u64,
        reach: &Reach,
    ) -> io::Result<(Box<dyn BatchSource>, Option<FileId>)> {
        reach.begin(begin);
        let looks_inside = shape == Shape::Iso2709;
        let (source, file) = place.source(self, data.begin_at(begin)?, looks_inside)?;
        let is_packed = place.is_packed();
        let source = RangeSource::new(source, range, looks_inside, is_packed, reach);
        Ok((Box::new(source), file))
    }

    /// Returns a stream over several parts of an input that are read at once.
    fn stream_of_parts(
        mut self,
        place: Place,
        shape: Shape,
        range: Option<ByteRange>,
        length: u64,
        parts: Vec<ByteRange>,
        at_once: usize,
    ) -> io::Result<Stream> {
        let (file, name) = (place.file()?, place.name());
        let (options, whole) = (self.clone(), file.clone());
        let open = move |part: ByteRange, begin: Option<u64>| {
            let mut data = place.open()?;
            let reach = Reach::new(u64::MAX);
            let begin = match begin {
                Some(begin) => data.check_before(begin).map(|()| Some(begin))?,
                None => options.begin_of_range(shape, &mut data, part.start, FARTHEST)?,
            };
            let Some(begin) = begin else { return Ok(None) };
            let found = options.range_source(&place, shape, &mut data, part, begin, &reach)?;
            let (source, file) = found;
            // Parts of two files would be records that no file has in this order.
            if file != whole {
                return Err(io::Error::other("the file was replaced while it was read"));
            }
            Ok(Some((source, reach)))
        };
        self.start = range.map_or(0, |range| range.start);
        let text = self.text_parse(1);
        let ranges = Ranges::new(Arc::new(open), parts, at_once);
        let stream = self.stream_of(Box::new(NoSource), text, Some(length), false, name);
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
        let mut place = Place::path(path);
        let whole = ByteRange::from(0..);
        Ok(match self.open_data(&mut place)? {
            None => vec![whole],
            Some((mut data, _)) => cut(whole, data.end(), target_bytes),
        })
    }
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

/// Returns ranges of at most `most` bytes that cover this one in an input of this length. The last
/// ones are shorter, so that all of the threads that read `at_once` ranges have work to the end.
fn shares(range: ByteRange, length: u64, most: u64, at_once: usize) -> Vec<ByteRange> {
    let (mut start, end) = (range.start.min(length), range.end_in(length));
    let mut shares = Vec::new();
    while start < end {
        let left = end - start;
        let share = (left / (2 * at_once as u64)).clamp(most.div_ceil(4), most);
        let share = if left <= most && shares.is_empty() { left } else { share.min(left) };
        shares.push(ByteRange::from(start..start + share));
        start += share;
    }
    shares
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
/// The file is not read, except for the first bytes, which show its format, and the headers of the
/// blocks of BGZF, whose bytes count after decompression. A file that cannot be cut, because it is
/// compressed in another way or in MARCXML or JSON, is one range with an open end.
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
