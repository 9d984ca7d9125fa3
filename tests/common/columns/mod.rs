//! Tables as plain values, and a naive evaluator of columns: plain code over the records of a
//! reader, which evaluates each column on its own and allocates as it likes.

mod naive;
mod values;

pub use naive::{Wanted, fact, rows_of, subfields_of};

use arrow_array::{
    Array, RecordBatch, StructArray,
    cast::AsArray,
    types::{Date32Type, Int64Type},
};
use arrow_schema::DataType;
use tidemarc::{
    Error, ReaderBuilder,
    columns::{Column, Columns, Scan},
};

/// A cell of a table, or an item or member of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Null,
    Text(String),
    Bytes(Vec<u8>),
    Int(i64),
    Bool(bool),
    /// Days from 1970-01-01.
    Date(i32),
    List(Vec<Cell>),
    Struct(Vec<(String, Cell)>),
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// Returns the items of a list; none for null.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Null => &[],
            other => panic!("{other:?} is not a list"),
        }
    }

    /// Returns a member of a struct.
    pub fn member(&self, name: &str) -> &Self {
        let Self::Struct(members) = self else { panic!("{self:?} is not a struct") };
        &members.iter().find(|(member, _)| member == name).unwrap().1
    }
}

/// Returns a row of an array.
fn cell(array: &dyn Array, row: usize) -> Cell {
    if array.is_null(row) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::Utf8 => Cell::text(array.as_string::<i32>().value(row)),
        DataType::Binary => Cell::Bytes(array.as_binary::<i32>().value(row).to_vec()),
        DataType::Int64 => Cell::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::Date32 => Cell::Date(array.as_primitive::<Date32Type>().value(row)),
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            Cell::List((0..items.len()).map(|item| cell(&items, item)).collect())
        }
        DataType::Struct(fields) => {
            let array: &StructArray = array.as_struct();
            let members = fields.iter().zip(array.columns());
            Cell::Struct(
                members.map(|(field, member)| (field.name().clone(), cell(member, row))).collect(),
            )
        }
        other => panic!("no column has the type {other}"),
    }
}

/// Returns the rows of a batch.
pub fn rows(batch: &RecordBatch) -> Vec<Vec<Cell>> {
    let row = |row| batch.columns().iter().map(|column| cell(column, row)).collect();
    (0..batch.num_rows()).map(row).collect()
}

/// Returns the columns with their definitions as names.
pub fn columns<'n>(columns: impl IntoIterator<Item = (&'n str, Column)>) -> Columns {
    Columns::new(columns).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns all rows of an input, and the errors between them.
pub fn scan(
    builder: &ReaderBuilder,
    input: &[u8],
    columns: &Columns,
) -> (Vec<Vec<Cell>>, Vec<Error>) {
    let mut scan = Scan::new(builder.from_bytes(input.to_vec()), columns);
    let (mut all, mut errors) = (Vec::new(), Vec::new());
    loop {
        match scan.next_batch() {
            Ok(Some(batch)) => all.extend(rows(&batch)),
            Ok(None) => return (all, errors),
            Err(error) => errors.push(error),
        }
    }
}

/// Returns the rows of an input without faults.
pub fn table(input: &[u8], columns: &Columns) -> Vec<Vec<Cell>> {
    let (rows, errors) = scan(&ReaderBuilder::new(), input, columns);
    assert!(errors.is_empty(), "{errors:?}");
    rows
}
