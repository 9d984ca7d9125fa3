//! The projection of a conversion: the output bytes of each batch.

use super::ConvertError;
use crate::{
    compress::BlockPacker,
    encoding::TextOptions,
    format::{Document, Format, Note, NoteKind, Placement, WriteError, WriteOptions, Writer},
    parse::{Batch, Parsed, ParsedRecord, Project, What},
    pipeline::Limits,
    reader::Reader,
    record::Severity,
};
use std::{io, mem, vec::Vec};

/// Capacity above which a buffer is not kept for the next batch: it grew for a long record.
const LONG: usize = 4 << 20;

/// Number of bytes of records that are compressed to blocks of their own. Fewer are joined with
/// others, since short blocks take more space.
const LEAST_PACKED: usize = 16 << 10;

/// The projection that lays out the records of a batch in the format of the target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) format: Format,
    pub(crate) options: WriteOptions,
    /// The options by which text is read, if they are not those of the writer.
    pub(crate) text: Option<TextOptions>,
    /// True if the first record that cannot be written ends the conversion.
    pub(crate) is_strict: bool,
    /// The level for records that are compressed to blocks of BGZF.
    pub(crate) block_level: Option<u8>,
}

/// The records of a batch in the format of the target, with the counts and notes of the batch.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Records, to be joined to the document.
    pub(crate) bytes: Vec<u8>,
    /// The records in blocks of BGZF, without the separator before the first. `bytes` is then
    /// empty.
    pub(crate) blocks: Vec<u8>,
    /// Records that are too long for ISO 2709, to be joined to the second document.
    pub(crate) diverted: Vec<u8>,
    pub(super) records: u64,
    pub(super) faults: u64,
    pub(super) refused: u64,
    pub(super) notes: Vec<(NoteKind, u64)>,
    pub(super) losses: u64,
    /// Entries that are not written: with the reason if they were refused, without it if they are
    /// faults.
    skipped: Vec<(usize, Option<WriteError>)>,
    /// Notes on one record; kept for its capacity.
    spare: Vec<Note>,
    /// The compressor of blocks, once it was needed.
    packer: Option<BlockPacker>,
}

impl Part {
    fn clear(&mut self) {
        for bytes in [&mut self.bytes, &mut self.blocks, &mut self.diverted] {
            bytes.clear();
            bytes.shrink_to(LONG);
        }
        (self.records, self.faults, self.refused, self.losses) = (0, 0, 0, 0);
        self.notes.clear();
        self.skipped.clear();
    }

    /// Compresses the records to blocks.
    fn pack(&mut self, format: Format, level: u8) {
        if self.bytes.len() < LEAST_PACKED {
            return;
        }
        let packer = self.packer.get_or_insert_with(|| BlockPacker::new(level));
        packer.pack(&self.bytes[Document::separator(format).len()..], &mut self.blocks);
        self.bytes.clear();
    }

    fn note(&mut self, note: Note) {
        self.losses += u64::from(note.is_loss());
        add_note(&mut self.notes, note.kind(), 1);
    }

    fn note_all(&mut self) {
        let notes = mem::take(&mut self.spare);
        notes.iter().for_each(|note| self.note(*note));
        self.spare = notes;
    }

    /// Writes the records.
    ///
    /// # Errors
    /// Returns errors of the outputs.
    pub(crate) fn write<W: io::Write>(&mut self, writer: &mut Writer<W>) -> Result<(), WriteError> {
        if !self.blocks.is_empty() {
            writer.join_blocks(&self.blocks)?;
        }
        writer.join(&mut self.bytes, &mut self.diverted)
    }

    /// Returns the damaged and the refused records, in the order of the input.
    pub(crate) fn take_skipped(&mut self, batch: &Batch) -> impl Iterator<Item = ConvertError> {
        mem::take(&mut self.skipped).into_iter().filter_map(|(at, reason)| {
            let entry = &batch.entries()[at];
            Some(match reason {
                Some(error) => {
                    let place = batch.position_of(entry).to_string();
                    ConvertError::Refused { record: batch.number_of(entry), place, error }
                }
                None => ConvertError::Read(batch.error(at)?),
            })
        })
    }
}

/// Adds to the count of a kind of note. There are few kinds, so a list is searched.
pub(super) fn add_note(notes: &mut Vec<(NoteKind, u64)>, kind: NoteKind, more: u64) {
    match notes.iter_mut().find(|(other, _)| *other == kind) {
        Some((_, count)) => *count += more,
        None => notes.push((kind, more)),
    }
}

impl Layout {
    /// Creates the layout of a reader's records for a writer.
    pub(crate) fn new<W: io::Write>(reader: &Reader, writer: &Writer<W>, is_strict: bool) -> Self {
        Self {
            format: writer.format(),
            options: writer.options_here(),
            // A reader without options of its own leaves the choice to the writer.
            text: Some(reader.text()).filter(|text| *text != TextOptions::new()),
            is_strict,
            block_level: writer.block_level(),
        }
    }

    /// Appends a record to one of the two documents.
    fn lay_out(
        &self,
        record: ParsedRecord<'_>,
        read: &[Note],
        [document, overlong]: &mut [Document; 2],
        part: &mut Part,
    ) -> Result<(), WriteError> {
        let text = match record.is_text {
            // In UTF-8, whatever encoding the caller named.
            true => Some(record.text(self.text.unwrap_or_default())),
            false => self.text.map(|text| record.text(text)),
        };
        let begin = |part: &mut Part| {
            part.spare.clear();
            part.spare.extend_from_slice(read);
        };
        begin(part);
        let placement = document.record(&record, text, &mut part.bytes, &mut part.spare)?;
        if let Placement::Diverted(_) = placement {
            begin(part);
            overlong.record(&record, text, &mut part.diverted, &mut part.spare)?;
            part.note(Note::new(NoteKind::RecordDiverted));
        }
        part.note_all();
        part.records += 1;
        Ok(())
    }
}

impl Project for Layout {
    type Output = Part;

    fn run(&self, batch: &Parsed<'_>, part: &mut Part) {
        part.clear();
        self.lay_out_all(batch, part);
        if let Some(level) = self.block_level {
            part.pack(self.format, level);
        }
    }

    /// Returns limits for a stage that takes ten times as long as indexing.
    fn limits(&self) -> Limits {
        Limits::expensive()
    }
}

impl Layout {
    fn lay_out_all(&self, batch: &Parsed<'_>, part: &mut Part) {
        let mut documents =
            [self.format, Format::Marcxml].map(|format| Document::continued(format, self.options));
        for (at, entry) in batch.entries().iter().enumerate() {
            let is_last = match entry.what {
                What::Fault(fault) => {
                    part.faults += 1;
                    part.skipped.push((at, None));
                    self.is_strict || fault.severity() == Severity::Fatal
                }
                _ => {
                    let Some(record) = batch.record(at) else { continue };
                    match self.lay_out(record, batch.notes_of(at), &mut documents, part) {
                        Ok(()) => continue,
                        Err(error) => {
                            part.refused += 1;
                            part.skipped.push((at, Some(error)));
                            self.is_strict
                        }
                    }
                }
            };
            if is_last {
                return;
            }
        }
    }
}
