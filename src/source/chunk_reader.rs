//! Reads an input a chunk at a time and frames it.

use super::{
    BatchSource, Bytes, Fill, RawBatch, Stopper,
    batch::{Framed, Most, Stop, frame_all},
    exact::Exact,
    input::{Arrival, Input},
    room::{long_capacity, make_room},
};
use crate::framing::Framing;
use std::{io, mem, sync::Arc, vec::Vec};

/// A buffer that outgrew this many chunks, for the sake of one long record, is not used again.
const KEEP_CHUNKS: usize = 4;

/// The memory of such a buffer grows by this factor.
const GROWTH: usize = 4;

/// Once so much is there of a record, the caller is asked before each further read: it may hold
/// other long records, and has to let go of them first.
const MUCH: usize = 1 << 20;

/// Whatever there is.
const ALL: Most = Most { bytes: usize::MAX, frames: usize::MAX };

/// Reads chunks into recycled buffers and carries what a chunk edge splits.
///
/// `complete <= end <= buffer.len()` states the buffer. What lies before `complete` is in frames: the
/// batch that goes out next, which takes the buffer along. What lies behind it is in no frame yet:
/// the carry, which is copied, once, to the front of the next buffer.
#[derive(Debug)]
pub(crate) struct ChunkReader<I, F> {
    input: I,
    framing: F,
    chunk_size: usize,
    /// What it takes to read no further than a record; `None` to read ahead.
    exact: Option<Exact>,
    /// Room to read into. All of it is initialised, once, when it is made.
    buffer: Vec<u8>,
    /// So many bytes of the buffer have been read.
    end: usize,
    /// Where the buffer begins, in bytes of the input.
    offset: u64,
    /// The framing wants to see at least this many bytes before it decides.
    wanted: usize,
    /// The frames of the batch that goes out next.
    framed: Framed,
    bytes_read: u64,
    at_end: bool,
    /// Whether the buffer may hold more frames, of which the last batch had enough.
    has_frames: bool,
    /// Why the input ends where it should not, or what was read had to be given up.
    lost: Option<io::Error>,
}

impl<I: Input, F: Framing> ChunkReader<I, F> {
    /// A reader of what the input gives, which begins at this offset of a greater one.
    pub(crate) fn new(input: I, chunk_size: usize, framing: F, offset: u64) -> Self {
        Self {
            input,
            framing,
            chunk_size: chunk_size.max(1),
            exact: None,
            buffer: Vec::new(),
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

    /// Reads no byte beyond the end of a sound record before the next one is asked for.
    pub(crate) fn exact(self) -> Self {
        Self { exact: Some(Exact::default()), ..self }
    }

    /// How many bytes the next read may bring.
    fn step(&self) -> usize {
        let exact = self.exact.as_ref();
        let step = exact.and_then(|exact| exact.step(&self.framing, self.end, self.wanted));
        step.map_or(self.chunk_size, |step| step.min(self.chunk_size))
    }

    /// Whether the framing is to decide, now that there are `count` bytes more.
    fn is_time_to_frame(&self, count: usize) -> bool {
        if self.at_end || self.end < self.wanted {
            return self.at_end;
        }
        self.exact.as_ref().is_none_or(|exact| {
            exact.is_time(&self.framing, &self.buffer[..self.end], count, self.wanted)
        })
    }

    /// Room for so many bytes behind `end`.
    fn make_room(&mut self, step: usize) -> io::Result<()> {
        let length = self.end + step;
        if length > KEEP_CHUNKS * self.chunk_size {
            let most = self.framing.max_record_length() + self.chunk_size;
            let capacity = self.wanted.max(GROWTH * self.end).min(most);
            return make_room(&mut self.buffer, length, long_capacity(capacity));
        }
        // A little more than a chunk for the carry of an ordinary record. Where each record has a
        // buffer of its own, one that is kept is to keep no more than itself.
        let slack = if self.exact.is_none() { self.chunk_size / 8 } else { self.end };
        make_room(&mut self.buffer, length + slack, 0)
            .or_else(|_| make_room(&mut self.buffer, length, 0))
    }

    /// There is no memory to read on: what was read and is in no frame is given up, and the input
    /// with it. That is said once, by this error.
    #[cold]
    fn give_up(&mut self, error: io::Error) {
        (self.buffer, self.end, self.at_end) = (Vec::new(), 0, true);
        self.has_frames = false;
        self.lost = Some(error);
    }

    /// Takes `spare`'s memory for the buffer, if there is none yet.
    fn adopt(&mut self, spare: &mut Option<RawBatch>) {
        if self.buffer.is_empty()
            && let Some(spare) = spare.take()
        {
            (self.buffer, self.framed.frames) = spare.into_parts();
        }
    }

    /// The frames that are complete, as a batch; the carry goes to the front of a new buffer.
    fn take_batch(&mut self, complete: usize, spare: &mut Option<RawBatch>) -> RawBatch {
        let mut bytes = mem::take(&mut self.buffer);
        let Framed { frames, flaws } = mem::take(&mut self.framed);
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
        let bytes = if bytes.len() > KEEP_CHUNKS * self.chunk_size {
            bytes.truncate(complete);
            bytes.shrink_to_fit();
            Bytes::Long(Arc::new(bytes))
        } else {
            Bytes::Owned { buffer: bytes, used: complete }
        };
        let limit = self.framing.max_record_length();
        let batch = RawBatch::new(bytes, frames, self.offset, limit).with_flaws(flaws);
        #[cfg(feature = "formats")]
        let batch = batch.made_of(self.input.unit());
        self.offset += batch.input_length();
        batch
    }

    /// Frames what is in the buffer, up to `most`.
    fn frame(&mut self, most: Most, spare: &mut Option<RawBatch>) -> Option<RawBatch> {
        let bytes = &self.buffer[..self.end];
        let (complete, stop) =
            frame_all(&mut self.framing, bytes, self.at_end, most, &mut self.framed);
        self.has_frames = stop == Stop::Enough;
        self.wanted = match stop {
            Stop::NeedMore(length) => length,
            Stop::Enough | Stop::End => 0,
        };
        if stop == Stop::End
            && let Some(flaw) = self.framing.flaw()
        {
            self.lost = Some(io::Error::new(io::ErrorKind::UnexpectedEof, flaw));
        }
        let batch = (complete > 0).then(|| self.take_batch(complete, spare));
        if let Some(exact) = &mut self.exact {
            exact.show(self.end);
        }
        batch
    }

    /// Reads the input to its end, and makes one batch of it all.
    #[cfg(feature = "formats")]
    pub(crate) fn read_all(mut self) -> io::Result<Option<RawBatch>> {
        while !self.at_end {
            self.make_room(self.chunk_size)?;
            let room = &mut self.buffer[self.end..self.end + self.chunk_size];
            if let Arrival::Bytes(count) = self.input.read(room)? {
                self.end += count;
                self.at_end = count == 0;
            }
        }
        Ok(self.frame(ALL, &mut None))
    }
}

impl<I: Input, F: Framing> BatchSource for ChunkReader<I, F> {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<Fill> {
        self.adopt(spare);
        let most = Most::of_chunk(self.chunk_size);
        if self.has_frames
            && let Some(batch) = self.frame(most, spare)
        {
            return Ok(Fill::Batch(batch));
        }
        while !self.at_end {
            let step = self.step();
            if let Err(error) = self.make_room(step) {
                self.give_up(error);
                break;
            }
            let count = match self.input.read(&mut self.buffer[self.end..self.end + step]) {
                Ok(Arrival::Bytes(count)) => count,
                Ok(Arrival::Pending) => return Ok(Fill::Pending),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.end += count;
            self.bytes_read += count as u64;
            self.at_end = count == 0;
            if self.is_time_to_frame(count)
                && let Some(batch) = self.frame(most, spare)
            {
                return Ok(Fill::Batch(batch));
            }
            if self.end > MUCH && !self.at_end {
                return Ok(Fill::Pending);
            }
        }
        self.lost.take().map_or(Ok(Fill::End), Err)
    }

    fn finish(&mut self) -> Option<RawBatch> {
        // At the end all is in frames; where memory failed nothing is left, and that is no fault of
        // the input.
        if mem::replace(&mut self.at_end, true) && !self.has_frames {
            return None;
        }
        self.frame(ALL, &mut None)
    }

    fn may_change_thread(&self) -> bool {
        self.input.may_change_thread()
    }

    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        self.input.stopper()
    }

    fn unstop(&mut self) {
        self.input.unstop();
    }

    fn set_waits(&mut self, waits: bool) {
        self.input.set_waits(waits);
    }

    fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}

#[cfg(test)]
mod tests;
