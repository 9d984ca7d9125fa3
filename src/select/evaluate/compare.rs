//! The comparison of two sides, of which each has values.

use super::{Candidate, Evaluation, Flow, Known, Place, Undecodable};
use crate::{
    record::AsRecord,
    select::spec::{Comparison, Operator, Reference, Scope, Term},
};
use std::{borrow::ToOwned, ops::ControlFlow, string::String, vec::Vec};

/// The values of a reference.
pub(super) struct Texts {
    texts: Vec<String>,
    /// The undecodable field after the last of them.
    end: Result<(), Undecodable>,
}

impl Texts {
    /// Returns all values; an error if one is undecodable.
    fn all(&self) -> Result<&[String], Undecodable> {
        self.end.map(|()| &*self.texts)
    }
}

/// A side of a comparison.
#[derive(Clone, Copy)]
enum Side<'k> {
    Text(&'k str),
    /// A reference whose values are looked up each time.
    Reference(&'k Reference),
    /// The values of a reference.
    Kept(&'k Texts),
}

impl<'r, R: AsRecord> Evaluation<'_, 'r, R> {
    /// Compares by MARCspec's "SubSpec validation": a comparison is false if its left side has no
    /// values. The right side is then not examined.
    pub(super) fn compare(
        &self,
        comparison: &Comparison,
        candidate: &Candidate<'_, 'r>,
        known: &mut Known,
    ) -> Result<bool, Undecodable> {
        let (is_existence, expected, includes) = match comparison.operator {
            Operator::Exists => (true, true, false),
            Operator::Missing => (true, false, false),
            Operator::Equal => (false, true, false),
            Operator::NotEqual => (false, false, false),
            Operator::Includes => (false, true, true),
            Operator::NotIncludes => (false, false, true),
        };
        // A side is kept if it depends on less than the result.
        let kept_at =
            |side: Scope| Place::of(side, candidate).filter(|_| side < comparison.scope());
        let left = match &comparison.left {
            Some(left) => {
                let place = kept_at(comparison.left_scope);
                self.side(left, place, is_existence, candidate, &mut known.left)
            }
            None => Side::Text(candidate.value),
        };
        let mut exists = |_: &str| ControlFlow::Break(());
        let is_early = is_existence || matches!(comparison.right, Term::Reference(_));
        if is_early && self.visit_side(left, candidate, &mut exists)?.is_continue() {
            return Ok(false);
        }
        let place = kept_at(comparison.right_scope);
        let right = self.side(&comparison.right, place, is_existence, candidate, &mut known.right);
        if is_existence {
            return Ok(self.visit_side(right, candidate, &mut exists)?.is_break() == expected);
        }
        let found;
        let (text, texts): (Option<&str>, &[String]) = match right {
            Side::Text(text) => (Some(text), &[]),
            Side::Kept(kept) => (None, kept.all()?),
            Side::Reference(reference) => {
                found = self.texts_of(reference, false, candidate);
                (None, found.all()?)
            }
        };
        let is_match = |value: &str, text: &str| match includes {
            true => value.contains(text),
            false => value == text,
        };
        let (mut has_left, mut matches) = (false, false);
        let _ = self.visit_side(left, candidate, &mut |value| {
            has_left = true;
            let mut texts = text.into_iter().chain(texts.iter().map(String::as_str));
            matches = texts.any(|text| is_match(value, text));
            if matches { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(has_left && matches == expected)
    }

    /// Returns a side of a comparison. With a place, its values are looked up once for it.
    fn side<'k>(
        &self,
        term: &'k Term,
        place: Option<Place>,
        is_existence: bool,
        candidate: &Candidate<'_, 'r>,
        kept: &'k mut Option<(Place, Texts)>,
    ) -> Side<'k> {
        match (term, place) {
            (Term::Text(text), _) => Side::Text(text),
            (Term::Reference(reference), None) => Side::Reference(reference),
            (Term::Reference(reference), Some(place)) => {
                let texts = match kept.take() {
                    Some((known, texts)) if known == place => texts,
                    _ => self.texts_of(reference, is_existence, candidate),
                };
                Side::Kept(&kept.insert((place, texts)).1)
            }
        }
    }

    /// Returns the values of a reference. One is enough if the question is whether there are any.
    fn texts_of(
        &self,
        reference: &Reference,
        is_existence: bool,
        candidate: &Candidate<'_, 'r>,
    ) -> Texts {
        let mut texts = Vec::new();
        let visited = self.visit_reference(reference, candidate, &mut |text| {
            texts.push(text.to_owned());
            if is_existence { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        Texts { texts, end: visited.map(|_| ()) }
    }

    /// Calls the visitor with each value of a side.
    fn visit_side(
        &self,
        side: Side<'_>,
        candidate: &Candidate<'_, 'r>,
        visitor: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Flow {
        match side {
            Side::Text(text) => Ok(visitor(text)),
            Side::Reference(reference) => self.visit_reference(reference, candidate, visitor),
            Side::Kept(kept) => {
                for text in &kept.texts {
                    if visitor(text).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                kept.end.map(ControlFlow::Continue)
            }
        }
    }
}
