//! The writer of MARCMaker text.

use crate::format::{
    AsRecord, Note, NoteKind, WriteError, WriteOptions,
    shape::Shape,
    text::{Texts, attempt, is_no_separator},
};
use crate::{
    encoding::subfields,
    record::{Field, Tag},
};

/// Appends a record as MARCMaker text in MarcEdit's dialect, and the blank line that ends it.
///
/// `$`, `{`, `}` and `\` are written as `{dollar}`, `{lcub}`, `{rcub}` and `{bsol}`, control
/// characters as two hexadecimal digits in braces (`{0A}`); everything else is UTF-8. A blank is
/// `\` in control fields and as an indicator.
///
/// # Errors
/// Fails if a value does not decode, or contains a separator of ISO 2709, and the options do not
/// say how to handle it. `output` and `notes` are then unchanged.
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
) -> Result<(), WriteError> {
    attempt(record, options.text_of(record), options, output, notes, lines)
}

/// Appends a record as lines, and the blank line that ends it.
pub(in crate::format) fn lines<R: AsRecord>(
    record: &R,
    mut texts: Texts<'_, R>,
    output: &mut Vec<u8>,
) -> Result<(), WriteError> {
    output.extend_from_slice(b"=LDR  ");
    let leader = texts.leader();
    escape(&String::from_utf8_lossy(&leader), b' ', output);
    output.push(b'\n');
    for (at, field) in record.fields().enumerate() {
        if field.tag() == Tag::new(*b"LDR") {
            texts.notes.push(Note::on_field(NoteKind::FieldDropped, field.tag(), at));
            continue;
        }
        output.push(b'=');
        match field.tag().is_odd() {
            true => escape(&String::from_utf8_lossy(field.tag().as_bytes()), b'\\', output),
            false => output.extend_from_slice(field.tag().as_bytes()),
        }
        output.extend_from_slice(b"  ");
        if let Field::Data(data) = field
            && let Some(plain) = texts.plain(&data, has_mnemonic)
        {
            let blank = |byte| if byte == b' ' { b'\\' } else { byte };
            output.extend_from_slice(&plain.indicators.map(blank));
            for (code, value) in plain.subfields() {
                output.extend_from_slice(&[b'$', code]);
                output.extend_from_slice(value);
            }
            output.push(b'\n');
            continue;
        }
        match texts.begin(at, field) {
            Shape::Data => {
                let text = texts.field(field)?;
                escape(&texts.without_separators(&text)?, b'\\', output);
            }
            Shape::Subfields { data, .. } => {
                for indicator in texts.indicators(&data, is_no_separator)? {
                    escape(char::from(indicator).encode_utf8(&mut [0; 4]), b'\\', output);
                }
                let text = texts.field(field)?;
                for (code, value) in subfields(&text) {
                    output.push(b'$');
                    escape(&texts.code(code, is_no_separator)?, b' ', output);
                    escape(&texts.without_separators(value)?, b' ', output);
                }
            }
        }
        output.push(b'\n');
    }
    output.push(b'\n');
    Ok(())
}

/// Returns true if a character that is not a control character is written as a mnemonic.
const fn has_mnemonic(byte: u8) -> bool {
    matches!(byte, b'$' | b'{' | b'}' | b'\\' | 0x7F)
}

/// Appends text, with mnemonics for characters that have a meaning in the format.
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
