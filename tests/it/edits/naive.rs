//! Edits against a naive implementation over the text of records.

use super::rule;
use crate::properties::config;
use proptest::{collection::vec, prelude::*, sample::select};
use tidemarc::{
    Field, Record,
    edit::{Edit, Edits},
    encoding::{EncodePolicy, Encoding, subfields},
};

/// A field as text.
#[derive(Debug, Clone, PartialEq)]
struct Plain {
    tag: String,
    indicators: [u8; 2],
    data: String,
    subfields: Vec<(char, String)>,
}

fn plain(record: &Record) -> Vec<Plain> {
    let read = |field: Field<'_>| {
        let text = rule(record).field(record, field).unwrap().into_owned();
        let tag = field.tag().to_string();
        let Field::Data(data) = field else {
            return Plain { tag, indicators: [0; 2], data: text, subfields: Vec::new() };
        };
        let (first, second) = (data.indicators().first, data.indicators().second);
        let subfields = subfields(&text)
            .map(|(code, value)| (code.chars().next().unwrap(), value.to_owned()))
            .collect();
        Plain { tag, indicators: [first, second], data: String::new(), subfields }
    };
    record.fields().iter().map(|field| read(field.as_field())).collect()
}

/// A condition on a field.
#[derive(Debug, Clone, Copy)]
enum Condition {
    None,
    Second(u8),
    Has(char, &'static str),
    Lacks(char),
}

impl Condition {
    fn text(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Second(byte) => format!("{{^2=\"{}\"}}", char::from(byte)),
            Self::Has(code, value) => format!("{{${code}=\\{value}}}"),
            Self::Lacks(code) => format!("{{!${code}}}"),
        }
    }

    /// Returns true if the condition is true of a subfield. In a condition, the same code is the
    /// same subfield.
    fn holds_of(self, field: &Plain, (code, value): &(char, String)) -> bool {
        match self {
            Self::Has(other, wanted) if other == *code => value == wanted,
            Self::Lacks(other) if other == *code => false,
            other => other.holds(field),
        }
    }

    fn holds(self, field: &Plain) -> bool {
        let is_data = !field.tag.starts_with("00");
        match self {
            Self::None => true,
            Self::Second(byte) => is_data && field.indicators[1] == byte,
            Self::Has(code, value) => {
                field.subfields.iter().any(|subfield| *subfield == (code, value.to_owned()))
            }
            Self::Lacks(code) => field.subfields.iter().all(|(other, _)| *other != code),
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Delete(&'static str, Option<char>, Condition),
    Add(&'static str, &'static str),
    AddSubfield(&'static str, Condition, char, &'static str),
    SetIndicator(&'static str, Condition, usize, u8),
    SetSubfield(&'static str, char, Condition, &'static str),
    SetPositions(&'static str, usize, &'static str),
    Replace(&'static str, Option<char>, Condition, &'static str, &'static str),
    Sort,
}

fn matches(pattern: &str, field: &Plain) -> bool {
    let is_same = |(wanted, other): (char, char)| wanted == 'X' || wanted == other;
    pattern.chars().zip(field.tag.chars()).all(is_same)
        && !(pattern.contains('X') && field.tag == "001")
}

impl Step {
    fn edit(&self) -> Edit {
        let code = |code: &Option<char>| code.map(|code| format!("${code}")).unwrap_or_default();
        match self {
            Self::Delete(tag, of, condition) => {
                Edit::delete(&format!("{tag}{}{}", code(of), condition.text()))
            }
            Self::Add(tag, value) if tag.starts_with("00") => Edit::add(&format!("{tag} {value}")),
            Self::Add(tag, value) => Edit::add(&format!("{tag} 1#$a{value}")),
            Self::AddSubfield(tag, condition, code, value) => {
                Edit::add_subfields(&format!("{tag}{} ${code}{value}", condition.text()))
            }
            Self::SetIndicator(tag, condition, which, value) => Edit::set(&format!(
                "{tag}^{}{}={}",
                which + 1,
                condition.text(),
                char::from(*value)
            )),
            Self::SetSubfield(tag, code, condition, value) => {
                Edit::set(&format!("{tag}${code}{}={value}", condition.text()))
            }
            Self::SetPositions(tag, first, value) => {
                let last = first + value.chars().count() - 1;
                Edit::set(&format!("{tag}/{first}-{last}={value}"))
            }
            Self::Replace(tag, of, condition, pattern, with) => Edit::replace(
                &format!("{tag}{}{}", code(of), condition.text()),
                &format!("/{pattern}/"),
                with,
            ),
            Self::Sort => Ok(Edit::sort_fields()),
        }
        .unwrap()
    }

    /// Changes the fields.
    fn run(&self, fields: &mut Vec<Plain>) {
        match self {
            Self::Delete(tag, None, condition) => {
                fields.retain(|field| !(matches(tag, field) && condition.holds(field)));
            }
            Self::Delete(tag, Some(code), condition) => fields.retain_mut(|field| {
                if !matches(tag, field) {
                    return true;
                }
                let old = field.clone();
                field
                    .subfields
                    .retain(|subfield| subfield.0 != *code || !condition.holds_of(&old, subfield));
                old.subfields.len() == field.subfields.len() || !field.subfields.is_empty()
            }),
            Self::Add(tag, value) => {
                let new = match tag.starts_with("00") {
                    true => Plain {
                        tag: (*tag).into(),
                        indicators: [0; 2],
                        data: (*value).into(),
                        subfields: Vec::new(),
                    },
                    false => Plain {
                        tag: (*tag).into(),
                        indicators: *b"1 ",
                        data: String::new(),
                        subfields: vec![('a', (*value).into())],
                    },
                };
                let after = fields.iter().rposition(|field| *field.tag <= **tag);
                fields.insert(after.map_or(0, |after| after + 1), new);
            }
            Self::AddSubfield(tag, condition, code, value) => {
                for field in fields.iter_mut().filter(|field| !field.tag.starts_with("00")) {
                    if matches(tag, field) && condition.holds(field) {
                        field.subfields.push((*code, (*value).into()));
                    }
                }
            }
            Self::SetIndicator(tag, condition, which, value) => {
                for field in fields.iter_mut().filter(|field| !field.tag.starts_with("00")) {
                    if matches(tag, field) && condition.holds(field) {
                        field.indicators[*which] = *value;
                    }
                }
            }
            Self::SetSubfield(tag, code, condition, value) => {
                for field in fields.iter_mut() {
                    let old = field.clone();
                    for subfield in field.subfields.iter_mut().filter(|_| matches(tag, &old)) {
                        if subfield.0 == *code && condition.holds_of(&old, subfield) {
                            subfield.1 = (*value).into();
                        }
                    }
                }
            }
            Self::SetPositions(tag, first, value) => {
                for field in fields.iter_mut().filter(|field| matches(tag, field)) {
                    let mut data: Vec<_> = field.data.chars().collect();
                    let new: Vec<_> = value.chars().collect();
                    if data.len() >= first + new.len() {
                        data[*first..first + new.len()].copy_from_slice(&new);
                    }
                    field.data = data.into_iter().collect();
                }
            }
            Self::Replace(tag, of, condition, pattern, with) => {
                for field in fields.iter_mut() {
                    if !matches(tag, field) {
                        continue;
                    }
                    let old = field.clone();
                    if of.is_none() && condition.holds(&old) {
                        field.data = field.data.replace(pattern, with);
                    }
                    for subfield in &mut field.subfields {
                        let is_target = match of {
                            Some(of) => subfield.0 == *of && condition.holds_of(&old, subfield),
                            None => condition.holds(&old),
                        };
                        if is_target {
                            subfield.1 = subfield.1.replace(pattern, with);
                        }
                    }
                }
            }
            Self::Sort => fields.sort_by(|one, other| one.tag.cmp(&other.tag)),
        }
    }
}

const TEXTS: [&str; 8] = ["", "fast", "Whales", "Dvořák", "été a", "aa", "ab é", "Ł"];

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        3 => Just(Condition::None),
        1 => select(b" 07".as_slice()).prop_map(Condition::Second),
        1 => (select(&['a', '2'][..]), select(&TEXTS[1..3]))
            .prop_map(|(code, value)| Condition::Has(code, value)),
        1 => select(&['a', 'b', '2'][..]).prop_map(Condition::Lacks),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let tag = || select(&["245", "650", "880", "6XX", "XXX", "00X", "001", "500"][..]);
    let data = || select(&["245", "650", "880", "6XX", "500", "XXX"][..]);
    let code = || select(&['a', 'b', '2'][..]);
    let text = || select(&TEXTS[1..]);
    prop_oneof![
        (tag(), proptest::option::of(code()), condition())
            .prop_map(|(tag, code, condition)| Step::Delete(tag, code, condition)),
        (select(&["003", "020", "650", "949", "FMT"][..]), text())
            .prop_map(|(tag, value)| Step::Add(tag, value)),
        (select(&["245", "6XX", "880"][..]), condition(), code(), text()).prop_map(
            |(tag, condition, code, value)| { Step::AddSubfield(tag, condition, code, value) }
        ),
        (data(), condition(), 0..2usize, select(b" 17".as_slice())).prop_map(
            |(tag, condition, which, value)| { Step::SetIndicator(tag, condition, which, value) }
        ),
        (data(), code(), condition(), select(&TEXTS[..])).prop_map(
            |(tag, code, condition, value)| { Step::SetSubfield(tag, code, condition, value) }
        ),
        (select(&["003", "008"][..]), 0..5usize, select(&["x", "abc", "é1"][..]))
            .prop_map(|(tag, first, value)| Step::SetPositions(tag, first, value)),
        (
            tag(),
            proptest::option::of(code()),
            condition(),
            select(&["a", "é", "aa"][..]),
            select(&["", "b", "ř", "aé"][..])
        )
            .prop_map(|(tag, code, condition, pattern, with)| {
                Step::Replace(tag, code, condition, pattern, with)
            }),
        Just(Step::Sort),
    ]
}

fn record(encoding: Encoding) -> impl Strategy<Value = Record> {
    let text = || select(&TEXTS[..]);
    let data = (
        select(&["245", "650", "651", "880", "949", "500"][..]),
        select(b" 017".as_slice()),
        vec((select(b"ab2".as_slice()), text()), 1..4),
    );
    let control = (select(&["001", "003", "008"][..]), text());
    (vec(control, 0..3), vec(data, 0..6), any::<bool>()).prop_map(
        move |(control, data, is_mixed)| {
            let encode = |text| encoding.encode(text, EncodePolicy::Strict).unwrap().into_owned();
            let scheme = if encoding == Encoding::Utf8 { b'a' } else { b' ' };
            let mut leader = *b"00000nam a2200000   4500";
            leader[9] = scheme;
            let mut builder = Record::builder().leader(leader);
            let mut fields = Vec::new();
            for (tag, value) in control {
                fields.push((tag, None, vec![(0, encode(value))]));
            }
            for (tag, indicator, subfields) in data {
                let subfields = subfields.into_iter().map(|(code, value)| (code, encode(value)));
                fields.push((tag, Some([b' ', indicator]), subfields.collect()));
            }
            if is_mixed {
                fields.reverse();
            }
            for (tag, indicators, subfields) in fields {
                builder = match indicators {
                    Some(indicators) => builder.data(tag, indicators, subfields),
                    None => builder.control(tag, &subfields[0].1),
                };
            }
            builder.build().unwrap()
        },
    )
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn edits_do_what_a_naive_implementation_does(
        record in prop_oneof![record(Encoding::Utf8), record(Encoding::Marc8)],
        steps in vec(step(), 1..5),
    ) {
        let edits = Edits::new(steps.iter().map(Step::edit));
        let mut expected = plain(&record);
        let mut changes = Vec::new();
        for step in &steps {
            let before = expected.clone();
            step.run(&mut expected);
            changes.push(before != expected);
        }
        let edited = edits.apply(&record, rule(&record)).unwrap();
        let applied: Vec<_> = edited.applied().iter().map(|applied| applied.changed() > 0).collect();
        prop_assert_eq!(applied, changes);
        let is_changed = plain(&record) != expected;
        prop_assert_eq!(edited.record().is_some(), is_changed);
        let after = edited.into_record().unwrap_or(record);
        prop_assert_eq!(plain(&after), expected);
    }
}
