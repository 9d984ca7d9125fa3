//! Fields 880, which repeat another field in another script, in the place of that field.

use super::{
    cells::{Cells, Treatment},
    options::Linked,
    row::Row,
};
use crate::{
    parse::ParsedRecord,
    record::{AsRecord, Field, Leader, Sealed, Tag},
    select::{Selector, Undecodable},
};
use std::{ops::ControlFlow, str, string::String, vec::Vec};

const ALTERNATE: Tag = Tag::new(*b"880");

/// The content of `$6`: another field, and the script of this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Link<'a> {
    tag: Tag,
    occurrence: &'a [u8],
    script: Option<&'a str>,
}

impl<'a> Link<'a> {
    /// Parses the first `$6` of a field, such as `245-01/(N/r`; `None` if there is no valid one.
    fn of(field: Field<'a>) -> Option<Self> {
        let value = field.data()?.subfield(b'6')?;
        let mut parts = value.split(|byte| *byte == b'/');
        let (tag, occurrence) = parts.next()?.split_first_chunk::<3>()?;
        let occurrence = occurrence.strip_prefix(b"-")?;
        let is_number = !occurrence.is_empty() && occurrence.iter().all(u8::is_ascii_digit);
        let script = parts.next().and_then(|script| str::from_utf8(script).ok());
        let tag = Tag::new(*tag);
        (is_number && !tag.is_control()).then_some(Self { tag, occurrence, script })
    }

    /// Returns the link of a field 880.
    fn of_alternate(field: Field<'a>) -> Option<Self> {
        if field.tag() == ALTERNATE { Self::of(field) } else { None }
    }

    /// Returns true if this is the link of a field with this tag to that field 880.
    fn leads_to(&self, own: Tag, other: &Self) -> bool {
        let is_linked = self.occurrence.iter().any(|digit| *digit != b'0');
        is_linked
            && (self.tag, own) == (ALTERNATE, other.tag)
            && self.occurrence == other.occurrence
    }
}

impl Linked {
    /// Returns the tag under which a field is selected, if it is.
    pub(super) fn tag_of(self, field: Field<'_>) -> Option<Tag> {
        match (self, Link::of_alternate(field)) {
            (Self::Only | Self::Both, Some(link)) => Some(link.tag),
            (Self::Only, None) => None,
            (Self::No | Self::Both | Self::Pair, _) => Some(field.tag()),
        }
    }
}

/// A record in which fields 880 have the tags of the fields that they repeat.
struct Alternate<'a> {
    record: ParsedRecord<'a>,
    fields: Vec<Field<'a>>,
    /// Index of each field in the record.
    places: Vec<usize>,
}

impl<'a> Alternate<'a> {
    /// Creates the record for a selector. `is_only` leaves out the fields that the selector would
    /// select otherwise.
    fn new(record: ParsedRecord<'a>, selector: &Selector, is_only: bool) -> Self {
        let moved = |(at, field): (usize, Field<'a>)| match Link::of_alternate(field) {
            Some(link) => Some((at, Field::new(link.tag, field.as_bytes()))),
            None if is_only && selector.selects(field.tag()) => None,
            None => Some((at, field)),
        };
        let (places, fields) = record.view().fields().enumerate().filter_map(moved).unzip();
        Self { record, fields, places }
    }

    /// Returns the error with the index of the field in the record.
    fn in_record(&self, undecodable: Undecodable) -> Undecodable {
        let field = self.places.get(undecodable.field).copied().unwrap_or_default();
        Undecodable { field, ..undecodable }
    }
}

impl Sealed for Alternate<'_> {}

impl AsRecord for Alternate<'_> {
    fn leader(&self) -> Leader<'_> {
        self.record.leader()
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        self.fields.iter().copied()
    }

    fn as_iso2709(&self) -> Option<&[u8]> {
        None
    }
}

/// Fills the cell of a column of linked fields.
///
/// # Errors
/// Returns the first undecodable field.
pub(super) fn fill(
    selector: &Selector,
    linked: Linked,
    row: &Row<'_>,
    how: &Treatment,
    cells: &mut Cells,
) -> Result<(), Undecodable> {
    if linked == Linked::Pair {
        return fill_pairs(selector, row, how, cells);
    }
    let record = Alternate::new(row.record, selector, linked == Linked::Only);
    row.select(selector, &record, how, cells).map_err(|error| record.in_record(error))
}

/// The values of one field.
struct Found<'a> {
    field: Field<'a>,
    link: Option<Link<'a>>,
    values: Vec<String>,
}

/// Returns the values of a selector in a record, field by field.
fn values_by_field<'r, R: AsRecord>(
    selector: &Selector,
    row: &Row<'_>,
    record: &'r R,
    fields: &[Field<'r>],
    how: &Treatment,
) -> Result<Vec<Found<'r>>, Undecodable> {
    let mut found: Vec<(Option<usize>, Found<'r>)> = Vec::new();
    let text_of = |_, field| row.text_of(field);
    selector.visit_with(record, &text_of, &mut |value| {
        let at = value.field();
        let Some(field) = at.and_then(|at| fields.get(at).copied()) else {
            return ControlFlow::Continue(());
        };
        if how.accepts(field) {
            let text = how.changed(value.text()).into_owned();
            match found.iter_mut().find(|(other, _)| *other == at) {
                Some((_, found)) => found.values.push(text),
                None => {
                    let values = Vec::from([text]);
                    found.push((at, Found { field, link: Link::of(field), values }));
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(found.into_iter().map(|(_, found)| found).collect())
}

/// Fills a cell with pairs of a value and the value in its field 880.
fn fill_pairs(
    selector: &Selector,
    row: &Row<'_>,
    how: &Treatment,
    cells: &mut Cells,
) -> Result<(), Undecodable> {
    let fields: Vec<Field<'_>> = row.record.view().fields().collect();
    let texts = values_by_field(selector, row, &row.record, &fields, how)?;
    let alternate = Alternate::new(row.record, selector, true);
    let linked = values_by_field(selector, row, &alternate, &alternate.fields, how);
    let mut linked = linked.map_err(|error| alternate.in_record(error))?;
    for found in &texts {
        let is_other = |other: &Found<'_>| match (&found.link, &other.link) {
            (Some(link), Some(other)) => link.leads_to(found.field.tag(), other),
            _ => false,
        };
        let other = linked.iter().position(is_other).map(|at| linked.remove(at));
        push_pairs(&found.values, other.as_ref(), how, cells);
    }
    for other in &linked {
        push_pairs(&[], Some(other), how, cells);
    }
    Ok(())
}

/// Adds the pairs of one field.
fn push_pairs(texts: &[String], other: Option<&Found<'_>>, how: &Treatment, cells: &mut Cells) {
    let linked = other.map_or(&[][..], |other| &other.values);
    let script = other.and_then(|other| other.link?.script);
    for at in 0..texts.len().max(linked.len()) {
        let Some(pair) = cells.open(how) else { continue };
        let members =
            [texts.get(at).map(|text| &**text), linked.get(at).map(|text| &**text), script];
        for (buffers, text) in pair.members().iter_mut().zip(members) {
            buffers.push_text(text);
        }
        pair.close();
    }
}
