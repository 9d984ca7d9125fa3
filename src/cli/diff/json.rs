//! Differences as JSON, an object a line.

use super::{content::Line, fields::FieldChange, pairing::Sums, records::Change};
use crate::error::quoted;

/// Differences as JSON Lines.
#[derive(Debug)]
pub(in crate::cli) struct Json;

impl Json {
    /// Returns a record that differs.
    pub(in crate::cli) fn change(change: &Change<'_>) -> String {
        let number =
            |number: Option<u64>| number.map_or("null".into(), |number| number.to_string());
        let [before, after] = change.numbers.map(number);
        let fields: Vec<_> = change.fields.iter().map(|change| field(*change)).collect();
        format!(
            "{{\"change\":\"{}\",\"key\":{},\"before\":{before},\"after\":{after},\"title\":{},\
             \"fields\":[{}]}}\n",
            change.kind.name(),
            change.key.map_or("null".into(), quoted),
            quoted(&change.title),
            fields.join(",")
        )
    }

    /// Returns the counts.
    pub(in crate::cli) fn sums(sums: &Sums) -> String {
        let two = |[one, other]: [u64; 2]| format!("[{one},{other}]");
        format!(
            "{{\"records\":{},\"equal\":{},\"changed\":{},\"removed\":{},\"added\":{},\"moved\":{},\
             \"duplicates\":{},\"without_key\":{}}}\n",
            two(sums.records),
            sums.equal,
            sums.changed,
            sums.removed,
            sums.added,
            sums.moved,
            two(sums.duplicates),
            two(sums.keyless)
        )
    }
}

/// Returns a field that differs.
fn field(change: FieldChange<'_>) -> String {
    let (kind, before, after) = match change {
        FieldChange::Removed(line) => ("removed", Some(line), None),
        FieldChange::Added(line) => ("added", None, Some(line)),
        FieldChange::Changed(before, after) => ("changed", Some(before), Some(after)),
        FieldChange::Moved(line) => ("moved", Some(line), Some(line)),
    };
    let tag = before.or(after).map(Line::tag).unwrap_or_default();
    let content = |line: Option<Line<'_>>| line.map_or("null".into(), content);
    format!(
        "{{\"change\":\"{kind}\",\"tag\":{},\"before\":{},\"after\":{}}}",
        quoted(tag),
        content(before),
        content(after)
    )
}

/// Returns the content of a field, as in MARC-in-JSON.
fn content(line: Line<'_>) -> String {
    let Some(indicators) = line.indicators() else { return quoted(line.text()) };
    let mut indicators = indicators.chars().map(|c| quoted(&String::from(c)));
    let mut indicator = || indicators.next().unwrap_or_else(|| "\" \"".into());
    let (first, second) = (indicator(), indicator());
    let subfields = line.subfields();
    let subfields =
        subfields.map(|(code, value)| format!("{{{}:{}}}", quoted(code), quoted(value)));
    let subfields = subfields.collect::<Vec<_>>().join(",");
    format!("{{\"ind1\":{first},\"ind2\":{second},\"subfields\":[{subfields}]}}")
}
