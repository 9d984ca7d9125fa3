//! The changes that edits make to a record.

use super::{
    RefusalKind,
    edits::Applied,
    hits::{Hit, Source, ranges},
    new::{NewContent, NewField, Subfields},
    operation::{Edit, Operation, Value},
};
use crate::{
    record::{AsRecord, DataField, Field, OwnedField, Record, SUBFIELD_DELIMITER, Tag},
    select::{PartKind, Selector},
};
use regex::Regex;
use std::{borrow::Cow, format, vec, vec::Vec};

/// The changes to one record.
pub(super) struct Changes<'r, R> {
    source: Source<'r, R>,
    /// The record, once it is changed.
    record: Option<Record>,
}

impl<'r, R: AsRecord> Changes<'r, R> {
    pub(super) const fn new(source: Source<'r, R>) -> Self {
        Self { source, record: None }
    }

    /// Returns the changed record, if an edit has changed it.
    pub(super) fn into_record(self) -> Option<Record> {
        self.record
    }

    /// Applies an edit.
    ///
    /// # Errors
    /// Fails if the edit depends on undecodable text, or if the record cannot have the result.
    pub(super) fn apply(&mut self, edit: &Edit) -> Result<Applied, RefusalKind> {
        match &edit.operation {
            Operation::Delete(target) => self.delete(target),
            Operation::Add(field) => self.add(field),
            Operation::AddSubfields { fields, subfields } => self.add_subfields(fields, subfields),
            Operation::Set { target, value } => self.set(target, value),
            Operation::Replace { target, regex, with } => self.replace(target, regex, with),
            Operation::SortFields => Ok(self.sort_fields()),
        }
    }

    fn hits(&self, selector: &Selector) -> Result<Vec<Hit>, RefusalKind> {
        match &self.record {
            Some(record) => self.source.hits(selector, record),
            None => self.source.hits(selector, self.source.original),
        }
    }

    /// Returns the record to be changed.
    fn record(&mut self) -> &mut Record {
        let original = self.source.original;
        self.record.get_or_insert_with(|| Record::copy_of(original))
    }

    fn delete(&mut self, target: &Selector) -> Result<Applied, RefusalKind> {
        let hits = self.hits(target)?;
        if hits.is_empty() {
            return Ok(Applied::default());
        }
        let fields = self.record().fields_mut();
        let mut is_deleted = vec![false; fields.len()];
        let mut rest = &hits[..];
        while let Some(&Hit { field, .. }) = rest.first() {
            let count = rest.iter().take_while(|hit| hit.field == field).count();
            let (group, others) = rest.split_at(count);
            rest = others;
            let Some(at) = field else { continue };
            let numbers: Vec<_> = group.iter().filter_map(|hit| hit.subfield).collect();
            let is_whole = numbers.len() < group.len();
            is_deleted[at] = is_whole || delete_subfields(&mut fields[at], &numbers);
        }
        let mut is_deleted = is_deleted.into_iter();
        fields.retain(|_| !is_deleted.next().unwrap_or_default());
        Ok(Applied::all(hits.len()))
    }

    fn add(&mut self, new: &NewField) -> Result<Applied, RefusalKind> {
        let encode = |text| self.source.encode(new.tag, None, text);
        let bytes = match &new.content {
            NewContent::Control(text) => encode(text)?,
            NewContent::Data { indicators, subfields } => {
                let mut bytes = indicators.to_vec();
                for (code, value) in subfields {
                    bytes.extend([SUBFIELD_DELIMITER, *code]);
                    bytes.extend(encode(value)?);
                }
                bytes
            }
        };
        let fields = self.record().fields_mut();
        let is_number = |field: &OwnedField| field.tag() == Tag::new(*b"001");
        if new.tag == Tag::new(*b"001") && fields.iter().any(is_number) {
            return Err(RefusalKind::SecondControlNumber);
        }
        let last = fields.iter().rposition(|field| field.tag() <= new.tag);
        fields.insert(last.map_or(0, |last| last + 1), OwnedField::unchecked(new.tag, bytes));
        Ok(Applied::all(1))
    }

    fn add_subfields(
        &mut self,
        target: &Selector,
        subfields: &Subfields,
    ) -> Result<Applied, RefusalKind> {
        let mut applied = Applied::default();
        for at in self.hits(target)?.into_iter().filter_map(|hit| hit.field) {
            let (tag, bytes) = self.bytes(at);
            if tag.is_control() {
                continue;
            }
            let mut new = bytes.to_vec();
            for (code, value) in subfields {
                new.extend([SUBFIELD_DELIMITER, *code]);
                new.extend(self.source.encode(tag, Some(bytes), value)?);
            }
            self.record().fields_mut()[at] = OwnedField::unchecked(tag, new);
            applied.count(true);
        }
        Ok(applied)
    }

    fn set(&mut self, target: &Selector, value: &Value) -> Result<Applied, RefusalKind> {
        let mut applied = Applied::default();
        for hit in self.hits(target)? {
            match (hit.field, hit.part.kind, value) {
                (None, _, Value::Text(value)) => self.set_leader(hit, value, &mut applied),
                (Some(at), PartKind::Indicator(which), Value::Indicator(value)) => {
                    self.set_indicator(at, which, *value, &mut applied);
                }
                (Some(at), _, Value::Text(value)) => {
                    self.set_text(at, hit, value, &mut applied)?;
                }
                (_, _, Value::Indicator(_)) => {}
            }
        }
        Ok(applied)
    }

    fn set_leader(&mut self, hit: Hit, value: &str, applied: &mut Applied) {
        let Some((first, last)) = hit.part.characters.ends() else { return };
        let range = first as usize..=last as usize;
        let leader = match &self.record {
            Some(record) => *record.leader().as_bytes(),
            None => *self.source.original.leader().as_bytes(),
        };
        let is_changed = leader[range.clone()] != *value.as_bytes();
        applied.count(is_changed);
        if is_changed {
            self.record().leader_mut()[range].copy_from_slice(value.as_bytes());
        }
    }

    fn set_indicator(&mut self, at: usize, which: usize, value: u8, applied: &mut Applied) {
        let (tag, bytes) = self.bytes(at);
        let Field::Data(data) = Field::new(tag, bytes) else { return };
        let mut indicators = both(data);
        let is_changed = indicators[which] != value;
        applied.count(is_changed);
        if is_changed {
            indicators[which] = value;
            self.record().fields_mut()[at].put_indicators(indicators);
        }
    }

    fn set_text(
        &mut self,
        at: usize,
        hit: Hit,
        value: &str,
        applied: &mut Applied,
    ) -> Result<(), RefusalKind> {
        let (tag, bytes) = self.bytes(at);
        let characters = hit.part.characters;
        let new: Cow<'_, str> = match characters.count() {
            None => Cow::Borrowed(value),
            Some(count) => {
                let old = self.source.value(Field::new(tag, bytes), hit.subfield)?;
                let part = characters.of(&old).filter(|part| part.chars().count() == count);
                // A value that ends before the last position does not have them.
                let Some(part) = part else { return Ok(()) };
                let start = part.as_ptr().addr() - old.as_ptr().addr();
                Cow::Owned(format!("{}{value}{}", &old[..start], &old[start + part.len()..]))
            }
        };
        let encoded = self.source.encode(tag, Some(bytes), &new)?;
        self.put(at, hit.subfield, encoded, applied);
        Ok(())
    }

    fn replace(
        &mut self,
        target: &Selector,
        regex: &Regex,
        with: &str,
    ) -> Result<Applied, RefusalKind> {
        let mut applied = Applied::default();
        for hit in self.hits(target)? {
            let Some(at) = hit.field else { continue };
            let (tag, bytes) = self.bytes(at);
            let field = Field::new(tag, bytes);
            let numbers: Vec<_> = match (hit.subfield, field) {
                (Some(nth), _) => vec![Some(nth)],
                (None, Field::Control(_)) => vec![None],
                (None, Field::Data(_)) => (0..ranges(bytes).count()).map(Some).collect(),
            };
            for number in numbers {
                let (tag, bytes) = self.bytes(at);
                let old = self.source.value(Field::new(tag, bytes), number)?;
                if !regex.is_match(&old) {
                    continue;
                }
                let new = regex.replace_all(&old, with);
                if new == old {
                    applied.count(false);
                    continue;
                }
                let encoded = self.source.encode(tag, Some(bytes), &new)?;
                self.put(at, number, encoded, &mut applied);
            }
        }
        Ok(applied)
    }

    /// Replaces the bytes of a control field or of the value of a subfield.
    fn put(&mut self, at: usize, subfield: Option<usize>, new: Vec<u8>, applied: &mut Applied) {
        let (tag, bytes) = self.bytes(at);
        let range = match subfield {
            None => 0..bytes.len(),
            Some(nth) => match ranges(bytes).nth(nth) {
                // After the delimiter and the code.
                Some(range) => range.start + 2..range.end,
                None => return,
            },
        };
        let is_changed = bytes[range.clone()] != *new;
        applied.count(is_changed);
        if is_changed {
            let new = [&bytes[..range.start], &new, &bytes[range.end..]].concat();
            self.record().fields_mut()[at] = OwnedField::unchecked(tag, new);
        }
    }

    fn sort_fields(&mut self) -> Applied {
        let is_sorted = match &self.record {
            Some(record) => record.fields().is_sorted_by_key(OwnedField::tag),
            None => self.source.original.fields().map(|field| field.tag()).is_sorted(),
        };
        if !is_sorted {
            self.record().fields_mut().sort_by_key(OwnedField::tag);
        }
        let mut applied = Applied::default();
        applied.count(!is_sorted);
        applied
    }

    /// Returns the tag and the bytes of a field.
    fn bytes(&self, at: usize) -> (Tag, &[u8]) {
        let field = match &self.record {
            Some(record) => record.fields().get(at).map(|field| (field.tag(), field.as_bytes())),
            None => {
                let field = self.source.original.fields().nth(at);
                field.map(|field| (field.tag(), field.as_bytes()))
            }
        };
        field.unwrap_or_default()
    }
}

/// Deletes the subfields with these numbers, which are in order. Returns true if none is left.
fn delete_subfields(field: &mut OwnedField, numbers: &[usize]) -> bool {
    let old = field.as_bytes();
    let (mut new, mut from) = (Vec::with_capacity(old.len()), 0);
    for (number, range) in ranges(old).enumerate() {
        if numbers.binary_search(&number).is_ok() {
            new.extend_from_slice(&old[from..range.start]);
            from = range.end;
        }
    }
    new.extend_from_slice(&old[from..]);
    let is_empty = ranges(&new).next().is_none();
    *field = OwnedField::unchecked(field.tag(), new);
    is_empty
}

/// Returns the two indicators of a field.
fn both(field: DataField<'_>) -> [u8; 2] {
    let indicators = field.indicators();
    [indicators.first, indicators.second]
}
