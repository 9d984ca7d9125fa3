//! The match key of Gold Rush, against the keys of the reference: `gold_rush.jsonl`, which
//! `tests/conformance/gold_rush.py` writes.

use tidemarc::{
    Reader, Record,
    encoding::{RecordText, TextOptions},
    format::AsRecord,
    matchkey::gold_rush,
};

fn key(record: &impl AsRecord) -> Option<String> {
    gold_rush(record, RecordText::of(record, TextOptions::new())).unwrap()
}

#[test]
fn keys_are_those_of_the_reference_unless_there_is_a_reason() {
    let mut cases = 0;
    let mut wrong = Vec::new();
    for record in Reader::from_path("tests/it/gold_rush.jsonl").unwrap() {
        let record = record.unwrap();
        let view = record.view();
        let about = view.fields_with("999".try_into().unwrap()).next().unwrap().data().unwrap();
        let text = |code| about.subfield(code).map(|text| str::from_utf8(text).unwrap());
        let expected = text(b'k').unwrap();
        // A record without a title has no key.
        let expected = Some(expected).filter(|key| !key.starts_with('_'));
        let found = key(&record);
        cases += 1;
        if (found.as_deref() == expected) == text(b'd').is_some() {
            wrong.push(format!("{record:?}\n{expected:?}\n{found:?}"));
        }
    }
    assert!(cases > 250, "{cases}");
    assert!(wrong.is_empty(), "{}\n{} of {cases}", wrong.join("\n"), wrong.len());
}

#[test]
fn a_text_has_one_key_in_any_normal_form_and_encoding() {
    let record = |leader: &[u8; 24], name: &[u8]| {
        let record =
            Record::builder().leader(*leader).data("245", *b"10", [(b'a', name), (b'n', name)]);
        record.data("260", *b"  ", [(b'b', name)]).build().unwrap()
    };
    let utf8 = b"00000nam a2200000   4500";
    let composed = key(&record(utf8, "Žižka".as_bytes()));
    assert_eq!(composed, key(&record(utf8, "Z\u{30C}iz\u{30C}ka".as_bytes())));
    assert_eq!(composed, key(&record(b"00000nam  2200000   4500", b"\xE9Zi\xE9zka")));
    assert!(composed.unwrap().contains("žižka"));
}

#[test]
fn undecodable_text_is_an_error_only_in_fields_of_the_key() {
    let record = |tag: &str| {
        Record::builder()
            .leader(*b"00000nam a2200000   4500")
            .data("245", *b"10", [(b'a', &b"Whales"[..])])
            .data(tag, *b"  ", [(b'a', &b"\xE2\x28\xA1"[..])])
            .build()
            .unwrap()
    };
    let utf8 = TextOptions::new().encoding(Some(tidemarc::encoding::Encoding::Utf8));
    let of = |record: &Record| gold_rush(record, RecordText::of(record, utf8));
    assert!(of(&record("250")).is_err());
    assert!(of(&record("500")).unwrap().unwrap().starts_with("whales_"));
}
