//! Reads an input a chunk at a time and frames it.

use super::{
    BatchSource, Bytes, Fill, RawBatch, Stopper,
    batch::{Stop, frame_all},
    input::{Arrival, Input},
    room::make_room,
};
use crate::{
    framing::{Frame, Framer},
    record::{LEADER_LENGTH, MAX_RECORD_LENGTH, RECORD_TERMINATOR},
};
use std::{io, mem, vec::Vec};

/// A buffer that outgrew this many chunks, for the sake of one huge record, is not used again.
const KEEP_CHUNKS: usize = 4;

/// Reads chunks into recycled buffers and carries what a chunk edge splits.
///
/// `0 <= pos <= complete <= end <= buffer.len()` states the buffer:
///
/// - `..pos` is the batch that was handed out before; it is gone, and `pos` is 0: the indices of a
///   buffer start anew with it, because a batch takes its buffer along.
/// - `..complete` is in frames: the batch that goes out next.
/// - `complete..end` has been read and is in no frame yet: the carry. When the batch goes out it is
///   copied, once, to the front of the next buffer.
/// - `end..` is room to read into. The whole buffer is initialised, once, when it is made.
#[derive(Debug)]
pub(crate) struct ChunkReader<I> {
    input: I,
    framer: Framer,
    chunk_size: usize,
    /// Whether a read may bring more than the record that is waited for.
    reads_ahead: bool,
    max_record_length: usize,
    buffer: Vec<u8>,
    end: usize,
    /// The framer wants to see at least this many bytes before it decides.
    wanted: usize,
    /// It has seen so many.
    shown: usize,
    frames: Vec<Frame>,
    bytes_read: u64,
    at_end: bool,
    /// Why what was read had to be given up.
    lost: Option<io::Error>,
}

impl<I: Input> ChunkReader<I> {
    pub(crate) fn new(input: I, chunk_size: usize, framer: Framer) -> Self {
        Self {
            input,
            max_record_length: framer.max_record_length(),
            framer,
            chunk_size: chunk_size.max(1),
            reads_ahead: true,
            buffer: Vec::new(),
            end: 0,
            wanted: 0,
            shown: 0,
            frames: Vec::new(),
            bytes_read: 0,
            at_end: false,
            lost: None,
        }
    }

    /// Reads no byte beyond the end of a sound record before the next one is asked for.
    pub(crate) fn exact(self) -> Self {
        Self { reads_ahead: false, ..self }
    }

    /// How many bytes the next read may bring.
    fn step(&self) -> usize {
        if self.reads_ahead {
            return self.chunk_size;
        }
        let missing = match self.wanted.saturating_sub(self.end) {
            // Nothing of the next record is here, and none is shorter than its leader.
            0 | 1 if self.framer.has_only_padding(self.end) => LEADER_LENGTH,
            // The end of a damaged span is searched for, which is longer than any record: to read it
            // a byte at a time would cost more than it is worth.
            0 | 1 if self.end >= MAX_RECORD_LENGTH => self.chunk_size,
            0 => 1,
            missing => missing,
        };
        missing.min(self.chunk_size)
    }

    /// Whether the framer is to decide, now that there are `count` bytes more.
    fn is_time_to_frame(&self, count: usize) -> bool {
        if self.at_end || self.end < self.wanted || self.reads_ahead {
            return self.at_end || self.end >= self.wanted;
        }
        // Who asks for one byte more at each byte is searching, and would look at a long directory
        // each time. What ends the span, or the record in which the search finds the way back, is
        // this byte.
        let is_searching = self.shown > 0
            && self.wanted == self.shown + 1
            && !self.framer.has_only_padding(self.shown);
        !is_searching
            || self.end >= MAX_RECORD_LENGTH
            || self.buffer[self.end - count..self.end].contains(&RECORD_TERMINATOR)
    }

    /// Room for so many bytes behind `end`.
    fn make_room(&mut self, step: usize) -> io::Result<()> {
        // Twice as much for a record that outgrows buffer after buffer, so that the copying
        // stays linear; a little more than a chunk for the carry of an ordinary one. Where each
        // record has a buffer of its own, one that is kept is to keep no more than itself.
        let slack = if self.reads_ahead { self.chunk_size / 8 } else { 0 };
        make_room(&mut self.buffer, self.end + step, slack.max(self.end))
    }

    /// There is no memory to read on: what was read and is in no frame is given up, and the input
    /// with it. That is said once, by this error.
    #[cold]
    fn give_up(&mut self, error: io::Error) {
        (self.buffer, self.end, self.at_end) = (Vec::new(), 0, true);
        self.lost = Some(error);
    }

    /// Takes `spare`'s memory for the buffer, if there is none yet.
    fn adopt(&mut self, spare: &mut Option<RawBatch>) {
        if self.buffer.is_empty()
            && let Some(spare) = spare.take()
        {
            (self.buffer, self.frames) = spare.into_parts();
        }
    }

    /// The frames that are complete, as a batch; the carry goes to the front of a new buffer.
    fn take_batch(&mut self, complete: usize, spare: &mut Option<RawBatch>) -> RawBatch {
        let offset = self.framer.offset() - complete as u64;
        let mut bytes = mem::take(&mut self.buffer);
        let frames = mem::take(&mut self.frames);
        let carry = complete..mem::take(&mut self.end);
        self.adopt(spare);
        if !carry.is_empty() {
            self.end = carry.len();
            let step = if self.reads_ahead { self.chunk_size } else { 0 };
            match self.make_room(step).or_else(|_| self.make_room(0)) {
                Ok(()) => self.buffer[..carry.len()].copy_from_slice(&bytes[carry]),
                Err(error) => self.give_up(error),
            }
        }
        if bytes.len() > KEEP_CHUNKS * self.chunk_size {
            bytes.truncate(complete);
            bytes.shrink_to_fit();
        }
        let bytes = Bytes::Owned { buffer: bytes, used: complete };
        RawBatch::new(bytes, frames, offset, self.max_record_length)
    }

    /// Frames what is in the buffer.
    fn frame(&mut self, spare: &mut Option<RawBatch>) -> Option<RawBatch> {
        let bytes = &self.buffer[..self.end];
        let (complete, stop) =
            frame_all(&mut self.framer, bytes, self.at_end, usize::MAX, &mut self.frames);
        self.wanted = match stop {
            Stop::NeedMore(length) => length,
            Stop::Enough | Stop::End => 0,
        };
        let batch = (complete > 0).then(|| self.take_batch(complete, spare));
        self.shown = self.end;
        batch
    }
}

impl<I: Input> BatchSource for ChunkReader<I> {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<Fill> {
        self.adopt(spare);
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
                && let Some(batch) = self.frame(spare)
            {
                return Ok(Fill::Batch(batch));
            }
        }
        self.lost.take().map_or(Ok(Fill::End), Err)
    }

    fn finish(&mut self) -> Option<RawBatch> {
        self.at_end = true;
        self.frame(&mut None)
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
#[path = "chunk_reader_tests.rs"]
mod tests;
