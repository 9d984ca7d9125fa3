//! The choice among the records of a batch, on the thread that parses it.

use super::{
    entry::What,
    index::Index,
    project::{Parsed, ParsedRecord},
};
use crate::{encoding::TextOptions, source::RawBatch};
use std::{fmt, sync::Arc};

/// A rule that chooses records.
pub(crate) trait Choose: fmt::Debug + Send + Sync {
    /// Returns true if a record is wanted; `None` if its undecodable text decides.
    fn is_wanted(&self, record: &ParsedRecord<'_>, text: TextOptions) -> Option<bool>;
}

/// A rule, and the options by which it reads text.
#[derive(Debug, Clone)]
pub(crate) struct Sieve {
    pub(crate) rule: Arc<dyn Choose>,
    pub(crate) text: TextOptions,
}

impl Index {
    /// Marks the records that the sieve holds back as unmatched.
    pub(super) fn sift(&mut self, raw: &RawBatch, sieve: &Sieve) {
        let mut is_changed = false;
        for at in 0..self.entries.len() {
            let Some(record) = (Parsed { raw, index: self }).record(at) else { continue };
            let answer = sieve.rule.is_wanted(&record, sieve.text);
            if answer == Some(true) {
                continue;
            }
            self.entries[at].what = What::Unmatched { is_undecided: answer.is_none() };
            is_changed = true;
        }
        if is_changed {
            self.totals = self.count(self.entries.len());
        }
    }
}
