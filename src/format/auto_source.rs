//! A source that finds out by its first bytes what it is, and is that from then on.
//!
//! Nothing is read before the first batch is asked for, and no more than it takes: for ISO 2709 the
//! first chunk is copied once, and what follows is read as if nobody had looked.

use super::{
    Format, ReadOptions,
    framing::TextFraming,
    sniff::{Sniffer, is_declared},
    syntax::Syntax,
};
use crate::{
    framing::Framer,
    source::{
        Arrival, BatchSource, ChunkReader, Fill, HEAD, Input, Plain, RawBatch, Stopper, Transcoded,
        make_room,
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
    /// Where the input begins that is read.
    const fn start(&self) -> u64 {
        self.framer.offset()
    }

    /// A reader of ISO 2709.
    fn iso2709<I: Input>(&self, input: I) -> ChunkReader<I, Framer> {
        ChunkReader::new(input, self.chunk_size, self.framer.clone(), self.start())
    }

    /// A reader of a text format, whose input begins with these bytes.
    fn text<I: Input>(
        &self,
        syntax: Syntax,
        input: I,
        head: &[u8],
    ) -> ChunkReader<Transcoded<I>, TextFraming> {
        let input = match syntax {
            Syntax::Marcxml => Transcoded::xml(input, head),
            _ => Transcoded::plain(input),
        };
        let start = self.start();
        let framing = TextFraming::new(syntax, &self.options, start > 0);
        ChunkReader::new(input, self.chunk_size, framing, start)
    }

    /// All that there is of an input.
    fn all_of(&self, head: Vec<u8>, format: Format) -> Option<RawBatch> {
        let _ = self.found.set(format);
        let first = head[..HEAD.min(head.len())].to_vec();
        let input = Plain(io::Cursor::new(head));
        let batch = match Syntax::of(format) {
            None => self.iso2709(input).read_all(),
            Some(syntax) => self.text(syntax, input, &first).read_all(),
        };
        batch.ok().flatten()
    }
}

/// A source of some format.
pub(crate) struct AutoSource<I> {
    state: State<I>,
    wish: Wish,
}

enum State<I> {
    /// The first bytes were read, and are not enough.
    Looking {
        input: I,
        /// What was read, and room to read more into.
        head: Vec<u8>,
        length: usize,
        sniffer: Box<Sniffer>,
    },
    Reading(Box<dyn BatchSource>),
    /// Between the two.
    Moving,
    /// There is no memory to read it.
    Over,
}

impl<I: Input + 'static> AutoSource<I> {
    pub(crate) fn new(input: I, wish: Wish) -> Self {
        let sniffer = Box::new(Sniffer::new(wish.options, wish.start() > 0));
        let state = State::Looking { input, head: Vec::new(), length: 0, sniffer };
        Self { state, wish }
    }

    /// Looks at the first bytes, until they are enough; `false` if there are none at the moment.
    fn look(&mut self) -> io::Result<bool> {
        let State::Looking { input, head, length, sniffer } = &mut self.state else {
            return Ok(true);
        };
        let mut is_end = false;
        let format = loop {
            let found = match self.wish.format {
                None => sniffer.look(&head[..*length], is_end),
                Some(Format::Marcxml) if !is_end && !is_declared(&head[..*length]) => None,
                asked => Some(asked),
            };
            if let Some(format) = found {
                break format;
            }
            // Twice as much where they come in small pieces.
            let room = *length + self.wish.chunk_size;
            if let Err(error) = make_room(head, room, room + *length) {
                self.state = State::Over;
                return Err(error);
            }
            match input.read(&mut head[*length..room]) {
                Ok(Arrival::Bytes(count)) => {
                    *length += count;
                    is_end = count == 0;
                }
                Ok(Arrival::Pending) => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        head.truncate(*length);
        self.begin(format.unwrap_or(Format::Iso2709), is_end);
        Ok(true)
    }

    fn begin(&mut self, format: Format, is_end: bool) {
        let State::Looking { input, head, .. } = mem::replace(&mut self.state, State::Moving)
        else {
            return;
        };
        // Somebody else may have said the same before.
        let _ = self.wish.found.set(format);
        let first = head[..HEAD.min(head.len())].to_vec();
        let input = Headed { head, taken: 0, is_end, input };
        self.state = State::Reading(match Syntax::of(format) {
            None => Box::new(self.wish.iso2709(input)),
            Some(syntax) => Box::new(self.wish.text(syntax, input, &first)),
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
        if let State::Looking { head, length, sniffer, .. } = &mut self.state {
            // It is the end, and so the first bytes are enough.
            head.truncate(*length);
            let asked = self.wish.format;
            let format = asked.or_else(|| sniffer.look(head, true).flatten());
            return self.wish.all_of(mem::take(head), format.unwrap_or(Format::Iso2709));
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

    fn unstop(&mut self) {
        match &mut self.state {
            State::Looking { input, .. } => input.unstop(),
            State::Reading(source) => source.unstop(),
            State::Moving | State::Over => {}
        }
    }

    fn set_waits(&mut self, waits: bool) {
        match &mut self.state {
            State::Looking { input, .. } => input.set_waits(waits),
            State::Reading(source) => source.set_waits(waits),
            State::Moving | State::Over => {}
        }
    }

    fn bytes_read(&self) -> u64 {
        match &self.state {
            State::Looking { length, .. } => *length as u64,
            State::Reading(source) => source.bytes_read(),
            State::Moving | State::Over => 0,
        }
    }
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

    fn unstop(&mut self) {
        self.input.unstop();
    }

    fn set_waits(&mut self, waits: bool) {
        self.input.set_waits(waits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives these bytes, and fails from then on.
    struct Broken(&'static [u8]);

    impl Input for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
            if self.0.is_empty() {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            let length = buffer.len().min(self.0.len());
            let (now, rest) = self.0.split_at(length);
            buffer[..length].copy_from_slice(now);
            self.0 = rest;
            Ok(Arrival::Bytes(length))
        }
    }

    #[test]
    fn what_came_before_a_failure_is_given_in_its_format() {
        for (bytes, start, format, kinds) in [
            (&b"=LDR  junk"[..], 0, Format::Marcmaker, 1),
            (b"<collection><b", 7, Format::Marcxml, 2),
            (b"00026nam a220\x1D", 9, Format::Iso2709, 1),
        ] {
            let wish = Wish {
                format: None,
                options: ReadOptions::new(),
                chunk_size: 3,
                framer: Framer::new().at_offset(start),
                found: Arc::default(),
            };
            let mut source = AutoSource::new(Broken(bytes), wish.clone());
            while source.fill(&mut None).is_ok() {}
            let batch = source.finish().unwrap();
            assert_eq!(wish.found.get(), Some(&format), "{}", bytes.escape_ascii());
            assert_eq!((batch.bytes(), batch.offset()), (bytes, start));
            assert_eq!(batch.frames().len(), kinds, "{:?}", batch.frames());
        }
    }
}
