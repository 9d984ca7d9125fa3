//! The evaluation of one spec of a selector on one record.
//!
//! Fields are visited once, in the order of the record, and only those with the tag of the spec are
//! decoded. A condition is evaluated for each value, but the result of a comparison that does not
//! depend on the value is kept: for the field, or for the record. So the time is linear in the size
//! of the record, except for a comparison of references to two sets of fields, which compares each
//! value with each.

use super::{
    Value,
    occurrence::{FieldIndex, SubfieldIndex},
    positions::Positions,
    spec::{
        Comparison, Condition, Guarded, Operator, Part, Reference, Repeated, Scope, Spec, Term,
        Which,
    },
};
use crate::{
    encoding::{TextError, subfields},
    record::{AsRecord, Field, SUBFIELD_DELIMITER},
};
use std::{
    borrow::{Cow, ToOwned},
    cell::OnceCell,
    ops::ControlFlow,
    str,
    string::String,
    vec::Vec,
};

type Visitor<'v, 'r> = &'v mut dyn FnMut(Value<'r>) -> ControlFlow<()>;
type Flow = Result<ControlFlow<()>, Undecodable>;

/// A function that returns the text of a field. Its arguments are the field and its number in the
/// record, from 0.
pub(crate) type TextSource<'t, 'r> =
    &'t dyn Fn(usize, Field<'r>) -> Result<Cow<'r, str>, TextError>;

/// The undecodable field that ended an evaluation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Undecodable {
    /// Number of the field in the record, from 0.
    #[cfg_attr(
        not(feature = "python"),
        expect(dead_code, reason = "Python raises for this field")
    )]
    pub(crate) field: usize,
    pub(crate) error: TextError,
}

pub(super) struct Evaluation<'s, 'r, R> {
    /// Number of the spec in its selector.
    number: usize,
    spec: &'s Spec,
    record: &'r R,
    text: TextSource<'s, 'r>,
    /// Result of each comparison that is known, and the field for which it is.
    known: Vec<Option<(Place, bool)>>,
}

/// The place for which a result is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Record,
    Field(Option<usize>),
}

/// The leader or a field of the record, and its text.
struct Content<'r> {
    /// Number of the field in the record, from 0; `None` for the leader.
    at: Option<usize>,
    field: Option<Field<'r>>,
    text: OnceCell<Cow<'r, str>>,
}

/// The value for which conditions are evaluated.
struct Candidate<'c, 'r> {
    content: &'c Content<'r>,
    value: &'c str,
    /// The subfield that the value comes from, and the part of the spec that selects it.
    subfield: Option<(Repeated, &'c str)>,
}

impl<'r> Content<'r> {
    const fn of_field(at: usize, field: Field<'r>) -> Self {
        Self { at: Some(at), field: Some(field), text: OnceCell::new() }
    }

    /// Returns the content of the leader. In a damaged record it may have bytes that are not ASCII;
    /// these are read as Latin-1.
    fn of_leader(record: &'r impl AsRecord) -> Self {
        let bytes = record.leader().as_bytes();
        let text = match str::from_utf8(bytes) {
            Ok(text) if text.is_ascii() => Cow::Borrowed(text),
            _ => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
        };
        Self { at: None, field: None, text: OnceCell::from(text) }
    }

    /// Returns true if the content has neither indicators nor subfields.
    const fn is_control(&self) -> bool {
        !matches!(self.field, Some(Field::Data(_)))
    }
}

/// Returns a part of `text`, or no text. It borrows from the record if `text` does.
fn shared<'r>(text: &Cow<'r, str>, part: &str) -> Cow<'r, str> {
    match *text {
        _ if part.is_empty() => Cow::Borrowed(""),
        Cow::Borrowed(whole) => {
            let start = part.as_ptr().addr() - whole.as_ptr().addr();
            Cow::Borrowed(&whole[start..start + part.len()])
        }
        Cow::Owned(_) => Cow::Owned(part.to_owned()),
    }
}

/// Returns the selected characters of a value; `None` if there are none.
fn characters_of(characters: Option<Positions>, value: &str) -> Option<&str> {
    match characters {
        Some(characters) => characters.of_text(value),
        None => Some(value),
    }
}

/// Returns the value of a whole field: the values of its subfields, joined by blanks.
fn joined(text: &str) -> Cow<'_, str> {
    let mut values = subfields(text).map(|(_, value)| value);
    let first = values.next().unwrap_or_default();
    let Some(second) = values.next() else { return Cow::Borrowed(first) };
    let mut joined = String::with_capacity(text.len());
    joined.push_str(first);
    for value in [second].into_iter().chain(values) {
        joined.push(' ');
        joined.push_str(value);
    }
    Cow::Owned(joined)
}

impl<'s, 'r, R: AsRecord> Evaluation<'s, 'r, R> {
    pub(super) fn new(
        number: usize,
        spec: &'s Spec,
        record: &'r R,
        text: TextSource<'s, 'r>,
    ) -> Self {
        let known = std::vec![None; spec.comparisons as usize];
        Self { number, spec, record, text, known }
    }

    /// Calls the visitor with each value.
    pub(super) fn run(&mut self, visitor: Visitor<'_, 'r>) -> Flow {
        let fields = self.spec.fields;
        if fields.tag.is_leader() {
            return match fields.selects_leader() {
                true => self.visit_content(&Content::of_leader(self.record), visitor),
                false => Ok(ControlFlow::Continue(())),
            };
        }
        let record = self.record;
        let mut index = FieldIndex::new(fields, record);
        for (at, field) in record.fields().enumerate() {
            let tag = field.tag();
            if fields.tag.matches(tag)
                && index.as_mut().is_none_or(|index| index.has_next(tag))
                && self.visit_content(&Content::of_field(at, field), visitor)?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Calls the visitor with each value in a field or in the leader.
    fn visit_content(&mut self, content: &Content<'r>, visitor: Visitor<'_, 'r>) -> Flow {
        let spec = self.spec;
        let (guarded, value) = match &*spec.parts {
            [guarded @ Guarded { part: Part::Whole { characters }, .. }] => {
                (guarded, self.whole(content, *characters)?)
            }
            [guarded @ Guarded { part: Part::Indicator(which), .. }] => {
                (guarded, self.indicator(content, *which)?)
            }
            parts => return self.visit_subfields(content, parts, visitor),
        };
        let Some(value) = value else { return Ok(ControlFlow::Continue(())) };
        let candidate = Candidate { content, value: &value, subfield: None };
        match self.all_hold(guarded, &candidate)? {
            true => Ok(visitor(self.value(content, 0, value))),
            false => Ok(ControlFlow::Continue(())),
        }
    }

    /// Calls the visitor with each value in the subfields of a field. They are visited once, and
    /// the parts of the spec are tried in their order for each.
    fn visit_subfields(
        &mut self,
        content: &Content<'r>,
        parts: &[Guarded],
        visitor: Visitor<'_, 'r>,
    ) -> Flow {
        if content.is_control() {
            return Ok(ControlFlow::Continue(()));
        }
        let text = self.text_of(content)?;
        let has_index = |guarded: &Guarded| matches!(guarded.part, Part::Subfields { repeated, .. } if repeated.index.is_some());
        let mut indexes: Vec<_> = match parts.iter().any(has_index) {
            true => {
                parts.iter().map(|guarded| SubfieldIndex::of_part(&guarded.part, text)).collect()
            }
            false => Vec::new(),
        };
        for (code, subfield) in subfields(text) {
            for (number, guarded) in parts.iter().enumerate() {
                let Part::Subfields { repeated, characters } = guarded.part else { continue };
                let Some(place) = repeated.codes.place_of(code) else { continue };
                if let Some(Some(index)) = indexes.get_mut(number)
                    && !index.has_next(place)
                {
                    continue;
                }
                let Some(value) = characters_of(characters, subfield) else { continue };
                let subfield = Some((repeated, subfield));
                if self.all_hold(guarded, &Candidate { content, value, subfield })?
                    && visitor(self.value(content, number, shared(text, value))).is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    const fn value(&self, content: &Content<'r>, part: usize, text: Cow<'r, str>) -> Value<'r> {
        Value { text, spec: self.number, part, field: content.at }
    }

    /// Returns the text of the leader or of a field, with its delimiters.
    fn text_of<'c>(&self, content: &'c Content<'r>) -> Result<&'c Cow<'r, str>, Undecodable> {
        if let Some(text) = content.text.get() {
            return Ok(text);
        }
        let text = match (content.field, content.at) {
            (Some(field), Some(at)) => {
                (self.text)(at, field).map_err(|error| Undecodable { field: at, error })?
            }
            _ => Cow::Borrowed(""),
        };
        Ok(content.text.get_or_init(|| text))
    }

    /// Returns the value of the leader or of a field, or some of its characters.
    fn whole(
        &self,
        content: &Content<'r>,
        characters: Option<Positions>,
    ) -> Result<Option<Cow<'r, str>>, Undecodable> {
        let text = self.text_of(content)?;
        let whole = if content.is_control() { Cow::Borrowed(&**text) } else { joined(text) };
        Ok(match whole {
            Cow::Borrowed(whole) => {
                characters_of(characters, whole).map(|value| shared(text, value))
            }
            Cow::Owned(whole) if characters.is_none() => Some(Cow::Owned(whole)),
            Cow::Owned(whole) => {
                characters_of(characters, &whole).map(|value| Cow::Owned(value.to_owned()))
            }
        })
    }

    /// Returns an indicator of a data field. It is known even if the text after it is undecodable.
    /// A missing indicator is a blank.
    fn indicator(
        &self,
        content: &Content<'r>,
        which: Which,
    ) -> Result<Option<Cow<'r, str>>, Undecodable> {
        let Some(Field::Data(field)) = content.field else { return Ok(None) };
        let at = which as usize;
        if let Some(both @ [b' '..=b'~', b' '..=b'~']) = field.as_bytes().get(..2)
            && let Ok(indicator) = str::from_utf8(&both[at..=at])
        {
            return Ok(Some(Cow::Borrowed(indicator)));
        }
        let text = self.text_of(content)?;
        let head = text.split(char::from(SUBFIELD_DELIMITER)).next().unwrap_or_default();
        Ok(Some(match head.char_indices().nth(at) {
            Some((start, c)) => shared(text, &head[start..start + c.len_utf8()]),
            None => Cow::Borrowed(" "),
        }))
    }

    /// Returns true if all conditions on a value are true.
    fn all_hold(
        &mut self,
        guarded: &Guarded,
        candidate: &Candidate<'_, 'r>,
    ) -> Result<bool, Undecodable> {
        for Condition(alternatives) in &guarded.conditions {
            let mut holds = false;
            for comparison in alternatives {
                if self.holds(comparison, candidate)? {
                    holds = true;
                    break;
                }
            }
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn holds(
        &mut self,
        comparison: &Comparison,
        candidate: &Candidate<'_, 'r>,
    ) -> Result<bool, Undecodable> {
        let place = match comparison.scope {
            Scope::Record => Place::Record,
            Scope::Field => Place::Field(candidate.content.at),
            Scope::Value => return self.compare(comparison, candidate),
        };
        let number = comparison.number as usize;
        if let Some((known, holds)) = self.known[number]
            && known == place
        {
            return Ok(holds);
        }
        let holds = self.compare(comparison, candidate)?;
        self.known[number] = Some((place, holds));
        Ok(holds)
    }

    /// Compares by MARCspec's "SubSpec validation": a comparison is false if its left side has no
    /// values.
    fn compare(
        &self,
        Comparison { left, operator, right, .. }: &Comparison,
        candidate: &Candidate<'_, 'r>,
    ) -> Result<bool, Undecodable> {
        let left = |visitor: &mut dyn FnMut(&str) -> ControlFlow<()>| match left {
            Some(left) => self.visit_term(left, candidate, visitor),
            None => Ok(visitor(candidate.value)),
        };
        let (expected, includes) = match operator {
            Operator::Exists | Operator::Missing => {
                let mut exists = |_: &str| ControlFlow::Break(());
                let has_left = left(&mut exists)?.is_break();
                let expected = *operator == Operator::Exists;
                return Ok(has_left
                    && self.visit_term(right, candidate, &mut exists)?.is_break() == expected);
            }
            Operator::Equal => (true, false),
            Operator::NotEqual => (false, false),
            Operator::Includes => (true, true),
            Operator::NotIncludes => (false, true),
        };
        let mut texts = Vec::new();
        if let Term::Reference(reference) = right {
            let _ = self.visit_reference(reference, candidate, &mut |text| {
                texts.push(text.to_owned());
                ControlFlow::Continue(())
            })?;
        }
        let is_match = |value: &str, text: &str| match includes {
            true => value.contains(text),
            false => value == text,
        };
        let (mut has_left, mut matches) = (false, false);
        let _ = left(&mut |value| {
            has_left = true;
            matches = match right {
                Term::Text(text) => is_match(value, text),
                Term::Reference(_) => texts.iter().any(|text| is_match(value, text)),
            };
            if matches { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(has_left && matches == expected)
    }

    /// Calls the visitor with each value of a term.
    fn visit_term(
        &self,
        term: &Term,
        candidate: &Candidate<'_, 'r>,
        visitor: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Flow {
        match term {
            Term::Text(text) => Ok(visitor(text)),
            Term::Reference(reference) => self.visit_reference(reference, candidate, visitor),
        }
    }

    /// Calls the visitor with each value of a reference. [`Reference::scope`] has the rule for the
    /// fields and subfields that are meant.
    fn visit_reference(
        &self,
        &Reference { fields, part }: &Reference,
        candidate: &Candidate<'_, 'r>,
        visitor: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Flow {
        if fields == self.spec.fields {
            return match (part, candidate.subfield) {
                (Part::Subfields { repeated, characters }, Some((own, subfield)))
                    if repeated == own =>
                {
                    let value = characters_of(characters, subfield);
                    Ok(value.map_or(ControlFlow::Continue(()), visitor))
                }
                _ => self.visit_part(part, candidate.content, visitor),
            };
        }
        if fields.tag.is_leader() {
            return match fields.selects_leader() {
                true => self.visit_part(part, &Content::of_leader(self.record), visitor),
                false => Ok(ControlFlow::Continue(())),
            };
        }
        let mut index = FieldIndex::new(fields, self.record);
        for (at, field) in self.record.fields().enumerate() {
            let tag = field.tag();
            if fields.tag.matches(tag)
                && index.as_mut().is_none_or(|index| index.has_next(tag))
                && self.visit_part(part, &Content::of_field(at, field), visitor)?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Calls the visitor with each value of a part of one field or of the leader.
    fn visit_part(
        &self,
        part: Part,
        content: &Content<'r>,
        visitor: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Flow {
        let (repeated, characters) = match part {
            Part::Whole { characters } => {
                let value = self.whole(content, characters)?;
                return Ok(value.map_or(ControlFlow::Continue(()), |value| visitor(&value)));
            }
            Part::Indicator(which) => {
                let value = self.indicator(content, which)?;
                return Ok(value.map_or(ControlFlow::Continue(()), |value| visitor(&value)));
            }
            Part::Subfields { .. } if content.is_control() => {
                return Ok(ControlFlow::Continue(()));
            }
            Part::Subfields { repeated, characters } => (repeated, characters),
        };
        let text = self.text_of(content)?;
        let mut index = SubfieldIndex::new(repeated, text);
        for (code, subfield) in subfields(text) {
            if let Some(place) = repeated.codes.place_of(code)
                && index.as_mut().is_none_or(|index| index.has_next(place))
                && let Some(value) = characters_of(characters, subfield)
                && visitor(value).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
