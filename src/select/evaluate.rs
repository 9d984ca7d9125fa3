//! The evaluation of one spec of a selector on one record.
//!
//! Fields are visited once, in the order of the record, and only those with the tag of the spec are
//! decoded. A condition is evaluated for each value. The result of a comparison, or the values of
//! one side, are kept for the field or for the record if they do not depend on the value. So the
//! time is linear in the size of the record, except for a comparison of two sets of values, which
//! compares each value with each.

use super::{
    Value,
    occurrence::{FieldIndex, SubfieldIndex},
    positions::Positions,
    spec::{Comparison, Condition, Guarded, Part, Reference, Repeated, Scope, Spec, Which},
};
use crate::{
    encoding::{TextError, subfields},
    record::{AsRecord, Field, SUBFIELD_DELIMITER},
};
use std::{borrow::Cow, mem, ops::ControlFlow, str, vec::Vec};

mod compare;
mod content;

use compare::Texts;
#[cfg(feature = "columns")]
pub(crate) use content::leader_text;
use content::{Content, shared};
pub(super) use content::{characters_of, whole};
#[cfg(not(test))]
use std::convert::identity as counted;
#[cfg(test)]
use tests::counted;

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
        not(any(feature = "columns", feature = "filter")),
        expect(dead_code, reason = "columns, filters and Python name this field")
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
    /// State of each comparison, by its number.
    known: Vec<Known>,
    /// True if the evaluation continues after an undecodable field.
    passes_over: bool,
    /// The first undecodable field after which it has continued.
    passed_over: Result<(), Undecodable>,
}

/// The result of a comparison and the values of its sides, each with the place for which it is
/// known.
#[derive(Default)]
struct Known {
    result: Option<(Place, bool)>,
    left: Option<(Place, Texts)>,
    right: Option<(Place, Texts)>,
}

/// The place for which something is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Record,
    /// The field with this number; `None` for the leader.
    Field(Option<usize>),
}

impl Place {
    /// Returns the place of a candidate; `None` if its value is the only one with this scope.
    const fn of(scope: Scope, candidate: &Candidate<'_, '_>) -> Option<Self> {
        match scope {
            Scope::Record => Some(Self::Record),
            Scope::Field => Some(Self::Field(candidate.content.at)),
            Scope::Value => None,
        }
    }
}

/// The value for which conditions are evaluated.
struct Candidate<'c, 'r> {
    content: &'c Content<'r>,
    value: &'c str,
    /// The subfield that the value comes from, and the part of the spec that selects it.
    subfield: Option<(Repeated, &'c str)>,
}

impl<'s, 'r, R: AsRecord> Evaluation<'s, 'r, R> {
    pub(super) fn new(
        number: usize,
        spec: &'s Spec,
        record: &'r R,
        text: TextSource<'s, 'r>,
    ) -> Self {
        let known = (0..spec.comparisons).map(|_| Known::default()).collect();
        Self { number, spec, record, text, known, passes_over: false, passed_over: Ok(()) }
    }

    /// Lets the evaluation continue after an undecodable field.
    #[cfg(feature = "filter")]
    pub(super) fn passing_over(self) -> Self {
        Self { passes_over: true, ..self }
    }

    /// Returns the first undecodable field after which the evaluation has continued.
    #[cfg(feature = "filter")]
    pub(super) fn passed_over(&self) -> Result<(), Undecodable> {
        self.passed_over
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
        match self.visit_values(content, visitor) {
            Err(undecodable) if self.passes_over => {
                self.passed_over = self.passed_over.and(Err(undecodable));
                Ok(ControlFlow::Continue(()))
            }
            flow => flow,
        }
    }

    fn visit_values(&mut self, content: &Content<'r>, visitor: Visitor<'_, 'r>) -> Flow {
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
            true => Ok(visitor(self.value(content, 0, None, value))),
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
        for (nth, (code, subfield)) in counted(subfields(text)).enumerate() {
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
                    && visitor(self.value(content, number, Some(nth), shared(text, value)))
                        .is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    const fn value(
        &self,
        content: &Content<'r>,
        part: usize,
        subfield: Option<usize>,
        text: Cow<'r, str>,
    ) -> Value<'r> {
        Value { text, spec: self.number, part, field: content.at, subfield }
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
        Ok(match whole(text, content.is_control(), characters) {
            Some(Cow::Borrowed(value)) => Some(shared(text, value)),
            owned => owned.map(|value| Cow::Owned(value.into_owned())),
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
        let place = Place::of(comparison.scope(), candidate);
        let number = comparison.number as usize;
        if let Some((known, holds)) = self.known[number].result
            && Some(known) == place
        {
            return Ok(holds);
        }
        let mut known = mem::take(&mut self.known[number]);
        let holds = self.compare(comparison, candidate, &mut known)?;
        known.result = place.map(|place| (place, holds));
        self.known[number] = known;
        Ok(holds)
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
        for (code, subfield) in counted(subfields(text)) {
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

#[cfg(test)]
mod tests;
