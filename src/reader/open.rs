//! Streams over the sources that a reader may have.

use super::range::Place;
use crate::{
    compress::{RECOGNISE, Unpacked},
    error::InputName,
    framing::Framer,
    parse::{Parse, ParseStage, TextParse},
    source::{
        BatchSource, ChunkReader, Input, Opened, PassOver, Plain, Recognise, SharedBytes,
        SliceReader, open_path,
    },
    stream::{Engine, Options, Stream},
};
use std::{
    boxed::Box,
    io::{self, Cursor},
    path::Path,
};

impl Options {
    /// Returns a stream over an open input. Of its bytes the first `skip` are skipped, after
    /// decompression.
    pub(crate) fn stream(
        self,
        input: impl Input + 'static,
        skip: u64,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<InputName>,
    ) -> Stream {
        let text = self.text_parse();
        // Inside an input, or of bytes that are read one by one, nothing is recognised.
        let input = match self.recognises().is_some() && (self.start == 0 || skip > 0) {
            true => Unpacked::new(input),
            false => Unpacked::plain(input),
        };
        let source = self.source(PassOver::new(input, skip), &text);
        self.stream_of(source, text, total_bytes, can_retry, name)
    }

    /// Returns a stream over bytes in memory. A start beyond their end is their end.
    pub(crate) fn stream_in_place(mut self, bytes: SharedBytes) -> Stream {
        if self.has_ranges() {
            return self.stream_of_ranges_in_place(bytes);
        }
        let length = (*bytes).as_ref().len() as u64;
        let start = self.start;
        self.start = start.min(length);
        if self.recognises().is_some_and(|is_packed| is_packed((*bytes).as_ref())) {
            let skip = start;
            self.start = start;
            return self.stream(Plain(Cursor::new(Shared(bytes))), skip, None, false, None);
        }
        if self.detects_text((*bytes).as_ref()) {
            let mut input = Cursor::new(Shared(bytes));
            input.set_position(self.start);
            return self.stream(Plain(input), 0, Some(length), false, None);
        }
        let source = SliceReader::new(bytes, self.chunk_size, self.framer());
        let text = self.text_parse();
        self.stream_of(Box::new(source), text, Some(length), false, None)
    }

    /// Returns a stream over a path.
    pub(crate) fn stream_of_path(mut self, path: &Path) -> io::Result<Stream> {
        if self.has_ranges() {
            return self.stream_of_ranges(&Place::Path(path.into()));
        }
        let Opened { input, length, start, skip, file } =
            open_path(path, self.start, self.recognises())?;
        self.start = start;
        let stream = self.stream(input, skip, length, false, Some(path.into()));
        Ok(stream.of_file(file))
    }

    /// Returns the function that recognises an input to be decompressed.
    pub(crate) const fn recognises(&self) -> Option<Recognise> {
        if self.unpack && self.read_ahead { RECOGNISE } else { None }
    }

    pub(super) fn stream_of(
        self,
        source: Box<dyn BatchSource>,
        text: TextParse,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<InputName>,
    ) -> Stream {
        let parse = Parse { repairs: self.repair, text, range: self.range };
        let stage = ParseStage { parse, project: () };
        let (start, max_faults) = (self.start, self.max_faults);
        let engine = Engine::new(source, self, total_bytes, can_retry, name, stage);
        Stream::new(engine, total_bytes, start, max_faults)
    }

    pub(super) fn framer(&self) -> Framer {
        let framer = Framer::with_max_record_length(self.max_record_length);
        framer.repairs(self.repair).at_offset(self.start)
    }

    pub(super) fn iso2709(&self, input: impl Input + 'static) -> Box<dyn BatchSource> {
        let source = ChunkReader::new(input, self.chunk_size, self.framer(), self.start);
        Box::new(if self.read_ahead { source } else { source.exact() })
    }
}

/// Bytes in memory that are read like a file.
pub(super) struct Shared(pub(super) SharedBytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}
