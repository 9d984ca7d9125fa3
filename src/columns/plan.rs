//! The compiled columns: how each is filled.

use super::{
    cells::Treatment,
    column::{Column, Metadata, Source},
    columns::Columns,
    tags::{MOST_TAKERS, Tags},
};
use crate::{
    encoding::TextOptions,
    select::{Characters, PlainSelector, Selector, Take},
};
use arrow_schema::SchemaRef;
use std::{sync::Arc, vec::Vec};

/// The projection of a scan.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) program: Arc<Program>,
    pub(super) text: TextOptions,
}

/// The columns, by the way in which they are filled.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) schema: SchemaRef,
    /// The treatment of each column. Those of facts have none.
    pub(super) treatments: Vec<Treatment>,
    /// The columns of plain selectors.
    pub(super) tags: Tags,
    pub(super) leaders: Vec<(usize, Characters)>,
    /// The columns of all other selectors.
    pub(super) selectors: Vec<(usize, Selector)>,
    /// All columns of selectors.
    pub(super) selected: Vec<usize>,
    pub(super) facts: Vec<(usize, Metadata)>,
}

impl Plan {
    pub(super) fn new(columns: &Columns, text: TextOptions) -> Self {
        let schema = columns.schema();
        let mut plain: Vec<(usize, PlainSelector)> = Vec::new();
        let (mut leaders, mut selectors, mut facts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut selected, mut takers) = (Vec::new(), 0);
        for (at, column) in columns.columns.iter().enumerate() {
            let selector = match column.settled_source() {
                Source::Selector(selector) => selector,
                Source::Metadata(fact) => {
                    facts.push((at, fact));
                    continue;
                }
            };
            selected.push(at);
            match selector.plain() {
                Some(PlainSelector { tag, take: Take::Whole(characters) }) if tag.is_leader() => {
                    leaders.push((at, characters));
                }
                Some(selector) if takers + selector.takers() <= MOST_TAKERS => {
                    takers += selector.takers();
                    plain.push((at, selector));
                }
                _ => selectors.push((at, selector)),
            }
        }
        let treatments = columns.columns.iter().map(Treatment::of).collect();
        let tags = Tags::new(&plain);
        let program =
            Arc::new(Program { schema, treatments, tags, leaders, selectors, selected, facts });
        Self { program, text }
    }
}

impl Treatment {
    fn of(column: &Column) -> Self {
        Self {
            repeat: column.settled_repeat(),
            separator: column.separator.clone().unwrap_or_else(|| " ".into()),
        }
    }
}
