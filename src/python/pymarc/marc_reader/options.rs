//! The options of `MARCReader`, which may change between two records.

use crate::python::{
    gil::gil_cell::GilCell, pymarc::text_proof::Proof, reading::Reading, record::Decoding,
};
use pyo3::{
    gc::{PyTraverseError, PyVisit},
    intern,
    prelude::*,
    types::PyBool,
};

pub(super) const TO_UNICODE: usize = 0;
pub(super) const FORCE_UTF8: usize = 1;
pub(super) const HIDE_UTF8_WARNINGS: usize = 2;
pub(super) const FILE_ENCODING: usize = 3;
pub(super) const UTF8_HANDLING: usize = 4;

/// Names of the options as arguments of `Record`.
pub(super) const NAMES: [(&str, usize); 5] = [
    ("to_unicode", TO_UNICODE),
    ("force_utf8", FORCE_UTF8),
    ("hide_utf8_warnings", HIDE_UTF8_WARNINGS),
    ("utf8_handling", UTF8_HANDLING),
    ("file_encoding", FILE_ENCODING),
];

/// The objects that the program passed, and a bit for each of the first four.
pub(super) struct Options {
    given: [GilCell<Option<Py<PyAny>>>; 5],
    bits: GilCell<u8>,
}

impl Options {
    /// Returns pymarc's defaults.
    pub(super) const fn new() -> Self {
        Self {
            given: [const { GilCell::new(None) }; 5],
            bits: GilCell::new(1 << TO_UNICODE | 1 << FILE_ENCODING),
        }
    }

    pub(super) fn get<'py>(&self, py: Python<'py>, which: usize) -> Bound<'py, PyAny> {
        match (self.given[which].get(py), which) {
            (Some(value), _) => value.into_bound(py),
            (None, UTF8_HANDLING) => intern!(py, "strict").clone().into_any(),
            (None, FILE_ENCODING) => intern!(py, "iso8859-1").clone().into_any(),
            (None, which) => PyBool::new(py, which == TO_UNICODE).to_owned().into_any(),
        }
    }

    pub(super) fn set(&self, which: usize, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        let is_on = match which {
            UTF8_HANDLING => false,
            FILE_ENCODING => value.eq("iso8859-1")?,
            _ => value.is_truthy()?,
        };
        let (bit, bits) = (1 << which, self.bits.get(py));
        self.bits.set(py, if is_on { bits | bit } else { bits & !bit });
        self.given[which].set(py, Some(value.clone().unbind()));
        Ok(())
    }

    /// Passes the objects to the garbage collector.
    pub(super) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.given.iter().try_for_each(|given| given.visit(visit))
    }

    /// Drops the objects. The bits remain.
    pub(super) fn clear(&self, py: Python<'_>) {
        self.given.iter().for_each(|given| given.set(py, None));
    }

    #[inline]
    fn has(&self, py: Python<'_>, which: usize) -> bool {
        self.bits.get(py) & (1 << which) != 0
    }

    pub(super) fn forces_utf8(&self, py: Python<'_>) -> bool {
        self.has(py, FORCE_UTF8)
    }

    /// Returns the options as they are now.
    pub(super) fn decoding<'py>(&self, py: Python<'py>) -> Decoding<'py> {
        let flags = [TO_UNICODE, FORCE_UTF8, HIDE_UTF8_WARNINGS].map(|which| self.has(py, which));
        let given = |which: usize| self.given[which].get(py).map(|value| value.into_bound(py));
        Decoding::new(py, flags, given(UTF8_HANDLING), given(FILE_ENCODING))
    }

    /// Returns the rule by which a record can be decoded on access. `None` if a program could see
    /// the difference: then it must be decoded at once.
    #[inline]
    pub(super) fn lazy_reading(
        &self,
        py: Python<'_>,
        proof: Proof,
        says_utf8: impl FnOnce() -> bool,
    ) -> Option<Reading> {
        if !self.has(py, TO_UNICODE) {
            return None;
        }
        if self.forces_utf8(py) || says_utf8() {
            return proof.is_quiet_utf8().then_some(Reading::Utf8);
        }
        (self.has(py, FILE_ENCODING) && proof.is_quiet_marc8()).then_some(Reading::Marc8)
    }
}
