//! Differences as text.

use super::{
    content::Line,
    fields::FieldChange,
    pairing::Sums,
    records::{Change, Kind},
};
use crate::{
    cli::shown::{counted, grouped},
    error::escaped,
};

/// Largest number of characters of a title.
const TITLE: usize = 60;

/// Differences as text for humans.
#[derive(Debug)]
pub(in crate::cli) struct Text {
    has_colours: bool,
    names: [String; 2],
}

impl Text {
    pub(in crate::cli) const fn new(has_colours: bool, names: [String; 2]) -> Self {
        Self { has_colours, names }
    }

    /// Returns a record that differs: a heading, the fields, and an empty line.
    pub(in crate::cli) fn change(&self, change: &Change<'_>) -> String {
        let colour = match change.kind {
            Kind::Changed => "1",
            Kind::Removed => "1;31",
            Kind::Added => "1;32",
        };
        let mut text = self.styled(colour, &heading(change)) + "\n";
        for field in &change.fields {
            let (removed, added) = match field {
                FieldChange::Removed(line) => (Some(line), None),
                FieldChange::Added(line) => (None, Some(line)),
                FieldChange::Changed(before, after) => (Some(before), Some(after)),
                FieldChange::Moved(line) => {
                    text += &format!("~ {} (moved)\n", shown(*line));
                    continue;
                }
            };
            for (sign, colour, line) in [("-", "31", removed), ("+", "32", added)] {
                if let Some(line) = line {
                    text += &self.styled(colour, &format!("{sign} {}", shown(*line)));
                    text.push('\n');
                }
            }
        }
        text + "\n"
    }

    /// Returns the counts.
    pub(in crate::cli) fn sums(&self, sums: &Sums) -> String {
        let lines = summary(sums, &self.names);
        lines.into_iter().map(|line| line + "\n").collect()
    }

    /// Returns text in a style of escape sequences (ECMA-48, SGR).
    fn styled(&self, style: &str, text: &str) -> String {
        match self.has_colours {
            true => format!("\x1b[{style}m{text}\x1b[0m"),
            false => text.into(),
        }
    }
}

/// Returns the line before the fields of a record.
pub(super) fn heading(change: &Change<'_>) -> String {
    let key = change.key.map_or("no key".into(), escaped);
    let place = match change.numbers {
        [Some(before), Some(after)] => format!("records {before} and {after}"),
        [one, other] => format!("record {}", one.or(other).unwrap_or_default()),
    };
    let title = match change.title.char_indices().nth(TITLE) {
        Some((end, _)) => format!("{}…", change.title[..end].trim_end()),
        None => change.title.clone(),
    };
    let title = if title.is_empty() { title } else { format!(": {}", escaped(&title)) };
    format!("{} {key} ({place}){title}", change.kind.name())
}

/// Returns the counts, in lines.
pub(super) fn summary(sums: &Sums, names: &[String; 2]) -> Vec<String> {
    let [equal, changed, removed, added] =
        [sums.equal, sums.changed, sums.removed, sums.added].map(grouped);
    let mut lines =
        vec![format!("{equal} equal, {changed} changed, {removed} removed, {added} added")];
    if sums.moved > 0 {
        let moved = counted(sums.moved, "equal or changed record");
        lines.push(format!("{moved} in another order, which is no difference"));
    }
    for (at, name) in names.iter().enumerate() {
        let name = escaped(name);
        if sums.duplicates[at] > 0 {
            let records = counted(sums.duplicates[at], "record");
            lines.push(format!("{name}: {records} with the key of an earlier record"));
        }
        if sums.keyless[at] > 0 {
            let records = counted(sums.keyless[at], "record");
            lines.push(format!("{name}: {records} without a key, compared by content"));
        }
    }
    lines
}

/// Returns a field as `view` shows it.
pub(super) fn shown(line: Line<'_>) -> String {
    let tag = escaped(line.tag());
    let Some(indicators) = line.indicators() else {
        return format!("{tag}    {}", escaped(line.text()));
    };
    let indicators: String = indicators.chars().map(|c| if c == ' ' { '#' } else { c }).collect();
    let mut text = format!("{tag} {}", escaped(&indicators));
    for (code, value) in line.subfields() {
        text += &format!(" ${} {}", escaped(code), escaped(value));
    }
    text
}
