//! The compiled columns: how each is filled.

use super::{
    cells::Treatment,
    column::{Column, LongColumn, Source},
    columns::Columns,
    fields::Codes,
    indicators::IndicatorPattern,
    options::{Linked, Metadata, Order, Repeat, Type},
    tags::{MOST_TAKERS, Member, Tags, Taking},
};
use crate::{
    encoding::TextOptions,
    record::Field,
    select::{Characters, Filter, PlainSelector, Selector, Take},
};
use arrow_schema::SchemaRef;
use std::{cmp::Reverse, sync::Arc, vec::Vec};

/// The projection of a scan.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) program: Arc<Program>,
    pub(super) text: TextOptions,
    /// The filter that records must match, if there is one.
    pub(super) filter: Option<Arc<Filter>>,
}

/// The columns, by the way in which they are filled.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) schema: SchemaRef,
    /// The treatment of each column. It has no effect on facts.
    pub(super) treatments: Vec<Treatment>,
    /// The columns that a table of tags and codes fills.
    pub(super) tags: Tags,
    /// The same for columns that use fields 880.
    pub(super) linked_tags: Vec<(Linked, Tags)>,
    pub(super) leaders: Vec<(usize, Characters)>,
    /// The columns of all other selectors.
    pub(super) selectors: Vec<(usize, Selector, Linked)>,
    /// The columns of all fields.
    pub(super) nested: Vec<usize>,
    /// The first column of the long table, whose columns are side by side.
    pub(super) long: Option<usize>,
    pub(super) facts: Vec<(usize, Metadata)>,
    /// The columns whose rows end with the record.
    pub(super) ended: Vec<usize>,
    /// The columns that have more than one row for a record.
    pub(super) exploded: Vec<usize>,
}

impl Plan {
    pub(super) fn new(columns: &Columns, text: TextOptions, filter: Option<Arc<Filter>>) -> Self {
        let mut program = Program {
            schema: columns.schema(),
            treatments: columns.columns.iter().map(Treatment::of).collect(),
            tags: Tags::new(&[]),
            linked_tags: Vec::new(),
            leaders: Vec::new(),
            selectors: Vec::new(),
            nested: Vec::new(),
            long: None,
            facts: Vec::new(),
            ended: Vec::new(),
            exploded: Vec::new(),
        };
        let is_exploded = |column: &Column| column.settled_repeat() == Repeat::Explode;
        let mut in_order: Vec<_> = columns.columns.iter().enumerate().collect();
        // The table of tags has room for all columns that are exploded together.
        in_order.sort_by_key(|(_, column)| Reverse(is_exploded(column)));
        let (mut members, mut takers) = (Vec::new(), 0);
        for (at, column) in in_order {
            match column.settled_source() {
                Source::Metadata(fact) => {
                    program.facts.push((at, fact));
                    continue;
                }
                Source::AllFields => program.nested.push(at),
                Source::Long(LongColumn::FieldNo) => program.long = Some(at),
                Source::Long(_) => {}
                Source::Fields(tag, codes) => {
                    let codes = Codes::parse(&codes).unwrap_or(Codes::All);
                    let member = Member { column: at, tag, taking: Taking::Struct(codes) };
                    members.push((Linked::No, member));
                }
                Source::Selector(selector) => {
                    program.add_selector(at, selector, column, &mut members, &mut takers);
                }
            }
            if is_exploded(column) {
                program.exploded.push(at);
            } else {
                program.ended.push(at);
            }
        }
        program.exploded.sort_unstable();
        let tags_of = |linked| {
            let of_kind = members.iter().filter(|(other, _)| *other == linked);
            let members: Vec<&Member> = of_kind.map(|(_, member)| member).collect();
            (!members.is_empty()).then(|| Tags::new(&members))
        };
        program.tags = tags_of(Linked::No).unwrap_or(program.tags);
        for linked in [Linked::Only, Linked::Both] {
            program.linked_tags.extend(tags_of(linked).map(|tags| (linked, tags)));
        }
        Self { program: Arc::new(program), text, filter }
    }
}

impl Program {
    fn add_selector(
        &mut self,
        at: usize,
        selector: Selector,
        column: &Column,
        members: &mut Vec<(Linked, Member)>,
        takers: &mut usize,
    ) {
        let linked = column.settled_linked();
        let is_ordered = column.order == Some(Order::Spec);
        let taking = match selector.plain().filter(|_| linked != Linked::Pair) {
            Some(PlainSelector { tag, take: Take::Whole(characters) }) if tag.is_leader() => {
                return self.leaders.push((at, characters));
            }
            Some(PlainSelector { tag, take: Take::Subfields(codes) }) if is_ordered => {
                Some((tag, Taking::Ordered(codes)))
            }
            Some(PlainSelector { tag, take }) => {
                let count = if let Take::Subfields(codes) = &take { codes.len() } else { 0 };
                let fits = *takers + count <= MOST_TAKERS;
                *takers += if fits { count } else { 0 };
                fits.then_some((tag, Taking::Values(take)))
            }
            None => None,
        };
        match taking {
            Some((tag, taking)) => members.push((linked, Member { column: at, tag, taking })),
            None => self.selectors.push((at, selector, linked)),
        }
    }
}

impl Treatment {
    fn of(column: &Column) -> Self {
        let pattern = column.indicators.as_deref().map(IndicatorPattern::parse);
        Self {
            repeat: column.settled_repeat(),
            separator: column.separator.clone().unwrap_or_else(|| " ".into()),
            kind: column.kind.unwrap_or(Type::String),
            order: column.order.unwrap_or(Order::Record),
            indicators: pattern.and_then(Result::ok),
            normalize: column.normalize,
            trim: column.trim,
            default: column.default.clone(),
        }
    }

    /// Returns true if values may come from this field.
    #[inline]
    pub(super) fn accepts(&self, field: Field<'_>) -> bool {
        match (self.indicators, field) {
            (None, _) => true,
            (Some(pattern), Field::Data(data)) => pattern.matches(&data),
            (Some(_), Field::Control(_)) => false,
        }
    }
}
