//! The projection of a scan: the cells of each record of a batch.

use super::{
    cells::Cells,
    plan::{Plan, Program},
    tags::Group,
};
use crate::{
    encoding::{RecordText, TextError},
    parse::{Parsed, ParsedRecord, Project, What},
    pipeline::Limits,
    record::Field,
    select::leader_text,
};
use std::{ops::ControlFlow, vec::Vec};

/// The rows of one batch.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) columns: Vec<Cells>,
    pub(super) rows: usize,
    /// The records of which a cell is null because its text is undecodable, in order.
    pub(super) undecodable: Vec<Undecodable>,
    /// The rows whose records have faults, in order, if there is a column of faults.
    pub(super) faulty: Vec<Faulty>,
    /// True if a column is too long for the offsets of Arrow.
    pub(super) is_too_long: bool,
}

/// A record with undecodable text in a column.
#[derive(Debug)]
pub(super) struct Undecodable {
    pub(super) row: usize,
    pub(super) entry: usize,
    /// Index of the first such field in the record.
    pub(super) field: usize,
    pub(super) error: TextError,
}

/// A record with faults.
#[derive(Debug, Clone, Copy)]
pub(super) struct Faulty {
    pub(super) row: usize,
    pub(super) entry: usize,
}

/// The record whose row is being filled.
pub(super) struct Row<'a> {
    pub(super) batch: Parsed<'a>,
    pub(super) record: ParsedRecord<'a>,
    pub(super) text: RecordText,
    pub(super) entry: usize,
}

impl Part {
    /// Removes the rows, and makes the columns of a new part.
    fn clear(&mut self, program: &Program) {
        if self.columns.is_empty() {
            let fields = program.schema.fields();
            self.columns = fields.iter().map(|field| Cells::of(field.data_type())).collect();
        }
        self.columns.iter_mut().for_each(|cells| cells.buffers.clear());
        self.rows = 0;
        self.undecodable.clear();
        self.faulty.clear();
        self.is_too_long = false;
    }

    /// Makes a cell null, because of undecodable text in a field.
    #[cold]
    pub(super) fn fail(
        &mut self,
        program: &Program,
        row: &Row<'_>,
        column: usize,
        field: usize,
        error: TextError,
    ) {
        if self.columns[column].fail(&program.treatments[column]) {
            self.note_undecodable(row, field, error);
        }
    }

    /// Notes the first undecodable field that a cell of a record needs.
    pub(super) fn note_undecodable(&mut self, row: &Row<'_>, field: usize, error: TextError) {
        if self.undecodable.last().is_none_or(|last| last.row < self.rows) {
            self.undecodable.push(Undecodable { row: self.rows, entry: row.entry, field, error });
        }
    }
}

impl Program {
    fn fill(&self, row: &Row<'_>, part: &mut Part) {
        let leader = (!self.leaders.is_empty()).then(|| leader_text(&row.record));
        for &(column, characters) in &self.leaders {
            let value = leader.as_ref().and_then(|leader| characters.of(leader));
            if let Some(value) = value {
                part.columns[column].take(&self.treatments[column], value);
            }
        }
        for (at, field) in row.record.fields().enumerate() {
            self.tags.visit(field.tag(), |group| self.take_field(group, row, at, field, part));
        }
        for (column, selector) in &self.selectors {
            let how = &self.treatments[*column];
            let text_of = |_, field| row.text.field(&row.record, field);
            let cells = &mut part.columns[*column];
            let visited = selector.visit_with(&row.record, &text_of, &mut |value| {
                cells.take(how, value.text());
                match cells.is_settled(how) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            });
            if let Err(undecodable) = visited {
                part.fail(self, row, *column, undecodable.field, undecodable.error);
            }
        }
        for &(column, fact) in &self.facts {
            self.fill_fact(row, fact, column, part);
        }
        for &column in &self.selected {
            part.columns[column].end_row(&self.treatments[column]);
        }
        part.rows += 1;
    }

    /// Takes the values of one field.
    #[inline]
    fn take_field(
        &self,
        group: &Group,
        row: &Row<'_>,
        at: usize,
        field: Field<'_>,
        part: &mut Part,
    ) {
        let take = |column: usize, value: &str| {
            part.columns[column].take(&self.treatments[column], value);
        };
        match (row.text.field(&row.record, field), field) {
            (Ok(text), Field::Control(_)) => group.of_control(&text, take),
            (Ok(text), Field::Data(_)) => group.of_data(&text, take),
            (Err(error), _) => self.take_decodable(group, row, at, field, error, part),
        }
    }

    /// Takes the values of a field that are decodable, although others in it are not.
    #[cold]
    fn take_decodable(
        &self,
        group: &Group,
        row: &Row<'_>,
        at: usize,
        field: Field<'_>,
        error: TextError,
        part: &mut Part,
    ) {
        for column in group.columns_of_wholes() {
            part.fail(self, row, column, at, error);
        }
        if let Field::Control(_) = field {
            return;
        }
        for (code, value) in row.text.each_subfield(&row.record, field) {
            match value {
                Ok(value) => group.of_subfield(code, &value, |column, value| {
                    part.columns[column].take(&self.treatments[column], value);
                }),
                Err(error) => {
                    for column in group.columns_of(code) {
                        part.fail(self, row, column, at, error);
                    }
                }
            }
        }
    }
}

impl Project for Plan {
    type Output = Part;

    fn run(&self, batch: &Parsed<'_>, part: &mut Part) {
        let program = &*self.program;
        part.clear(program);
        for (entry, what) in batch.entries().iter().map(|entry| &entry.what).enumerate() {
            let What::Record { .. } = what else { continue };
            let Some(record) = batch.record(entry) else { continue };
            // The text of a text format is UTF-8, whatever encoding the caller named.
            let options = if record.is_text { self.text.encoding(None) } else { self.text };
            let text = RecordText::of(&record, options);
            program.fill(&Row { batch: *batch, record, text, entry }, part);
        }
        part.is_too_long = !part.columns.iter().all(|cells| cells.buffers.fits());
    }

    fn limits(&self) -> Limits {
        Limits::expensive()
    }
}
