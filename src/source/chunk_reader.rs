//! The reader that reads an input in chunks and frames them.

use super::{
    BatchSource, Bytes, FillOutcome, RawBatch,
    batch::{Framed, Most, Stop, frame_all},
    exact::Exact,
    input::{Input, ReadOutcome},
    room::{is_no_room, long_capacity, make_room},
};
use crate::framing::Framing;
use std::{io, mem, sync::Arc, vec::Vec};

/// Size in chunks above which a buffer is not used again: it grew for one long record.
const KEEP_CHUNKS: usize = 4;

/// The factor by which the memory of such a buffer grows.
const GROWTH: usize = 4;

/// Number of bytes of one record after which the caller is asked before each further read: it may
/// hold other long records, and must release them first.
const MUCH: usize = 1 << 20;

/// A limit that is never reached.
const ALL: Most = Most { bytes: usize::MAX, frames: usize::MAX };

/// A reader that reads chunks into recycled buffers, and carries the record that the end of a chunk
/// cuts off.
///
/// The state of the buffer is `begin <= end <= buffer.len()`. The bytes between them were read, and
/// the first of them are in frames: they are the batch that is returned next. The bytes after it
/// are the carry. Usually it is short: the batch takes the buffer with it, and the carry is copied,
/// once, to the front of the next buffer. If many batches are in the buffer, because a frame that
/// did not end was given up, each of them is copied, and the carry stays where it is.
#[derive(Debug)]
pub(crate) struct ChunkReader<I, F> {
    input: I,
    framing: F,
    chunk_size: usize,
    /// The state for reading no further than one record; `None` to read ahead.
    exact: Option<Exact>,
    /// The buffer to read into. All of it is initialised once, when it is created.
    buffer: Vec<u8>,
    /// Number of bytes at the front of the buffer that earlier batches have copies of. Zero while
    /// the input is read.
    begin: usize,
    /// End of the bytes in the buffer that have been read.
    end: usize,
    /// Offset of these bytes in the input.
    offset: u64,
    /// Number of bytes that the framing needs at least before it decides.
    wanted: usize,
    /// The frames of the batch that is returned next.
    framed: Framed,
    bytes_read: u64,
    at_end: bool,
    /// True if the buffer may hold more frames because the last batch reached its limit.
    has_frames: bool,
    /// The reason why the input ended too early, or why bytes that were read had to be given up.
    lost: Option<io::Error>,
}

impl<I: Input, F: Framing> ChunkReader<I, F> {
    /// Creates a reader of an input that begins at this offset of a greater one.
    pub(crate) fn new(input: I, chunk_size: usize, framing: F, offset: u64) -> Self {
        Self {
            input,
            framing,
            chunk_size: chunk_size.max(1),
            exact: None,
            buffer: Vec::new(),
            begin: 0,
            end: 0,
            offset,
            wanted: 0,
            framed: Framed::default(),
            bytes_read: 0,
            at_end: false,
            has_frames: false,
            lost: None,
        }
    }

    /// Sets that no byte beyond the end of a sound record is read until the next record is
    /// requested.
    pub(crate) fn exact(self) -> Self {
        Self { exact: Some(Exact::default()), ..self }
    }

    /// Returns the number of bytes that the next read may bring.
    fn step(&self) -> usize {
        let exact = self.exact.as_ref();
        let step = exact.and_then(|exact| exact.step(&self.framing, self.end, self.wanted));
        step.map_or(self.chunk_size, |step| step.min(self.chunk_size))
    }

    /// Returns true if the framing should decide now, after `count` more bytes.
    fn is_time_to_frame(&self, count: usize) -> bool {
        if self.at_end || self.end < self.wanted {
            return self.at_end;
        }
        self.exact.as_ref().is_none_or(|exact| {
            exact.is_time(&self.framing, &self.buffer[..self.end], count, self.wanted)
        })
    }

    /// Makes room for this many bytes after `end`.
    fn make_room(&mut self, step: usize) -> io::Result<()> {
        let length = self.end + step;
        if length <= self.buffer.len() {
            return Ok(());
        }
        if length > KEEP_CHUNKS * self.chunk_size {
            let most = self.framing.max_record_length() + self.chunk_size;
            let capacity = self.wanted.max(GROWTH * self.end).min(most);
            return make_room(&mut self.buffer, length, long_capacity(capacity));
        }
        // Slightly more than a chunk leaves room for the carry of an ordinary record. If each
        // record has a buffer of its own, a record that is kept should keep only its own bytes.
        let slack = if self.exact.is_none() { self.chunk_size / 8 } else { self.end };
        make_room(&mut self.buffer, length + slack, 0)
            .or_else(|_| make_room(&mut self.buffer, length, 0))
    }

    /// Ends the input because there is no memory to continue. The bytes that are in no frame are
    /// given up too. This error reports it, once.
    #[cold]
    fn give_up(&mut self, error: io::Error) {
        (self.buffer, self.begin, self.end, self.at_end) = (Vec::new(), 0, 0, true);
        self.has_frames = false;
        self.lost = Some(error);
    }

    /// Uses the memory of `spare` for the buffer, if there is no buffer yet.
    fn adopt(&mut self, spare: &mut Option<RawBatch>) {
        if self.buffer.is_empty()
            && let Some(spare) = spare.take()
        {
            (self.buffer, self.framed.frames) = spare.into_parts();
        }
    }

    /// Returns a copy of this many complete bytes, if the carry after them is longer. `None` also if
    /// there is no memory for it.
    fn copy_batch(&mut self, complete: usize) -> Option<Bytes> {
        let carry = self.end - self.begin - complete;
        if carry <= complete.max(KEEP_CHUNKS * self.chunk_size) {
            return None;
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(complete).ok()?;
        bytes.extend_from_slice(&self.buffer[self.begin..self.begin + complete]);
        self.begin += complete;
        Some(match complete > KEEP_CHUNKS * self.chunk_size {
            true => Bytes::Long(Arc::new(bytes)),
            false => Bytes::Owned { buffer: bytes, used: complete },
        })
    }

    /// Returns this many complete bytes with the buffer. The carry goes to the front of a new one.
    fn take_buffer(&mut self, complete: usize, spare: &mut Option<RawBatch>) -> Bytes {
        self.move_to_front();
        let mut bytes = mem::take(&mut self.buffer);
        let carry = complete..mem::take(&mut self.end);
        self.adopt(spare);
        if !carry.is_empty() {
            self.end = carry.len();
            let step = if self.exact.is_none() { self.chunk_size } else { 0 };
            match self.make_room(step).or_else(|_| self.make_room(0)) {
                Ok(()) => self.buffer[..carry.len()].copy_from_slice(&bytes[carry]),
                Err(error) => self.give_up(error),
            }
        }
        if bytes.len() > KEEP_CHUNKS * self.chunk_size {
            bytes.truncate(complete);
            bytes.shrink_to_fit();
            Bytes::Long(Arc::new(bytes))
        } else {
            Bytes::Owned { buffer: bytes, used: complete }
        }
    }

    /// Moves the bytes that are in no batch yet to the front of the buffer.
    fn move_to_front(&mut self) {
        if self.begin > 0 {
            self.buffer.copy_within(self.begin..self.end, 0);
            self.end -= mem::take(&mut self.begin);
        }
    }

    /// Returns the complete frames as a batch.
    fn take_batch(&mut self, complete: usize, spare: &mut Option<RawBatch>) -> RawBatch {
        let Framed { frames, reasons } = mem::take(&mut self.framed);
        let copied = if self.has_frames { self.copy_batch(complete) } else { None };
        let bytes = copied.unwrap_or_else(|| self.take_buffer(complete, spare));
        let limit = self.framing.max_record_length();
        let batch = RawBatch::new(bytes, frames, self.offset, limit);
        let batch = batch.with_reasons(reasons).made_of(self.input.unit());
        self.offset += batch.input_length();
        batch
    }

    /// Frames the bytes in the buffer, up to `most`.
    fn frame(&mut self, most: Most, spare: &mut Option<RawBatch>) -> Option<RawBatch> {
        let bytes = &self.buffer[self.begin..self.end];
        let (complete, stop) =
            frame_all(&mut self.framing, bytes, self.at_end, most, &mut self.framed);
        self.has_frames = stop == Stop::Enough;
        self.wanted = match stop {
            Stop::NeedMore(length) => length,
            Stop::Enough | Stop::End => 0,
        };
        if stop == Stop::End
            && let Some(reason) = self.framing.reason()
        {
            self.lost = Some(io::Error::new(io::ErrorKind::UnexpectedEof, reason));
        }
        let batch = (complete > 0).then(|| self.take_batch(complete, spare));
        if let Some(exact) = &mut self.exact {
            exact.show(self.end - self.begin);
        }
        batch
    }

    /// Reads the input to its end, and returns one batch of all its frames.
    pub(crate) fn read_all(mut self) -> io::Result<Option<RawBatch>> {
        while !self.at_end {
            self.make_room(self.chunk_size)?;
            let room = &mut self.buffer[self.end..self.end + self.chunk_size];
            if let ReadOutcome::Bytes(count) = self.input.read(room)? {
                self.end += count;
                self.at_end = count == 0;
            }
        }
        Ok(self.frame(ALL, &mut None))
    }
}

impl<I: Input, F: Framing> BatchSource for ChunkReader<I, F> {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<FillOutcome> {
        self.adopt(spare);
        let most = Most::of_chunk(self.chunk_size);
        if self.has_frames
            && let Some(batch) = self.frame(most, spare)
        {
            return Ok(FillOutcome::Batch(batch));
        }
        self.move_to_front();
        while !self.at_end {
            let step = self.step();
            if let Err(error) = self.make_room(step) {
                self.give_up(error);
                break;
            }
            let count = match self.input.read(&mut self.buffer[self.end..self.end + step]) {
                Ok(ReadOutcome::Bytes(count)) => count,
                Ok(ReadOutcome::Pending) => return Ok(FillOutcome::Pending),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if is_no_room(&error) => {
                    self.give_up(error);
                    break;
                }
                Err(error) => return Err(error),
            };
            self.end += count;
            self.bytes_read += count as u64;
            self.at_end = count == 0;
            if self.is_time_to_frame(count)
                && let Some(batch) = self.frame(most, spare)
            {
                return Ok(FillOutcome::Batch(batch));
            }
            if self.end > MUCH && !self.at_end {
                return Ok(FillOutcome::Pending);
            }
        }
        self.lost.take().map_or(Ok(FillOutcome::End), Err)
    }

    fn finish(&mut self) -> Option<RawBatch> {
        // At the end all bytes are in frames. If memory failed, no bytes are left, and that is not
        // a fault of the input.
        if mem::replace(&mut self.at_end, true) && !self.has_frames {
            return None;
        }
        self.frame(ALL, &mut None)
    }

    fn input(&mut self) -> Option<&mut dyn Input> {
        Some(&mut self.input)
    }

    fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}

#[cfg(test)]
mod tests;
