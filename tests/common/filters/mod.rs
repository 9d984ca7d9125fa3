//! A naive evaluator of filters, written from `docs/filters.md`. It shares no code with
//! `src/select/filter`: it makes a filter from bytes and writes it as text, computes all values of
//! every selector, and compares numbers as fractions.

use super::selectors::{Choices, NaiveSelector};
use std::fmt::{self, Display, Formatter};
use tidemarc::Record;

/// Values that are often equal, or begin or contain each other.
const VALUES: [&str; 17] = [
    "", "a", "ab", "b a", "é", "e\u{301}", "É", "中", "1", "01", "1.50", "-2", " 12 ", "19uu",
    "fast", "fas\"t", "\\x",
];

/// Makes a record with tags, codes and values that are often equal.
pub fn record(choices: &mut Choices<'_>) -> Record {
    let mut builder = Record::builder().leader(*b"00000nam a2200000   4500");
    for _ in 0..choices.below(6) {
        let tag = choices.one_of(&["650", "650", "651", "008"]);
        if tag == "008" {
            builder = builder.control(tag, choices.one_of(&VALUES));
            continue;
        }
        let subfields =
            choices.some(4, |choices| (choices.one_of(b"aab2"), choices.one_of(&VALUES)));
        builder = builder.data(tag, [b' ', choices.one_of(b"01")], subfields);
    }
    builder.build().expect("a valid record")
}

/// A filter, as made from bytes. `Display` writes it in one of the forms that it may have.
pub enum NaiveFilter {
    All(Vec<NaiveFilter>),
    Any(Vec<NaiveFilter>),
    Not(Box<NaiveFilter>),
    Exists(Selected, bool),
    Count(Selected, &'static str, usize),
    /// The values of a selector, of every one or of one, an operator, and its right side.
    Values(Selected, bool, &'static str, Vec<Literal>),
}

/// A selector, simple in two of three cases.
pub struct Selected {
    text: String,
    naive: Option<NaiveSelector>,
}

#[derive(Clone, Copy)]
pub struct Literal {
    text: &'static str,
    is_number: bool,
}

const NUMBERS: [&str; 5] = ["1", "1.5", "-2", "012", "0"];
const RELATIONS: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];
/// The name of the only file.
pub const FILE: &str = "ids.txt";

impl Selected {
    const SIMPLE: [&'static str; 8] =
        ["650$a", "650", "008", "650$a/0", "65.$a$b", "008/1-2", "651$a-z", "650$2"];

    fn make(choices: &mut Choices<'_>) -> Self {
        match choices.below(3) {
            0 => {
                let naive = NaiveSelector::make(choices);
                Self { text: naive.to_string(), naive: Some(naive) }
            }
            _ => Self { text: choices.one_of(&Self::SIMPLE).into(), naive: None },
        }
    }

    /// Returns the values. Those of the simple selectors are computed here.
    fn values(&self, record: &Record) -> Vec<String> {
        if let Some(naive) = &self.naive {
            return naive.values(record);
        }
        let string = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("valid UTF-8");
        let tag = &self.text[..3];
        let fields = record.fields().iter().map(|field| field.as_field()).filter(|field| {
            let own = field.tag().to_string();
            own == tag || tag == "65." && own.starts_with("65")
        });
        let cut = |text: String, first: usize, last: usize| {
            let cut: String = text.chars().skip(first).take(last + 1 - first).collect();
            (!cut.is_empty()).then_some(cut)
        };
        fields
            .flat_map(|field| {
                let control = field.control().map(|field| string(field.data));
                let parts: Vec<(u8, String)> = field
                    .data()
                    .map(|data| data.subfields().map(|one| (one.code, string(one.value))).collect())
                    .unwrap_or_default();
                let of = |codes: &[u8]| {
                    let chosen = parts.iter().filter(|(code, _)| codes.contains(code));
                    chosen.map(|(_, value)| value.clone()).collect::<Vec<_>>()
                };
                match &*self.text {
                    "008" => control.into_iter().collect(),
                    "008/1-2" => control.and_then(|text| cut(text, 1, 2)).into_iter().collect(),
                    "650" => {
                        let values = parts.iter().map(|(_, value)| value.as_str());
                        vec![values.collect::<Vec<_>>().join(" ")]
                    }
                    "650$a" => of(b"a"),
                    "650$2" => of(b"2"),
                    "651$a-z" | "65.$a$b" => of(b"ab"),
                    "650$a/0" => of(b"a").into_iter().filter_map(|text| cut(text, 0, 0)).collect(),
                    other => panic!("{other}"),
                }
            })
            .collect()
    }
}

impl Literal {
    fn make(choices: &mut Choices<'_>) -> Self {
        match choices.below(3) {
            0 => Self { text: choices.one_of(&NUMBERS), is_number: true },
            _ => Self { text: choices.one_of(&VALUES), is_number: false },
        }
    }

    /// Returns true if a value has this relation to the literal.
    fn holds(&self, value: &str, relation: &str) -> bool {
        let order = match (self.is_number, number(value)) {
            (true, None) => return false,
            (true, Some(value)) => value.cmp(&number(self.text).expect("a number")),
            (false, _) => value.chars().cmp(in_one_form(self.text).chars()),
        };
        related(order as i32, relation)
    }
}

/// Returns a number in hundredths.
fn number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty()
        && digits.split('.').count() < 3
        && digits
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    is_number.then(|| (text.parse::<f64>().expect("a number") * 100.0).round() as i64)
}

/// Returns a text whose only letter with a mark is one character.
fn in_one_form(text: &str) -> String {
    text.replace("e\u{301}", "é")
}

fn related(order: i32, relation: &str) -> bool {
    match relation {
        "=" => order == 0,
        "!=" => order != 0,
        "<" => order < 0,
        "<=" => order <= 0,
        ">" => order > 0,
        ">=" => order >= 0,
        other => panic!("{other}"),
    }
}

impl NaiveFilter {
    pub fn make(choices: &mut Choices<'_>) -> Self {
        Self::nested(choices, 3)
    }

    fn nested(choices: &mut Choices<'_>, depth: usize) -> Self {
        let some = |choices: &mut Choices<'_>| {
            let count = 2 + choices.below(2);
            (0..count).map(|_| Self::nested(choices, depth - 1)).collect()
        };
        match choices.below(if depth == 0 { 5 } else { 9 }) {
            0 => Self::Exists(Selected::make(choices), choices.below(2) == 0),
            1 => {
                let selected = Selected::make(choices);
                Self::Count(selected, choices.one_of(&RELATIONS), choices.below(4))
            }
            2..5 => {
                const MORE: [&str; 11] =
                    ["^=", "~", "!~", "~/", "!~/", "in", "not in", "in @", "not in @", "=", "!="];
                let selected = Selected::make(choices);
                let of_every = choices.below(3) == 0;
                let operator = match choices.below(3) {
                    0 => choices.one_of(&RELATIONS),
                    _ => choices.one_of(&MORE),
                };
                let count = if operator.contains("in") { 1 + choices.below(3) } else { 1 };
                let literals = (0..count).map(|_| Literal::make(choices)).collect();
                Self::Values(selected, of_every, operator, literals)
            }
            5 => Self::Not(Self::nested(choices, depth - 1).into()),
            6 | 7 => Self::All(some(choices)),
            _ => Self::Any(some(choices)),
        }
    }

    /// Returns the text of the file that the filter names.
    pub fn file(&self) -> String {
        match self {
            Self::Values(_, _, "in @" | "not in @", literals) => {
                literals.iter().map(|literal| format!("{}\r\n", literal.text)).collect()
            }
            Self::All(inner) | Self::Any(inner) => inner.iter().map(Self::file).collect(),
            Self::Not(inner) => inner.file(),
            _ => String::new(),
        }
    }

    /// Returns true if the record matches.
    pub fn matches(&self, record: &Record) -> bool {
        self.is_true(record, &self.file())
    }

    fn is_true(&self, record: &Record, file: &str) -> bool {
        match self {
            Self::All(inner) => !inner.iter().any(|one| !one.is_true(record, file)),
            Self::Any(inner) => inner.iter().any(|one| one.is_true(record, file)),
            Self::Not(inner) => !inner.is_true(record, file),
            Self::Exists(selected, _) => !selected.values(record).is_empty(),
            Self::Count(selected, relation, number) => {
                let count = selected.values(record).len() as i32;
                related(count - *number as i32, relation)
            }
            Self::Values(selected, of_every, operator, literals) => {
                let values = selected.values(record);
                let (first, is_negated) = (&literals[0], operator.starts_with(['!', 'n']));
                let text = &*in_one_form(first.text);
                let accepts = |value: &String| {
                    let value = &*in_one_form(value);
                    match operator.trim_start_matches("not ") {
                        "^=" => value.starts_with(text),
                        "~" | "!~" => value.contains(text),
                        // The pattern is the text, anchored at its end.
                        "~/" | "!~/" => value.ends_with(text),
                        "in" => literals.iter().any(|literal| literal.holds(value, "=")),
                        "in @" => in_one_form(file)
                            .lines()
                            .any(|line| !line.trim().is_empty() && line.trim() == value.trim()),
                        "!=" => first.holds(value, "="),
                        relation => first.holds(value, relation),
                    }
                };
                let passing = values.iter().filter(|value| accepts(value)).count();
                match (of_every, is_negated) {
                    (true, false) => passing == values.len(),
                    (true, true) => passing == 0,
                    (false, false) => passing > 0,
                    (false, true) => passing == 0 && !values.is_empty(),
                }
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.is_number {
            true => f.write_str(self.text),
            false => write!(f, "\"{}\"", self.text.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

impl Display for NaiveFilter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut Formatter<'_>, inner: &[Self], word: &str| {
            let shown = inner.iter().map(|one| format!("({one})")).collect::<Vec<_>>();
            f.write_str(&shown.join(word))
        };
        match self {
            Self::All(inner) => joined(f, inner, " and "),
            Self::Any(inner) => joined(f, inner, "or"),
            Self::Not(inner) => write!(f, "not({inner})"),
            Self::Exists(Selected { text, .. }, true) => f.write_str(text),
            Self::Exists(Selected { text, .. }, false) => write!(f, "exists({text})"),
            Self::Count(Selected { text, .. }, relation, number) => {
                write!(f, "count({text}){relation}{number}")
            }
            Self::Values(Selected { text, .. }, of_every, operator, literals) => {
                match of_every {
                    true => write!(f, "all({text})")?,
                    false => write!(f, "{text} ")?,
                }
                let list = literals.iter().map(Literal::to_string).collect::<Vec<_>>().join(",");
                match *operator {
                    "in" | "not in" => write!(f, "{operator}({list})"),
                    "in @" | "not in @" => write!(f, "{operator}{FILE}"),
                    "~/" | "!~/" => {
                        let text = literals[0].text.replace('\\', "\\\\").replace('.', "\\.");
                        write!(f, "{operator}{text}$/")
                    }
                    _ => write!(f, "{operator}{list}"),
                }
            }
        }
    }
}
