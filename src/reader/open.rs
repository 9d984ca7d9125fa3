//! Streams over the sources that a reader may have.

use super::{
    archive::check_no_files,
    place::{Place, no_seek},
};
use crate::{
    compress::{Progress, RECOGNISE, Ratio, Unpacked},
    error::InputName,
    framing::{Framer, signatures::packed::Compression},
    parse::{Parse, ParseStage, Sieve, TextParse},
    source::{
        BatchSource, ChunkReader, Input, InputSequence, Inputs, Memory, NamedInput, Opened,
        PassOver, Plain, Recognise, SharedBytes, SliceReader, open::open_file, open_path,
    },
    stream::{Engine, Options, Stream},
};
use std::{
    boxed::Box,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    vec::Vec,
};

/// Smallest chunk of a small file, in bytes.
const SMALLEST: usize = 4 << 10;

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
        let progress = Progress::new();
        // Inside an input, or of bytes that are read one by one, nothing is recognised.
        let input = match self.recognises().is_some() && (self.start == 0 || skip > 0) {
            true => Unpacked::new(input, Ratio::new(self.max_ratio), Arc::clone(&progress)),
            false => Unpacked::plain(input),
        };
        self.stream_of_data(input, progress, skip, total_bytes, can_retry, name)
    }

    /// Returns a stream over decompressed data, of which the first `skip` bytes are skipped.
    pub(super) fn stream_of_data(
        self,
        input: impl Input + 'static,
        progress: Arc<Progress>,
        skip: u64,
        total_bytes: Option<u64>,
        can_retry: bool,
        name: Option<InputName>,
    ) -> Stream {
        let text = self.text_parse(1);
        let source = self.source(PassOver::new(input, skip), &text, 0);
        // A stream of a range of a file or of memory is made elsewhere.
        let has_range = self.range.is_some();
        let mut stream = self.stream_of(source, text, total_bytes, can_retry, name);
        if has_range {
            stream.refuse(no_seek());
        }
        stream.with_progress(progress)
    }

    /// Returns a stream over bytes in memory. A start beyond their end is their end. If they are a zip
    /// archive that cannot be read, the stream returns this error.
    pub(crate) fn stream_in_place(mut self, bytes: SharedBytes) -> Stream {
        if self.has_ranges() {
            return self.stream_of_ranges_in_place(bytes);
        }
        let length = (*bytes).as_ref().len() as u64;
        let start = self.start;
        self.start = start.min(length);
        if self.recognises().is_some_and(|is_packed| is_packed((*bytes).as_ref())) {
            self.start = start;
            if Compression::of((*bytes).as_ref()) == Some(Compression::Zip) {
                return self.clone().stream_of_archive_in_place(bytes).unwrap_or_else(|error| {
                    let mut stream = self.stream(Plain(io::empty()), 0, None, false, None);
                    stream.refuse(error);
                    stream.of_compressed(Some(length))
                });
            }
            if let Some(stream) = self.stream_from_block(Place::memory(Arc::clone(&bytes))) {
                return stream;
            }
            let stream = self.stream(Memory::new(bytes, 0), start, None, false, None);
            return stream.of_compressed(Some(length));
        }
        if self.detects_text((*bytes).as_ref()) {
            let input = Memory::new(bytes, self.start);
            return self.stream(input, 0, Some(length), false, None);
        }
        let source = SliceReader::new(bytes, self.chunk_size, self.framer());
        let text = self.text_parse(1);
        self.stream_of(Box::new(source), text, Some(length), false, None)
    }

    /// Returns a stream over a path.
    ///
    /// # Errors
    /// Returns errors of the operating system, and an error for a zip archive that cannot be read.
    pub(crate) fn stream_of_path(self, path: &Path) -> io::Result<Stream> {
        if self.has_ranges() {
            return self.stream_of_ranges(Place::path(path));
        }
        if let Some(stream) = self.stream_from_block(Place::path(path)) {
            return Ok(stream);
        }
        let opened = open_path(path, self.start, self.recognises())?;
        self.stream_of_opened(opened, path.into())
    }

    /// Returns a stream over an open file with this name, from its position on.
    ///
    /// # Errors
    /// If it is a directory, or a zip archive that cannot be read.
    pub(crate) fn stream_of_file(self, file: File, name: InputName) -> io::Result<Stream> {
        let opened = open_file(file, self.start, self.recognises())?;
        self.stream_of_opened(opened, name)
    }

    /// Returns a stream over an open file with this name.
    ///
    /// # Errors
    /// If it is a zip archive that cannot be read.
    pub(crate) fn stream_of_opened(
        mut self,
        opened: Opened,
        name: InputName,
    ) -> io::Result<Stream> {
        let Opened { input, length, compressed_length, archive, start, skip, file, .. } = opened;
        self.start = start;
        if let Some(archive) = archive {
            return self.stream_of_archive(archive, file, compressed_length, skip, name);
        }
        self.fit_chunk(length);
        let input = self.metered(input);
        let stream = self.stream(input, skip, length, false, Some(name));
        Ok(stream.of_compressed(compressed_length).of_file(file))
    }

    /// Returns a stream over files, one after the other. The files in a zip archive take its place.
    ///
    /// # Errors
    /// If the list is empty or the start is not 0; of a path that cannot be read, with this path.
    pub(crate) fn stream_of_paths(
        self,
        paths: impl IntoIterator<Item = PathBuf>,
    ) -> Result<Stream, (io::Error, Option<PathBuf>)> {
        let (mut inputs, progress) = (Vec::new(), Progress::new());
        for path in paths {
            match self.inputs_of_path(&path, &progress) {
                Ok(found) => inputs.extend(found),
                Err(error) => return Err((error, Some(path))),
            }
        }
        self.stream_of_inputs(inputs, progress).map_err(|error| (error, None))
    }

    /// Returns a stream over several inputs, one after the other.
    ///
    /// # Errors
    /// If there is none, or if the start is not 0.
    pub(super) fn stream_of_inputs(
        self,
        inputs: Vec<NamedInput>,
        progress: Arc<Progress>,
    ) -> io::Result<Stream> {
        let invalid = |reason| Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        if inputs.is_empty() {
            return invalid("the list of files is empty");
        }
        if self.start > 0 {
            return invalid("a start needs one input, not a list of them");
        }
        if self.has_ranges() {
            return invalid("a range and partitions need one input, not a list of them");
        }
        let inputs = Arc::new(Inputs::new(inputs)?);
        let (is_packed, total_bytes) = (self.recognises(), inputs.total_bytes());
        let text = self.text_parse(inputs.all.len());
        let (options, parse) = (self.clone(), text.clone());
        let used = Arc::clone(&progress);
        let source = InputSequence::new(Arc::clone(&inputs), is_packed, move |at, opened| {
            options.source_of_one(opened, &parse, at, &used)
        });
        let stream = self.stream_of(Box::new(source), text, total_bytes, false, None);
        let stream = stream.with_progress(progress).of_compressed(inputs.compressed_bytes());
        Ok(stream.of_inputs(inputs))
    }

    /// Returns the source of one of several inputs.
    ///
    /// # Errors
    /// If it is a zip archive that could not be listed when the stream was made.
    fn source_of_one(
        &self,
        opened: Opened,
        parse: &TextParse,
        at: u32,
        progress: &Arc<Progress>,
    ) -> io::Result<Box<dyn BatchSource>> {
        let Opened { input, length, archive, is_member, .. } = opened;
        let mut options = self.clone();
        options.fit_chunk(length);
        let ratio = Ratio::new(self.max_ratio);
        // The bytes of a member were counted when it was opened.
        let input = if is_member { input } else { self.metered(input) };
        let input = match self.recognises() {
            None => Unpacked::plain(input),
            Some(_) if archive.is_some() => {
                check_no_files(archive)?;
                Unpacked::plain(input)
            }
            // The file in an archive may be compressed itself.
            Some(_) if is_member => Unpacked::new(input, ratio, Progress::new()),
            Some(_) => Unpacked::new(input, ratio, Arc::clone(progress)),
        };
        Ok(options.source(input, parse, at))
    }

    /// Makes the chunks of a small file as short as the file, if its length is known. A record that is
    /// kept keeps its buffer, and the C library gives large ones back to the system after each file.
    fn fit_chunk(&mut self, length: Option<u64>) {
        if let Some(length) = length {
            let whole = usize::try_from(length.saturating_add(1)).unwrap_or(usize::MAX);
            self.chunk_size = self.chunk_size.min(whole.max(SMALLEST));
        }
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
        let sieve = self.rule.clone().map(|rule| Sieve { rule, text: self.text });
        let parse = Parse { repairs: self.repair, text, range: self.range, sieve };
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
