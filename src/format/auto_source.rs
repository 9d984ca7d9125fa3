//! A source that finds out by its first bytes what it is, and is that from then on.
//!
//! Nothing is read before the first batch is asked for, and no more than it takes: for ISO 2709 the
//! first chunk is copied once, and what follows is read as if nobody had looked.

use super::{
    Format, ReadOptions, SNIFF_LENGTH,
    syntax::Syntax,
    text_source::TextSource,
    transcode::{HEAD, Source},
};
use crate::{
    framing::Framer,
    source::{
        Arrival, BatchSource, ChunkReader, Fill, Input, RawBatch, SliceReader, Stopper, make_room,
    },
};
use std::{
    io, mem,
    sync::{Arc, OnceLock},
};

/// What is to be read, and how.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// `None` to find it out. What shows no format is read as ISO 2709, whose way back leads
    /// through anything.
    pub(crate) format: Option<Format>,
    pub(crate) options: ReadOptions,
    pub(crate) chunk_size: usize,
    /// What finds records, if it is ISO 2709. Its limit may be shorter than a record of a text format
    /// can be.
    pub(crate) framer: Framer,
    /// Where to say what the format is.
    pub(crate) found: Arc<OnceLock<Format>>,
}

impl Wish {
    /// The format, once these first bytes are enough to tell.
    fn decide(&self, head: &[u8], is_end: bool) -> Option<Format> {
        let format = self.format.or_else(|| Format::sniff(head));
        let is_known = match format {
            Some(Format::Marcxml) => is_declared(head),
            Some(_) => true,
            None => head.len() >= SNIFF_LENGTH,
        };
        (is_known || is_end).then(|| format.unwrap_or(Format::Iso2709))
    }
}

/// A source of some format.
pub(crate) struct AutoSource<I> {
    state: State<I>,
    wish: Wish,
    /// The first bytes, if they show no format.
    unknown: Option<Vec<u8>>,
}

enum State<I> {
    /// The first bytes were read, and are not enough.
    Looking {
        input: I,
        head: Vec<u8>,
    },
    Reading(Box<dyn BatchSource>),
    /// Between the two.
    Moving,
    /// There is no memory to read it.
    Over,
}

impl<I: Input + 'static> AutoSource<I> {
    pub(crate) const fn new(input: I, wish: Wish) -> Self {
        Self { state: State::Looking { input, head: Vec::new() }, wish, unknown: None }
    }

    /// Looks at the first bytes, until they are enough; `false` if there are none at the moment.
    fn look(&mut self) -> io::Result<bool> {
        let State::Looking { input, head } = &mut self.state else { return Ok(true) };
        let mut is_end = false;
        let format = loop {
            if let Some(format) = self.wish.decide(head, is_end) {
                break format;
            }
            let length = head.len();
            if let Err(error) = make_room(head, length + self.wish.chunk_size, 0) {
                self.state = State::Over;
                return Err(error);
            }
            let read = input.read(&mut head[length..]);
            let count = match read {
                Ok(Arrival::Bytes(count)) => count,
                Ok(Arrival::Pending) | Err(_) => 0,
            };
            head.truncate(length + count);
            match read {
                Ok(Arrival::Bytes(count)) => is_end = count == 0,
                Ok(Arrival::Pending) => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        // An empty input is one of every format.
        let is_unknown = self.wish.format.or_else(|| Format::sniff(head)).is_none();
        self.unknown = (is_unknown && !head.trim_ascii().is_empty()).then(|| head.clone());
        self.begin(format, is_end);
        Ok(true)
    }

    /// Finds the format out at once. If the first bytes show none, they are given back.
    ///
    /// # Errors
    /// Those of the input.
    pub(super) fn find(&mut self) -> io::Result<Result<Format, Vec<u8>>> {
        while !self.look()? {}
        Ok(match self.unknown.take() {
            Some(head) => Err(head),
            None => Ok(self.wish.found.get().copied().unwrap_or(Format::Iso2709)),
        })
    }

    fn begin(&mut self, format: Format, is_end: bool) {
        let State::Looking { input, head } = mem::replace(&mut self.state, State::Moving) else {
            return;
        };
        let Wish { options, chunk_size, .. } = self.wish;
        // Somebody else may have said the same before.
        let _ = self.wish.found.set(format);
        let is_xml = format == Format::Marcxml;
        let first = head[..HEAD.min(head.len())].to_vec();
        let input = Headed { head, taken: 0, is_end, input };
        self.state = State::Reading(match Syntax::of(format) {
            None => Box::new(ChunkReader::new(input, chunk_size, self.wish.framer.clone())),
            Some(syntax) => {
                let input = if is_xml { Source::xml(input, &first) } else { Source::plain(input) };
                Box::new(TextSource::new(input, syntax, options, chunk_size))
            }
        });
    }
}

impl<I: Input + 'static> BatchSource for AutoSource<I> {
    fn fill(&mut self, spare: &mut Option<RawBatch>) -> io::Result<Fill> {
        if !self.look()? {
            return Ok(Fill::Pending);
        }
        match &mut self.state {
            State::Reading(source) => source.fill(spare),
            State::Looking { .. } | State::Moving | State::Over => Ok(Fill::End),
        }
    }

    fn finish(&mut self) -> Option<RawBatch> {
        if let State::Looking { head, .. } = &mut self.state {
            // Too little to be anything: a fault, whatever it was to become.
            let head = Arc::new(mem::take(head));
            let framer = self.wish.framer.clone();
            return match SliceReader::new(head, usize::MAX, framer).fill(&mut None) {
                Ok(Fill::Batch(batch)) => Some(batch),
                _ => None,
            };
        }
        match &mut self.state {
            State::Reading(source) => source.finish(),
            State::Looking { .. } | State::Moving | State::Over => None,
        }
    }

    fn may_change_thread(&self) -> bool {
        match &self.state {
            State::Looking { input, .. } => input.may_change_thread(),
            State::Reading(source) => source.may_change_thread(),
            State::Moving | State::Over => true,
        }
    }

    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        match &mut self.state {
            State::Looking { input, .. } => input.stopper(),
            State::Reading(source) => source.stopper(),
            State::Moving | State::Over => Ok(None),
        }
    }

    fn bytes_read(&self) -> u64 {
        match &self.state {
            State::Looking { head, .. } => head.len() as u64,
            State::Reading(source) => source.bytes_read(),
            State::Moving | State::Over => 0,
        }
    }
}

/// Whether an XML declaration is there to its end, or will not come.
fn is_declared(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    head.len() >= HEAD
        || (head.len() >= 4
            && (memchr::memmem::find(head, b"?>").is_some()
                || !(b"<?xml".starts_with(text) || text.starts_with(b"<?xml"))))
}

/// An input of which the first bytes were read already.
struct Headed<I> {
    head: Vec<u8>,
    taken: usize,
    /// Whether the end came behind them: it is not asked for again.
    is_end: bool,
    input: I,
}

impl<I: Input> Input for Headed<I> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        if self.head.is_empty() {
            return if self.is_end { Ok(Arrival::Bytes(0)) } else { self.input.read(buffer) };
        }
        let left = &self.head[self.taken..];
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.taken += count;
        if self.taken == self.head.len() {
            self.head = Vec::new();
        }
        Ok(Arrival::Bytes(count))
    }

    fn may_change_thread(&self) -> bool {
        self.input.may_change_thread()
    }

    fn stopper(&mut self) -> io::Result<Option<Stopper>> {
        self.input.stopper()
    }
}
