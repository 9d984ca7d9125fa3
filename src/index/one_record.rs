//! The way from the bytes of one record to the record.

use super::entry::Place;
use crate::{
    encoding::TextOptions,
    error::InputName,
    format::Format,
    framing::FrameKind,
    parse::{Batch, Parse},
    record::{ErrorKind, Fault, RecordRef},
    source::{RawBatch, Unit},
    stream::Options,
};
use std::vec::Vec;

/// Number of bytes at the start of the data that show its encoding.
pub(crate) const HEAD: u64 = 64 << 10;

/// The way to read one record of an input apart from the others, with the options of its reader.
pub(crate) struct OneRecord {
    format: Format,
    unit: Unit,
    most: usize,
    parse: Parse,
    text: TextOptions,
    name: InputName,
}

impl OneRecord {
    /// Creates it for an input in this format. For MARCXML, the first bytes of the data show the
    /// encoding.
    pub(crate) fn new(options: &Options, format: Format, name: InputName, head: &[u8]) -> Self {
        let mut options = options.clone();
        options.formats.format = Some(format);
        let text = options.text_parse(1);
        Self {
            format,
            unit: if format == Format::Marcxml { Unit::of_xml(head) } else { Unit::Byte },
            most: options.max_record_length,
            parse: Parse { repairs: options.repair, text, ..Parse::default() },
            text: options.text,
            name,
        }
    }

    /// Parses the bytes of a record; `None` if they are not one record.
    pub(crate) fn batch(&self, bytes: Vec<u8>, place: Place, number: u64) -> Option<Batch> {
        let kind = match place.is_repaired {
            true => FrameKind::Fault(Fault::new(ErrorKind::RecordLength)),
            false => FrameKind::Record,
        };
        let is_iso2709 = self.format == Format::Iso2709;
        if !place.is_repaired && is_iso2709 && RecordRef::parse(&bytes).is_err() {
            return None;
        }
        let mut utf8 = bytes;
        if self.unit != Unit::Byte {
            let mut converted = Vec::with_capacity(utf8.len());
            self.unit.append_utf8(&utf8, true, &mut converted);
            utf8 = converted;
        }
        let raw = RawBatch::of_frame(utf8, kind, place.offset, self.most).made_of(self.unit);
        Batch::of_one_record(raw, &self.parse, number, Some(self.name.clone()), self.text)
    }
}
