//! Records out of the text formats, one after the other.

use super::{
    Note, ReadOptions,
    draft::{Draft, ParseError},
    extent::{Extent, Extents, Flaw},
    syntax::Syntax,
    transcode::{Source, Unit},
    window::Window,
};
use crate::{
    error::{Error, Place},
    record::Record,
};
use std::{io::Read, sync::Arc};

/// Reads records of one text format.
pub(super) struct TextReader<R> {
    window: Window<Source<R>>,
    syntax: Syntax,
    extents: Box<dyn Extents + Send>,
    draft: Draft,
    options: ReadOptions,
    name: Option<Arc<str>>,
    /// Of the front of the window, in bytes of the input.
    offset: u64,
    /// Records and faults so far.
    count: u64,
    /// Where the last of them began.
    last_offset: u64,
    notes: Vec<Note>,
}

impl<R: Read> TextReader<R> {
    pub(super) fn new(
        source: Source<R>,
        syntax: Syntax,
        options: ReadOptions,
        name: Option<Arc<str>>,
    ) -> Self {
        Self {
            window: Window::new(source),
            syntax,
            extents: syntax.extents(&options),
            draft: Draft::default(),
            options,
            name,
            offset: 0,
            count: 0,
            last_offset: 0,
            notes: Vec::new(),
        }
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) const fn last_offset(&self) -> u64 {
        self.last_offset
    }

    pub(super) fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The next record or fault; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Result<Record, Error>> {
        self.notes.clear();
        loop {
            match self.extents.next(self.window.bytes(), self.window.is_end()) {
                Extent::More if self.window.is_end() => return None,
                Extent::More => {
                    if let Err(error) = self.window.fill() {
                        let name = self.name.clone();
                        let offset = Some(self.offset);
                        return Some(Err(Error::io(
                            error,
                            Place { name, offset, ..Place::default() },
                        )));
                    }
                }
                Extent::Skip(length) => self.pass(length),
                Extent::Record(length) => return Some(self.record(length)),
                Extent::Fault(length, Flaw { kind, message }) => {
                    let error = ParseError::of_parts(kind, message.into());
                    return Some(Err(self.fault(length, error, None)));
                }
            }
        }
    }

    fn record(&mut self, length: usize) -> Result<Record, Error> {
        let bytes = &self.window.bytes()[..length];
        self.draft.begin();
        if let Err(error) = self.syntax.parse(bytes, &self.options, &mut self.draft) {
            let control_number = self.draft.control_number();
            self.draft.abandon();
            return Err(self.fault(length, error, control_number));
        }
        self.count += 1;
        self.last_offset = self.offset;
        self.pass(length);
        let (record, notes) = self.draft.take();
        self.notes = notes;
        Ok(record)
    }

    fn fault(&mut self, length: usize, error: ParseError, control_number: Option<String>) -> Error {
        self.count += 1;
        self.last_offset = self.offset;
        let raw = &self.window.bytes()[..length];
        let error = error.at(self.name.clone(), self.count, self.offset, control_number, raw);
        self.pass(length);
        error
    }

    fn pass(&mut self, length: usize) {
        let bytes = &self.window.bytes()[..length];
        self.offset += match self.window.source().unit() {
            Unit::Byte => length as u64,
            unit => unit.measure(bytes),
        };
        self.window.drop_front(length);
    }
}
