//! One edit, and its parser.

use super::{
    EditError,
    new::{self, NewField, Subfields},
};
use crate::select::{NamedPart, PartKind, Selector, compile};
use regex::Regex;
use std::{fmt, format, string::String};

/// A change to a record, parsed from text.
///
/// `Display` writes it as in `delete 9XX`.
#[derive(Debug, Clone)]
pub struct Edit {
    pub(super) operation: Operation,
    text: String,
}

#[derive(Debug, Clone)]
pub(super) enum Operation {
    Delete(Selector),
    Add(NewField),
    AddSubfields { fields: Selector, subfields: Subfields },
    Set { target: Selector, value: Value },
    Replace { target: Selector, regex: Regex, with: String },
    SortFields,
}

/// The new value of [`Edit::set`].
#[derive(Debug, Clone)]
pub(super) enum Value {
    Indicator(u8),
    Text(String),
}

/// The positions of the leader that an edit may set. The others are computed when the record is
/// written (lengths, 10-11 and 20-23).
const LEADER: [(u32, u32); 2] = [(5, 9), (17, 19)];

impl Edit {
    /// Parses the target of an edit that deletes fields (`9XX`, `650{^2=\7}`) or subfields
    /// (`020$c`). A field without a subfield left is deleted too.
    ///
    /// # Errors
    /// Returns the first mistake in the text.
    pub fn delete(target: &str) -> Result<Self, EditError> {
        let selector: Selector = target.parse()?;
        for part in selector.parts() {
            match part.kind {
                _ if part.tag.is_leader() => {
                    return Err(EditError::new(target, 0, "a record always has its leader"));
                }
                PartKind::Indicator(_) => {
                    return Err(EditError::new(
                        target,
                        0,
                        "an indicator cannot be deleted, but set to a blank (`245^1=#`)",
                    ));
                }
                _ => whole(target, part)?,
            }
        }
        Ok(Self::new(Operation::Delete(selector), format!("delete {target}")))
    }

    /// Parses a field to be added: `040 $dXXX`, `650 #0$aWhales`, `003 DLC`. It stands after the last
    /// field whose tag is not greater.
    ///
    /// # Errors
    /// Returns the first mistake in the text.
    pub fn add(field: &str) -> Result<Self, EditError> {
        let new = new::field(field)?;
        Ok(Self::new(Operation::Add(new), format!("add {field}")))
    }

    /// Parses fields and the subfields to be added at the end of each: `040 $dXXX`,
    /// `650{^2=\7} $2fast`.
    ///
    /// # Errors
    /// Returns the first mistake in the text.
    pub fn add_subfields(text: &str) -> Result<Self, EditError> {
        let (fields, end) = Selector::parse_start(text)?;
        for part in fields.parts() {
            if part.tag.is_leader() || is_control(part) {
                return Err(EditError::new(text, 0, "subfields are added to data fields"));
            }
            if part.kind != PartKind::Whole {
                let at = text.find(['$', '^']).unwrap_or(0);
                let reason = "expected a blank between the fields and the new subfields";
                return Err(EditError::new(text, at, reason));
            }
            whole(text, part)?;
        }
        let blanks = text[end..].len() - text[end..].trim_start_matches(' ').len();
        if blanks == 0 {
            return Err(EditError::expected(text, end, "a blank and the new subfields"));
        }
        let subfields = new::subfields(text, end + blanks)?;
        let operation = Operation::AddSubfields { fields, subfields };
        Ok(Self::new(operation, format!("add-subfield {text}")))
    }

    /// Parses a target and its new value: an indicator (`245^1=1`), a control field (`003=DLC`),
    /// positions of one or of the leader (`008/35-37=eng`, `LDR/5=c`), subfields (`040$b=eng`). Only
    /// values that exist are set.
    ///
    /// # Errors
    /// Returns the first mistake in the text.
    pub fn set(assignment: &str) -> Result<Self, EditError> {
        let (target, end) = Selector::parse_start(assignment)?;
        if !assignment[end..].starts_with('=') {
            return Err(EditError::expected(assignment, end, "`=` and the new value"));
        }
        let (at, value) = (end + 1, &assignment[end + 1..]);
        new::check(assignment, at)?;
        let mut parts = target.parts();
        let (Some(part), None) = (parts.next(), parts.next()) else {
            return Err(EditError::new(assignment, 0, "one value at a time can be set"));
        };
        let value = match part.kind {
            PartKind::Indicator(_) => match *value.as_bytes() {
                [byte] => new::indicator(byte).map(Value::Indicator),
                _ => None,
            }
            .ok_or_else(|| {
                EditError::expected(
                    assignment,
                    at,
                    "one digit or lowercase letter, or `#` for a blank",
                )
            })?,
            kind => {
                if kind == PartKind::Whole && !part.tag.is_leader() && !is_control(part) {
                    return Err(EditError::new(
                        assignment,
                        0,
                        "name an indicator, a subfield or a control field (00X)",
                    ));
                }
                if part.tag.is_leader() {
                    leader(assignment, part, value)?;
                }
                counted(assignment, at, part, value)?;
                Value::Text(value.into())
            }
        };
        drop(parts);
        Ok(Self::new(Operation::Set { target, value }, format!("set {assignment}")))
    }

    /// Parses a target, a regular expression between slashes, and the text that replaces each of its
    /// matches: `856$u`, `/^http:/`, `https:`. `/…/i` ignores case. In the new text `$1` or `${1}` is
    /// a group of the expression, and `$$` a dollar sign. A whole field stands for the values of all
    /// its subfields.
    ///
    /// # Errors
    /// Returns the first mistake in one of the texts.
    pub fn replace(target: &str, pattern: &str, with: &str) -> Result<Self, EditError> {
        let selector: Selector = target.parse()?;
        for part in selector.parts() {
            if part.tag.is_leader() || matches!(part.kind, PartKind::Indicator(_)) {
                return Err(EditError::new(
                    target,
                    0,
                    "name a field or subfields; indicators and positions are set (`245^1=1`)",
                ));
            }
            whole(target, part)?;
        }
        let regex = regex(pattern)?;
        groups(with, &regex)?;
        new::check(with, 0)?;
        let operation = Operation::Replace { target: selector, regex, with: with.into() };
        Ok(Self::new(operation, format!("replace {target} {pattern} {with}")))
    }

    /// Creates the edit that sorts the fields by their tags. Fields with the same tag keep their
    /// order.
    #[must_use]
    pub fn sort_fields() -> Self {
        Self::new(Operation::SortFields, "sort-fields".into())
    }

    const fn new(operation: Operation, text: String) -> Self {
        Self { operation, text }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns true if a part is in control fields: its tag begins with `00`.
fn is_control(part: NamedPart) -> bool {
    part.tag.as_str().starts_with("00")
}

/// Checks that a part is taken with all its characters.
fn whole(text: &str, part: NamedPart) -> Result<(), EditError> {
    match part.characters.is_all() {
        true => Ok(()),
        false => Err(EditError::new(
            text,
            text.find('/').unwrap_or(0),
            "positions can be set (`008/35-37=eng`), and nothing else",
        )),
    }
}

/// Checks that a value has as many characters as the positions that it is for.
fn counted(text: &str, at: usize, part: NamedPart, value: &str) -> Result<(), EditError> {
    if part.characters.is_all() {
        return Ok(());
    }
    let count = value.chars().count();
    match part.characters.count() {
        Some(expected) if expected == count => Ok(()),
        Some(expected) => Err(EditError::new(
            text,
            at,
            format!("the positions are {expected}, and the new value has {count} characters"),
        )),
        None => Err(EditError::new(
            text,
            text.find('/').unwrap_or(0),
            "expected positions with numbers, without `#`",
        )),
    }
}

/// Checks that positions of the leader can be set to this value.
fn leader(text: &str, part: NamedPart, value: &str) -> Result<(), EditError> {
    let is_free = |(first, last): (u32, u32)| {
        LEADER.into_iter().any(|(from, to)| from <= first && last <= to)
    };
    if !part.characters.ends().is_some_and(is_free) {
        return Err(EditError::new(
            text,
            text.find('/').unwrap_or(3),
            "expected positions from 5 to 9 or from 17 to 19; the others are computed",
        ));
    }
    match value.find(|c: char| !matches!(c, ' '..='~')) {
        Some(at) => {
            Err(EditError::expected(text, text.len() - value.len() + at, "a character of ASCII"))
        }
        None => Ok(()),
    }
}

/// Parses a regular expression between slashes, and its flag. Slashes inside need no escape, since
/// nothing follows the expression.
fn regex(pattern: &str) -> Result<Regex, EditError> {
    let expected = |at, expected| Err(EditError::expected(pattern, at, expected));
    if !pattern.starts_with('/') {
        return expected(0, "a regular expression between slashes, such as `/^http:/`");
    }
    let Some(end) = pattern.rfind('/').filter(|end| *end > 0) else {
        return expected(pattern.len(), "a closing slash");
    };
    let ignores_case = match &pattern[end + 1..] {
        "" => false,
        "i" => true,
        _ => return expected(end + 1, "the flag `i`, or the end (each match is replaced)"),
    };
    compile(&pattern[1..end], ignores_case)
        .map_err(|(offset, reason)| EditError::new(pattern, 1 + offset, reason))
}

/// Checks that the new text refers only to groups of the expression. Any other reference would
/// stand for no text: `$1st` is the group `1st`.
fn groups(with: &str, regex: &Regex) -> Result<(), EditError> {
    // Other programs write a group so.
    let number = |at: usize| with[at + 1..].starts_with(|c: char| c.is_ascii_digit());
    if regex.captures_len() > 1
        && let Some((at, _)) = with.match_indices('\\').find(|&(at, _)| number(at))
    {
        let reason = format!("a group is written with `$`: `${}`", &with[at + 1..at + 2]);
        return Err(EditError::new(with, at, reason));
    }
    let mut at = 0;
    while let Some(dollar) = with[at..].find('$').map(|dollar| at + dollar) {
        let rest = &with[dollar + 1..];
        if rest.starts_with('$') {
            at = dollar + 2;
            continue;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, is_open) = match rest.strip_prefix('{') {
            Some(rest) => rest.split_once('}').map_or(("", true), |(name, _)| (name, false)),
            None => (&rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())], false),
        };
        if name.is_empty() || is_open {
            let reason = "expected the number of a group after `$`; a dollar sign is `$$`";
            return Err(EditError::new(with, dollar, reason));
        }
        let is_group = match name.parse::<usize>() {
            Ok(number) => number < regex.captures_len(),
            Err(_) => regex.capture_names().flatten().any(|group| group == name),
        };
        if !is_group {
            let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let mut reason = format!("the regular expression has no group `{name}`");
            if digits > 0 && digits < name.len() {
                let (number, text) = name.split_at(digits);
                reason = format!("{reason}: write `${{{number}}}{text}`");
            }
            return Err(EditError::new(with, dollar, reason));
        }
        at = dollar + 1 + name.len();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
