//! Framing of bytes that are already in memory, in place.

use super::{
    BatchSource, Bytes, FillOutcome, RawBatch, SharedBytes,
    batch::{Framed, Most, Stop, frame_all},
};
use crate::framing::Framer;
use std::{io, sync::Arc, vec::Vec};

/// A reader that cuts shared bytes into batches of about one chunk each, without copying them.
pub(crate) struct SliceReader {
    owner: SharedBytes,
    framer: Framer,
    chunk_size: usize,
    max_record_length: usize,
}

impl SliceReader {
    /// Creates a reader that begins at the offset of `framer`, which must be in the bytes or at
    /// their end.
    pub(crate) fn new(owner: SharedBytes, chunk_size: usize, framer: Framer) -> Self {
        let max_record_length = framer.max_record_length();
        Self { owner, framer, chunk_size: chunk_size.max(1), max_record_length }
    }
}

impl BatchSource for SliceReader {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<FillOutcome> {
        let frames = spare.take().map_or_else(Vec::new, |spare| spare.into_parts().1);
        let mut framed = Framed { frames, reasons: Vec::new() };
        let offset = self.framer.offset();
        let start = offset as usize;
        let Some(rest) = (*self.owner).as_ref().get(start..) else {
            return Err(io::Error::other("the bytes in memory are fewer than they were"));
        };
        let most = Most { bytes: self.chunk_size, ..Most::of_chunk(self.chunk_size) };
        let (complete, stop) = frame_all(&mut self.framer, rest, true, most, &mut framed);
        debug_assert!(!matches!(stop, Stop::NeedMore(_)), "all bytes are here");
        if complete == 0 {
            return Ok(FillOutcome::End);
        }
        let range = start..start + complete;
        let bytes = Bytes::Shared { owner: Arc::clone(&self.owner), range };
        let max_record_length = self.max_record_length;
        Ok(FillOutcome::Batch(RawBatch::new(bytes, framed.frames, offset, max_record_length)))
    }

    fn finish(&mut self) -> Option<RawBatch> {
        None
    }

    fn bytes_read(&self) -> u64 {
        self.framer.offset()
    }
}
