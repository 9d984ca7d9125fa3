//! Writes records as ISO 2709, as the
//! [MARC 21 record structure](https://www.loc.gov/marc/specifications/specrecstruc.html) narrows
//! it: leader, directory, fields.
//!
//! Record length (leader/00-04), base address of data (leader/12-16) and directory are computed;
//! the other bytes of the leader, and the fields, are written as they are and in their order. What
//! the digits of the format cannot state is an error, never a corrupt file.

#[cfg(feature = "formats")]
use crate::record::AsRecord;
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, Leader, MAX_FIELD_LENGTH,
    MAX_RECORD_LENGTH, MIN_BASE_ADDRESS, RECORD_TERMINATOR, Record, RecordRef, Tag,
    leader_is_plausible,
};
use std::{error, fmt, io};

/// Appends a record to `output`, from leader to record terminator.
///
/// A record that was read and not changed is written byte for byte as it was, if its fields stood
/// one after the other in the order of its directory, as they do in all but a few files.
///
/// # Errors
/// If a field is longer than 9,999 bytes or the record longer than 99,999, terminators included
/// (ISO 2709: the four and five digits that state these lengths), or if the leader is none that a
/// reader would take. `output` is then as it was.
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
    let fields = record.fields().iter().map(|field| (field.tag(), field.as_bytes()));
    write_parts(record.leader().as_bytes(), fields, output)
}

/// The same for any form of a record.
#[cfg(feature = "formats")]
pub(crate) fn write(record: &impl AsRecord, output: &mut Vec<u8>) -> Result<(), WriteError> {
    if let Some(bytes) = record.as_iso2709() {
        output.extend_from_slice(bytes);
        return Ok(());
    }
    // `map` takes each field by value, and its bytes outlive it.
    let fields = record.fields().map(|field| (field.tag(), field.as_bytes()));
    write_parts(record.leader().as_bytes(), fields, output)
}

/// The same for a leader and the bytes of fields.
pub(crate) fn write_parts<'a>(
    leader: &[u8; LEADER_LENGTH],
    fields: impl Iterator<Item = (Tag, &'a [u8])> + Clone,
    output: &mut Vec<u8>,
) -> Result<(), WriteError> {
    let (record_length, base_address) = measure(leader, fields.clone())?;
    output.reserve(record_length);
    let leader = Leader::new(leader).with_lengths(digits(record_length), digits(base_address));
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
    Ok(())
}

/// Record length and base address of data, once everything is known to fit.
///
/// A starting position is less than the record length, and has as many digits: what fits the
/// second fits the first, so it needs no check of its own.
fn measure<'a>(
    leader: &[u8; LEADER_LENGTH],
    fields: impl Iterator<Item = (Tag, &'a [u8])>,
) -> Result<(usize, usize), WriteError> {
    if !leader_is_plausible(leader) {
        return Err(WriteError { kind: WriteErrorKind::Leader, tag: None, length: leader.len() });
    }
    let (mut base_address, mut data) = (MIN_BASE_ADDRESS, 0);
    for (tag, bytes) in fields {
        let length = bytes.len() + 1;
        if length > MAX_FIELD_LENGTH {
            let tag = Some(tag);
            return Err(WriteError { kind: WriteErrorKind::FieldLength, tag, length });
        }
        base_address += DIRECTORY_ENTRY_LENGTH;
        data += length;
    }
    let length = base_address + data + 1;
    if length > MAX_RECORD_LENGTH {
        return Err(WriteError { kind: WriteErrorKind::RecordLength, tag: None, length });
    }
    Ok((length, base_address))
}

/// The decimal digits of a number that has no more than `N`, with zeros before it.
fn digits<const N: usize>(mut number: usize) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
    debug_assert_eq!(number, 0, "`measure` refuses what does not fit");
    digits
}

impl Record {
    /// The record as ISO 2709.
    ///
    /// # Errors
    /// Those of [`write_record`].
    pub fn to_iso2709(&self) -> Result<Vec<u8>, WriteError> {
        let mut output = Vec::new();
        write_record(self, &mut output)?;
        Ok(output)
    }
}

/// A record cannot be written as ISO 2709.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteError {
    kind: WriteErrorKind,
    tag: Option<Tag>,
    length: usize,
}

/// Why a record cannot be written as ISO 2709.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// Leader/05-09 or 17-19 is not printable ASCII, or 10-11 is not `22` nor 20-21 `45`.
    Leader,
    /// A field is longer than 9,999 bytes, its terminator included.
    FieldLength,
    /// The record is longer than 99,999 bytes. A starting position that has no place in the
    /// directory is in such a record too.
    RecordLength,
}

impl WriteError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> WriteErrorKind {
        self.kind
    }

    /// The tag of the field that is too long, if that is what is wrong.
    #[must_use]
    pub const fn tag(&self) -> Option<Tag> {
        self.tag
    }

    /// The same for who says the tag in a way of its own.
    #[cfg(feature = "python")]
    pub(crate) const fn without_tag(self) -> Self {
        Self { tag: None, ..self }
    }

    /// The length in bytes of what is wrong, leader, field or record, terminators included.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, tag, length } = self;
        if let Some(tag) = tag {
            write!(f, "field {tag}: ")?;
        }
        match kind {
            WriteErrorKind::Leader => f.write_str("no reader would take this leader for one"),
            WriteErrorKind::FieldLength => write!(
                f,
                "with {length} bytes it is longer than the {MAX_FIELD_LENGTH} that a directory \
                 entry can state"
            ),
            WriteErrorKind::RecordLength => write!(
                f,
                "with {length} bytes the record is longer than the {MAX_RECORD_LENGTH} that its \
                 leader can state"
            ),
        }
    }
}

impl error::Error for WriteError {}

/// Writes records, one after the other, as ISO 2709.
///
/// Each record is laid out in memory first and handed over in one call of
/// [`write_all`](io::Write::write_all), so that a record which cannot be written leaves nothing
/// behind. Nothing is held back between records: dropping the writer loses nothing. For a file,
/// give an [`OutputFile`](crate::OutputFile), and commit it at the end: until then what the file had
/// before stays. Or give a [`BufWriter`](io::BufWriter), to save a system call a record, and
/// [`flush`](Self::flush) at the end, to learn of an error that a drop would hide.
///
/// ```
/// use tidemarc::{Record, RecordRef, Writer};
///
/// let mut writer = Writer::new(Vec::new());
/// for number in ["ocm01", "ocm02"] {
///     writer.write(&Record::builder().control("001", number).build()?)?;
/// }
/// let bytes = writer.into_inner();
/// assert_eq!(RecordRef::parse(&bytes[44..])?.control_number(), Some(&b"ocm02"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    /// The record on its way; empty between two calls, and kept for its capacity.
    buffer: Vec<u8>,
}

impl<W: io::Write> Writer<W> {
    /// A writer to `output`.
    #[must_use]
    pub const fn new(output: W) -> Self {
        Self { output, buffer: Vec::new() }
    }

    /// Writes a record.
    ///
    /// # Errors
    /// Those of [`write_record`], after which the output is as it was and the next record can be
    /// written; and those of the output, after which part of the record may have been written.
    pub fn write(&mut self, record: &Record) -> Result<(), WriterError> {
        self.buffer.clear();
        write_record(record, &mut self.buffer)?;
        Ok(self.output.write_all(&self.buffer)?)
    }

    /// Writes a record's bytes as they are, without a copy.
    ///
    /// # Errors
    /// Those of the output, after which part of the record may have been written.
    pub fn write_ref(&mut self, record: RecordRef<'_>) -> Result<(), WriterError> {
        Ok(self.output.write_all(record.as_bytes())?)
    }

    /// Flushes the output.
    ///
    /// # Errors
    /// Those of the output.
    pub fn flush(&mut self) -> Result<(), WriterError> {
        Ok(self.output.flush()?)
    }

    /// The output.
    #[must_use]
    pub const fn get_ref(&self) -> &W {
        &self.output
    }

    /// Gives the output back. It is not flushed.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.output
    }
}

/// Why a [`Writer`] did not write.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriterError {
    /// The record cannot be written as ISO 2709. Nothing of it was.
    Record(WriteError),
    /// The output failed. Part of a record may have been written.
    Io(io::Error),
}

impl fmt::Display for WriterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl error::Error for WriterError {
    /// The cause of the error that this one stands for, whose message it has.
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Record(error) => error.source(),
            Self::Io(error) => error.source(),
        }
    }
}

impl From<WriteError> for WriterError {
    fn from(error: WriteError) -> Self {
        Self::Record(error)
    }
}

impl From<io::Error> for WriterError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
#[path = "iso2709_tests.rs"]
mod tests;
