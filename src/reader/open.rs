//! Streams over the sources that a reader may have.

use crate::{
    error::InputName,
    framing::Framer,
    parse::{Parse, ParseStage, TextParse},
    source::{BatchSource, ChunkReader, Input, Opened, Plain, SharedBytes, SliceReader, open_path},
    stream::{Engine, Options, Stream},
};
use std::{
    boxed::Box,
    io::{self, Cursor},
    path::Path,
};

impl Options {
    /// Returns a stream over an open input, which is at the first byte to read.
    pub(crate) fn stream(
        self,
        input: impl Input + 'static,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<InputName>,
    ) -> Stream {
        let text = self.text_parse();
        let source = self.source(input, &text);
        self.stream_of(source, text, total_bytes, can_retry, name)
    }

    /// Returns a stream over bytes in memory. A start beyond their end is their end.
    pub(crate) fn stream_in_place(mut self, bytes: SharedBytes) -> Stream {
        let length = (*bytes).as_ref().len() as u64;
        self.start = self.start.min(length);
        if self.detects_text((*bytes).as_ref()) {
            let mut input = Cursor::new(Shared(bytes));
            input.set_position(self.start);
            return self.stream(Plain(input), Some(length), false, None);
        }
        let source = SliceReader::new(bytes, self.chunk_size, self.framer());
        let text = self.text_parse();
        self.stream_of(Box::new(source), text, Some(length), false, None)
    }

    /// Returns a stream over a path.
    pub(crate) fn stream_of_path(mut self, path: &Path) -> io::Result<Stream> {
        let Opened { input, length, start, file } = open_path(path, self.start)?;
        self.start = start;
        let stream = self.stream(input, length, false, Some(path.into()));
        Ok(stream.of_file(file))
    }

    fn stream_of(
        self,
        source: Box<dyn BatchSource>,
        text: TextParse,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<InputName>,
    ) -> Stream {
        let stage = ParseStage { parse: Parse { repairs: self.repair, text }, project: () };
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
struct Shared(SharedBytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}
