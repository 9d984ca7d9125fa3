//! Streams over the sources that a reader may have.

#[cfg(feature = "formats")]
use crate::format::{AutoSource, Format, ReadOptions, ReadRequest};
#[cfg(feature = "formats")]
use crate::source::Plain;
use crate::{
    error::InputName,
    framing::Framer,
    source::{BatchSource, ChunkReader, Input, Opened, SharedBytes, SliceReader, open_path},
};
use crate::{
    parse::{Parse, ParseStage, TextParse},
    stream::{Engine, Options, Stream},
};
use std::{boxed::Box, io, path::Path};
#[cfg(feature = "formats")]
use std::{io::Cursor, sync::Arc};

impl Options {
    /// A stream over an open input, which is at the first byte to read.
    pub(crate) fn stream(
        self,
        input: impl Input + 'static,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<InputName>,
    ) -> Stream {
        let source = self.source(input);
        self.stream_of(source, total_bytes, can_retry, name)
    }

    /// A stream over bytes in memory. A start beyond their end is their end.
    pub(crate) fn stream_in_place(mut self, bytes: SharedBytes) -> Stream {
        let length = (*bytes).as_ref().len() as u64;
        self.start = self.start.min(length);
        #[cfg(feature = "formats")]
        if self.format_in_place((*bytes).as_ref()) != Format::Iso2709 {
            let mut input = Cursor::new(Shared(bytes));
            input.set_position(self.start);
            return self.stream(Plain(input), Some(length), false, None);
        }
        let source = SliceReader::new(bytes, self.chunk_size, self.framer());
        self.stream_of(Box::new(source), Some(length), false, None)
    }

    /// A stream over a path.
    pub(crate) fn stream_of_path(mut self, path: &Path) -> io::Result<Stream> {
        let Opened { input, length, start, file } = open_path(path, self.start)?;
        self.start = start;
        let stream = self.stream(input, length, false, Some(path.into()));
        Ok(stream.of_file(file))
    }

    fn stream_of(
        self,
        source: Box<dyn BatchSource>,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<InputName>,
    ) -> Stream {
        let stage = ParseStage {
            parse: Parse { repairs: self.repair, text: self.text_parse() },
            project: (),
        };
        let (start, max_faults) = (self.start, self.max_faults);
        let engine = Engine::new(source, self, total_bytes, can_retry, name, stage);
        Stream::new(engine, total_bytes, start, max_faults)
    }

    fn framer(&self) -> Framer {
        let framer = Framer::with_max_record_length(self.max_record_length);
        framer.repairs(self.repair).at_offset(self.start)
    }

    fn iso2709(&self, input: impl Input + 'static) -> Box<dyn BatchSource> {
        let source = ChunkReader::new(input, self.chunk_size, self.framer(), self.start);
        Box::new(if self.read_ahead { source } else { source.exact() })
    }

    #[cfg(not(feature = "formats"))]
    fn source(&self, input: impl Input + 'static) -> Box<dyn BatchSource> {
        self.iso2709(input)
    }

    #[cfg(not(feature = "formats"))]
    fn text_parse(&self) -> TextParse {
        TextParse
    }
}

#[cfg(feature = "formats")]
impl Options {
    fn source(&self, input: impl Input + 'static) -> Box<dyn BatchSource> {
        if let Some(format) = self.format {
            // It may be set already, to the same.
            let _ = self.found.set(format);
        }
        match self.format {
            Some(Format::Iso2709) => self.iso2709(input),
            _ => Box::new(AutoSource::new(input, self.request())),
        }
    }

    /// Settles the format of bytes in memory.
    fn format_in_place(&mut self, bytes: &[u8]) -> Format {
        let head = &bytes[self.start as usize..];
        let detect = || Format::detect_at(head, self.start, self.read_options());
        let format = self.format.or_else(detect).unwrap_or(Format::Iso2709);
        self.format = Some(format);
        let _ = self.found.set(format);
        format
    }

    fn read_options(&self) -> ReadOptions {
        ReadOptions::new().controls(self.controls).max_record_length(self.max_record_length)
    }

    fn text_parse(&self) -> TextParse {
        TextParse { options: self.read_options(), found: Arc::clone(&self.found) }
    }

    fn request(&self) -> ReadRequest {
        ReadRequest {
            format: self.format,
            options: self.read_options(),
            chunk_size: self.chunk_size,
            framer: self.framer(),
            found: Arc::clone(&self.found),
        }
    }
}

/// Bytes in memory that are read like a file.
#[cfg(feature = "formats")]
struct Shared(SharedBytes);

#[cfg(feature = "formats")]
impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}
