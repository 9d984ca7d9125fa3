//! The naive evaluator.

use super::Cell;
use std::ops::ControlFlow;
use tidemarc::{
    Error, Field, Reader, SharedRecord,
    columns::{Column, Metadata, Repeat},
    encoding::{Encoding, detect, subfields},
    select::Selector,
};

/// A column to be evaluated in both ways.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub selector: &'static str,
    pub repeat: Option<Repeat>,
    pub separator: Option<&'static str>,
}

/// A value; `Err` if it is undecodable.
type Value = Result<String, ()>;

impl Wanted {
    pub const fn new(selector: &'static str) -> Self {
        Self { selector, repeat: None, separator: None }
    }

    /// Returns the definition for the library.
    pub fn column(&self) -> Column {
        let mut column = Column::select(self.selector).unwrap_or_else(|error| panic!("{error}"));
        if let Some(repeat) = self.repeat {
            column = column.repeat(repeat);
        }
        match self.separator {
            Some(separator) => column.separator(separator),
            None => column,
        }
    }

    /// Returns the cell of a record.
    pub fn cell(&self, record: &SharedRecord) -> Cell {
        let values = self.values(record);
        let is_single = self.selector == "LDR"
            || (self.selector.starts_with("LDR/") || self.selector.starts_with("00"))
                && self.selector.contains('/');
        let default = if is_single { Repeat::First } else { Repeat::List };
        let repeat = self.repeat.unwrap_or(default);
        // The first value is enough for these.
        let is_first = matches!(repeat, Repeat::First | Repeat::Exists);
        let needed = if is_first { &values[..values.len().min(1)] } else { &values[..] };
        let Ok(needed) = needed.iter().cloned().collect::<Result<Vec<_>, ()>>() else {
            return Cell::Null;
        };
        match repeat {
            Repeat::Count => Cell::Int(needed.len() as i64),
            Repeat::Exists => Cell::Bool(!needed.is_empty()),
            _ if needed.is_empty() => Cell::Null,
            Repeat::List => Cell::texts(needed),
            Repeat::First => Cell::text(&needed[0]),
            Repeat::Join => Cell::text(needed.join(self.separator.unwrap_or(" "))),
            other => panic!("no rule for {other:?}"),
        }
    }

    /// Returns all values of a record, up to the first that makes the rest unknown.
    fn values(&self, record: &SharedRecord) -> Vec<Value> {
        if let Some(values) = self.plain_values(record) {
            return values;
        }
        let selector: Selector = self.selector.parse().unwrap();
        let mut values = Vec::new();
        let visited = selector.visit(record, record.text(), &mut |value| {
            values.push(Ok(value.into_text().into_owned()));
            ControlFlow::Continue(())
        });
        values.extend(visited.err().map(|_| Err(())));
        values
    }

    /// Returns the values of a tag and codes, each decoded on its own if the field as a whole is
    /// undecodable; `None` for any other selector.
    fn plain_values(&self, record: &SharedRecord) -> Option<Vec<Value>> {
        let (tag, rest) = self.selector.split_at(3);
        let codes = match rest.strip_prefix('$') {
            Some(codes) => codes.split('$').collect::<Vec<_>>(),
            None => return None,
        };
        if codes.iter().any(|code| code.chars().count() != 1) {
            return None;
        }
        let mut values = Vec::new();
        for field in record.view().fields() {
            let pairs = tag.bytes().zip(*field.tag().as_bytes());
            let is_match = pairs.into_iter().all(|(wanted, own)| wanted == b'.' || wanted == own);
            if !is_match || field.control().is_some() {
                continue;
            }
            for (code, value) in subfields_of(record, field) {
                values
                    .extend(codes.iter().filter(|wanted| **wanted == code).map(|_| value.clone()));
            }
        }
        Some(values)
    }
}

/// Returns the subfields of a data field.
fn subfields_of(record: &SharedRecord, field: Field<'_>) -> Vec<(String, Value)> {
    if let Ok(text) = record.text().field(record, field) {
        let owned = |(code, value): (&str, &str)| (code.to_owned(), Ok(value.to_owned()));
        return subfields(&text).map(owned).collect();
    }
    let encoding = match record.text().named() {
        Some(encoding) => encoding,
        None => detect(record, None).encoding,
    };
    let parts = field.as_bytes().split(|byte| *byte == 0x1F).skip(1);
    let parts = parts.filter(|part| !part.is_empty());
    let decode = |part: &[u8]| {
        let length = match encoding {
            Encoding::Utf8 => {
                let is_character = |length: &usize| {
                    part.get(..*length).is_some_and(|code| std::str::from_utf8(code).is_ok())
                };
                (1..=4).find(is_character).unwrap_or(1)
            }
            _ => 1,
        };
        let (code, value) = part.split_at(length);
        let value = encoding.decode(value).map(|value| value.into_owned());
        (String::from_utf8_lossy(code).into_owned(), value.map_err(|_| ()))
    };
    parts.map(decode).collect()
}

/// Returns the cell of a fact.
fn fact(record: &SharedRecord, input_name: Option<&str>, fact: Metadata) -> Cell {
    match fact {
        Metadata::RecordNo => Cell::Int(record.number() as i64),
        Metadata::File => input_name.map_or(Cell::Null, Cell::text),
        Metadata::OffsetBytes => Cell::Int(record.offset() as i64),
        Metadata::Length => Cell::Int(record.raw().len() as i64),
        Metadata::ControlNumber => {
            let column = Wanted { repeat: Some(Repeat::First), ..Wanted::new("001") };
            column.cell(record)
        }
        Metadata::Leader => Wanted::new("LDR").cell(record),
        Metadata::Encoding => Cell::text(record.text().encoding().name()),
        Metadata::Raw => Cell::Bytes(record.raw().into_owned()),
        Metadata::Json => match record.text().undecodable(record).next() {
            Some(_) => Cell::Null,
            None => {
                let mut output = Vec::new();
                let options = tidemarc::format::WriteOptions::new();
                let written = tidemarc::format::json::write_record(
                    record,
                    &options,
                    &mut output,
                    &mut Vec::new(),
                );
                written.map_or(Cell::Null, |()| Cell::text(String::from_utf8(output).unwrap()))
            }
        },
        Metadata::Faults => {
            let faults = record.faults().into_iter().chain(record.undecodable());
            let faults: Vec<Cell> = faults.map(|error| fault(&error)).collect();
            if faults.is_empty() { Cell::Null } else { Cell::List(faults) }
        }
        other => panic!("no rule for {other:?}"),
    }
}

fn fault(error: &Error) -> Cell {
    let tag = error.tag().map_or(Cell::Null, |tag| Cell::text(tag.to_string()));
    let members = [
        ("code", Cell::text(error.code())),
        ("severity", Cell::text(error.severity().name())),
        ("tag", tag),
        ("message", Cell::text(error.reason())),
    ];
    Cell::Struct(members.map(|(name, cell)| (name.to_owned(), cell)).into())
}

/// Returns the rows of the wanted columns and of these facts, for each record of a reader. Errors
/// are skipped.
pub fn rows_of(reader: Reader, wanted: &[Wanted], facts: &[Metadata]) -> Vec<Vec<Cell>> {
    let name = reader.input_name().map(str::to_owned);
    let records = reader.filter_map(Result::ok);
    let row = |record: SharedRecord| {
        let selected = wanted.iter().map(|wanted| wanted.cell(&record));
        let facts = facts.iter().map(|known| fact(&record, name.as_deref(), *known));
        selected.chain(facts).collect()
    };
    records.map(row).collect()
}
