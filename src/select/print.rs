//! The canonical form of a selector: the shortest in MARCspec, without additions. A text with
//! whitespace other than blanks is an exception: MARCspec cannot write it, so it is quoted.

use super::{
    Selector,
    spec::{
        Codes, Comparison, Fields, Guarded, Operator, Part, Reference, Repeated, Spec, Term, Which,
    },
};
use std::fmt::{self, Formatter, Write};

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        separated(f, &self.specs, spec)
    }
}

/// Writes items with `|` between them.
fn separated<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    mut write: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            f.write_char('|')?;
        }
        write(f, item)?;
    }
    Ok(())
}

fn spec(f: &mut Formatter<'_>, spec: &Spec) -> fmt::Result {
    fields(f, spec.fields)?;
    for guarded in &spec.parts {
        part(f, guarded.part)?;
        for condition in &guarded.conditions {
            f.write_char('{')?;
            separated(f, &condition.0, |f, item| comparison(f, item, spec.fields, guarded))?;
            f.write_char('}')?;
        }
    }
    Ok(())
}

fn fields(f: &mut Formatter<'_>, Fields { tag, index }: Fields) -> fmt::Result {
    write!(f, "{tag}")?;
    index.map_or(Ok(()), |index| write!(f, "[{index}]"))
}

fn part(f: &mut Formatter<'_>, part: Part) -> fmt::Result {
    let characters = match part {
        Part::Whole { characters } => characters,
        Part::Subfields { repeated, characters } => {
            subfields(f, repeated)?;
            characters
        }
        Part::Indicator(Which::First) => return f.write_str("^1"),
        Part::Indicator(Which::Second) => return f.write_str("^2"),
    };
    characters.map_or(Ok(()), |characters| write!(f, "/{characters}"))
}

fn subfields(f: &mut Formatter<'_>, Repeated { codes, index }: Repeated) -> fmt::Result {
    let Codes { first, last } = codes;
    write!(f, "${}", char::from(first))?;
    if first != last {
        write!(f, "-{}", char::from(last))?;
    }
    index.map_or(Ok(()), |index| write!(f, "[{index}]"))
}

fn comparison(
    f: &mut Formatter<'_>,
    Comparison { left, operator, right, .. }: &Comparison,
    fields: Fields,
    guarded: &Guarded,
) -> fmt::Result {
    match left {
        Some(Term::Text(left)) if left.is_empty() => f.write_str("\"\"")?,
        Some(left) => term(f, left, fields, guarded)?,
        None => {}
    }
    if left.is_some() || *operator != Operator::Exists {
        f.write_str(operator.symbol())?;
    }
    term(f, right, fields, guarded)
}

fn term(f: &mut Formatter<'_>, term: &Term, fields: Fields, guarded: &Guarded) -> fmt::Result {
    match term {
        Term::Text(string) => text(f, string),
        Term::Reference(term) => reference(f, *term, fields, guarded.part),
    }
}

/// Writes a reference in a condition on `own`. It is abbreviated if it is to the same fields.
fn reference(
    f: &mut Formatter<'_>,
    Reference { fields: other, part: named }: Reference,
    own_fields: Fields,
    own: Part,
) -> fmt::Result {
    let is_abbreviated = other == own_fields
        && match (named, own) {
            (Part::Subfields { .. }, _) => true,
            (Part::Whole { characters }, Part::Whole { .. }) => characters.is_some(),
            (Part::Whole { .. }, _) => false,
            // MARCspec has no short form for the indicators of a field whose characters are taken.
            (Part::Indicator(_), own) => !matches!(own, Part::Whole { characters: Some(_) }),
        };
    if !is_abbreviated {
        fields(f, other)?;
        return part(f, named);
    }
    match (named, own) {
        (
            Part::Subfields { repeated, characters: Some(characters) },
            Part::Subfields { repeated: own, .. },
        ) if repeated == own => write!(f, "/{characters}"),
        _ => part(f, named),
    }
}

/// Characters that end an unquoted text, unless a backslash is before them.
pub(super) const SPECIAL: [char; 8] = ['$', '{', '}', '!', '=', '~', '?', '|'];

/// Returns true if an unquoted text cannot contain the character.
pub(super) fn needs_quotes(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Writes a text after a backslash, with escapes, or quoted.
fn text(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    if text.contains(|c| c != ' ' && needs_quotes(c)) {
        f.write_char('"')?;
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                f.write_char('\\')?;
            }
            f.write_char(c)?;
        }
        return f.write_char('"');
    }
    f.write_char('\\')?;
    for c in text.chars() {
        match c {
            ' ' => f.write_str("\\s")?,
            c if c == '\\' || SPECIAL.contains(&c) => write!(f, "\\{c}")?,
            c => f.write_char(c)?,
        }
    }
    Ok(())
}
