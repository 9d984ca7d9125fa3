//! The parts of a reader for formats besides ISO 2709.

use super::{Projected, Reader, ReaderBuilder, SharedRecord, range::Shape};
use crate::{
    encoding::TextOptions,
    error::{Error, Position},
    format::{
        self, AutoSource, Controls, Format, Found, Mnemonics, Note, ReadOptions, ReadRequest,
    },
    parse::{Batch, Project, TextParse},
    record::Fault,
    source::{BatchSource, DEFAULT_CHUNK_SIZE, Input, range::ReadAt},
    stream::Options,
};
use std::{boxed::Box, cell::LazyCell, io, vec, vec::Vec};

impl Options {
    /// Returns the options of the parse for so many inputs.
    pub(crate) fn text_parse(&self, inputs: usize) -> TextParse {
        let found = Found::new(inputs, self.formats.format);
        TextParse { options: self.read_options(), found }
    }

    /// Returns the source of the input with the index `at`.
    pub(super) fn source(
        &self,
        input: impl Input + 'static,
        parse: &TextParse,
        at: u32,
    ) -> Box<dyn BatchSource> {
        let format = self.formats.format;
        if format == Some(Format::Iso2709) {
            return self.iso2709(input);
        }
        Box::new(AutoSource::new(
            input,
            ReadRequest {
                format,
                options: parse.options,
                chunk_size: self.chunk_size,
                framer: self.framer(),
                found: parse.found.clone(),
                input: at,
            },
        ))
    }

    /// Settles the format of bytes in memory. Returns true if it is a text format.
    pub(super) fn detects_text(&mut self, bytes: &[u8]) -> bool {
        let head = &bytes[self.start as usize..];
        let detect = || Format::detect_at(head, self.start, self.read_options());
        let format = self.formats.format.or_else(detect).unwrap_or(Format::Iso2709);
        self.formats.format = Some(format);
        format != Format::Iso2709
    }

    /// Settles the format of an input, and returns how ranges of it are found.
    pub(super) fn shape(&mut self, input: &mut dyn ReadAt) -> io::Result<Shape> {
        let format = match self.formats.format {
            Some(format) => format,
            None => {
                let mut offset = 0;
                let mut buffer = vec![0; DEFAULT_CHUNK_SIZE];
                let more = |head: &mut Vec<u8>| {
                    let count = input.read_at(offset, &mut buffer)?;
                    offset += count as u64;
                    head.extend_from_slice(&buffer[..count]);
                    Ok(count > 0)
                };
                Format::detect_in(self.read_options(), more)?.unwrap_or(Format::Iso2709)
            }
        };
        let shape = match format {
            Format::Iso2709 => Shape::Iso2709,
            Format::Marcmaker | Format::Line => Shape::Lines,
            // The structure of these depends on all bytes before.
            Format::Marcxml | Format::Json | Format::JsonLines => Shape::Whole,
        };
        if shape != Shape::Whole {
            self.formats.format = Some(format);
        }
        Ok(shape)
    }

    fn read_options(&self) -> ReadOptions {
        let options = ReadOptions::new().controls(self.formats.controls);
        let options = options.mnemonics(self.formats.mnemonics);
        options.max_record_length(self.max_record_length)
    }
}

impl ReaderBuilder {
    /// Sets the format of the input; `None` detects it by the first bytes, as [`Format::detect`]
    /// does. An input in which no format is recognised is read as ISO 2709, whose recovery can
    /// resynchronise in arbitrary bytes.
    ///
    /// Default: `None`.
    ///
    /// ```
    /// use tidemarc::{Reader, format::Format};
    ///
    /// let json = br#"{"leader": "00000nam a2200000   4500", "fields": [{"001": "ocm1"}]}"#;
    /// let mut reader = Reader::builder().format(Format::Json).from_bytes(json);
    /// assert_eq!(reader.next().unwrap()?.view().control_number(), Some(&b"ocm1"[..]));
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn format(mut self, format: impl Into<Option<Format>>) -> Self {
        self.options.formats.format = format.into();
        self
    }

    /// Sets the treatment of control characters that have no place in a text format. It has no
    /// effect on ISO 2709.
    ///
    /// Default: [`Controls::Error`]; a record that has one is a fault.
    ///
    /// ```
    /// use tidemarc::{Reader, format::Controls};
    ///
    /// let json = br#"{"leader": "00000nam a2200000   4500", "fields": [{"001": "ocm1\u001f"}]}"#;
    /// let mut reader = Reader::builder().controls(Controls::Skip).from_bytes(json);
    /// let record = reader.next().unwrap()?;
    /// assert_eq!(record.view().control_number(), Some(&b"ocm1"[..]));
    /// assert_eq!(record.notes().len(), 1);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub const fn controls(mut self, controls: Controls) -> Self {
        self.options.formats.controls = controls;
        self
    }

    /// Sets the names in braces that are mnemonics in MARCMaker text.
    ///
    /// Default: [`Mnemonics::All`].
    ///
    /// ```
    /// use tidemarc::{Reader, format::Mnemonics};
    ///
    /// let text = b"=LDR  00000nam a2200000   4500\n=500  \\\\$aA set {x}, {dollar}5\n\n";
    /// let note = |mnemonics| {
    ///     let record = Reader::builder().mnemonics(mnemonics).from_bytes(text).next().unwrap()?;
    ///     let note = record.view().fields().next().unwrap().as_bytes().to_vec();
    ///     Ok::<_, tidemarc::Error>(String::from_utf8(note).unwrap())
    /// };
    /// assert_eq!(note(Mnemonics::All)?, "  \x1faA set x, $5");
    /// assert_eq!(note(Mnemonics::MarcEdit)?, "  \x1faA set {x}, $5");
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub const fn mnemonics(mut self, mnemonics: Mnemonics) -> Self {
        self.options.formats.mnemonics = mnemonics;
        self
    }
}

impl Reader {
    /// Returns the format of the current input; `None` until its first bytes have shown it.
    ///
    /// ```
    /// use tidemarc::{Reader, format::Format};
    ///
    /// let mut reader = Reader::from_path("tests/fixtures/books.mrk")?;
    /// assert_eq!(reader.by_ref().count(), 60);
    /// assert_eq!(reader.format(), Some(Format::Marcmaker));
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        self.stream.found().get()
    }

    /// Returns the options by which the records' text is read.
    pub(crate) const fn text(&self) -> TextOptions {
        self.stream.text()
    }
}

impl<P: Project> Projected<P> {
    /// See [`Reader::format`].
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        self.batches.found().get()
    }
}

impl<P: Project> Projected<P> {
    /// Returns the place where the format of the input will be.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "only the command asks so early"))]
    pub(crate) fn found(&self) -> Found {
        self.batches.found().clone()
    }
}

impl SharedRecord {
    /// Returns the changes that were needed to read the record from a text format. Empty for ISO
    /// 2709.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        self.batch.notes_of(self.at as usize)
    }
}

/// Returns a fault for content of a record that some formats cannot hold: one for each kind and
/// field.
pub(super) fn unheld(batch: &Batch, at: usize) -> Vec<Error> {
    let entry = &batch.entries()[at];
    let Some(record) = batch.view_of(entry) else { return Vec::new() };
    // Most records have nothing of the sort.
    let position = LazyCell::new(|| batch.position_of(entry));
    let mut errors = Vec::new();
    format::unheld(&record, batch.text_of(&record), |unheld| {
        // The fields of a text format have no place in the input, and the fields of a repaired
        // record may be more or fewer than the entries.
        let (is_text, is_noted) = (batch.is_text(), batch.is_noted(at));
        let fault = match is_noted {
            true => Fault::new(unheld.kind),
            false => Fault::in_entry(unheld.kind, unheld.ordinal),
        };
        let fault = unheld.code.map_or(fault, |code| fault.in_subfield(code));
        let location = (!is_text).then(|| {
            let from = record.offset_of(unheld.field.as_bytes());
            from + unheld.location.start..from + unheld.location.end
        });
        let tag = Some(unheld.field.tag());
        let position = Position { tag, location, ..Position::clone(&position) };
        errors.push(Error::with_cause(fault, position, unheld.reason()));
    });
    errors
}
