//! Edits, against a naive implementation over the text of records.

use proptest::{collection::vec, prelude::*, sample::select};
use tidemarc::{
    Field, Record,
    edit::{Edit, Edits, RefusalKind},
    encoding::{EncodePolicy, Encoding, RecordText, TextOptions, subfields},
    select::Filter,
};

/// A field as text.
#[derive(Debug, Clone, PartialEq)]
struct Plain {
    tag: String,
    indicators: [u8; 2],
    data: String,
    subfields: Vec<(char, String)>,
}

fn rule(record: &Record) -> RecordText {
    RecordText::of(record, TextOptions::new())
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

    /// Returns true if the step has changed the fields.
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
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

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

fn sample(scheme: u8, title: &[u8]) -> Record {
    let mut leader = *b"00000nam a2200000   4500";
    leader[9] = scheme;
    Record::builder()
        .leader(leader)
        .control("001", "ocm1")
        .data("245", *b"10", [(b'a', title)])
        .data("500", *b"  ", [(b'a', "note")])
        .data("949", *b"  ", [(b'x', b"\xff\xfe")])
        .build()
        .unwrap()
}

fn refusal(record: &Record, edit: Edit) -> Option<RefusalKind> {
    let applied = Edits::new([edit]).apply(record, rule(record));
    applied.err().map(|refusal| refusal.kind().clone())
}

#[test]
fn a_new_text_is_encoded_as_the_record_is() {
    let set = || Edit::set("500$a=Dvořák").unwrap();
    for (scheme, title, expected) in [
        (b'a', "é".as_bytes(), "  \u{1f}aDvořák".as_bytes()),
        (b' ', b"x", b"  \x1faDvo\xe9r\xe2ak"),
        (b' ', b"\xe2e", b"  \x1faDvo\xe9r\xe2ak"),
    ] {
        let mut record = sample(scheme, title);
        record.remove_fields("949".try_into().unwrap());
        let edited = Edits::new([set()]).apply(&record, rule(&record)).unwrap();
        assert_eq!(edited.record().unwrap().fields()[2].as_bytes(), expected, "{title:?}");
    }
    // A leader that says MARC-8, and a record that is UTF-8.
    let record = Record::builder()
        .leader(*b"00000nam  2200000   4500")
        .data("245", *b"10", [(b'a', "été")])
        .data("500", *b"  ", [(b'a', "note")])
        .build()
        .unwrap();
    let edited = Edits::new([set()]).apply(&record, rule(&record)).unwrap();
    assert_eq!(edited.record().unwrap().fields()[1].as_bytes(), "  \u{1f}aDvořák".as_bytes());
}

#[test]
fn undecodable_text_matters_only_if_an_edit_depends_on_it() {
    let record = sample(b'a', b"Title");
    for edit in [
        Edit::delete("9XX").unwrap(),
        Edit::delete("949$x").unwrap(),
        Edit::set("949^1=1").unwrap(),
        Edit::set("949$x=new").unwrap(),
        Edit::delete(r"245{$a=\Title}").unwrap(),
        Edit::add("949 $xnew").unwrap(),
    ] {
        let applied = Edits::new([edit.clone()]).apply(&record, rule(&record));
        assert!(applied.unwrap().record().is_some(), "{edit}");
    }
    for edit in [
        Edit::delete(r"949{$x=\new}").unwrap(),
        Edit::replace("949$x", "/a/", "b").unwrap(),
        Edit::set("949$x/0=a").unwrap(),
    ] {
        let refusal = refusal(&record, edit.clone());
        assert!(matches!(refusal, Some(RefusalKind::Undecodable(_))), "{edit}: {refusal:?}");
    }
    let filter: Filter = r#"949$x = "new""#.parse().unwrap();
    let edits = Edits::new([Edit::sort_fields()]).only(filter);
    let refusal = edits.apply(&record, rule(&record)).unwrap_err();
    assert_eq!(refusal.edit(), None);
    assert!(matches!(refusal.kind(), RefusalKind::Undecodable(_)));
}

#[test]
fn a_record_that_cannot_have_the_result_is_refused() {
    let marc8 = sample(b' ', b"\xe2e");
    let added = refusal(&marc8, Edit::add("500 $a✓").unwrap());
    assert!(matches!(added, Some(RefusalKind::Unencodable(..))), "{added:?}");
    let second = refusal(&marc8, Edit::add("001 x").unwrap());
    assert_eq!(second, Some(RefusalKind::SecondControlNumber));
    // The bytes of MARC-8 are not UTF-8.
    let stated = refusal(&marc8, Edit::set("LDR/9=a").unwrap());
    assert_eq!(stated, Some(RefusalKind::CodingScheme));
    // A leader that was wrong may be set right, and not the other way round.
    let utf8 = |scheme| {
        let mut record = sample(scheme, "é".as_bytes());
        record.remove_fields("949".try_into().unwrap());
        record
    };
    assert_eq!(refusal(&utf8(b' '), Edit::set("LDR/9=a").unwrap()), None);
    assert_eq!(
        refusal(&utf8(b'a'), Edit::set("LDR/9= ").unwrap()),
        Some(RefusalKind::CodingScheme)
    );
}

#[test]
fn a_wildcard_spares_the_control_number_and_the_leader_keeps_its_lengths() {
    let record = sample(b'a', b"Title");
    let all = Edits::new([Edit::delete("XXX").unwrap()]).apply(&record, rule(&record)).unwrap();
    let all = all.into_record().unwrap();
    assert_eq!(all.fields().len(), 1);
    assert_eq!(all.control_number(), Some(&b"ocm1"[..]));
    let named = Edits::new([Edit::delete("001").unwrap()]).apply(&record, rule(&record)).unwrap();
    assert_eq!(named.record().unwrap().control_number(), None);
    let status = Edits::new([Edit::set("LDR/5=d").unwrap()]).apply(&record, rule(&record)).unwrap();
    let status = status.into_record().unwrap();
    assert_eq!(status.leader().as_bytes(), b"00000dam a2200000   4500");
    assert_eq!(status.fields(), record.fields());
}

#[test]
fn other_bytes_of_a_field_stay_as_they_are() {
    // Missing indicators, delimiters without a code, a subfield without a value.
    let field = |bytes: &[u8]| {
        let mut record = Record::builder().data("500", *b"  ", [(b'a', "x")]).build().unwrap();
        let odd = tidemarc::OwnedField::try_from(Field::new("500".try_into().unwrap(), bytes));
        record.fields_mut()[0] = odd.unwrap();
        record
    };
    for (bytes, edit, expected) in [
        (&b"1\x1f\x1faX\x1fb"[..], "delete", Some(&b"1\x1f\x1fb"[..])),
        (b"\x1faX", "delete", None),
        (b"12stray\x1faX\x1fcY", "delete", Some(b"12stray\x1fcY")),
        (b"1\x1faX", "set", Some(b"1 \x1fanew")),
        (b"1\x1f\x1faX\x1f", "set", Some(b"1 \x1f\x1fanew\x1f")),
        (b"", "set", Some(b"  ")),
    ] {
        let edits = match edit {
            "delete" => vec![Edit::delete("500$a").unwrap()],
            _ => vec![
                Edit::set("500^2=7").unwrap(),
                Edit::set("500^2=#").unwrap(),
                Edit::set("500$a=new").unwrap(),
            ],
        };
        let record = field(bytes);
        let edited = Edits::new(edits).apply(&record, rule(&record)).unwrap();
        let edited = edited.into_record().unwrap();
        assert_eq!(edited.fields().first().map(|field| field.as_bytes()), expected, "{bytes:?}");
    }
}
