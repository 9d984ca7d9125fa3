//! A source that detects the format of its input, and reads it from then on.
//!
//! Nothing is read before the first batch is requested, and then only as much as the detection
//! needs. For ISO 2709 the first chunk is copied once; all other bytes are read as if nothing had
//! examined them.

use super::{Format, Found, ReadOptions, detect::Detector, framing::TextFraming, syntax::Syntax};
use crate::{
    framing::{Framer, signatures::xml::is_declared},
    source::{BatchSource, ChunkReader, FillOutcome, Input, Peeked, RawBatch, Transcoded},
};
use std::io;

/// The format and the options to read an input with.
#[derive(Debug, Clone)]
pub(crate) struct ReadRequest {
    /// The format; `None` to detect it. If none is recognised, the input is read as ISO 2709, whose
    /// recovery can resynchronise in arbitrary bytes.
    pub(crate) format: Option<Format>,
    pub(crate) options: ReadOptions,
    pub(crate) chunk_size: usize,
    /// The framer for ISO 2709. Its limit on record length may be shorter than that of a text
    /// format.
    pub(crate) framer: Framer,
    /// The place for the format, once it is known.
    pub(crate) found: Found,
    /// Index of the input among those of the stream.
    pub(crate) input: u32,
}

impl ReadRequest {
    /// Returns the offset of the first byte to read.
    const fn start(&self) -> u64 {
        self.framer.offset()
    }

    /// Returns a reader of ISO 2709.
    fn iso2709<I: Input>(&self, input: I) -> ChunkReader<I, Framer> {
        ChunkReader::new(input, self.chunk_size, self.framer.clone(), self.start())
    }

    /// Returns a reader of a text format.
    fn text<I: Input>(
        &self,
        syntax: Syntax,
        input: Peeked<I>,
    ) -> ChunkReader<Transcoded<Peeked<I>>, TextFraming> {
        let input = match syntax {
            Syntax::Marcxml => Transcoded::xml(input),
            _ => Transcoded::plain(input),
        };
        let start = self.start();
        let framing = TextFraming::new(syntax, &self.options, start > 0);
        ChunkReader::new(input, self.chunk_size, framing, start)
    }
}

/// A source of any format.
pub(crate) struct AutoSource<I> {
    request: ReadRequest,
    /// The input and the detector, until the format is known.
    unknown: Option<(Peeked<I>, Detector)>,
    /// The source of that format, from then on.
    source: Option<Box<dyn BatchSource>>,
}

impl<I: Input + 'static> AutoSource<I> {
    pub(crate) fn new(input: I, request: ReadRequest) -> Self {
        let detector = Detector::new(request.options, request.start() > 0);
        Self { request, unknown: Some((Peeked::new(input), detector)), source: None }
    }

    /// Returns the input, and the syntax of its text format, once the first bytes decide it.
    fn detect(&mut self) -> Option<(Peeked<I>, Option<Syntax>)> {
        let (input, detector) = self.unknown.as_mut()?;
        let (head, is_end) = (input.head(), input.is_end());
        let format = match self.request.format {
            None => detector.look(head, is_end)?.unwrap_or(Format::Iso2709),
            Some(Format::Marcxml) if !is_end && !is_declared(head) => return None,
            Some(format) => format,
        };
        self.request.found.set(self.request.input, format);
        let (input, _) = self.unknown.take()?;
        Some((input, Syntax::of(format)))
    }
}

impl<I: Input + 'static> BatchSource for AutoSource<I> {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<FillOutcome> {
        while self.unknown.is_some() {
            match self.detect() {
                None => {}
                Some((input, None)) => self.source = Some(Box::new(self.request.iso2709(input))),
                Some((input, Some(syntax))) => {
                    self.source = Some(Box::new(self.request.text(syntax, input)));
                }
            }
            let Some((input, _)) = &mut self.unknown else { break };
            match input.peek(self.request.chunk_size) {
                Ok(true) => {}
                Ok(false) => return Ok(FillOutcome::Pending),
                Err(error) => {
                    // Without memory for the head the input is over, and its format is unknown.
                    if input.is_end() {
                        self.unknown = None;
                    }
                    return Err(error);
                }
            }
        }
        self.source.as_mut().map_or(Ok(FillOutcome::End), |source| source.fill(spare))
    }

    fn finish(&mut self) -> Option<RawBatch> {
        if let Some((input, _)) = &mut self.unknown {
            input.end();
        }
        let all = match self.detect() {
            None => return self.source.as_mut()?.finish(),
            Some((input, None)) => self.request.iso2709(input).read_all(),
            Some((input, Some(syntax))) => self.request.text(syntax, input).read_all(),
        };
        all.ok().flatten()
    }

    fn input(&mut self) -> Option<&mut dyn Input> {
        match &mut self.unknown {
            Some((input, _)) => Some(input),
            None => self.source.as_mut()?.input(),
        }
    }

    fn bytes_read(&self) -> u64 {
        match (&self.unknown, &self.source) {
            (Some((input, _)), _) => input.head().len() as u64,
            (None, Some(source)) => source.bytes_read(),
            (None, None) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::ReadOutcome;

    /// Returns these bytes, and fails from then on.
    struct Broken(&'static [u8]);

    impl Input for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
            if self.0.is_empty() {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            let length = buffer.len().min(self.0.len());
            let (now, rest) = self.0.split_at(length);
            buffer[..length].copy_from_slice(now);
            self.0 = rest;
            Ok(ReadOutcome::Bytes(length))
        }
    }

    #[test]
    fn an_input_without_memory_for_its_head_is_over() {
        for format in [None, Some(Format::Marcxml)] {
            let request = ReadRequest {
                format,
                options: ReadOptions::new(),
                chunk_size: isize::MAX as usize,
                framer: Framer::new(),
                found: Found::default(),
                input: 0,
            };
            let mut source = AutoSource::new(Broken(b"<collection>"), request.clone());
            let error = source.fill(&mut None).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
            assert!(matches!(source.fill(&mut None), Ok(FillOutcome::End)));
            assert!(source.finish().is_none());
            assert_eq!(request.found.get(), None);
        }
    }

    #[test]
    fn the_bytes_before_a_failure_are_delivered_in_their_format() {
        for (bytes, start, format, kinds) in [
            (&b"=LDR  junk"[..], 0, Format::Marcmaker, 1),
            (b"<collection><b", 7, Format::Marcxml, 2),
            (b"00026nam a220\x1D", 9, Format::Iso2709, 1),
        ] {
            let request = ReadRequest {
                format: None,
                options: ReadOptions::new(),
                chunk_size: 3,
                framer: Framer::new().at_offset(start),
                found: Found::default(),
                input: 0,
            };
            let mut source = AutoSource::new(Broken(bytes), request.clone());
            while source.fill(&mut None).is_ok() {}
            let batch = source.finish().unwrap();
            assert_eq!(request.found.get(), Some(format), "{}", bytes.escape_ascii());
            assert_eq!((batch.bytes(), batch.offset()), (bytes, start));
            assert_eq!(batch.frames().len(), kinds, "{:?}", batch.frames());
        }
    }
}
