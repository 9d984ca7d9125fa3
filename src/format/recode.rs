//! Records in another encoding, for ISO 2709.

use super::{
    AsRecord, Note, NoteKind, WriteError, WriteErrorKind, WriteOptions,
    text::{Texts, attempt},
};
use crate::{
    encoding::{EncodePolicy, Encoding, RecordText, is_unimarc},
    record::{Field, LEADER_LENGTH, Leader, Record, SUBFIELD_DELIMITER},
};
use memchr::memchr;

/// Returns the record in this encoding, which its leader then states; `None` if it is already so.
///
/// # Errors
/// Fails if bytes are undecodable or a character is not in the encoding, and the options are strict;
/// and if a UNIMARC record is to be in MARC-8, which UNIMARC cannot state.
pub(super) fn recoded(
    record: &impl AsRecord,
    text: RecordText,
    encoding: Encoding,
    options: &WriteOptions,
    notes: &mut Vec<Note>,
) -> Result<Option<Record>, WriteError> {
    attempt(record, text, options, &mut Vec::new(), notes, |record, mut texts, _| {
        let leader = leader(record, encoding, &mut texts)?;
        let policy = EncodePolicy::from(texts.policy());
        let mut fields = Vec::new();
        for (at, field) in record.fields().enumerate() {
            texts.begin_as_it_is(at, field);
            let mut bytes = Vec::with_capacity(field.as_bytes().len());
            encode(&mut texts, field, encoding, policy, &mut bytes)?;
            fields.push((field.tag(), bytes));
        }
        let is_same = leader == *record.leader().as_bytes()
            && record.fields().map(|field| field.as_bytes()).eq(fields.iter().map(|(_, new)| new));
        Ok((!is_same).then(|| Record::of_parts(leader, fields)))
    })
}

/// Returns the leader, with the encoding in leader/09. In UNIMARC it is not stated there.
fn leader<R: AsRecord>(
    record: &R,
    encoding: Encoding,
    texts: &mut Texts<'_, R>,
) -> Result<[u8; LEADER_LENGTH], WriteError> {
    let mut leader = match encoding {
        Encoding::Utf8 => texts.leader(),
        _ => *record.leader().as_bytes(),
    };
    if is_unimarc(record) {
        if encoding == Encoding::Marc8 {
            return Err(WriteError::new(WriteErrorKind::UnimarcEncoding));
        }
    } else {
        let scheme = if encoding == Encoding::Utf8 { b'a' } else { b' ' };
        if leader[9] != scheme {
            leader[9] = scheme;
            texts.notes.push(Note::new(NoteKind::CodingScheme));
        }
    }
    Ok(if record.is_damaged() { Leader::new(&leader).mended() } else { leader })
}

/// Appends the bytes of a field in the encoding.
fn encode<R: AsRecord>(
    texts: &mut Texts<'_, R>,
    field: Field<'_>,
    encoding: Encoding,
    policy: EncodePolicy,
    bytes: &mut Vec<u8>,
) -> Result<(), WriteError> {
    let mut push = |texts: &mut Texts<'_, R>, text: &str| {
        let encoded = match encoding.encode(text, EncodePolicy::Strict) {
            Ok(encoded) => encoded,
            Err(error) => {
                let refused = |_| {
                    WriteError::in_field(WriteErrorKind::Unencodable(error), field.tag())
                };
                let encoded = encoding.encode(text, policy).map_err(refused)?;
                texts.note(NoteKind::Unencodable);
                encoded
            }
        };
        bytes.extend_from_slice(&encoded);
        Ok(())
    };
    if let Field::Data(data) = field {
        // Indicators and stray bytes, which have no subfield code.
        let all = data.as_bytes();
        let head = &all[..memchr(SUBFIELD_DELIMITER, all).unwrap_or(0)];
        let head = texts.head(head)?;
        push(texts, &head)?;
    }
    let text = texts.field(field)?;
    if encoding == Encoding::Utf8 {
        return push(texts, &text);
    }
    let is_control = matches!(field, Field::Control(_));
    for (nth, part) in text.split(char::from(SUBFIELD_DELIMITER)).enumerate() {
        if nth == 0 || is_control {
            push(texts, part)?;
            continue;
        }
        // A code is encoded apart from its value, since a mark at the start of the value would come
        // before the code.
        let (code, value) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
        push(texts, "\x1F")?;
        push(texts, code)?;
        push(texts, value)?;
    }
    Ok(())
}
