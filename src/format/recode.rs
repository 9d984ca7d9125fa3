//! Records in another encoding, for ISO 2709.

use super::{
    AsRecord, Note, NoteKind, WriteError, WriteErrorKind, WriteOptions,
    text::{Texts, attempt},
};
use crate::{
    encoding::{CodedData, EncodeError, EncodePolicy, Encoding, RecordText},
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
        let mut fields = Vec::new();
        for (at, field) in record.fields().enumerate() {
            texts.begin_as_it_is(at, field);
            fields.push((field.tag(), encode(&mut texts, field, encoding)?));
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
    if CodedData::find(record.fields()).is_some() {
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

/// The bytes of a field while they are encoded.
struct Encoded {
    encoding: Encoding,
    policy: EncodePolicy,
    bytes: Vec<u8>,
    /// True once a character was dropped or replaced.
    is_replaced: bool,
}

impl Encoded {
    fn push(&mut self, text: &str) -> Result<(), EncodeError> {
        let encoded = match self.encoding.encode(text, EncodePolicy::Strict) {
            Ok(encoded) => encoded,
            Err(error) => {
                self.is_replaced = true;
                self.encoding.encode(text, self.policy).map_err(|_| error)?
            }
        };
        self.bytes.extend_from_slice(&encoded);
        Ok(())
    }

    /// Appends the data of a control field, or the subfields of a data field from the first
    /// delimiter on.
    fn push_field(&mut self, text: &str, is_control: bool) -> Result<(), EncodeError> {
        if is_control {
            return self.push(text);
        }
        for (nth, part) in text.split(char::from(SUBFIELD_DELIMITER)).enumerate() {
            // A code is encoded apart from its value: a mark at the start of the value would come
            // before the code.
            let code = if nth > 0 { part.chars().next().map_or(0, char::len_utf8) } else { 0 };
            if nth > 0 {
                self.bytes.push(SUBFIELD_DELIMITER);
            }
            let (code, value) = part.split_at(code);
            self.push(code)?;
            self.push(value)?;
        }
        Ok(())
    }
}

/// Returns the bytes of a field in the encoding.
fn encode<R: AsRecord>(
    texts: &mut Texts<'_, R>,
    field: Field<'_>,
    encoding: Encoding,
) -> Result<Vec<u8>, WriteError> {
    let refused = |error| WriteError::in_field(WriteErrorKind::Unencodable(error), field.tag());
    let (policy, bytes) = (texts.policy().into(), Vec::with_capacity(field.as_bytes().len()));
    let mut encoded = Encoded { encoding, policy, bytes, is_replaced: false };
    if let Field::Data(data) = field {
        // The indicators, and stray bytes after them.
        let bytes = data.as_bytes();
        let head = texts.head(&bytes[..memchr(SUBFIELD_DELIMITER, bytes).unwrap_or(0)])?;
        encoded.push(&head).map_err(refused)?;
    }
    let text = texts.field(field)?;
    encoded.push_field(&text, matches!(field, Field::Control(_))).map_err(refused)?;
    if encoded.is_replaced {
        texts.note(NoteKind::Unencodable);
    }
    Ok(encoded.bytes)
}
