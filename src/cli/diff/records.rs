//! The records that differ, one after the other.

use super::{
    fields::{FieldChange, field_changes},
    pairing::Paired,
    side::{Loaded, Side, changed},
};
use crate::{cli::failure::Failure, pipeline::apart_from_forks};
use std::{panic::resume_unwind, thread};

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

/// Number of records that are compared at once.
const CHUNK: usize = 512;

/// Reads the records that differ, on so many threads, and calls a function with the text of each:
/// changed and removed records in the order of the first file, and then added records in that of the
/// second.
///
/// # Errors
/// Fails if a file was changed, or cannot be read, and if the function does.
pub(in crate::cli) fn changes(
    sides: [&Side; 2],
    paired: &Paired,
    ignores_order: bool,
    threads: usize,
    show: impl Fn(&Change<'_>) -> String + Sync,
    mut each: impl FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let changed = paired.changed.iter().map(|pair| [Some(pair.before), pair.after]);
    let added = paired.added.iter().map(|after| [None, Some(*after)]);
    let mut pairs = changed.chain(added);
    loop {
        let chunk: Vec<_> = pairs.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        let shown = |pair: &[Option<u64>; 2]| change(sides, *pair, ignores_order, &show);
        for text in on_threads(threads, &chunk, shown) {
            each(&text?)?;
        }
    }
}

/// Returns the text of a changed, removed or added record.
fn change(
    sides: [&Side; 2],
    [before, after]: [Option<u64>; 2],
    ignores_order: bool,
    show: impl Fn(&Change<'_>) -> String,
) -> Result<String, Failure> {
    let load = |side: &Side, index: Option<u64>| index.map(|index| side.load(index)).transpose();
    let (one, other) = (load(sides[0], before)?, load(sides[1], after)?);
    let (one, other) = match (&one, &other) {
        (Some(one), Some(other)) => (one, other),
        (Some(one), None) => return Ok(show(&lone(Kind::Removed, one))),
        (None, Some(other)) => return Ok(show(&lone(Kind::Added, other))),
        (None, None) => return Ok(String::new()),
    };
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
    Ok(show(&Change { kind: Kind::Changed, numbers, key, title, fields }))
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

/// Returns the result of a function for each item, in their order. Each thread has a share of them.
fn on_threads<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let mut shares = items.chunks(items.len().div_ceil(threads.max(1)).max(1));
    let own = shares.next().unwrap_or_default();
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = shares
            .map(|share| {
                let run = move || share.iter().map(work).collect::<Vec<_>>();
                let started = apart_from_forks(|| thread::Builder::new().spawn_scoped(scope, run));
                match started {
                    Some(Ok(task)) => Ok(task),
                    // There are no more threads.
                    Some(Err(_)) | None => Err(run()),
                }
            })
            .collect();
        let mut results: Vec<_> = own.iter().map(work).collect();
        for share in others {
            results.extend(match share {
                Ok(task) => task.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(done) => done,
            });
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items_for_every_number_of_threads() {
        for length in [0, 1, 2, 7, 1_000] {
            let items: Vec<usize> = (0..length).collect();
            for threads in [0, 1, 2, 3, 8] {
                let doubled = on_threads(threads, &items, |item| 2 * item);
                assert!(doubled.into_iter().eq(items.iter().map(|item| 2 * item)));
            }
        }
    }
}
