//! The values of a selector, counted.

use super::shown;
use crate::{
    encoding::TextOptions,
    error::{escaped, quoted},
    parse::{Parsed, Project},
    pipeline::Limits,
    select::Selector,
};
use std::{cmp::Reverse, collections::HashMap, fmt::Write as _, sync::Arc};

/// A projection that counts the values of a selector in each batch.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    selector: Arc<Selector>,
    text: TextOptions,
}

/// The form of numbers in a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// In groups of three digits, for a person.
    Grouped,
    /// For a program such as `sort -n`.
    Plain,
    Json,
}

impl Numbers {
    /// Returns a number in a result that is text.
    pub(super) fn shown(self, number: u64) -> String {
        match self {
            Self::Grouped => shown::grouped(number),
            Self::Plain | Self::Json => number.to_string(),
        }
    }
}

/// Values and their counts.
#[derive(Debug, Default)]
pub(super) struct Values {
    counts: HashMap<String, u64>,
    /// Number of records without a value.
    without: u64,
    /// Number of records that are not counted, because their text is undecodable.
    pub(super) undecodable: u64,
}

impl Tally {
    pub(super) fn new(selector: &Selector, text: TextOptions) -> Self {
        Self { selector: Arc::new(selector.clone()), text }
    }
}

impl Project for Tally {
    type Output = Values;

    fn run(&self, batch: &Parsed<'_>, values: &mut Values) {
        *values = Values::default();
        for record in batch.records() {
            let text = record.text(self.text);
            match self.selector.values(&record, text) {
                Ok(found) if found.is_empty() => values.without += 1,
                Ok(found) => found.iter().for_each(|value| values.count(value, 1)),
                Err(_) => values.undecodable += 1,
            }
        }
    }

    fn limits(&self) -> Limits {
        Limits::expensive()
    }

    fn needs_records(&self) -> bool {
        false
    }

    fn merge(&self, before: &mut Values, next: &mut Values) -> bool {
        before.add(next);
        true
    }
}

impl Values {
    fn count(&mut self, value: &str, more: u64) {
        match self.counts.get_mut(value) {
            Some(count) => *count += more,
            None => drop(self.counts.insert(value.into(), more)),
        }
    }

    /// Adds the counts of a batch.
    pub(super) fn add(&mut self, batch: &mut Self) {
        for (value, count) in batch.counts.drain() {
            *self.counts.entry(value).or_default() += count;
        }
        self.without += batch.without;
        self.undecodable += batch.undecodable;
    }

    /// Returns a line for each value, the most frequent first, and one for the records without a
    /// value.
    pub(super) fn shown(&self, form: Numbers) -> String {
        let mut rows: Vec<_> =
            self.counts.iter().map(|(value, count)| (*count, &**value)).collect();
        rows.sort_unstable_by_key(|&(count, value)| (Reverse(count), value));
        let mut text = String::new();
        if form == Numbers::Json {
            for (count, value) in rows {
                let _ = writeln!(text, "{{\"value\":{},\"count\":{count}}}", quoted(value));
            }
            if self.without > 0 {
                let _ = writeln!(text, "{{\"value\":null,\"count\":{}}}", self.without);
            }
            return text;
        }
        let numbers = rows.iter().map(|(count, _)| *count).chain([self.without]);
        let width = numbers.map(|number| form.shown(number).len()).max().unwrap_or(0);
        for (count, value) in rows {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{:>width$}  {}", form.shown(count), escaped(value));
        }
        if self.without > 0 {
            let _ =
                writeln!(text, "{:>width$}  (records without a value)", form.shown(self.without));
        }
        text
    }
}
