//! A naive evaluator of selectors, written from `docs/selectors.md`. It shares no code with
//! `src/select`: it does not parse, but makes a selector from bytes and writes it as text, and it
//! looks up everything again for each value.

mod evaluate;

use evaluate::Content;
use std::fmt::{self, Display, Formatter};
use tidemarc::Record;

/// Choices made by the bytes of an input; 0 once they are used up.
pub struct Choices<'a>(pub &'a [u8]);

impl Choices<'_> {
    fn next(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.next() % limit
    }

    pub fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Makes up to `most` items.
    pub fn some<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }
}

/// Makes a record with tags, codes and values that are often equal.
pub fn record(choices: &mut Choices<'_>) -> Record {
    let mut builder = Record::builder().leader(*b"00000nam a2200000   4500");
    for _ in 0..1 + choices.below(7) {
        let tag = choices.one_of(&["650", "650", "651", "008", "880"]);
        if tag == "008" {
            builder = builder.control(tag, text(choices));
            continue;
        }
        let indicators = [choices.one_of(b" 01"), choices.one_of(b" 01")];
        let subfields = choices.some(5, |choices| (choices.one_of(b"aab2-"), text(choices)));
        builder = builder.data(tag, indicators, subfields);
    }
    builder.build().expect("a valid record")
}

fn text(choices: &mut Choices<'_>) -> String {
    const CHARACTERS: [char; 12] =
        ['a', 'a', 'b', 'é', '中', ' ', '=', '\\', 's', '"', '{', '\u{a0}'];
    choices.some(3, |choices| choices.one_of(&CHARACTERS)).into_iter().collect()
}

/// A position: a number, or `None` for `#`.
type Position = Option<usize>;

/// A position or a range.
#[derive(Clone, Copy)]
struct Range(Position, Option<Position>);

/// Two forms of one range are equal, such as `0` and `0-0`, or `#` and `#-0`.
impl PartialEq for Range {
    fn eq(&self, other: &Self) -> bool {
        let ends = |range: &Self| match *range {
            Self(None, None | Some(None)) => (None, Some(0)),
            Self(start, end) => (start, end.unwrap_or(start)),
        };
        ends(self) == ends(other)
    }
}

impl Range {
    fn make(choices: &mut Choices<'_>) -> Self {
        const POSITIONS: [Position; 5] = [Some(0), Some(0), Some(1), Some(2), None];
        let (start, end) = (choices.one_of(&POSITIONS), choices.one_of(&POSITIONS));
        let is_ordered = start.is_none() || end.is_none() || start <= end;
        Self(start, Some(end).filter(|_| is_ordered && choices.below(2) == 1))
    }

    fn maybe(choices: &mut Choices<'_>) -> Option<Self> {
        (choices.below(5) == 4).then(|| Self::make(choices))
    }

    fn pick<T: Clone>(self, items: &[T]) -> Vec<T> {
        let is_picked = |at: usize| {
            let from_end = items.len() - 1 - at;
            match self {
                Self(Some(start), None) => at == start,
                Self(Some(start), Some(None)) => at >= start,
                Self(Some(start), Some(Some(end))) => start <= at && at <= end,
                Self(None, None | Some(None)) => from_end == 0,
                Self(None, Some(Some(end))) => from_end <= end,
            }
        };
        (0..items.len()).filter(|&at| is_picked(at)).map(|at| items[at].clone()).collect()
    }

    fn shown(range: Option<Self>, before: &str, after: &str) -> String {
        let show = |position: Position| position.map_or("#".into(), |number| number.to_string());
        match range {
            None => String::new(),
            Some(Self(start, None)) => format!("{before}{}{after}", show(start)),
            Some(Self(start, Some(end))) => format!("{before}{}-{}{after}", show(start), show(end)),
        }
    }
}

fn shown_index(index: Option<Range>) -> String {
    Range::shown(index, "[", "]")
}

fn shown_characters(characters: Option<Range>) -> String {
    Range::shown(characters, "/", "")
}

#[derive(Clone, Copy, PartialEq)]
struct Codes {
    range: (char, char),
    index: Option<Range>,
}

impl Codes {
    fn make(choices: &mut Choices<'_>) -> Self {
        let range = choices.one_of(&[('a', 'a'), ('b', 'b'), ('2', '2'), ('-', '-'), ('a', 'z')]);
        Self { range, index: Range::maybe(choices) }
    }
}

impl Display for Codes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (first, last) = self.range;
        let last = if first == last { String::new() } else { format!("-{last}") };
        write!(f, "${first}{last}{}", shown_index(self.index))
    }
}

#[derive(Clone, Copy)]
enum Part {
    Whole(Option<Range>),
    Subfield(Codes, Option<Range>),
    Indicator(usize),
}

impl Part {
    fn make(choices: &mut Choices<'_>) -> Self {
        match choices.below(5) {
            0 => Self::Whole(Range::maybe(choices)),
            1 => Self::Indicator(choices.below(2)),
            _ => Self::Subfield(Codes::make(choices), Range::maybe(choices)),
        }
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(characters) => f.write_str(&shown_characters(*characters)),
            Self::Subfield(codes, characters) => {
                write!(f, "{codes}{}", shown_characters(*characters))
            }
            Self::Indicator(which) => write!(f, "^{}", which + 1),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Fields {
    tag: &'static str,
    index: Option<Range>,
}

impl Fields {
    fn make(choices: &mut Choices<'_>) -> Self {
        let tag = choices.one_of(&["650", "650", "650", "65.", "65.", "...", "008", "LDR"]);
        Self { tag, index: Range::maybe(choices) }
    }
}

impl Display for Fields {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.tag, shown_index(self.index))
    }
}

enum Term {
    Text {
        text: String,
        is_quoted: bool,
    },
    Full(Fields, Part),
    /// Without a tag: `$a`, `^1`, or `/0`, which is taken from the value's subfield or field.
    Short(Part),
    /// `[0]$a` or `[0]^1`.
    OtherField(Range, Part),
    /// `[0]/1` after a subfield: another one with the same codes.
    OtherSubfield(Range, Option<Range>),
}

impl Term {
    fn make(choices: &mut Choices<'_>, own: (Fields, Part)) -> Self {
        let takes_characters = matches!(own.1, Part::Whole(Some(_)));
        match choices.below(7) {
            0 | 1 => Self::Text { text: text(choices), is_quoted: choices.below(2) == 0 },
            2 => Self::Full(Fields::make(choices), Part::make(choices)),
            3 => match Part::make(choices) {
                Part::Whole(None) => Self::Full(own.0, Part::Whole(None)),
                Part::Whole(_) if matches!(own.1, Part::Indicator(_)) => Self::Full(own.0, own.1),
                Part::Indicator(which) if takes_characters => {
                    Self::Full(own.0, Part::Indicator(which))
                }
                part => Self::Short(part),
            },
            4 => match (own.1, Range::make(choices)) {
                (Part::Subfield(..), index) => Self::OtherSubfield(index, Range::maybe(choices)),
                (_, index) => Self::OtherField(index, Part::Whole(Range::maybe(choices))),
            },
            5 => {
                let part = Part::Subfield(Codes::make(choices), Range::maybe(choices));
                Self::OtherField(Range::make(choices), part)
            }
            _ => Self::Full(own.0, Part::make(choices)),
        }
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, is_quoted } if *is_quoted || text.contains('\u{a0}') => {
                write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
            }
            Self::Text { text, .. } => {
                let text = text.replace('\\', "\\\\").replace(' ', "\\s").replace('{', "\\{");
                write!(f, "\\{}", text.replace('=', "\\="))
            }
            Self::Full(fields, part) => write!(f, "{fields}{part}"),
            Self::Short(part) => part.fmt(f),
            Self::OtherField(index, part) => write!(f, "{}{part}", shown_index(Some(*index))),
            Self::OtherSubfield(index, characters) => {
                write!(f, "{}{}", shown_index(Some(*index)), shown_characters(*characters))
            }
        }
    }
}

struct Comparison(Option<Term>, &'static str, Term);

struct Guarded {
    part: Part,
    conditions: Vec<Vec<Comparison>>,
}

struct Spec {
    fields: Fields,
    parts: Vec<Guarded>,
    /// True for codes without `$`.
    is_short: bool,
}

/// A selector, as made from bytes. `Display` writes it in one of the forms that it may have.
pub struct NaiveSelector(Vec<Spec>);

impl NaiveSelector {
    pub fn make(choices: &mut Choices<'_>) -> Self {
        Self((0..1 + choices.below(4) / 3).map(|_| Spec::make(choices)).collect())
    }

    /// Returns the values in a record.
    pub fn values(&self, record: &Record) -> Vec<String> {
        let record = Content::of(record);
        self.0.iter().flat_map(|spec| spec.values(&record)).collect()
    }
}

impl Spec {
    fn make(choices: &mut Choices<'_>) -> Self {
        let (fields, first) = (Fields::make(choices), Part::make(choices));
        let mut parts = vec![Guarded::make(choices, fields, first)];
        if let Part::Subfield(..) = first {
            parts.extend(choices.some(2, |choices| {
                let part = Part::Subfield(Codes::make(choices), Range::maybe(choices));
                Guarded::make(choices, fields, part)
            }));
        }
        // Only the last of several codes without `$` has an index, characters or conditions.
        let is_plain = |guarded: &Guarded| {
            guarded.conditions.is_empty()
                && matches!(guarded.part, Part::Subfield(Codes { index: None, .. }, None))
        };
        let is_code = |guarded: &Guarded| {
            matches!(guarded.part, Part::Subfield(Codes { range: (first, last), .. }, _)
                if first == last && first.is_ascii_alphanumeric())
        };
        let is_short = choices.below(2) == 0
            && parts.iter().all(is_code)
            && parts[..parts.len() - 1].iter().all(is_plain);
        Self { fields, parts, is_short }
    }
}

impl Guarded {
    fn make(choices: &mut Choices<'_>, fields: Fields, part: Part) -> Self {
        let conditions = choices.some(2, |choices| {
            let count = 1 + choices.below(5) / 3;
            (0..count).map(|_| Comparison::make(choices, (fields, part))).collect()
        });
        Self { part, conditions }
    }
}

impl Comparison {
    fn make(choices: &mut Choices<'_>, own: (Fields, Part)) -> Self {
        let left = (choices.below(3) > 0).then(|| Term::make(choices, own));
        // An empty text before `=` would become the text `=`.
        let left = match left {
            Some(Term::Text { text, .. }) => Some(Term::Text { text, is_quoted: true }),
            left => left,
        };
        let operators = ["", "=", "!=", "~", "!~", "?", "!"];
        let operator = choices.one_of(if left.is_some() { &operators[1..] } else { &operators });
        Self(left, operator, Term::make(choices, own))
    }
}

impl Display for NaiveSelector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (number, spec) in self.0.iter().enumerate() {
            write!(f, "{}{}", if number > 0 { "|" } else { "" }, spec.fields)?;
            for Guarded { part, conditions } in &spec.parts {
                let part = part.to_string();
                f.write_str(&part[usize::from(spec.is_short)..])?;
                for condition in conditions {
                    let shown = condition.iter().map(|Comparison(left, operator, right)| {
                        let left = left.as_ref().map(Term::to_string).unwrap_or_default();
                        format!("{left}{operator}{right}")
                    });
                    write!(f, "{{{}}}", shown.collect::<Vec<_>>().join("|"))?;
                }
            }
        }
        Ok(())
    }
}
