//! A source of batches of a text format, for the same engine that reads ISO 2709: it finds where
//! the records are, and the parse stage reads what they say.

use super::{
    ReadOptions,
    extent::{Extent, Extents, Flaw},
    syntax::Syntax,
    transcode::{Source, Unit},
};
use crate::{
    framing::{Frame, FrameKind},
    record::Fault,
    source::{Arrival, BatchSource, Bytes, Fill, Input, RawBatch, Stopper, make_room},
};
use std::{io, mem};

/// A buffer that outgrew this many chunks, for the sake of one huge record, is not used again.
const KEEP_CHUNKS: usize = 4;

/// What a batch of a text format says beside its bytes and frames.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextFrames {
    pub(crate) syntax: Syntax,
    pub(crate) options: ReadOptions,
    /// What the bytes of the batch, which are UTF-8, were in the input.
    pub(crate) unit: Unit,
    /// The bytes of the input that those of the batch were made of; none where they are the same.
    pub(crate) original: Vec<u8>,
    /// What is wrong with the frames that are faults: each by its place among the frames, in their
    /// order. They may be as many as the bytes.
    pub(crate) flaws: Vec<(usize, &'static str)>,
    /// Whether the first frame is padding that goes on from the batch before.
    pub(crate) continues: bool,
}

impl TextFrames {
    /// The same for one frame alone.
    pub(crate) fn alone(&self, at: usize) -> Self {
        let flaws = self.flaw(at).map(|message| (0, message)).into_iter().collect();
        let continues = self.continues && at == 0;
        Self { original: Vec::new(), flaws, continues, ..*self }
    }

    /// What is wrong with a frame.
    pub(crate) fn flaw(&self, at: usize) -> Option<&'static str> {
        let found = self.flaws.binary_search_by_key(&at, |&(frame, _)| frame).ok()?;
        Some(self.flaws[found].1)
    }
}

/// Reads chunks and finds the records in them. `0 <= complete <= end <= buffer.len()` states the
/// buffer, as in the reader of ISO 2709: frames, the carry, and room.
pub(super) struct TextSource<I> {
    input: Source<I>,
    syntax: Syntax,
    options: ReadOptions,
    extents: Box<dyn Extents + Send>,
    chunk_size: usize,
    buffer: Vec<u8>,
    end: usize,
    complete: usize,
    frames: Vec<Frame>,
    flaws: Vec<(usize, &'static str)>,
    /// Where the buffer begins, in bytes of the input.
    offset: u64,
    bytes_read: u64,
    at_end: bool,
    /// Why what was read had to be given up.
    lost: Option<io::Error>,
    /// Whether the last frame of the batch before was padding.
    after_padding: bool,
}

impl<I: Input> TextSource<I> {
    /// A source of what the input gives, which begins at this offset.
    pub(super) fn new(
        input: Source<I>,
        syntax: Syntax,
        options: ReadOptions,
        chunk_size: usize,
        offset: u64,
    ) -> Self {
        Self {
            input,
            syntax,
            extents: syntax.extents(&options, offset > 0),
            options,
            chunk_size: chunk_size.max(1),
            buffer: Vec::new(),
            end: 0,
            complete: 0,
            frames: Vec::new(),
            flaws: Vec::new(),
            offset,
            bytes_read: 0,
            at_end: false,
            lost: None,
            after_padding: false,
        }
    }

    /// Reads the input to its end, and makes one batch of it all.
    pub(super) fn read_all(mut self) -> io::Result<Option<RawBatch>> {
        while !self.at_end {
            self.make_room(self.chunk_size)?;
            let room = &mut self.buffer[self.end..self.end + self.chunk_size];
            if let Arrival::Bytes(count) = self.input.read(room)? {
                self.end += count;
                self.at_end = count == 0;
            }
        }
        Ok(self.frame(&mut None))
    }

    fn make_room(&mut self, step: usize) -> io::Result<()> {
        self.input.make_room(step)?;
        // Twice as much for a record that outgrows buffer after buffer.
        make_room(&mut self.buffer, self.end + step, (self.chunk_size / 8).max(self.end))
    }

    /// As a `ChunkReader` does where there is no memory.
    #[cold]
    fn give_up(&mut self, error: io::Error) {
        (self.buffer, self.end, self.complete, self.at_end) = (Vec::new(), 0, 0, true);
        self.input.forget_original();
        self.lost = Some(error);
    }

    fn adopt(&mut self, spare: &mut Option<RawBatch>) {
        if self.buffer.is_empty()
            && let Some(spare) = spare.take()
        {
            (self.buffer, self.frames) = spare.into_parts();
        }
    }

    /// Finds what is there, and makes a batch of it.
    fn frame(&mut self, spare: &mut Option<RawBatch>) -> Option<RawBatch> {
        loop {
            let window = &self.buffer[self.complete..self.end];
            let (kind, length) = match self.extents.next(window, self.at_end) {
                Extent::More => break,
                Extent::Skip(0) => continue,
                Extent::Skip(length) => (FrameKind::Padding, length),
                Extent::Record(length) => (FrameKind::Record, length),
                Extent::Continued(length) => (FrameKind::FaultContinued, length),
                Extent::Fault(length, Flaw { kind, message }) => {
                    self.flaws.push((self.frames.len(), message));
                    (FrameKind::Fault(Fault::new(kind)), length)
                }
            };
            self.complete += length;
            match self.frames.last_mut() {
                Some(last) if kind == FrameKind::Padding && last.kind == kind => {
                    last.length += length;
                }
                _ => self.frames.push(Frame { kind, length }),
            }
        }
        // A fault at the very end may have no bytes.
        (!self.frames.is_empty()).then(|| self.take_batch(spare))
    }

    fn take_batch(&mut self, spare: &mut Option<RawBatch>) -> RawBatch {
        let unit = self.input.unit();
        let complete = mem::take(&mut self.complete);
        let original = self.input.take_original(&self.buffer[..complete]);
        let length = if unit == Unit::Byte { complete } else { original.len() } as u64;
        let mut bytes = mem::take(&mut self.buffer);
        let frames = mem::take(&mut self.frames);
        let carry = complete..mem::take(&mut self.end);
        self.adopt(spare);
        if !carry.is_empty() {
            self.end = carry.len();
            match self.make_room(self.chunk_size).or_else(|_| self.make_room(0)) {
                Ok(()) => self.buffer[..carry.len()].copy_from_slice(&bytes[carry]),
                Err(error) => self.give_up(error),
            }
        }
        if bytes.len() > KEEP_CHUNKS * self.chunk_size {
            bytes.truncate(complete);
            bytes.shrink_to_fit();
        }
        let is_padding =
            |frame: Option<&Frame>| frame.is_some_and(|f| f.kind == FrameKind::Padding);
        let text = TextFrames {
            syntax: self.syntax,
            options: self.options,
            unit,
            original,
            flaws: mem::take(&mut self.flaws),
            continues: self.after_padding && is_padding(frames.first()),
        };
        self.after_padding = is_padding(frames.last());
        let offset = self.offset;
        self.offset += length;
        let bytes = Bytes::Owned { buffer: bytes, used: complete };
        let mut batch = RawBatch::new(bytes, frames, offset, self.options.max_record_length);
        batch.text = Some(Box::new(text));
        batch
    }
}

impl<I: Input> BatchSource for TextSource<I> {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<Fill> {
        self.adopt(spare);
        while !self.at_end {
            if let Err(error) = self.make_room(self.chunk_size) {
                self.give_up(error);
                break;
            }
            match self.input.read(&mut self.buffer[self.end..self.end + self.chunk_size]) {
                Ok(Arrival::Bytes(count)) => {
                    self.end += count;
                    self.bytes_read += count as u64;
                    self.at_end = count == 0;
                }
                Ok(Arrival::Pending) => return Ok(Fill::Pending),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if let Some(batch) = self.frame(spare) {
                return Ok(Fill::Batch(batch));
            }
        }
        self.lost.take().map_or(Ok(Fill::End), Err)
    }

    fn finish(&mut self) -> Option<RawBatch> {
        // Where memory failed nothing is left, and that is no fault of the text.
        if mem::replace(&mut self.at_end, true) {
            return None;
        }
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
mod tests {
    use super::*;

    #[test]
    fn a_flaw_is_found_by_its_frame_among_many() {
        let flaws = vec![(0, "first"), (7, "second"), (8, "third"), (1_000, "last")];
        let text = TextFrames { flaws, continues: true, ..TextFrames::default() };
        for (at, expected) in [
            (0, Some("first")),
            (1, None),
            (7, Some("second")),
            (8, Some("third")),
            (999, None),
            (1_000, Some("last")),
            (1_001, None),
        ] {
            assert_eq!(text.flaw(at), expected);
            let alone = text.alone(at);
            assert_eq!((alone.flaw(0), alone.continues), (expected, at == 0));
        }
    }
}
