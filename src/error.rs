//! The error type of the library: a fault and its position.

mod detail;
mod json;
mod lost_entries;
mod name;
mod numbers;
#[cfg_attr(
    not(feature = "python"),
    expect(dead_code, reason = "only Python copies the bytes of an error")
)]
mod raw;
mod shown;
mod unwritten;

pub(crate) use json::quoted;
pub(crate) use lost_entries::lost_entries;
pub(crate) use name::InputName;
pub(crate) use raw::{Deferred, Raw};
pub(crate) use shown::{beginning, escaped, first_characters, shown};
pub(crate) use unwritten::Unwritten;

use crate::{
    framing::{ForeignFormat, recognise},
    record::{ErrorKind, Fault, Severity, Tag},
};
use std::{
    borrow::Cow,
    boxed::Box,
    error, fmt, io,
    ops::Range,
    path::Path,
    string::{String, ToString},
    sync::Arc,
};

/// A fault and its position in the input.
///
/// The same type reports the repairs of a delivered record
/// ([`SharedRecord::faults`](crate::SharedRecord::faults)); [`severity`](Self::severity)
/// distinguishes them.
///
/// Control characters in a message, as in the name of a file, are escaped. The message reads like
/// `books.mrc: record 1000, byte 987,654 (001 ocm123): field 300: directory entry 11 ends at 1,204;
/// the fields of the record end at 979`. Every part of it is also available alone.
pub struct Error(Box<Inner>);

struct Inner {
    fault: Fault,
    position: Position,
    cause: Option<Box<dyn error::Error + Send + Sync>>,
}

/// The position of an error in the input. Unknown parts are left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Position {
    pub(crate) name: Option<InputName>,
    pub(crate) record: Option<u64>,
    /// The number among the records and faults of all inputs, if there are several.
    pub(crate) overall: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) control_number: Option<Arc<str>>,
    pub(crate) tag: Option<Tag>,
    pub(crate) raw: Raw,
    /// The bytes at fault, from the start of `raw`; if `None`, those that the fault itself gives.
    pub(crate) location: Option<Range<usize>>,
}

impl Error {
    pub(crate) fn new(fault: Fault, position: Position) -> Self {
        Self(Box::new(Inner { fault, position, cause: None }))
    }

    pub(crate) fn with_cause(
        fault: Fault,
        position: Position,
        cause: impl Into<Box<dyn error::Error + Send + Sync>>,
    ) -> Self {
        Self(Box::new(Inner { fault, position, cause: Some(cause.into()) }))
    }

    pub(crate) fn io(cause: io::Error, position: Position) -> Self {
        Self::with_cause(Fault::new(ErrorKind::Io), position, cause)
    }

    /// Returns the broken part.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.fault.kind()
    }

    /// Returns the cost of the fault.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.0.fault.severity()
    }

    /// Returns the code of the kind, under which `docs/faults.md` explains it: `"TM101"`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind().code()
    }

    /// Returns the fault, without its position.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.0.fault
    }

    /// Returns the fault as text, without its position.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.0.cause {
            Some(cause) if self.kind() == ErrorKind::TooManyFaults => {
                format!("{}; the last: {cause}", self.0.fault)
            }
            Some(cause) => cause.to_string(),
            None => match self.looks_like() {
                Some(format) => {
                    let looks = format!("the input looks like {format}, not MARC");
                    let remedy = format.remedy();
                    match self.kind() {
                        ErrorKind::Foreign => format!("{looks}: {remedy}"),
                        _ => format!("{looks}: {remedy}; read as MARC, {}", self.described()),
                    }
                }
                None => self.described(),
            },
        }
    }

    /// Returns the message of the fault with the numbers in the record.
    fn described(&self) -> String {
        numbers::reason(self.0.fault, &self.0.position.raw, self.location_in_raw())
    }

    /// Returns the format of the input, if it is foreign and begins with these bytes.
    #[must_use]
    pub fn looks_like(&self) -> Option<ForeignFormat> {
        let is_lost = self.severity() >= Severity::LostRecord && self.offset() == Some(0);
        if is_lost { recognise(self.0.position.raw.head()) } else { None }
    }

    /// Returns the name of the input, if it has one. The name of a file is its path.
    #[must_use]
    pub fn input_name(&self) -> Option<&str> {
        self.0.position.name.as_deref()
    }

    /// Returns the same as a path, which may not be UTF-8.
    #[must_use]
    pub fn input_path(&self) -> Option<&Path> {
        self.0.position.name.as_ref().map(InputName::as_path)
    }

    /// Returns the number of the record in its input, from 1. Faults are numbered together with
    /// records.
    #[must_use]
    pub fn record_number(&self) -> Option<u64> {
        self.0.position.record
    }

    /// Returns the number among the records and faults of all inputs, from 1, if the reader
    /// [has several](crate::Reader::from_paths).
    #[must_use]
    pub fn overall_number(&self) -> Option<u64> {
        self.0.position.overall
    }

    /// Returns the offset of the record, or of the bytes in its place, from the start of the input.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.position.offset
    }

    /// Returns the control number (field 001), if it could be read: as text, with control
    /// characters (`\\u001b`) and bytes that are not UTF-8 (`\\xe9`) escaped. If it is long,
    /// messages contain only its beginning.
    #[must_use]
    pub fn control_number(&self) -> Option<&str> {
        self.0.position.control_number.as_deref()
    }

    /// Returns a copy with so many characters of the control number, if it has more.
    pub(crate) fn with_short_control_number(&self, most: usize) -> Option<Self> {
        let Cow::Owned(short) = first_characters(self.control_number()?, most) else { return None };
        let mut error = self.clone();
        error.0.position.control_number = Some(Arc::from(short));
        Some(error)
    }

    /// Returns the length in bytes of the record, or of the span in its place. For a span longer
    /// than [`max_record_length`](crate::ReaderBuilder::max_record_length), it is that of its first
    /// piece: the rest is skipped and counted in [`Stats::fault_bytes`](crate::Stats).
    #[must_use]
    pub fn length(&self) -> u64 {
        self.0.position.raw.length() as u64
    }

    /// Returns the range of the bytes at fault, from the start of the input: the leader positions,
    /// the directory entry, the field, or the byte where its 0x1E should be. The range is empty if
    /// no particular bytes are at fault.
    #[must_use]
    pub fn location(&self) -> Range<u64> {
        let (start, location) = (self.offset().unwrap_or(0), self.location_in_raw());
        start + location.start as u64..start + location.end as u64
    }

    pub(crate) fn location_in_raw(&self) -> Range<usize> {
        let position = &self.0.position;
        let Position { raw, location, .. } = position;
        let found = || self.0.fault.location_within(raw.head(), raw.length());
        location.clone().unwrap_or_else(found)
    }

    /// Returns the ordinal of the directory entry at fault, from 1, if an entry is at fault.
    #[must_use]
    pub fn entry(&self) -> Option<u32> {
        self.0.fault.entry()
    }

    /// Returns the code of the subfield at fault, if a subfield is at fault.
    #[must_use]
    pub fn subfield(&self) -> Option<u8> {
        self.0.fault.subfield()
    }

    /// Returns the tag of the field at fault, if a field is at fault.
    #[must_use]
    pub fn tag(&self) -> Option<Tag> {
        self.0.position.tag
    }

    /// Returns the bytes that were not delivered as a record, or those of the record that was
    /// repaired. The slice is empty if there are no bytes, as after a failed read.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.0.position.raw
    }

    /// Returns the last fault, if this is the error for too many faults.
    #[must_use]
    pub fn last_fault(&self) -> Option<&Self> {
        self.0.cause.as_ref()?.downcast_ref()
    }

    /// Returns the error of the operating system or of the source, if that is the cause.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        let error: &io::Error = self.0.cause.as_ref()?.downcast_ref()?;
        Some(Unwritten::inside(error).map_or(error, |unwritten| &unwritten.cause))
    }

    /// Returns the same by value, so that you can pass it on.
    ///
    /// # Errors
    /// Returns this error unchanged if it is of another kind.
    pub fn into_io_error(self) -> Result<io::Error, Self> {
        let error = self.into_failure()?;
        Ok(Unwritten::out_of(error).map_or_else(|error| error, |unwritten| unwritten.cause))
    }

    /// Does the same, and keeps the path of a quarantine that could not be written.
    pub(crate) fn into_failure(mut self) -> Result<io::Error, Self> {
        match self.0.cause.take().map(|cause| cause.downcast::<io::Error>()) {
            Some(Ok(error)) => Ok(*error),
            Some(Err(cause)) => {
                self.0.cause = Some(cause);
                Err(self)
            }
            None => Err(self),
        }
    }
}

/// Returns an error of the operating system again, and of any other error the kind and the text.
pub(crate) fn copy_of(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// A number in groups of three digits, like `987,654`: offsets in files of gigabytes are long.
pub(crate) struct Grouped(pub(crate) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut text = String::with_capacity(digits.len() * 4 / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad(&text)
    }
}

impl Clone for Error {
    /// Copies the error. Of a cause that cannot be copied, the text is kept.
    fn clone(&self) -> Self {
        let (fault, position) = (self.0.fault, self.0.position.clone());
        match (self.last_fault(), &self.0.cause) {
            (Some(last), _) => Self::with_cause(fault, position, last.clone()),
            (None, Some(cause)) => match cause.downcast_ref::<io::Error>() {
                Some(cause) => Self::with_cause(fault, position, copy_of(cause)),
                None => Self::with_cause(fault, position, cause.to_string()),
            },
            (None, None) => Self::new(fault, position),
        }
    }
}

/// Writes the input and the record: the start of a message.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(name) = &self.name {
            f.write_str(&escaped(name))?;
            separator = ": ";
        }
        if let Some(record) = self.record {
            write!(f, "{separator}record {record}")?;
            separator = ", ";
        }
        if let Some(offset) = self.offset {
            write!(f, "{separator}byte {}", Grouped(offset))?;
            separator = " ";
        }
        if let Some(control_number) = &self.control_number {
            write!(f, "{separator}(001 {})", beginning(control_number))?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = &self.0.position;
        position.fmt(f)?;
        if position.name.is_some() || position.record.is_some() || position.offset.is_some() {
            f.write_str(": ")?;
        }
        if let Some(tag) = position.tag {
            write!(f, "field {tag}: ")?;
        }
        f.write_str(&escaped(&self.reason()))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("severity", &self.severity())
            .field("message", &self.to_string())
            .finish()
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.0.cause {
            Some(cause) => Some(&**cause),
            None => Some(&self.0.fault),
        }
    }
}

static_assertions::assert_eq_size!(Error, usize);
static_assertions::assert_impl_all!(Error: Send, Sync);
