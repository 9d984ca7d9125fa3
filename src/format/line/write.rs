//! The writer of the line format.

use super::read::{is_comment, is_data_like, is_leader, value_end};
use crate::format::{
    AsRecord, Note, NoteKind, WriteError, WriteOptions,
    lines::is_blank,
    shape::Shape,
    text::{Texts, attempt, is_no_separator},
};
use crate::{
    encoding::subfields,
    record::{DataField, Field},
};

/// Appends a record in the line format, and the blank line that ends it.
///
/// The format has no escapes: a line break in a value becomes a blank, and a value that looks like
/// a subfield delimiter will be read as one. Notes report both.
///
/// # Errors
/// Fails if a value does not decode, or contains a separator of ISO 2709, and the options do not
/// say how to handle it. `output` and `notes` are then unchanged.
///
/// ```
/// use tidemarc::{Record, format::{WriteOptions, line::write_record}};
///
/// let record = Record::builder()
///     .control("001", "ocm1")
///     .data("245", *b"10", [(b'a', "Emma /"), (b'c', "Jane Austen.")])
///     .build()?;
/// let (mut output, mut notes) = (Vec::new(), Vec::new());
/// write_record(&record, &WriteOptions::new(), &mut output, &mut notes)?;
/// let text = "00000nam a2200000   4500\n001 ocm1\n245 10 $a Emma / $c Jane Austen.\n\n";
/// assert_eq!(String::from_utf8(output)?, text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_record(
    record: &impl AsRecord,
    options: &WriteOptions,
    output: &mut Vec<u8>,
    notes: &mut Vec<Note>,
) -> Result<(), WriteError> {
    attempt(record, options.text_of(record), options, output, notes, lines)
}

/// Appends a record as lines, and the blank line that ends it.
pub(in crate::format) fn lines<R: AsRecord>(
    record: &R,
    mut texts: Texts<'_, R>,
    output: &mut Vec<u8>,
) -> Result<(), WriteError> {
    let mut leader = texts.leader();
    if is_comment(&leader) {
        // A reader would skip this leader, and the record with it.
        leader[0] = b' ';
        texts.notes.push(Note::new(NoteKind::LeaderByte));
    }
    if !is_leader(&leader, record.fields().next().is_some()) {
        // A reader would take the leader for a line that stands alone, not for a record.
        leader[..5].copy_from_slice(b"00000");
        leader[10..12].copy_from_slice(b"22");
        texts.notes.push(Note::new(NoteKind::LeaderByte));
    }
    output.extend_from_slice(&leader);
    output.push(b'\n');
    for (at, field) in record.fields().enumerate() {
        let line = output.len();
        output.extend_from_slice(field.tag().as_bytes());
        output.push(b' ');
        if push_plain(field, &texts, output) {
            output.push(b'\n');
            continue;
        }
        match texts.begin(at, field) {
            Shape::Data => {
                let text = texts.field(field)?;
                let text = texts.without_separators(&text)?;
                if !field.tag().is_control() && is_data_like(text.as_bytes()) {
                    texts.note(NoteKind::Ambiguous);
                }
                without_breaks(&text, &mut texts, output);
            }
            Shape::Subfields { data, .. } => {
                data_field(data, &mut texts, output)?;
            }
        }
        if is_blank(&output[line..]) {
            // Blanks under a blank tag: a reader would take the line for the end of the record.
            output.truncate(line);
            texts.note(NoteKind::FieldDropped);
            continue;
        }
        output.push(b'\n');
    }
    output.push(b'\n');
    Ok(())
}

/// Appends a field that is written without changes. Returns false for any other.
#[inline(always)]
fn push_plain<R: AsRecord>(field: Field<'_>, texts: &Texts<'_, R>, output: &mut Vec<u8>) -> bool {
    match field {
        Field::Control(field) => {
            let is_plain = texts.is_plain_data(&field, |_| false);
            output.extend_from_slice(if is_plain { field.data } else { b"" });
            is_plain
        }
        Field::Data(field) => {
            let Some(field) = texts.plain(&field, |byte| byte == b'$') else { return false };
            output.extend_from_slice(&field.indicators);
            for (code, value) in field.subfields() {
                output.extend_from_slice(&[b' ', b'$', code, b' ']);
                output.extend_from_slice(value);
            }
            true
        }
    }
}

fn data_field<R: AsRecord>(
    data: DataField<'_>,
    texts: &mut Texts<'_, R>,
    output: &mut Vec<u8>,
) -> Result<(), WriteError> {
    for indicator in texts.indicators(&data, is_no_separator)? {
        without_breaks(char::from(indicator).encode_utf8(&mut [0; 4]), texts, output);
    }
    let text = texts.field(Field::Data(data))?;
    for (code, value) in subfields(&text) {
        let (code, value) = (texts.code(code, is_no_separator)?, texts.without_separators(value)?);
        if value_end(value.as_bytes()) < value.len() {
            texts.note(NoteKind::Ambiguous);
        }
        output.extend_from_slice(b" $");
        without_breaks(&code, texts, output);
        output.push(b' ');
        without_breaks(&value, texts, output);
    }
    Ok(())
}

/// Appends text, with blanks in place of line breaks. A CR matters only at the end of a line, but
/// other readers may see the end of a line elsewhere.
fn without_breaks<R: AsRecord>(text: &str, texts: &mut Texts<'_, R>, output: &mut Vec<u8>) {
    if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none() {
        output.extend_from_slice(text.as_bytes());
        return;
    }
    texts.note(NoteKind::LineBreak);
    let blank = |byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte };
    output.extend(text.bytes().map(blank));
}
