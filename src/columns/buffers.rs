//! Columns as plain buffers in the layout of Arrow. A projection fills them row by row; joining
//! copies bytes and offsets, and decodes nothing.

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Int64Array, ListArray, StringArray,
    StructArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType};
use std::{boxed::Box, mem, ops::Range, sync::Arc, vec, vec::Vec};

/// Bytes of a vector that are kept for the next part.
const MOST_KEPT: usize = 1 << 20;

/// Bytes that a vector gets for the next batch at once.
const MOST_ROOM: usize = 16 << 20;

/// Offsets of variable-length rows: 0, and the end of each row.
type Offsets = Vec<i32>;

/// The rows of a column, or of the items or members of one.
#[derive(Debug)]
pub(super) struct Buffers {
    validity: Validity,
    data: Data,
}

#[derive(Debug)]
enum Data {
    Bytes { offsets: Offsets, values: Vec<u8> },
    Int(Vec<i64>),
    Date(Vec<i32>),
    Bool(Vec<bool>),
    List { offsets: Offsets, items: Box<Buffers> },
    Struct(Box<[Buffers]>),
}

/// The rows that are null. Most columns have none for a long time, so no flags are kept till then.
#[derive(Debug, Default)]
struct Validity {
    rows: usize,
    /// A flag for each row, or nothing while no row is null.
    flags: Vec<bool>,
}

impl Validity {
    #[inline]
    fn push(&mut self, is_valid: bool) {
        if !is_valid && self.flags.is_empty() {
            self.flags.resize(self.rows, true);
        }
        if !is_valid || !self.flags.is_empty() {
            self.flags.push(is_valid);
        }
        self.rows += 1;
    }

    fn append(&mut self, other: &Self, rows: Range<usize>) {
        match other.flags.get(rows.clone()) {
            Some(flags) if self.flags.is_empty() && flags.iter().all(|is_valid| *is_valid) => {}
            Some(flags) => {
                self.flags.resize(self.rows, true);
                self.flags.extend_from_slice(flags);
            }
            None if self.flags.is_empty() => {}
            None => self.flags.resize(self.rows + rows.len(), true),
        }
        self.rows += rows.len();
    }

    fn truncate(&mut self, rows: usize) {
        self.rows = rows;
        self.flags.truncate(rows);
    }

    fn finish(&mut self) -> Option<NullBuffer> {
        let Self { flags, .. } = mem::take(self);
        let is_needed = !flags.is_empty();
        is_needed.then(|| BooleanBuffer::collect_bool(flags.len(), |row| flags[row]).into())
    }
}

/// Returns the range that some rows take.
fn span(offsets: &[i32], rows: &Range<usize>) -> Range<usize> {
    offsets[rows.start] as usize..offsets[rows.end] as usize
}

/// Appends the ends of rows of other buffers, moved to the end of these.
fn append_ends(offsets: &mut Offsets, others: &[i32], rows: &Range<usize>) {
    let end = offsets.last().copied().unwrap_or_default();
    let start = others[rows.start];
    offsets.extend(others[rows.start + 1..=rows.end].iter().map(|other| end + (other - start)));
}

/// Returns an empty vector with the capacity for as many values: the next batch has about as many.
fn room_for<T>(values: &[T]) -> Vec<T> {
    Vec::with_capacity(values.len().min(kept::<T>(MOST_ROOM)))
}

/// Returns the number of values in so many bytes.
const fn kept<T>(bytes: usize) -> usize {
    bytes / size_of::<T>()
}

/// Returns the values, and leaves room for the next ones.
fn taken<T>(values: &mut Vec<T>) -> Vec<T> {
    let next = room_for(values);
    mem::replace(values, next)
}

impl Buffers {
    /// Creates empty buffers of this type, which must be one of those of the columns.
    pub(super) fn of(kind: &DataType) -> Self {
        let data = match kind {
            DataType::Int64 => Data::Int(Vec::new()),
            DataType::Date32 => Data::Date(Vec::new()),
            DataType::Boolean => Data::Bool(Vec::new()),
            DataType::List(item) => {
                Data::List { offsets: vec![0], items: Box::new(Self::of(item.data_type())) }
            }
            DataType::Struct(members) => {
                Data::Struct(members.iter().map(|member| Self::of(member.data_type())).collect())
            }
            _ => Data::Bytes { offsets: vec![0], values: Vec::new() },
        };
        Self { validity: Validity::default(), data }
    }

    /// Returns the number of rows.
    pub(super) const fn rows(&self) -> usize {
        self.validity.rows
    }

    /// Appends to the text of a row that [`close`](Self::close) ends.
    #[inline]
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        if let Data::Bytes { values, .. } = &mut self.data {
            values.extend_from_slice(bytes);
        }
    }

    /// Returns the bytes of all rows, for a writer of text. [`close`](Self::close) ends the row.
    pub(super) fn bytes_mut(&mut self) -> Option<&mut Vec<u8>> {
        match &mut self.data {
            Data::Bytes { values, .. } => Some(values),
            _ => None,
        }
    }

    /// Ends a row of text, a list or a struct whose content was appended.
    #[inline]
    pub(super) fn close(&mut self) {
        match &mut self.data {
            Data::Bytes { offsets, values } => offsets.push(values.len() as i32),
            Data::List { offsets, items } => offsets.push(items.rows() as i32),
            _ => {}
        }
        self.validity.push(true);
    }

    #[inline]
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        self.extend(bytes);
        self.close();
    }

    pub(super) fn push_text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.push_bytes(text.as_bytes()),
            None => self.push_null(),
        }
    }

    #[inline]
    pub(super) fn push_int(&mut self, value: i64) {
        if let Data::Int(values) = &mut self.data {
            values.push(value);
        }
        self.validity.push(true);
    }

    pub(super) fn push_date(&mut self, days: i32) {
        if let Data::Date(values) = &mut self.data {
            values.push(days);
        }
        self.validity.push(true);
    }

    pub(super) fn push_bool(&mut self, value: bool) {
        if let Data::Bool(values) = &mut self.data {
            values.push(value);
        }
        self.validity.push(true);
    }

    #[inline]
    pub(super) fn push_null(&mut self) {
        match &mut self.data {
            Data::Bytes { offsets, values } => offsets.push(values.len() as i32),
            Data::List { offsets, items } => offsets.push(items.rows() as i32),
            Data::Int(values) => values.push(0),
            Data::Date(values) => values.push(0),
            Data::Bool(values) => values.push(false),
            Data::Struct(members) => members.iter_mut().for_each(Self::push_null),
        }
        self.validity.push(false);
    }

    /// Appends nulls until there are this many rows.
    pub(super) fn pad(&mut self, rows: usize) {
        while self.rows() < rows {
            self.push_null();
        }
    }

    /// Repeats the last row until there are this many rows.
    pub(super) fn repeat_last(&mut self, rows: usize) {
        let Some(last) = self.rows().checked_sub(1) else { return };
        if rows <= last + 1 {
            return;
        }
        let mut row = self.same_type();
        row.append(self, last..last + 1);
        while self.rows() < rows {
            self.append(&row, 0..1);
        }
    }

    /// Returns empty buffers of the same type.
    fn same_type(&self) -> Self {
        let data = match &self.data {
            Data::Bytes { .. } => Data::Bytes { offsets: vec![0], values: Vec::new() },
            Data::Int(_) => Data::Int(Vec::new()),
            Data::Date(_) => Data::Date(Vec::new()),
            Data::Bool(_) => Data::Bool(Vec::new()),
            Data::List { items, .. } => {
                Data::List { offsets: vec![0], items: Box::new(items.same_type()) }
            }
            Data::Struct(members) => Data::Struct(members.iter().map(Self::same_type).collect()),
        };
        Self { validity: Validity::default(), data }
    }

    /// Returns the items of a list.
    #[inline]
    pub(super) fn items(&mut self) -> &mut Self {
        match &mut self.data {
            Data::List { items, .. } => items,
            _ => unreachable!("the column is a list"),
        }
    }

    /// Returns the members of a struct.
    pub(super) fn members(&mut self) -> &mut [Self] {
        match &mut self.data {
            Data::Struct(members) => members,
            _ => &mut [],
        }
    }

    /// Adds to the numbers of the rows from `first` on.
    pub(super) fn add(&mut self, first: usize, more: i64) {
        if let Data::Int(values) = &mut self.data {
            values[first..].iter_mut().for_each(|value| *value += more);
        }
    }

    /// Drops all rows, and memory that a long record has taken.
    pub(super) fn clear(&mut self) {
        self.truncate(0);
        self.validity.flags.shrink_to(kept::<bool>(MOST_KEPT));
        match &mut self.data {
            Data::Bytes { offsets, values } => {
                offsets.shrink_to(kept::<i32>(MOST_KEPT));
                values.shrink_to(MOST_KEPT);
            }
            Data::List { offsets, items } => {
                offsets.shrink_to(kept::<i32>(MOST_KEPT));
                items.clear();
            }
            Data::Int(values) => values.shrink_to(kept::<i64>(MOST_KEPT)),
            Data::Date(values) => values.shrink_to(kept::<i32>(MOST_KEPT)),
            Data::Bool(values) => values.shrink_to(MOST_KEPT),
            Data::Struct(members) => members.iter_mut().for_each(Self::clear),
        }
    }

    /// Drops the rows from `rows` on, and the content of a row that was not closed.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.validity.truncate(rows);
        match &mut self.data {
            Data::Bytes { offsets, values } => {
                offsets.truncate(rows + 1);
                values.truncate(offsets[rows] as usize);
            }
            Data::List { offsets, items } => {
                offsets.truncate(rows + 1);
                items.truncate(offsets[rows] as usize);
            }
            Data::Int(values) => values.truncate(rows),
            Data::Date(values) => values.truncate(rows),
            Data::Bool(values) => values.truncate(rows),
            Data::Struct(members) => members.iter_mut().for_each(|member| member.truncate(rows)),
        }
    }

    /// Returns true if the offsets of all rows fit into 32 bits.
    pub(super) fn fits(&self) -> bool {
        let fits = |length: usize| i32::try_from(length).is_ok();
        match &self.data {
            Data::Bytes { values, .. } => fits(values.len()),
            Data::List { items, .. } => fits(items.rows()) && items.fits(),
            Data::Struct(members) => members.iter().all(Self::fits),
            Data::Int(_) | Data::Date(_) | Data::Bool(_) => true,
        }
    }

    /// Returns the number of bytes of these rows, as Arrow stores them. That of two runs of rows is
    /// the sum of both.
    pub(super) fn size(&self, rows: Range<usize>) -> usize {
        match &self.data {
            Data::Bytes { offsets, .. } => span(offsets, &rows).len() + 4 * rows.len(),
            Data::List { offsets, items } => items.size(span(offsets, &rows)) + 4 * rows.len(),
            Data::Struct(members) => members.iter().map(|member| member.size(rows.clone())).sum(),
            Data::Int(_) => 8 * rows.len(),
            Data::Date(_) => 4 * rows.len(),
            Data::Bool(_) => rows.len(),
        }
    }

    /// Appends rows of other buffers of the same type.
    pub(super) fn append(&mut self, other: &Self, rows: Range<usize>) {
        match (&mut self.data, &other.data) {
            (
                Data::Bytes { offsets, values },
                Data::Bytes { offsets: others, values: other_values },
            ) => {
                append_ends(offsets, others, &rows);
                values.extend_from_slice(&other_values[span(others, &rows)]);
            }
            (Data::List { offsets, items }, Data::List { offsets: others, items: other_items }) => {
                append_ends(offsets, others, &rows);
                items.append(other_items, span(others, &rows));
            }
            (Data::Int(values), Data::Int(others)) => {
                values.extend_from_slice(&others[rows.clone()]);
            }
            (Data::Date(values), Data::Date(others)) => {
                values.extend_from_slice(&others[rows.clone()]);
            }
            (Data::Bool(values), Data::Bool(others)) => {
                values.extend_from_slice(&others[rows.clone()]);
            }
            (Data::Struct(members), Data::Struct(others)) => {
                for (member, other) in members.iter_mut().zip(others) {
                    member.append(other, rows.clone());
                }
            }
            _ => unreachable!("both have the type of one column"),
        }
        self.validity.append(&other.validity, rows);
    }

    /// Returns the rows as an array of Arrow, and becomes empty.
    ///
    /// # Errors
    /// Fails if Arrow refuses the buffers, which it does not for those made here.
    pub(super) fn finish(&mut self, kind: &DataType) -> Result<ArrayRef, ArrowError> {
        let rows = self.rows();
        let nulls = self.validity.finish();
        let ends = |offsets: &mut Offsets| {
            let mut next = room_for(offsets);
            next.push(0);
            OffsetBuffer::new(ScalarBuffer::from(mem::replace(offsets, next)))
        };
        Ok(match (&mut self.data, kind) {
            (Data::Bytes { offsets, values }, kind) => {
                let (offsets, values) = (ends(offsets), Buffer::from_vec(taken(values)));
                match kind {
                    DataType::Binary => Arc::new(BinaryArray::try_new(offsets, values, nulls)?),
                    _ => Arc::new(StringArray::try_new(offsets, values, nulls)?),
                }
            }
            (Data::List { offsets, items }, DataType::List(item)) => {
                let (offsets, items) = (ends(offsets), items.finish(item.data_type())?);
                Arc::new(ListArray::try_new(Arc::clone(item), offsets, items, nulls)?)
            }
            (Data::Struct(members), DataType::Struct(fields)) => {
                let members = members.iter_mut().zip(fields);
                let members = members.map(|(member, field)| member.finish(field.data_type()));
                let members = members.collect::<Result<_, _>>()?;
                Arc::new(StructArray::try_new(fields.clone(), members, nulls)?)
            }
            (Data::Int(values), _) => Arc::new(Int64Array::new(taken(values).into(), nulls)),
            (Data::Date(values), _) => Arc::new(Date32Array::new(taken(values).into(), nulls)),
            (Data::Bool(values), _) => {
                let values = taken(values);
                let values = BooleanBuffer::collect_bool(rows, |row| values[row]);
                Arc::new(BooleanArray::new(values, nulls))
            }
            (Data::List { .. } | Data::Struct(_), _) => {
                unreachable!("the buffers were made for this type")
            }
        })
    }
}
