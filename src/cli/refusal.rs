//! Records that are sound, but cannot be edited or written.

use crate::{
    error::{quoted, shown},
    parse::BatchRecord,
};
use std::fmt;

/// A record that a command cannot treat as asked: its place, the reason, and what happens instead.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The place in words.
    place: String,
    source: Option<String>,
    number: u64,
    offset: u64,
    control_number: Option<String>,
    reason: String,
    instead: &'static str,
}

impl Refusal {
    /// Creates the refusal of a record. `instead` says what happens to it: `not written`.
    pub(super) fn new(
        record: &BatchRecord<'_>,
        reason: impl fmt::Display,
        instead: &'static str,
    ) -> Self {
        Self {
            place: record.place(),
            source: record.input_name().map(Into::into),
            number: record.number(),
            offset: record.offset(),
            control_number: record.view().control_number().map(shown),
            reason: reason.to_string(),
            instead,
        }
    }

    /// Returns the refusal as JSON, with the members of a fault.
    pub(super) fn to_json(&self) -> String {
        let text = |text: &Option<String>| text.as_deref().map_or("null".into(), quoted);
        format!(
            "{{\"source\":{},\"number\":{},\"kind\":\"refused\",\"control_number\":{},\
             \"offset\":{},\"reason\":{}}}",
            text(&self.source),
            self.number,
            text(&self.control_number),
            self.offset,
            quoted(&format!("{}: {}", self.reason, self.instead))
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, reason, instead, .. } = self;
        write!(f, "{place}: {reason}: {instead}")
    }
}
