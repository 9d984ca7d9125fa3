//! The builder that makes a record field by field.

use super::{FieldError, OwnedField, Record};
use crate::record::{LEADER_LENGTH, Tag};
use std::{error, fmt};

/// A builder that makes a record field by field, in the order of the calls; nothing is sorted.
///
/// Errors in the fields are kept until [`build`](Self::build), so that you can write the calls in
/// one chain.
///
/// ```
/// use tidemarc::Record;
///
/// let record = Record::builder()
///     .control("001", "ocm1")
///     .data("245", *b"10", [(b'a', "Title /"), (b'c', "Author.")])
///     .build()?;
/// assert_eq!(record.control_number(), Some(&b"ocm1"[..]));
/// # Ok::<(), tidemarc::BuildError>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct RecordBuilder {
    record: Record,
    errors: Vec<(usize, FieldError)>,
}

impl RecordBuilder {
    /// Creates a builder with the leader of [`Record::new`].
    pub const fn new() -> Self {
        Self { record: Record::new(), errors: Vec::new() }
    }

    /// Replaces the leader. Positions 00-04 and 12-16 are computed when the record is written.
    pub const fn leader(mut self, leader: [u8; LEADER_LENGTH]) -> Self {
        *self.record.leader_mut() = leader;
        self
    }

    /// Appends a control field; see [`OwnedField::control`].
    pub fn control(self, tag: impl TryInto<Tag>, data: impl AsRef<[u8]>) -> Self {
        self.add(OwnedField::control(tag, data))
    }

    /// Appends a data field with these indicators, and subfields given by code and value; see
    /// [`OwnedField::data`].
    pub fn data<V: AsRef<[u8]>>(
        self,
        tag: impl TryInto<Tag>,
        indicators: [u8; 2],
        subfields: impl IntoIterator<Item = (u8, V)>,
    ) -> Self {
        self.add(OwnedField::data(tag, indicators, subfields))
    }

    /// Appends a field that already exists.
    pub fn field(self, field: OwnedField) -> Self {
        self.add(Ok(field))
    }

    fn add(mut self, field: Result<OwnedField, FieldError>) -> Self {
        match field {
            Ok(field) => self.record.push_field(field),
            Err(error) => {
                let ordinal = self.record.fields().len() + self.errors.len() + 1;
                self.errors.push((ordinal, error));
            }
        }
        self
    }

    /// Returns the record.
    ///
    /// # Errors
    /// Returns all errors in the fields. The lengths are checked only when the record is written.
    pub fn build(self) -> Result<Record, BuildError> {
        if self.errors.is_empty() { Ok(self.record) } else { Err(BuildError(self.errors)) }
    }
}

/// All errors in the fields that were passed to a [`RecordBuilder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError(Vec<(usize, FieldError)>);

impl BuildError {
    /// Returns the errors, at least one. Each has the ordinal of its field in the order of the
    /// calls, from 1.
    #[must_use]
    pub fn errors(&self) -> &[(usize, FieldError)] {
        &self.0
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (ordinal, error)) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}field {ordinal}")?;
            if let Some(tag) = error.tag() {
                write!(f, " ({tag})")?;
            }
            write!(f, ": {}", error.kind())?;
        }
        Ok(())
    }
}

impl error::Error for BuildError {}
