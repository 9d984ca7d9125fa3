//! Faults of fields that do not decode.

use super::batch::Batch;
use crate::{
    encoding::{Encoding, RecordText, TextError, TextOptions},
    error::{Error, Place},
    record::{ErrorKind, Fault, Field, Severity},
};
use std::vec::Vec;

impl Batch {
    /// A fault for each field of the entry's record that does not decode, in the encoding that the
    /// caller named or else in that of the record.
    pub(crate) fn undecodable(&self, at: usize, named: Option<Encoding>) -> Vec<Error> {
        let entry = &self.entries()[at];
        let Some(record) = self.view_of(entry) else { return Vec::new() };
        let options = TextOptions::new().encoding(named.filter(|_| !self.is_text()));
        let fault_of = |(field, error): (Field<'_>, TextError)| {
            let fault = Fault::new(ErrorKind::Encoding).with_severity(Severity::LostField);
            let fault = error.code().map_or(fault, |code| fault.in_subfield(code));
            let from = record.offset_of(field.as_bytes()) + error.offset();
            let location = (!self.is_text()).then(|| from..from + error.bytes().len());
            let place = Place { tag: Some(field.tag()), location, ..self.place_of(entry) };
            Error::with_cause(fault, place, *error.decode_error())
        };
        RecordText::of(&record, options).undecodable(&record).map(fault_of).collect()
    }
}
