//! The naive evaluator.

use super::{Cell, values};
use std::ops::ControlFlow;
use tidemarc::{
    Error, Field, Reader, SharedRecord,
    columns::{Column, Linked, Metadata, Normalize, Order, Repeat, Type},
    encoding::{Encoding, detect, subfields},
    select::Selector,
};

/// A column to be evaluated in both ways.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub selector: &'static str,
    pub repeat: Option<Repeat>,
    pub separator: Option<&'static str>,
    pub order: Option<Order>,
    pub kind: Option<Type>,
    pub linked: Option<Linked>,
    pub indicators: Option<&'static str>,
    pub normalize: Option<Normalize>,
    pub trim: bool,
    pub default: Option<&'static str>,
}

/// A value and its origin.
#[derive(Debug, Clone)]
struct Found {
    spec: usize,
    /// Index of the field in the record.
    field: Option<usize>,
    part: usize,
    /// `Err` if it is undecodable.
    value: Result<String, ()>,
}

impl Wanted {
    pub fn new(selector: &'static str) -> Self {
        Self { selector, ..Self::default() }
    }

    /// Returns the definition for the library.
    pub fn column(&self) -> Column {
        let mut column = Column::select(self.selector).unwrap_or_else(|error| panic!("{error}"));
        column = self.repeat.into_iter().fold(column, Column::repeat);
        column = self.separator.into_iter().fold(column, Column::separator);
        column = self.order.into_iter().fold(column, Column::order);
        column = self.kind.into_iter().fold(column, Column::value_type);
        column = self.linked.into_iter().fold(column, Column::linked);
        column = self.indicators.into_iter().fold(column, Column::indicators);
        column = self.normalize.into_iter().fold(column, Column::normalize);
        column = self.default.into_iter().fold(column, Column::default_value);
        column.trim(self.trim)
    }

    /// Returns the treatment of several values.
    fn repeat(&self) -> Repeat {
        let is_single = self.selector == "LDR"
            || (self.selector.starts_with("LDR/") || self.selector.starts_with("00"))
                && self.selector.contains('/');
        self.repeat.unwrap_or(if is_single { Repeat::First } else { Repeat::List })
    }

    /// Returns the cell of a record.
    pub fn cell(&self, record: &SharedRecord) -> Cell {
        let repeat = self.repeat();
        let values: Vec<Result<Cell, ()>> = match self.linked {
            Some(Linked::Pair) => self.pairs(record),
            _ => self.values(record).into_iter().map(|text| Ok(self.typed(&text?))).collect(),
        };
        // The first value is enough for these.
        let is_first = matches!(repeat, Repeat::First | Repeat::Exists);
        let needed = if is_first { &values[..values.len().min(1)] } else { &values[..] };
        let Ok(needed) = needed.iter().cloned().collect::<Result<Vec<_>, ()>>() else {
            return Cell::Null;
        };
        let default = self.default.map_or(Cell::Null, |default| self.typed(default));
        match repeat {
            Repeat::Count => Cell::Int(needed.len() as i64),
            Repeat::Exists => Cell::Bool(!needed.is_empty()),
            _ if needed.is_empty() => default,
            Repeat::List | Repeat::Explode => Cell::List(needed),
            Repeat::First if needed[0] == Cell::Null => default,
            Repeat::First => needed[0].clone(),
            Repeat::Join => {
                let texts = needed.iter().map(|cell| match cell {
                    Cell::Text(text) => text.clone(),
                    other => panic!("{other:?} is not text"),
                });
                Cell::text(texts.collect::<Vec<_>>().join(self.separator.unwrap_or(" ")))
            }
            other => panic!("no rule for {other:?}"),
        }
    }

    fn typed(&self, text: &str) -> Cell {
        values::typed(self.kind.unwrap_or(Type::String), text)
    }

    fn changed(&self, text: String) -> String {
        let text = self.normalize.map_or(text.clone(), |form| values::normalized(form, &text));
        if self.trim { values::trimmed(&text) } else { text }
    }

    /// Returns all values of a record, up to the first that makes the rest unknown.
    fn values(&self, record: &SharedRecord) -> Vec<Result<String, ()>> {
        let mut found = self.plain(record).unwrap_or_else(|| {
            assert_eq!(self.linked.unwrap_or(Linked::No), Linked::No, "{self:?} is not plain");
            self.others(record)
        });
        if self.order == Some(Order::Spec) {
            found.sort_by_key(|found| (found.spec, found.field.map_or(0, |at| at + 1), found.part));
        }
        found.into_iter().map(|found| found.value.map(|text| self.changed(text))).collect()
    }

    fn others(&self, record: &SharedRecord) -> Vec<Found> {
        let selector: Selector = self.selector.parse().unwrap();
        let mut found = Vec::new();
        let visited = selector.visit(record, record.text(), &mut |value| {
            let field = value.field().and_then(|at| record.view().fields().nth(at));
            if self.accepts(field) {
                found.push(Found {
                    spec: value.spec(),
                    field: value.field(),
                    part: value.part(),
                    value: Ok(value.text().to_owned()),
                });
            }
            ControlFlow::Continue(())
        });
        // Later than all others.
        let last = Found { spec: usize::MAX, field: None, part: 0, value: Err(()) };
        found.extend(visited.err().map(|_| last));
        found
    }

    fn accepts(&self, field: Option<Field<'_>>) -> bool {
        let Some(pattern) = self.indicators else { return true };
        let Some(field) = field.and_then(Field::data) else { return false };
        let own = [field.indicators().first, field.indicators().second];
        let matches = |(wanted, own): (u8, u8)| match wanted {
            b'*' => true,
            b'#' => own == b' ',
            wanted => wanted == own,
        };
        pattern.bytes().zip(own).all(matches)
    }

    /// Returns the tag and the codes, if the selector is plain.
    fn tag_and_codes(&self) -> Option<(&str, Vec<Codes>)> {
        let (tag, rest) = self.selector.split_at(3);
        if rest.contains(['{', '[', '|', '^']) {
            return None;
        }
        let codes = |part: &str| {
            let (codes, characters) = part.split_once('/').unwrap_or((part, ""));
            let first = codes.chars().next().unwrap();
            let last = codes.chars().next_back().unwrap();
            Codes { first, last, characters: characters.to_owned() }
        };
        Some((tag, rest.strip_prefix('$')?.split('$').map(codes).collect()))
    }

    /// Returns the values of a tag and codes, each decoded on its own if the field as a whole is
    /// undecodable; `None` for any other selector.
    fn plain(&self, record: &SharedRecord) -> Option<Vec<Found>> {
        let (tag, codes) = self.tag_and_codes()?;
        let mut all = Vec::new();
        for (at, field) in record.view().fields().enumerate() {
            let own = match (self.linked.unwrap_or(Linked::No), alternate(field)) {
                (Linked::No, _) | (Linked::Both, None) => Some(field.tag().to_string()),
                (_, Some((tag, ..))) => Some(tag),
                (_, None) => None,
            };
            let is_match = own.is_some_and(|own| {
                own.len() == 3 && tag.chars().zip(own.chars()).all(|(a, b)| a == '.' || a == b)
            });
            if is_match && field.control().is_none() && self.accepts(Some(field)) {
                all.extend(found_in(record, at, field, &codes));
            }
        }
        Some(all)
    }

    /// Returns the pairs of a plain selector.
    fn pairs(&self, record: &SharedRecord) -> Vec<Result<Cell, ()>> {
        let (wanted, codes) = self.tag_and_codes().unwrap();
        let fields: Vec<_> = record.view().fields().enumerate().collect();
        let texts = |at: usize, field| {
            let found = found_in(record, at, field, &codes);
            found
                .into_iter()
                .map(|found| found.value.map(|text| self.changed(text)))
                .collect::<Vec<_>>()
        };
        // A pair needs the text of the whole field.
        let is_wanted = |field: Field<'_>| {
            field.tag() == wanted || alternate(field).is_some_and(|(tag, ..)| tag == wanted)
        };
        let mut needed = fields.iter().filter(|(_, field)| is_wanted(*field));
        if needed.any(|(_, field)| record.text().field(record, *field).is_err()) {
            return vec![Err(())];
        }
        let mut used = Vec::new();
        let mut pairs = Vec::new();
        let mut push = |texts: Vec<Result<String, ()>>, other: Vec<Result<String, ()>>, script| {
            for at in 0..texts.len().max(other.len()) {
                let cell = |texts: &[Result<String, ()>]| match texts.get(at) {
                    Some(Ok(text)) => Ok(Cell::text(text)),
                    Some(Err(())) => Err(()),
                    None => Ok(Cell::Null),
                };
                let pair = || {
                    Ok(Cell::Struct(vec![
                        ("text".into(), cell(&texts)?),
                        ("linked".into(), cell(&other)?),
                        ("script".into(), Option::clone(&script).map_or(Cell::Null, Cell::text)),
                    ]))
                };
                pairs.push(pair());
            }
        };
        let alternates: Vec<_> = fields
            .iter()
            .filter_map(|&(at, field)| {
                let (tag, occurrence, script) = alternate(field)?;
                (tag == wanted).then_some((at, field, occurrence, script))
            })
            .collect();
        for &(at, field) in &fields {
            if field.tag() != wanted || texts(at, field).is_empty() {
                continue;
            }
            let own = link(field).filter(|(tag, occurrence, _)| tag == "880" && occurrence != "00");
            let other = alternates.iter().find(|(at, field, occurrence, _)| {
                own.as_ref().is_some_and(|(_, own, _)| own == occurrence)
                    && !texts(*at, *field).is_empty()
                    && !used.contains(at)
            });
            match other {
                Some((other, other_field, _, script)) => {
                    used.push(*other);
                    push(texts(at, field), texts(*other, *other_field), script.clone());
                }
                None => push(texts(at, field), Vec::new(), None),
            }
        }
        for (at, field, _, script) in alternates {
            if !used.contains(&at) {
                push(Vec::new(), texts(at, field), script);
            }
        }
        pairs
    }
}

/// A range of codes, and the characters to take: `0-2`, `#` for the last, or all.
struct Codes {
    first: char,
    last: char,
    characters: String,
}

impl Codes {
    fn has(&self, code: &str) -> bool {
        let mut codes = code.chars();
        codes.next().is_some_and(|code| (self.first..=self.last).contains(&code))
    }

    /// Returns the selected characters; `None` if there are none.
    fn cut(&self, text: &str) -> Option<String> {
        let characters: Vec<char> = text.chars().collect();
        let cut: String = match &*self.characters {
            "" => return Some(text.to_owned()),
            "#" => characters.last().into_iter().collect(),
            range => {
                let (first, last) = range.split_once('-').unwrap();
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                characters.into_iter().skip(first).take(last - first + 1).collect()
            }
        };
        (!cut.is_empty()).then_some(cut)
    }
}

fn found_in(record: &SharedRecord, at: usize, field: Field<'_>, codes: &[Codes]) -> Vec<Found> {
    let mut all = Vec::new();
    for (code, value) in subfields_of(record, field) {
        for (part, codes) in codes.iter().enumerate().filter(|(_, own)| own.has(&code)) {
            let value = match &value {
                Ok(value) => codes.cut(value).map(Ok),
                Err(()) => Some(Err(())),
            };
            all.extend(value.map(|value| Found { spec: 0, field: Some(at), part, value }));
        }
    }
    all
}

/// Returns the tag, the occurrence and the script in `$6` of a field.
fn link(field: Field<'_>) -> Option<(String, String, Option<String>)> {
    let value = std::str::from_utf8(field.data()?.subfield(b'6')?).ok()?;
    let (link, rest) = value.split_once('/').map_or((value, None), |(l, rest)| (l, Some(rest)));
    let (tag, occurrence) = link.split_once('-')?;
    let is_valid = tag.len() == 3
        && !tag.starts_with("00")
        && !occurrence.is_empty()
        && occurrence.chars().all(|c| c.is_ascii_digit());
    let script = rest.map(|rest| rest.split('/').next().unwrap_or_default().to_owned());
    is_valid.then(|| (tag.to_owned(), occurrence.to_owned(), script))
}

fn alternate(field: Field<'_>) -> Option<(String, String, Option<String>)> {
    if field.tag() == "880" { link(field) } else { None }
}

/// Returns the subfields of a data field.
pub fn subfields_of(record: &SharedRecord, field: Field<'_>) -> Vec<(String, Result<String, ()>)> {
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
pub fn fact(record: &SharedRecord, input_name: Option<&str>, fact: Metadata) -> Cell {
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
        Metadata::Json => {
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
