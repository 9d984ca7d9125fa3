//! The records that differ, one after the other.

use super::{
    fields::{FieldChange, field_changes},
    pairing::{Differing, Paired},
    side::{Loaded, Side, changed},
};
use crate::cli::failure::Failure;

/// The sort of difference between two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Kind {
    Changed,
    Removed,
    Added,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Added => "added",
        }
    }
}

/// A record that was changed, removed or added.
pub(in crate::cli) struct Change<'a> {
    pub(super) kind: Kind,
    /// Numbers of the record in the two files.
    pub(super) numbers: [Option<u64>; 2],
    pub(super) key: Option<&'a str>,
    pub(super) title: String,
    /// The fields that differ, of a changed record.
    pub(super) fields: Vec<FieldChange<'a>>,
}

/// Reads the records that differ, and calls a function with each: changed and removed records in
/// the order of the first file, and then added records in that of the second.
///
/// # Errors
/// Fails if a file was changed, or cannot be read, and if the function does.
pub(in crate::cli) fn changes(
    sides: [&Side; 2],
    paired: &Paired,
    ignores_order: bool,
    mut each: impl FnMut(&Change<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for Differing { before, after } in &paired.changed {
        let one = sides[0].load(*before)?;
        let Some(after) = after else {
            each(&lone(Kind::Removed, &one))?;
            continue;
        };
        let other = sides[1].load(*after)?;
        let fields = field_changes(&one.content, &other.content, ignores_order);
        if fields.is_empty() && (ignores_order || one.content == other.content) {
            return Err(changed(sides[0].name()));
        }
        let title = match one.content.title() {
            title if title.is_empty() => other.content.title(),
            title => title,
        };
        let numbers = [Some(one.number), Some(other.number)];
        let key = one.key.as_deref();
        each(&Change { kind: Kind::Changed, numbers, key, title, fields })?;
    }
    for after in &paired.added {
        each(&lone(Kind::Added, &sides[1].load(*after)?))?;
    }
    Ok(())
}

/// Returns a record that only one file has.
fn lone(kind: Kind, record: &Loaded) -> Change<'_> {
    let number = Some(record.number);
    Change {
        kind,
        numbers: if kind == Kind::Added { [None, number] } else { [number, None] },
        key: record.key.as_deref(),
        title: record.content.title(),
        fields: Vec::new(),
    }
}
