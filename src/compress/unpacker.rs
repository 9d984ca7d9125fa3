//! The parts of a compressed input, one after the other.

use super::{
    bgzf,
    codec::{Codec, Step},
};
use crate::{
    error::Grouped,
    framing::signatures::packed::Compression,
    source::{DEFAULT_CHUNK_SIZE, Input, ReadOutcome},
};
use std::{fmt, format, io, string::String, vec, vec::Vec};

/// Number of steps without a result before the caller gets control: empty parts and padding may be
/// endless, and signals and the stopper are waiting.
const STEPS: usize = 64;

/// The decompression of one input.
pub(super) struct Unpacker {
    kind: Compression,
    /// The decompressor, inside a part.
    codec: Option<Codec>,
    /// Compressed bytes; those from `start` to `end` are not used yet.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// True once the input below has ended.
    is_end: bool,
    /// Number of compressed bytes that were used.
    used: u64,
    /// Number of bytes that were made.
    made: u64,
    /// Number of parts that were begun.
    parts: u64,
    /// Value of `made` at the start of the part.
    part_start: u64,
    is_bgzf: bool,
    /// True if the decompressor may have more output without more input.
    has_more: bool,
    /// The error to return before the end.
    owed: Option<io::Error>,
    is_over: bool,
}

impl Unpacker {
    pub(super) fn new(kind: Compression) -> Self {
        Self {
            kind,
            codec: None,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            is_end: false,
            used: 0,
            made: 0,
            parts: 0,
            part_start: 0,
            is_bgzf: false,
            has_more: false,
            owed: None,
            is_over: false,
        }
    }

    /// Reads decompressed bytes. After an error the input is over.
    pub(super) fn read(
        &mut self,
        input: &mut impl Input,
        output: &mut [u8],
    ) -> io::Result<ReadOutcome> {
        for _ in 0..STEPS {
            if let Some(error) = self.owed.take() {
                self.is_over = true;
                return Err(error);
            }
            if self.is_over || output.is_empty() {
                return Ok(ReadOutcome::Bytes(0));
            }
            let needed = match self.codec {
                Some(_) => usize::from(!self.has_more),
                None => bgzf::HEADER_LENGTH,
            };
            if self.end - self.start < needed && !self.is_end {
                match self.fill(input)? {
                    ReadOutcome::Pending => return Ok(ReadOutcome::Pending),
                    ReadOutcome::Bytes(_) => continue,
                }
            }
            if self.codec.is_none() {
                self.begin_part();
            } else if let written @ 1.. = self.step(output) {
                return Ok(ReadOutcome::Bytes(written));
            }
        }
        Ok(ReadOutcome::Pending)
    }

    /// Reads compressed bytes, at most once.
    fn fill(&mut self, input: &mut impl Input) -> io::Result<ReadOutcome> {
        if self.buffer.is_empty() {
            self.buffer = vec![0; DEFAULT_CHUNK_SIZE];
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let outcome = input.read(&mut self.buffer[self.end..])?;
        if let ReadOutcome::Bytes(count) = outcome {
            self.end += count;
            self.is_end = count == 0;
        }
        Ok(outcome)
    }

    fn use_up(&mut self, count: usize) {
        self.start += count;
        self.used += count as u64;
    }

    /// Begins the next part after the padding, or ends the input.
    fn begin_part(&mut self) {
        if self.parts > 0 {
            let zeros = self.buffer[self.start..self.end].iter().take_while(|byte| **byte == 0);
            let zeros = zeros.count();
            self.use_up(zeros);
            if zeros > 0 && !self.is_end {
                return;
            }
        }
        let rest = &self.buffer[self.start..self.end];
        if rest.is_empty() {
            let is_cut = self.is_bgzf && self.made > self.part_start;
            self.owed =
                is_cut.then(|| self.error(io::ErrorKind::UnexpectedEof, Reason::NoEndBlock));
            self.is_over = self.owed.is_none();
            return;
        }
        if Compression::of(rest) != Some(self.kind) {
            self.owed = Some(self.error(io::ErrorKind::InvalidData, Reason::Trailing));
            return;
        }
        if self.parts == 0 {
            self.is_bgzf = bgzf::Header::parse(rest).is_ok();
        }
        match Codec::new(self.kind) {
            Ok(codec) => self.codec = Some(codec),
            Err(error) => self.owed = Some(error),
        }
        self.parts += 1;
        self.part_start = self.made;
    }

    /// Decompresses once, and returns the number of bytes that were made.
    fn step(&mut self, output: &mut [u8]) -> usize {
        let Some(codec) = &mut self.codec else { return 0 };
        let Step { read, written, outcome } =
            codec.step(&self.buffer[self.start..self.end], output);
        self.use_up(read);
        self.made += written as u64;
        self.has_more = written == output.len();
        match outcome {
            Ok(true) => self.codec = None,
            Ok(false) if read + written > 0 => {}
            Ok(false) if self.start == self.end && !self.is_end => {}
            Ok(false) if self.start == self.end => {
                self.owed = Some(self.error(io::ErrorKind::UnexpectedEof, Reason::Cut));
            }
            Ok(false) => {
                self.owed = Some(self.error(io::ErrorKind::InvalidData, Reason::Stuck));
            }
            Err(error) => {
                self.owed = Some(self.error(error.kind(), Reason::Damaged(&error)));
            }
        }
        written
    }

    fn error(&self, kind: io::ErrorKind, reason: Reason<'_>) -> io::Error {
        let (name, part) = (self.kind.format().name(), self.kind.part());
        let what = match reason {
            Reason::Cut => format!("the input ends inside {name} {part} {}", Grouped(self.parts)),
            Reason::Trailing => {
                format!("the bytes after {name} {part} {} are no {name}", Grouped(self.parts))
            }
            Reason::NoEndBlock => String::from("the BGZF input has no end block, so it may be cut"),
            Reason::Stuck => format!("{name} {part} {} is damaged", Grouped(self.parts)),
            Reason::Damaged(error) => {
                format!("{name} {part} {} is damaged ({error})", Grouped(self.parts))
            }
        };
        let (used, made) = (Grouped(self.used), Grouped(self.made));
        io::Error::new(kind, format!("{what}: compressed byte {used}, after {made} bytes of data"))
    }
}

/// The reason why an input cannot be decompressed further.
enum Reason<'e> {
    Cut,
    Trailing,
    NoEndBlock,
    /// The decompressor makes no progress.
    Stuck,
    Damaged(&'e io::Error),
}

impl fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacker")
            .field("kind", &self.kind)
            .field("used", &self.used)
            .field("made", &self.made)
            .finish_non_exhaustive()
    }
}
