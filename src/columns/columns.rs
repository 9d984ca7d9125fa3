//! The columns of a table, in their order.

use super::{
    column::{Column, LongColumn, Source},
    error::ColumnError,
    options::{Linked, Metadata, Preset, Repeat, Type},
    tags::MOST_TAKERS,
};
use crate::select::{PlainSelector, TagPattern, Take};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use std::{collections::BTreeSet, format, string::String, sync::Arc, vec::Vec};

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
    /// If there are no columns, if two have the same name, or if their options contradict each
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
        check_exploded(&columns)?;
        Ok(Self::checked(columns))
    }

    /// Creates the table of a preset.
    #[must_use]
    pub fn preset(preset: Preset) -> Self {
        let fact = |fact: Metadata| (fact.name(), Column::metadata(fact));
        let place = [Metadata::OffsetBytes, Metadata::Length].map(fact);
        let (encoding, faults) = (fact(Metadata::Encoding), fact(Metadata::Faults));
        let head = [Metadata::RecordNo, Metadata::File, Metadata::ControlNumber].map(fact);
        let long = |(name, column)| (name, Column::of(Source::Long(column)));
        let mut columns = Vec::from(head);
        match preset {
            Preset::Nested => {
                columns.extend([fact(Metadata::Leader), ("fields", Column::of(Source::AllFields))]);
                columns.extend(place);
                columns.extend([encoding, faults]);
            }
            Preset::Long => {
                columns.push(fact(Metadata::Leader));
                columns.extend(LongColumn::ALL.map(long));
                columns.extend(place);
                columns.extend([encoding, faults]);
            }
            Preset::Raw => {
                columns.extend(place);
                columns.extend([fact(Metadata::Raw), faults]);
            }
        }
        Self::checked(columns.into_iter().map(|(name, column)| (name.into(), column)).collect())
    }

    fn checked(columns: Vec<(String, Column)>) -> Self {
        let fields = columns.iter().map(|(name, column)| nullable(name, column.data_type()));
        let schema = Arc::new(Schema::new(fields.collect::<Fields>()));
        Self { columns: columns.into_iter().map(|(_, column)| column).collect(), schema }
    }

    /// Returns the schema of the batches. All columns are nullable.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// Checks the columns that are exploded together: a row has values of one field of each.
fn check_exploded(columns: &[(String, Column)]) -> Result<(), ColumnError> {
    let is_exploded = |(_, column): &&(String, Column)| column.settled_repeat() == Repeat::Explode;
    let exploded: Vec<_> = columns.iter().filter(is_exploded).collect();
    let [(_, first), _, ..] = &exploded[..] else { return Ok(()) };
    let (mut codes, first_tag) = (0, first.own_tag().map(|(tag, _)| tag));
    for (name, column) in exploded {
        let fail = |reason: String| Err(ColumnError::new(Some(name), reason));
        let Some((tag, count)) = column.own_tag() else {
            return fail(
                "columns that are exploded together need selectors of one tag, without conditions, \
                 indexes, indicators and links"
                    .into(),
            );
        };
        if let Some(first) = first_tag.filter(|first| *first != tag) {
            return fail(format!(
                "columns that are exploded together have one tag, and these have {first} and {tag}"
            ));
        }
        codes += count;
        if codes > MOST_TAKERS {
            return fail(format!("at most {MOST_TAKERS} subfields are exploded together"));
        }
    }
    Ok(())
}

fn nullable(name: &str, kind: DataType) -> Field {
    Field::new(name, kind, true)
}

fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(nullable("item", item)))
}

fn struct_of(members: &[(&str, DataType)]) -> DataType {
    let members = members.iter().map(|(name, kind)| nullable(name, kind.clone()));
    DataType::Struct(members.collect())
}

impl LongColumn {
    const ALL: [(&str, Self); 7] = [
        ("field_no", Self::FieldNo),
        ("tag", Self::Tag),
        ("ind1", Self::Ind1),
        ("ind2", Self::Ind2),
        ("subfield_no", Self::SubfieldNo),
        ("code", Self::Code),
        ("value", Self::Value),
    ];
}

impl Column {
    /// Returns the only tag of the fields that the values are taken from, and the number of codes,
    /// if a table of tags finds them.
    fn own_tag(&self) -> Option<(TagPattern, usize)> {
        match &self.source {
            Source::Selector(selector) if self.settled_linked() == Linked::No => {
                let PlainSelector { tag, take } = selector.plain()?;
                Some((tag, if let Take::Subfields(codes) = take { codes.len() } else { 0 }))
            }
            Source::Fields(tag, _) => Some((*tag, 0)),
            _ => None,
        }
    }

    /// Returns the type of the cells.
    pub(super) fn data_type(&self) -> DataType {
        match self.settled_repeat() {
            Repeat::List => list_of(self.value_data_type()),
            Repeat::First | Repeat::Explode => self.value_data_type(),
            Repeat::Join => DataType::Utf8,
            Repeat::Count => DataType::Int64,
            Repeat::Exists => DataType::Boolean,
        }
    }

    /// Returns the type of one value.
    fn value_data_type(&self) -> DataType {
        const TEXT: DataType = DataType::Utf8;
        let subfields = || list_of(struct_of(&[("code", TEXT), ("value", TEXT)]));
        match &self.source {
            Source::Selector(_) if self.settled_linked() == Linked::Pair => {
                struct_of(&[("text", TEXT), ("linked", TEXT), ("script", TEXT)])
            }
            Source::Selector(_) => match self.kind.unwrap_or(Type::String) {
                Type::String => TEXT,
                Type::Int | Type::Year => DataType::Int64,
                Type::Date => DataType::Date32,
                Type::Bool => DataType::Boolean,
            },
            Source::Fields(..) => {
                struct_of(&[("ind1", TEXT), ("ind2", TEXT), ("subfields", subfields())])
            }
            Source::AllFields => struct_of(&[
                ("tag", TEXT),
                ("ind1", TEXT),
                ("ind2", TEXT),
                ("value", TEXT),
                ("subfields", subfields()),
            ]),
            Source::Long(LongColumn::FieldNo | LongColumn::SubfieldNo) => DataType::Int64,
            Source::Long(_) => TEXT,
            Source::Metadata(fact) => match fact {
                Metadata::RecordNo
                | Metadata::OverallNo
                | Metadata::OffsetBytes
                | Metadata::Length => DataType::Int64,
                Metadata::Raw => DataType::Binary,
                Metadata::Faults => list_of(struct_of(&[
                    ("code", TEXT),
                    ("severity", TEXT),
                    ("tag", TEXT),
                    ("message", TEXT),
                ])),
                _ => TEXT,
            },
        }
    }
}
