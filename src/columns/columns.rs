//! The columns of a table, in their order.

use super::{
    column::{Column, Metadata, Repeat, Source},
    error::ColumnError,
};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use std::{collections::BTreeSet, string::String, sync::Arc, vec::Vec};

/// The columns of a table: names and definitions, in their order.
///
/// ```
/// use tidemarc::columns::{Column, Columns, Metadata, Repeat};
///
/// let columns = Columns::new([
///     ("id", Column::metadata(Metadata::ControlNumber)),
///     ("language", Column::select("008/35-37")?),
///     ("title", Column::select("245$a")?.repeat(Repeat::First)),
///     ("subjects", Column::select("650$a")?),
/// ])?;
/// assert_eq!(columns.schema().field(3).name(), "subjects");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Columns {
    pub(super) columns: Arc<[Column]>,
    schema: SchemaRef,
}

impl Columns {
    /// Creates a table of these columns.
    ///
    /// # Errors
    /// If there are no columns, if two have the same name, or if the options of one contradict each
    /// other.
    pub fn new<N: Into<String>>(
        columns: impl IntoIterator<Item = (N, Column)>,
    ) -> Result<Self, ColumnError> {
        let columns: Vec<(String, Column)> =
            columns.into_iter().map(|(name, column)| (name.into(), column)).collect();
        if columns.is_empty() {
            return Err(ColumnError::new(None, "a table needs a column"));
        }
        let mut names = BTreeSet::new();
        for (name, column) in &columns {
            let is_new = names.insert(name);
            let twice = || Err("two columns have this name".into());
            let checked = if is_new { column.check() } else { twice() };
            checked.map_err(|reason| ColumnError::new(Some(name), reason))?;
        }
        let fields = columns.iter().map(|(name, column)| nullable(name, column.data_type()));
        let schema = Arc::new(Schema::new(fields.collect::<Fields>()));
        Ok(Self { columns: columns.into_iter().map(|(_, column)| column).collect(), schema })
    }

    /// Returns the schema of the batches. All columns are nullable.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

fn nullable(name: &str, kind: DataType) -> Field {
    Field::new(name, kind, true)
}

fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(nullable("item", item)))
}

fn struct_of<const N: usize>(members: [&str; N]) -> DataType {
    DataType::Struct(members.map(|member| nullable(member, DataType::Utf8)).into_iter().collect())
}

impl Column {
    /// Returns the type of the cells.
    pub(super) fn data_type(&self) -> DataType {
        match &self.source {
            Source::Selector(_) => match self.settled_repeat() {
                Repeat::List => list_of(DataType::Utf8),
                Repeat::First | Repeat::Join => DataType::Utf8,
                Repeat::Count => DataType::Int64,
                Repeat::Exists => DataType::Boolean,
            },
            Source::Metadata(fact) => match fact {
                Metadata::RecordNo | Metadata::OffsetBytes | Metadata::Length => DataType::Int64,
                Metadata::Raw => DataType::Binary,
                Metadata::Faults => list_of(struct_of(["code", "severity", "tag", "message"])),
                _ => DataType::Utf8,
            },
        }
    }
}
