//! The writer of MARCXML.

use super::{chars, schema};
use crate::format::{
    AsRecord, Note, NoteKind, WriteError, WriteOptions,
    text::{Texts, attempt},
};
use crate::record::{DataField, Field, SUBFIELD_DELIMITER, Tag};
use memchr::memchr;

/// The namespace of MARCXML.
pub const NAMESPACE: &str = "http://www.loc.gov/MARC21/slim";

/// Appends a `record` element. With [`namespace`](WriteOptions::namespace) and without
/// [`collection`](WriteOptions::collection), the element itself declares the namespace.
///
/// Everything is written in the order of the record and without changes. Notes report what the
/// schema of MARCXML has no place for. CR is written as a reference, so that it is not taken for a
/// line end (XML 1.0, section 2.11).
///
/// # Errors
/// Fails if a value does not decode, or contains a character that XML cannot hold, and the options
/// do not say how to handle it. `output` and `notes` are then unchanged.
///
/// ```
/// use tidemarc::{Record, format::{WriteOptions, marcxml::write_record}};
///
/// let record = Record::builder().data("245", *b"10", [(b'a', "Crime & punishment")]).build()?;
/// let (mut output, mut notes) = (Vec::new(), Vec::new());
/// write_record(&record, &WriteOptions::new(), &mut output, &mut notes)?;
/// assert!(String::from_utf8(output)?.contains(
///     r#"<datafield tag="245" ind1="1" ind2="0"><subfield code="a">Crime &amp; punishment<"#
/// ));
/// assert!(notes.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_record(
    record: &impl AsRecord,
    options: &WriteOptions,
    output: &mut Vec<u8>,
    notes: &mut Vec<Note>,
) -> Result<(), WriteError> {
    attempt(record, options.text_of(record), options, output, notes, element)
}

/// Appends a record as a `record` element.
pub(in crate::format) fn element<R: AsRecord>(
    record: &R,
    texts: Texts<'_, R>,
    output: &mut Vec<u8>,
) -> Result<(), WriteError> {
    Output { bytes: output, texts, has_data_field: false }.record(record)
}

/// Appends the text before the records of a document.
pub(in crate::format) fn begin(options: &WriteOptions, output: &mut Vec<u8>) {
    output.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<collection");
    if options.namespace {
        name_namespace(output);
    }
    output.extend_from_slice(b">\n");
}

/// Appends the text after the records of a document.
pub(in crate::format) fn end(output: &mut Vec<u8>) {
    output.extend_from_slice(b"</collection>\n");
}

fn name_namespace(output: &mut Vec<u8>) {
    output.extend_from_slice(b" xmlns=\"");
    output.extend_from_slice(NAMESPACE.as_bytes());
    output.push(b'"');
}

/// Returns true if a character needs no escape, like almost all indicators and codes.
const fn is_simple(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b' ')
}

struct Output<'o, 'n, R> {
    bytes: &'o mut Vec<u8>,
    texts: Texts<'n, R>,
    has_data_field: bool,
}

impl<R: AsRecord> Output<'_, '_, R> {
    fn record(&mut self, record: &R) -> Result<(), WriteError> {
        let options = self.texts.options;
        self.push(b"<record");
        if options.namespace && !options.collection {
            name_namespace(self.bytes);
        }
        self.push(b">\n  <leader>");
        let leader = self.texts.leader();
        if !schema::is_leader(&leader) {
            self.texts.notes.push(Note::new(NoteKind::SchemaLeader));
        }
        for byte in leader {
            self.attribute_byte(byte);
        }
        self.push(b"</leader>\n");
        for (at, field) in record.fields().enumerate() {
            self.texts.begin_as_it_is(at, field);
            match field {
                Field::Control(_) => self.control_field(field)?,
                Field::Data(data) if data.is_bare() => self.control_field(field)?,
                Field::Data(data) => self.data_field(&data)?,
            }
        }
        self.push(b"</record>\n");
        Ok(())
    }

    fn control_field(&mut self, field: Field<'_>) -> Result<(), WriteError> {
        let tag = self.texts.tag;
        if !schema::is_control_tag(tag) {
            self.texts.note(NoteKind::SchemaTag);
        } else if self.has_data_field {
            self.texts.note(NoteKind::SchemaOrder);
        }
        self.push(b"  <controlfield tag=\"");
        self.tag(tag);
        self.push(b"\">");
        let text = self.texts.field(field)?;
        self.text(&text)?;
        self.push(b"</controlfield>\n");
        Ok(())
    }

    fn data_field(&mut self, data: &DataField<'_>) -> Result<(), WriteError> {
        self.has_data_field = true;
        if !schema::is_data_tag(data.tag) {
            self.texts.note(NoteKind::SchemaTag);
        }
        let plain = self.texts.plain(data, chars::is_special);
        let [first, second] = match &plain {
            Some(plain) => plain.indicators,
            None => self.texts.indicators(data, chars::is_legal)?,
        };
        if !schema::is_indicator(first) || !schema::is_indicator(second) {
            self.texts.note(NoteKind::SchemaIndicator);
        }
        self.start_of_field(data.tag, first, second);
        match plain {
            Some(plain) => {
                for (code, value) in plain.subfields() {
                    self.start_of_subfield(char::from(code).encode_utf8(&mut [0; 4]))?;
                    self.push(value);
                    self.push(b"</subfield>");
                }
            }
            None => self.subfields(data)?,
        }
        self.push(b"</datafield>\n");
        Ok(())
    }

    fn subfields(&mut self, data: &DataField<'_>) -> Result<(), WriteError> {
        let first_delimiter = memchr(SUBFIELD_DELIMITER, data.as_bytes());
        let mut is_regular = matches!(first_delimiter, None | Some(2));
        let mut count = 0;
        if let Some(first) = first_delimiter {
            // Code and value together are the text: a code may be a character of several bytes.
            let text = self.texts.bytes(&data.as_bytes()[first..], false)?;
            for subfield in text.split(char::from(SUBFIELD_DELIMITER)).skip(1) {
                if subfield.is_empty() {
                    is_regular = false;
                    continue;
                }
                count += 1;
                self.subfield(subfield)?;
            }
        }
        if count == 0 {
            self.texts.note(NoteKind::SchemaSubfield);
        }
        if !is_regular {
            self.texts.note(NoteKind::FieldShape);
        }
        Ok(())
    }

    fn start_of_field(&mut self, tag: Tag, first: u8, second: u8) {
        if is_simple(first) && is_simple(second) && !tag.is_odd() {
            // One copy instead of seven: most of the time is spent here.
            let mut start = *b"  <datafield tag=\"...\" ind1=\".\" ind2=\".\">";
            start[18..21].copy_from_slice(tag.as_bytes());
            (start[29], start[38]) = (first, second);
            self.push(&start);
            return;
        }
        self.push(b"  <datafield tag=\"");
        self.tag(tag);
        self.push(b"\" ind1=\"");
        self.attribute_byte(first);
        self.push(b"\" ind2=\"");
        self.attribute_byte(second);
        self.push(b"\">");
    }

    /// Writes a tag. An odd one may need an escape.
    fn tag(&mut self, tag: Tag) {
        tag.as_bytes().iter().for_each(|byte| self.attribute_byte(*byte));
    }

    fn subfield(&mut self, text: &str) -> Result<(), WriteError> {
        let code = text.chars().next().map_or(0, char::len_utf8);
        let (code, value) = text.split_at(code);
        self.start_of_subfield(code)?;
        self.text(value)?;
        self.push(b"</subfield>");
        Ok(())
    }

    fn start_of_subfield(&mut self, code: &str) -> Result<(), WriteError> {
        if let &[byte] = code.as_bytes()
            && is_simple(byte)
            && byte != b' '
        {
            let mut start = *b"<subfield code=\".\">";
            start[16] = byte;
            self.push(&start);
            return Ok(());
        }
        if !schema::is_code(code) {
            self.texts.note(NoteKind::SchemaSubfield);
        }
        self.push(b"<subfield code=\"");
        let code = self.texts.code(code, chars::is_legal)?;
        code.bytes().for_each(|byte| self.attribute_byte(byte));
        self.push(b"\">");
        Ok(())
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends one byte of an attribute's value, or of text, although text needs fewer escapes.
    /// White space other than a blank is a reference, because a reader would change it to a blank
    /// (XML 1.0, section 3.3.3).
    fn attribute_byte(&mut self, byte: u8) {
        self.push(match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&quot;",
            b'\t' => b"&#9;",
            b'\n' => b"&#10;",
            b'\r' => b"&#13;",
            _ => return self.bytes.push(byte),
        });
    }

    fn text(&mut self, text: &str) -> Result<(), WriteError> {
        if chars::is_plain(text.as_bytes()) {
            self.push(text.as_bytes());
            return Ok(());
        }
        let text = self.texts.filter(text.into(), chars::is_legal)?;
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'\r'))
        {
            self.push(&rest[..at]);
            self.attribute_byte(rest[at]);
            rest = &rest[at + 1..];
        }
        self.push(rest);
        Ok(())
    }
}
