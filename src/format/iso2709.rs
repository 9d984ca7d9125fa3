//! The writing of records as ISO 2709, as the
//! [MARC 21 record structure](https://www.loc.gov/marc/specifications/specrecstruc.html) narrows
//! it: leader, directory, fields.
//!
//! Record length (leader/00-04), base address of data (leader/12-16) and directory are computed.
//! Leader/10-11 and 20-23 state what is written, two indicators, codes of one character and entries
//! of 3, 4 and 5 characters, whatever they stated before. The other bytes of the leader, and the
//! fields, are written unchanged and in their order. A
//! length that the digits of the format cannot state is an error, never a corrupt file.

use super::error::{WriteError, WriteErrorKind};
use crate::record::{
    AsRecord, DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, Leader, MAX_FIELD_LENGTH,
    MAX_RECORD_LENGTH, MIN_BASE_ADDRESS, RECORD_TERMINATOR, Record, Tag, leader_is_printable,
};

/// Appends a record to `output`, from leader to record terminator.
///
/// An unchanged record is written byte for byte as it was read, if its leader describes it, and its
/// fields followed one another in the order of its directory, as they do in almost every file. (A
/// [`RecordRef`](crate::RecordRef) or a record of a reader always is.)
///
/// # Errors
/// Fails if a field is longer than 9,999 bytes or the record longer than 99,999, terminators
/// included (ISO 2709: the four and five digits that state these lengths), or if a reader would not
/// recognise the leader: 05-09 and 17-19 are printable ASCII. `output` is then unchanged.
///
/// ```
/// use tidemarc::{Record, format::iso2709::write_record};
///
/// let record = Record::builder().control("001", "ocm01").build()?;
/// let mut output = Vec::new();
/// write_record(&record, &mut output)?;
/// assert_eq!(output, b"00044nam a2200037   4500001000600000\x1eocm01\x1e\x1d");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_record(record: &Record, output: &mut Vec<u8>) -> Result<(), WriteError> {
    write(record, output).map(drop)
}

/// Does the same for any form of a record. Returns true if leader/10-11 or 20-23 had to be changed,
/// because they did not describe the record.
pub(crate) fn write(record: &impl AsRecord, output: &mut Vec<u8>) -> Result<bool, WriteError> {
    if let Some(bytes) = record.as_iso2709() {
        output.extend_from_slice(bytes);
        return Ok(false);
    }
    // `map` takes each field by value, and its bytes outlive it.
    let fields = record.fields().map(|field| (field.tag(), field.as_bytes()));
    let leader = record.leader();
    let leader = if record.is_damaged() { leader.mended() } else { *leader.as_bytes() };
    write_parts(&leader, fields, output)
}

/// Does the same for a leader and the bytes of fields.
pub(crate) fn write_parts<'a>(
    leader: &[u8; LEADER_LENGTH],
    fields: impl Iterator<Item = (Tag, &'a [u8])> + Clone,
    output: &mut Vec<u8>,
) -> Result<bool, WriteError> {
    let (record_length, base_address) = measure(leader, fields.clone())?;
    output.reserve(record_length);
    let (leader, is_changed) = Leader::new(leader).with_layout();
    let leader = Leader::new(&leader).with_lengths(digits(record_length), digits(base_address));
    output.extend_from_slice(&leader);
    let mut starting_position = 0;
    for (tag, bytes) in fields.clone() {
        let field_length = bytes.len() + 1;
        output.extend_from_slice(tag.as_bytes());
        output.extend_from_slice(&digits::<4>(field_length));
        output.extend_from_slice(&digits::<5>(starting_position));
        starting_position += field_length;
    }
    output.push(FIELD_TERMINATOR);
    for (_, bytes) in fields {
        output.extend_from_slice(bytes);
        output.push(FIELD_TERMINATOR);
    }
    output.push(RECORD_TERMINATOR);
    Ok(is_changed)
}

/// Returns the record length and the base address of data, if everything fits.
///
/// A starting position is less than the record length, and has the same number of digits, so it
/// needs no check of its own.
fn measure<'a>(
    leader: &[u8; LEADER_LENGTH],
    fields: impl Iterator<Item = (Tag, &'a [u8])>,
) -> Result<(usize, usize), WriteError> {
    if !leader_is_printable(leader) {
        return Err(WriteError::new(WriteErrorKind::Leader));
    }
    let (mut base_address, mut data) = (MIN_BASE_ADDRESS, 0);
    for (tag, bytes) in fields {
        let length = bytes.len() + 1;
        if length > MAX_FIELD_LENGTH {
            return Err(WriteError::in_field(WriteErrorKind::FieldLength(length), tag));
        }
        base_address += DIRECTORY_ENTRY_LENGTH;
        data += length;
    }
    let length = base_address + data + 1;
    if length > MAX_RECORD_LENGTH {
        return Err(WriteError::new(WriteErrorKind::RecordLength(length)));
    }
    Ok((length, base_address))
}

/// Returns the decimal digits of a number with at most `N` digits, after leading zeros.
pub(crate) fn digits<const N: usize>(mut number: usize) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
    debug_assert_eq!(number, 0, "`measure` refuses what does not fit");
    digits
}

impl Record {
    /// Returns the record as ISO 2709.
    ///
    /// # Errors
    /// Returns the errors of [`write_record`].
    pub fn to_iso2709(&self) -> Result<Vec<u8>, WriteError> {
        let mut output = Vec::new();
        write_record(self, &mut output)?;
        Ok(output)
    }
}

#[cfg(test)]
mod tests;
