//! Edits of records.

mod naive;

use crate::{common::strategies, properties::config};
use proptest::prelude::*;
use tidemarc::{
    Field, Reader, Record,
    edit::{Edit, Edits, RefusalKind},
    encoding::{RecordText, TextOptions},
    select::Filter,
};

/// Returns the rule for the text of a record.
fn rule(record: &Record) -> RecordText {
    RecordText::of(record, TextOptions::new())
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

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn an_edited_record_of_any_input_is_read_as_it_was_edited(input in strategies::damaged()) {
        let edits = Edits::new([
            Edit::delete("1XX").unwrap(),
            Edit::set("245^1=7").unwrap(),
            Edit::delete(r"XXX$a{~\e}").unwrap(),
            Edit::add("100 1#$aDvo\u{159}\u{e1}k").unwrap(),
            Edit::replace("XXX", "/[a-c]/", "x").unwrap(),
            Edit::add_subfields("100 $ed").unwrap(),
            Edit::sort_fields(),
        ]);
        for record in Reader::builder().repair(true).from_bytes(input).filter_map(Result::ok) {
            let Ok(edited) = edits.apply(&record, record.text()) else { continue };
            let edited = edited.into_record().expect("a field is always added");
            let Ok(bytes) = edited.to_iso2709() else { continue };
            let mut again = Reader::from_bytes(bytes);
            let read = again.next().expect("a record").unwrap();
            // A leader states the dialect that is written.
            let read = read.to_owned();
            prop_assert_eq!(read.fields(), edited.fields());
            prop_assert!(again.next().is_none());
            let all: Vec<_> = edited.fields().iter().map(|field| field.tag()).collect();
            prop_assert!(all.is_sorted());
        }
    }
}
