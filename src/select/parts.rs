//! The parts of a record that a selector names, for code that changes them.

use super::{
    Selector, SelectorError, TagPattern, Value, parse,
    plain::Characters,
    spec::{Part, Which},
};

/// The part of a field, or of the leader, that a value is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedPart {
    pub(crate) tag: TagPattern,
    pub(crate) kind: PartKind,
    /// The characters that are taken of the part.
    pub(crate) characters: Characters,
}

/// The kind of a [`NamedPart`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartKind {
    /// A whole field, or the leader.
    Whole,
    Subfield,
    /// The indicator with this number, from 0.
    Indicator(usize),
}

impl Selector {
    /// Parses the selector at the start of a longer text. Returns the offset of its end too.
    ///
    /// # Errors
    /// Returns the first mistake.
    pub(crate) fn parse_start(text: &str) -> Result<(Self, usize), SelectorError> {
        parse::prefix(text, 0)
    }

    /// Returns the parts that the selector names, spec by spec.
    pub(crate) fn parts(&self) -> impl Iterator<Item = NamedPart> {
        let numbers = self.specs.iter().enumerate();
        numbers.flat_map(move |(spec, parts)| {
            (0..parts.parts.len()).filter_map(move |part| self.part(spec, part))
        })
    }

    /// Returns the part that a value of this selector is.
    pub(crate) fn part_of(&self, value: &Value<'_>) -> Option<NamedPart> {
        self.part(value.spec, value.part)
    }

    fn part(&self, spec: usize, part: usize) -> Option<NamedPart> {
        let spec = self.specs.get(spec)?;
        let (kind, characters) = match spec.parts.get(part)?.part {
            Part::Whole { characters } => (PartKind::Whole, characters),
            Part::Subfields { characters, .. } => (PartKind::Subfield, characters),
            Part::Indicator(Which::First) => (PartKind::Indicator(0), None),
            Part::Indicator(Which::Second) => (PartKind::Indicator(1), None),
        };
        Some(NamedPart { tag: spec.fields.tag, kind, characters: Characters::new(characters) })
    }

    /// Returns true if the text of a field decides which values are taken.
    pub(crate) fn has_conditions(&self) -> bool {
        let parts = self.specs.iter().flat_map(|spec| &spec.parts);
        parts.into_iter().any(|guarded| !guarded.conditions.is_empty())
    }
}
