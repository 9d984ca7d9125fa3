//! The writer of MARC-in-JSON.

use crate::format::{
    AsRecord, Note, WriteError, WriteOptions,
    plain::PlainField,
    shape::Shape,
    text::{Texts, attempt, is_no_separator},
};
use crate::{
    encoding::subfields,
    record::{DataField, Field},
};

/// Appends a record as one object, without white space: `{"leader":"…","fields":[{"001":"…"},
/// {"245":{"ind1":"1","ind2":"0","subfields":[{"a":"…"}]}}]}`.
///
/// # Errors
/// Fails if a value does not decode, or contains a separator of ISO 2709, and the options do not
/// say how to handle it. `output` and `notes` are then unchanged.
///
/// ```
/// use tidemarc::{Record, format::{WriteOptions, json::write_record}};
///
/// let record = Record::builder().control("001", "ocm1").build()?;
/// let (mut output, mut notes) = (Vec::new(), Vec::new());
/// write_record(&record, &WriteOptions::new(), &mut output, &mut notes)?;
/// assert_eq!(
///     String::from_utf8(output)?,
///     r#"{"leader":"00000nam a2200000   4500","fields":[{"001":"ocm1"}]}"#
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_record(
    record: &impl AsRecord,
    options: &WriteOptions,
    output: &mut Vec<u8>,
    notes: &mut Vec<Note>,
) -> Result<(), WriteError> {
    attempt(record, options.text_of(record), options, output, notes, object)
}

/// Appends a record as an object.
pub(in crate::format) fn object<R: AsRecord>(
    record: &R,
    mut texts: Texts<'_, R>,
    output: &mut Vec<u8>,
) -> Result<(), WriteError> {
    output.extend_from_slice(b"{\"leader\":");
    let leader = texts.leader();
    string(&String::from_utf8_lossy(&leader), output);
    output.extend_from_slice(b",\"fields\":[");
    for (at, field) in record.fields().enumerate() {
        output.extend_from_slice(if at == 0 { b"{" } else { b",{" });
        match field.tag().is_odd() {
            true => string(&String::from_utf8_lossy(field.tag().as_bytes()), output),
            false => {
                output.push(b'"');
                output.extend_from_slice(field.tag().as_bytes());
                output.push(b'"');
            }
        }
        output.push(b':');
        let has_escape = |byte| (byte == b'"') | (byte == b'\\');
        if let Field::Data(data) = field
            && let Some(plain) = texts.plain(&data, has_escape)
        {
            plain_field(&plain, output);
        } else {
            match texts.begin(at, field) {
                Shape::Data => {
                    let text = texts.field(field)?;
                    string(&texts.without_separators(&text)?, output);
                }
                Shape::Subfields { data, .. } => data_field(data, &mut texts, output)?,
            }
        }
        output.push(b'}');
    }
    output.extend_from_slice(b"]}");
    Ok(())
}

fn plain_field(field: &PlainField<'_>, output: &mut Vec<u8>) {
    let mut start = *b"{\"ind1\":\".\",\"ind2\":\".\",\"subfields\":[";
    (start[9], start[20]) = field.indicators.into();
    output.extend_from_slice(&start);
    let mut before: &[u8] = b"{\"";
    for (code, value) in field.subfields() {
        output.extend_from_slice(before);
        output.extend_from_slice(&[code, b'"', b':', b'"']);
        output.extend_from_slice(value);
        before = b"\"},{\"";
    }
    output.extend_from_slice(b"\"}]}");
}

fn data_field<R: AsRecord>(
    data: DataField<'_>,
    texts: &mut Texts<'_, R>,
    output: &mut Vec<u8>,
) -> Result<(), WriteError> {
    let [first, second] = texts.indicators(&data, is_no_separator)?.map(char::from);
    output.extend_from_slice(b"{\"ind1\":");
    string(first.encode_utf8(&mut [0; 4]), output);
    output.extend_from_slice(b",\"ind2\":");
    string(second.encode_utf8(&mut [0; 4]), output);
    output.extend_from_slice(b",\"subfields\":[");
    let text = texts.field(Field::Data(data))?;
    for (at, (code, value)) in subfields(&text).enumerate() {
        output.extend_from_slice(if at == 0 { b"{" } else { b",{" });
        string(&texts.code(code, is_no_separator)?, output);
        output.push(b':');
        string(&texts.without_separators(value)?, output);
        output.push(b'}');
    }
    output.extend_from_slice(b"]}");
    Ok(())
}

fn string(text: &str, output: &mut Vec<u8>) {
    // A write to a vector never fails, and every string can be written as JSON.
    let written = serde_json::to_writer(output, text);
    debug_assert!(written.is_ok(), "{written:?}");
}
