//! The effects of the edits, counted.

use crate::{
    cli::{
        session::Session,
        shown::{counted, grouped},
    },
    edit::{Edit, Edited},
    error::quoted,
};

/// Numbers of records and of changes.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    pub(super) records: u64,
    pub(super) changed: u64,
    refused: u64,
    edits: Vec<Effect>,
}

/// The effect of one edit.
#[derive(Debug, Clone, Copy, Default)]
struct Effect {
    /// Number of hits.
    found: u64,
    /// Number of hits that were changed.
    changed: u64,
    /// Number of records in which a hit was changed.
    records: u64,
}

impl Summary {
    pub(super) fn new(edits: usize) -> Self {
        Self { records: 0, changed: 0, refused: 0, edits: vec![Effect::default(); edits] }
    }

    /// Counts a record, edited or not.
    pub(super) const fn count_record(&mut self) {
        self.records += 1;
    }

    /// Counts a record that cannot be edited.
    pub(super) const fn count_refused(&mut self) {
        self.refused += 1;
    }

    /// Counts the effects on a record.
    pub(super) fn count(&mut self, edited: &Edited) {
        self.changed += u64::from(edited.record().is_some());
        for (effect, applied) in self.edits.iter_mut().zip(edited.applied()) {
            effect.found += applied.found();
            effect.changed += applied.changed();
            effect.records += u64::from(applied.changed() > 0);
        }
    }

    /// Returns the numbers of records that were counted after an earlier state.
    pub(super) fn since(&self, before: &Self) -> Self {
        Self {
            records: self.records - before.records,
            changed: self.changed - before.changed,
            refused: self.refused - before.refused,
            edits: Vec::new(),
        }
    }

    /// Writes the numbers as messages. The headline may have been written before.
    pub(super) fn report(
        &self,
        edits: &[Edit],
        has_headline: bool,
        is_dry: bool,
        session: &Session,
    ) {
        let console = &session.console;
        if has_headline && self.records == 0 {
            return;
        }
        if console.is_json() {
            return console.json_or(|| self.json(edits, is_dry), String::new);
        }
        if !has_headline {
            console.say(&self.headline(is_dry));
        }
        for (edit, effect) in edits.iter().zip(&self.edits) {
            console.say(&format!("  {edit}: {}", effect.words()));
        }
    }

    /// Returns the numbers of records in words.
    pub(super) fn headline(&self, is_dry: bool) -> String {
        let would = if is_dry { " would be" } else { "" };
        let mut text = format!(
            "{} of {}{would} changed",
            grouped(self.changed),
            counted(self.records, "record")
        );
        if self.refused > 0 {
            text.push_str(&format!(", {} cannot be edited", grouped(self.refused)));
        }
        text
    }

    fn json(&self, edits: &[Edit], is_dry: bool) -> String {
        let effects = edits.iter().zip(&self.edits).map(|(edit, effect)| {
            let Effect { found, changed, records } = effect;
            format!(
                "{{\"edit\":{},\"found\":{found},\"changed\":{changed},\"records\":{records}}}",
                quoted(&edit.to_string())
            )
        });
        format!(
            "{{\"records\":{},\"changed\":{},\"refused\":{},\"dry_run\":{is_dry},\"edits\":[{}]}}",
            self.records,
            self.changed,
            self.refused,
            effects.collect::<Vec<_>>().join(",")
        )
    }
}

impl Effect {
    fn words(&self) -> String {
        let Self { found, changed, records } = *self;
        match found - changed {
            _ if found == 0 => "nothing found".into(),
            0 => format!("{} in {}", grouped(changed), counted(records, "record")),
            same => format!(
                "{} in {}, {} had it already",
                grouped(changed),
                counted(records, "record"),
                grouped(same)
            ),
        }
    }
}
