//! The message about a directory of a wrong length: the number of the fields that it cost, and
//! their tags as far as they can be read.

use super::{Grouped, beginning};
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, RecordRef, Tag, decode_entry,
    directory_end, leader_start,
};
use memchr::{memchr_iter, memmem};
use std::{
    format,
    string::{String, ToString},
    vec::Vec,
};

const TAG_LENGTH: usize = 3;

type Entry = [u8; DIRECTORY_ENTRY_LENGTH];

/// Returns the message for a record whose directory cost it fields.
pub(crate) fn lost_entries(record: RecordRef<'_>) -> Option<String> {
    let start = leader_start(record.as_bytes());
    let bytes = &record.as_bytes()[start..];
    let base = directory_end(bytes)?;
    let directory = bytes.get(LEADER_LENGTH..base - 1)?;
    let delivered: Vec<usize> =
        record.fields().map(|field| record.offset_of(field.as_bytes()) - start).collect();
    let leads_to = |(entry, field): &(&Entry, &usize)| {
        decode_entry(entry).is_some_and(|entry| base + entry.starting_position as usize == **field)
    };
    // The entries before the damage, and those after it.
    let (ahead, _) = directory.as_chunks::<DIRECTORY_ENTRY_LENGTH>();
    let before = ahead.iter().zip(&delivered).take_while(leads_to).count();
    let (_, behind) =
        directory[before * DIRECTORY_ENTRY_LENGTH..].as_rchunks::<DIRECTORY_ENTRY_LENGTH>();
    let from_the_end = behind.iter().rev().zip(delivered[before..].iter().rev());
    let after = from_the_end.take_while(leads_to).count();
    let end = directory.len() - after * DIRECTORY_ENTRY_LENGTH;
    let damaged = &directory[before * DIRECTORY_ENTRY_LENGTH..end];
    // The numbers that the entry of the first lost field had.
    let ends: Vec<_> = memchr_iter(FIELD_TERMINATOR, &bytes[base..]).map(|at| at + 1).collect();
    let numbers = ends.get(before).map(|end| {
        let start = before.checked_sub(1).map_or(0, |last| ends[last]);
        format!("{:04}{start:05}", end - start)
    });
    let numbers_at = numbers.and_then(|numbers| memmem::find(damaged, numbers.as_bytes()));
    // If they are whole and do not stand after three bytes, the damage is in the tag.
    let has_tag = numbers_at.is_none_or(|at| at == TAG_LENGTH);
    let lost = ends.len().saturating_sub(delivered.len());
    let said = format!(
        "the directory's length, {}, is not a multiple of {DIRECTORY_ENTRY_LENGTH}",
        Grouped(directory.len() as u64)
    );
    Some(match lost {
        0 => {
            let damaged = damaged.escape_ascii().to_string();
            format!("{said}: \"{}\" in it leads to no field", beginning(&damaged))
        }
        1 => format!("{said}: 1 field is lost{}", tags(damaged, has_tag)),
        _ => format!("{said}: {} fields are lost{}", Grouped(lost as u64), tags(damaged, has_tag)),
    })
}

/// Returns the tags at both ends of the damaged entries, in words. They may be damaged themselves.
/// `has_first` says that the first one has all its bytes.
fn tags(damaged: &[u8], has_first: bool) -> String {
    let last = damaged.len().checked_sub(DIRECTORY_ENTRY_LENGTH).filter(|&last| last >= TAG_LENGTH);
    let tags = [has_first.then_some(0), last].into_iter().flatten().filter_map(|at| {
        let tag = Tag::new(*damaged.get(at..)?.first_chunk()?);
        (!tag.is_odd() && *tag.as_bytes() != *b"000").then(|| tag.to_string())
    });
    let tags: Vec<_> = tags.collect();
    match &tags[..] {
        [] => String::new(),
        [tag] => format!(" (probably tag {tag})"),
        _ => format!(" (probably tags {})", tags.join(" and ")),
    }
}
