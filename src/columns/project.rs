//! The projection of a scan: the cells of each record of a batch.

use super::{
    cells::Cells,
    fields::Read,
    linked,
    options::Linked,
    plan::{Plan, Program},
    row::Row,
    tags::Group,
};
use crate::{
    encoding::TextError,
    parse::{Parsed, Project, What},
    pipeline::Limits,
    record::Field,
    select::{Undecodable, leader_text},
};
use std::vec::Vec;

/// The rows of one batch.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) columns: Vec<Cells>,
    pub(super) rows: usize,
    /// Number of rows up to the end of each record, if a record may have several or none.
    pub(super) ends: Vec<usize>,
    /// The records with undecodable text in a column, in order.
    pub(super) undecodable: Vec<Unread>,
    /// The rows whose records have faults, in order, if there is a column of faults.
    pub(super) faulty: Vec<Faulty>,
    /// True if a column is too long for the offsets of Arrow.
    pub(super) is_too_long: bool,
}

/// A record with undecodable text in a column.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) entry: usize,
    /// Index of the first such field in the record.
    pub(super) field: usize,
    pub(super) error: TextError,
}

/// A row of a record with faults.
#[derive(Debug, Clone, Copy)]
pub(super) struct Faulty {
    pub(super) row: usize,
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
        self.ends.clear();
        self.undecodable.clear();
        self.faulty.clear();
        self.is_too_long = false;
    }

    /// Returns the number of rows of the first records.
    pub(super) fn rows_of(&self, records: usize) -> usize {
        match records.checked_sub(1) {
            Some(last) => self.ends.get(last).copied().unwrap_or(records),
            None => 0,
        }
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
        let entry = row.entry;
        if self.undecodable.last().is_none_or(|last| last.entry < entry) {
            self.undecodable.push(Unread { entry, field, error });
        }
    }
}

impl Program {
    /// Adds the row of a record, or its rows.
    fn fill(&self, row: &Row<'_>, part: &mut Part) {
        if !self.leaders.is_empty() {
            let leader = leader_text(&row.record);
            for &(column, characters) in &self.leaders {
                if let Some(value) = characters.of(&leader) {
                    part.columns[column].take(&self.treatments[column], value);
                }
            }
        }
        for (at, span) in row.spans.iter().enumerate() {
            self.tags.visit(span.tag(), |group| {
                self.take_field(group, row, at, row.field(span), part);
            });
        }
        for (linked, tags) in &self.linked_tags {
            for (at, field) in row.fields().enumerate() {
                if let Some(tag) = linked.tag_of(field) {
                    tags.visit(tag, |group| self.take_field(group, row, at, field, part));
                }
            }
        }
        if !self.nested.is_empty() || self.long.is_some() {
            self.take_all_fields(row, part);
        }
        for (column, selector, linked) in &self.selectors {
            let (how, cells) = (&self.treatments[*column], &mut part.columns[*column]);
            let filled = match linked {
                Linked::No => row.select(selector, &row.record, how, cells),
                _ => linked::fill(selector, *linked, row, how, cells),
            };
            if let Err(Undecodable { field, error }) = filled {
                part.fail(self, row, *column, field, error);
            }
        }
        for &(column, fact) in &self.facts {
            self.fill_fact(row, fact, column, part);
        }
        for &column in &self.ended {
            part.columns[column].end_row(&self.treatments[column]);
        }
        if self.exploded.is_empty() {
            part.rows += 1;
        } else {
            self.end_exploded(part);
        }
    }

    /// Gives all columns the number of rows that the exploded ones have for the record, and one if
    /// they have no row.
    fn end_exploded(&self, part: &mut Part) {
        let before = part.rows;
        let ends = self.exploded.iter().map(|&at| part.columns[at].end_exploded(before));
        let end = ends.max().unwrap_or_default().max(before + 1);
        for &column in &self.exploded {
            part.columns[column].buffers.pad(end);
        }
        let repeated = self.ended.iter().chain(self.facts.iter().map(|(column, _)| column));
        for &column in repeated {
            part.columns[column].buffers.repeat_last(end);
        }
        if let Some(&faulty) = part.faulty.last().filter(|faulty| faulty.row == before) {
            part.faulty.extend((before + 1..end).map(|row| Faulty { row, ..faulty }));
        }
        part.rows = end;
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
        let read = Read::new(row, field);
        let take = |column: usize, value: &str| {
            let how = &self.treatments[column];
            if how.accepts(field) {
                part.columns[column].take(how, value);
            }
        };
        match (&read.text, field) {
            (Ok(text), Field::Control(_)) => group.of_control(text, take),
            (Ok(text), Field::Data(_)) => group.of_data(text, take),
            (&Err(error), _) => self.take_decodable(group, row, at, field, error, part),
        }
        if !group.structs.is_empty() {
            self.take_structs(group, row, at, &read, part);
        }
        if self.exploded.len() > 1 {
            // A row has the values of one field.
            let rows = self.exploded.iter().map(|&column| part.columns[column].buffers.rows());
            let end = rows.max().unwrap_or_default();
            for &column in &self.exploded {
                part.columns[column].buffers.pad(end);
            }
        }
    }

    /// Takes a field as a struct.
    fn take_structs(
        &self,
        group: &Group,
        row: &Row<'_>,
        at: usize,
        read: &Read<'_>,
        part: &mut Part,
    ) {
        let Field::Data(data) = read.field else { return };
        for &(column, codes) in &group.structs {
            let how = &self.treatments[column];
            if !how.accepts(read.field) {
                continue;
            }
            let Some(buffers) = part.columns[column].open(how) else { continue };
            let is_whole = read.push_struct(row, codes, how, data, buffers);
            if let (false, &Err(error)) = (is_whole, &read.text) {
                part.note_undecodable(row, at, error);
            }
        }
    }

    /// Takes all fields as structs, or as rows of the long table.
    fn take_all_fields(&self, row: &Row<'_>, part: &mut Part) {
        for (at, field) in row.fields().enumerate() {
            let read = Read::new(row, field);
            for &column in &self.nested {
                if let Some(buffers) = part.columns[column].open(&self.treatments[column]) {
                    read.push_nested(row, buffers);
                }
            }
            if let Some(first) = self.long
                && let Some(columns) = part.columns[first..].first_chunk_mut::<7>()
            {
                let columns = columns.each_mut().map(|cells| &mut cells.buffers);
                read.push_long(row, at as i64 + 1, columns);
            }
            if let Err(error) = read.text {
                part.note_undecodable(row, at, error);
            }
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
            if self.treatments[column].accepts(field) {
                part.fail(self, row, column, at, error);
            }
        }
        if let Field::Control(_) = field {
            return;
        }
        let subfields: Vec<_> = row.text.each_subfield(&row.record, field).collect();
        group.of_subfields(&subfields, |column, characters, value| {
            let how = &self.treatments[column];
            match value {
                _ if !how.accepts(field) => {}
                Ok(value) => {
                    if let Some(value) = characters.of(value) {
                        part.columns[column].take(how, value);
                    }
                }
                Err(error) => part.fail(self, row, column, at, *error),
            }
        });
    }
}

impl Plan {
    /// Returns true if the record matches the filter. If its undecodable text decides, it does not,
    /// and this is noted.
    fn is_wanted(&self, row: &Row<'_>, part: &mut Part) -> bool {
        let Some(filter) = &self.filter else { return true };
        match filter.matches_with(&row.record, &|_, field| row.text_of(field)) {
            Ok(is_match) => is_match,
            Err(Undecodable { field, error }) => {
                part.note_undecodable(row, field, error);
                false
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
            let row = Row::new(*batch, record, entry, self.text);
            if self.is_wanted(&row, part) {
                program.fill(&row, part);
            }
            if self.filter.is_some() || !program.exploded.is_empty() {
                part.ends.push(part.rows);
            }
        }
        part.is_too_long = !part.columns.iter().all(|cells| cells.buffers.fits());
    }

    /// Returns limits for work that takes several times as long as indexing. With four times as many
    /// batches, *nested* was an eighth faster and ten columns were a third slower.
    fn limits(&self) -> Limits {
        Limits::expensive()
    }
}
