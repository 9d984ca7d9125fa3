//! Writes records as MARCMaker text.

use crate::format::{
    AsRecord, ConversionError, Note, NoteKind, WriteOptions,
    text::{Texts, attempt},
    view::Shape,
};
use crate::record::{SUBFIELD_DELIMITER, Tag};

/// Appends a record as MARCMaker text in MarcEdit's dialect, and the blank line that ends it.
///
/// `$`, `{`, `}` and `\` are written as `{dollar}`, `{lcub}`, `{rcub}` and `{bsol}`, control
/// characters as two hexadecimal digits in braces (`{0A}`); everything else is UTF-8. In control
/// fields and as indicator a blank is `\`.
///
/// # Errors
/// If a value is no text, or has a separator of ISO 2709 in it, and the options do not say what to
/// do about it. `output` and `notes` are then as they were.
///
/// ```
/// use tidemarc::{Record, format::{WriteOptions, marcmaker::write_record}};
///
/// let record = Record::builder().data("020", *b"  ", [(b'c', "$5")]).build()?;
/// let (mut output, mut notes) = (Vec::new(), Vec::new());
/// write_record(&record, &WriteOptions::new(), &mut output, &mut notes)?;
/// let text = "=LDR  00000nam a2200000   4500\n=020  \\\\$c{dollar}5\n\n";
/// assert_eq!(String::from_utf8(output)?, text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_record(
    record: &impl AsRecord,
    options: &WriteOptions,
    output: &mut Vec<u8>,
    notes: &mut Vec<Note>,
) -> Result<(), ConversionError> {
    attempt(record, options, output, notes, lines)
}

fn lines(
    record: &impl AsRecord,
    mut texts: Texts<'_>,
    output: &mut Vec<u8>,
) -> Result<(), ConversionError> {
    output.extend_from_slice(b"=LDR  ");
    let leader = texts.leader(record);
    escape(&String::from_utf8_lossy(&leader), b' ', output);
    output.push(b'\n');
    for (at, field) in record.fields().enumerate() {
        (texts.at, texts.tag) = (at, field.tag());
        if field.tag() == Tag::new(*b"LDR") {
            texts.note(NoteKind::FieldDropped);
            continue;
        }
        output.push(b'=');
        output.extend_from_slice(field.tag().as_bytes());
        output.extend_from_slice(b"  ");
        match Shape::of(&field) {
            Shape::Data(data) => {
                escape(&texts.text_without_separators(data, false)?, b'\\', output)
            }
            Shape::Subfields { is_regular } => {
                if !is_regular {
                    texts.note(NoteKind::FieldShape);
                }
                let Some(data) = field.data() else { continue };
                let indicators = data.indicators();
                for byte in [indicators.first, indicators.second] {
                    let indicator = char::from(texts.indicator(byte)?);
                    escape(indicator.encode_utf8(&mut [0; 4]), b'\\', output);
                }
                let subfields = data.as_bytes().split(|byte| *byte == SUBFIELD_DELIMITER).skip(1);
                for subfield in subfields.filter(|subfield| !subfield.is_empty()) {
                    output.push(b'$');
                    escape(&texts.text_without_separators(subfield, true)?, b' ', output);
                }
            }
        }
        output.push(b'\n');
    }
    output.push(b'\n');
    Ok(())
}

/// Appends text with mnemonics for what has a meaning of its own.
fn escape(text: &str, blank: u8, output: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b' ' => output.push(blank),
            b'$' => output.extend_from_slice(b"{dollar}"),
            b'{' => output.extend_from_slice(b"{lcub}"),
            b'}' => output.extend_from_slice(b"{rcub}"),
            b'\\' => output.extend_from_slice(b"{bsol}"),
            0..0x20 | 0x7F => output.extend_from_slice(format!("{{{byte:02X}}}").as_bytes()),
            byte => output.push(byte),
        }
    }
}
